# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""The addresses of the laboratory. Public ones come from the documentation prefixes.

             home                       router                      inet
    eth0 192.168.178.100 ff --- lan0 192.168.178.1
         2001:db8:178::/64           wan0 203.0.113.5 --- isp0 203.0.113.1
    eth1 192.168.179.100 ff --- lan1 192.168.179.1 (a second uplink, on some lines)
         2001:db8:178:1::/64
                                                          corp0 198.51.100.1
                                corp                        |
    intranet 10.20.0.80         wan0 198.51.100.6 ----------'
"""
from ipaddress import IPv4Address, IPv6Address, IPv6Network

LAN4 = "192.168.178.0/24"
ROUTER4 = "192.168.178.1"
ROUTER6_LOCAL = "fe80::1"
LAN6 = "2001:db8:178::/64"
LAN6_ROUTER = "2001:db8:178::1"
ULA = "fd00:178::/64"
ULA_ROUTER = "fd00:178::1"
SECOND_LAN4 = "192.168.179.0/24"
SECOND_LAN6 = "2001:db8:178:1::/64"
HOME6 = "2001:db8:178::/48"

# The computer's address within an IPv6 prefix follows from its hardware address (EUI-64).
HOME_MAC = "02:00:00:00:00:05"
SECOND_MAC = "02:00:00:00:00:06"
SECOND6_ADDRESS = "2001:db8:178:1:0:ff:fe00:6"
HOME6_ADDRESS = "2001:db8:178::ff:fe00:5"

ISP4, HOME_EXIT4 = "203.0.113.1", "203.0.113.5"
ISP6, HOME_WAN6 = "2001:db8:113::1", "2001:db8:113::5"
CARRIER4, CORP_EXIT4 = "198.51.100.1", "198.51.100.6"
CARRIER6, CORP_WAN6 = "2001:db8:51::1", "2001:db8:51::6"
ISP_NET4, ISP_NET6 = "203.0.113.0/24", "2001:db8:113::/64"
CARRIER_NET4, CARRIER_NET6 = "198.51.100.0/24", "2001:db8:51::/64"

# The company's addresses: IPv6 is routed, IPv4 is translated.
CORP6 = "2001:db8:c0::/48"
INTRANET4 = "10.20.0.0/16"
INTRANET_WEB = "10.20.0.80"
INTRANET_DNS = "10.20.0.53"

# What is out on the Internet. Every other address answers there, too.
WEB4, WEB6 = "192.0.2.80", "2001:db8:80::1"
WEB4_OTHER, WEB6_OTHER = "192.0.2.81", "2001:db8:81::1"
DNS4, DNS6 = "192.0.2.53", "2001:db8:53::53"

# NAT64: the prefix for it (RFC 6052) and, within it, what a router with DNS64 answers for
# ipv4only.arpa (RFC 7050) and an IPv4 address of the Internet, 192.0.2.80.
NAT64 = "64:ff9b::/96"
NAT64_OWN = "2001:db8:64::/96"  # a provider's own, which also translates documentation prefixes
NAT64_ADDRESS = "64:ff9b::c000:aa"
NAT64_WEB = "64:ff9b::c000:250"


def nat64(address: str, prefix: str = NAT64) -> str:
    """The address by which NAT64 reaches this IPv4 address."""
    return str(IPv6Address(int(IPv6Network(prefix)[0]) + int(IPv4Address(address))))


# The address of a line that shares IPv4, at the provider's translator, and that of the translator.
SHARED4, SHARED_EXIT4 = "192.0.0.2", "203.0.113.64"

NAMES = {
    "ipv4.lab.example": (WEB4, None),
    "ipv6.lab.example": (None, WEB6),
    "www.lab.example": (WEB4, WEB6),
    "ipv4.other.example": (WEB4_OTHER, None),
    "ipv6.other.example": (None, WEB6_OTHER),
    "www.other.example": (WEB4_OTHER, WEB6_OTHER),
}
# Ports of the web servers whose certificate is bad.
PORT_UNKNOWN_CA, PORT_WRONG_NAME = 8443, 8444
