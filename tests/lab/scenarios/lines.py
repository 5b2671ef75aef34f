# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""All kinds of home line, with what routers and DHCP servers really send."""
from __future__ import annotations

from .scenario import Scenario

# What is in the scenario's ranges, beside what the laboratory sends to anyway.
OPTION_121 = ("192.0.2.1", "192.0.2.254")

# 464XLAT's customer side (RFC 6877) on the computer, as clatd sets it up.
CLAT = (
    "printf 'tun-device clat\\nprefix 2001:db8:64::/96\\nipv4-addr 192.0.0.2\\n"
    "map 192.0.0.1 2001:db8:178::c1a7\\n' >/run/tayga.conf",
    "sysctl -qw net.ipv6.conf.all.forwarding=1 net.ipv6.conf.eth0.proxy_ndp=1",
    "tayga --config /run/tayga.conf --mktun >/dev/null",
    "ip address add 192.0.0.1/32 dev clat && ip link set clat up",
    "ip -6 neigh add proxy 2001:db8:178::c1a7 dev eth0",
    "ip -6 route add 2001:db8:178::c1a7 dev clat && ip route add default dev clat metric 2048",
    "tayga --config /run/tayga.conf >/dev/null 2>&1 </dev/null",
)

SCENARIOS = (
    # IPv6 only: the Internet of IPv4 is reached by NAT64.
    Scenario("IPv6 only, no VPN", "no-vpn", "absent", "bypass", line="ipv6"),
    Scenario("IPv6 only, VPN of IPv4", "leak", "tunnelled", "bypass", "ipv6", ("corp-udp6",), "unsafe"),
    Scenario("IPv6 only, VPN of both", "safe", "tunnelled", "tunnelled", "ipv6", ("corp46-udp6",), "safe"),
    Scenario("IPv6 only, wg-quick", "leak", "tunnelled", "bypass", "ipv6", ("wg-udp6",), "unsafe"),
    Scenario("464XLAT, no VPN", "no-vpn", "bypass", "bypass", "ipv6-own", home=CLAT),
    Scenario("464XLAT, VPN of IPv4", "leak", "tunnelled", "bypass", "ipv6-own", ("corp-udp6",), "unsafe", home=CLAT),
    Scenario("464XLAT, VPN of both", "safe", "tunnelled", "tunnelled", "ipv6-own", ("corp46-udp6",), "safe", home=CLAT),
    # Addresses that come in other ways than usual.
    Scenario("local addresses with a default route", "leak", "tunnelled", "bypass", "ula-routed", ("corp4",), "unsafe"),
    # The table asks for a global address at home; packets go out with a link-local one as well.
    Scenario("a router without a prefix", "leak", "tunnelled", "bypass", "no-prefix", ("corp4",), "safe"),
    Scenario("a router without a prefix, VPN of both", "safe", "tunnelled", "tunnelled", "no-prefix", ("corp46",), "safe"),
    Scenario("an off-link prefix", "leak", "tunnelled", "bypass", "off-link", ("corp4",), "unsafe"),
    Scenario("an off-link prefix, VPN of both", "safe", "tunnelled", "tunnelled", "off-link", ("corp46",), "safe"),
    Scenario("addresses by DHCPv6", "leak", "tunnelled", "bypass", "dhcpv6", ("corp4",), "unsafe"),
    Scenario("addresses by DHCPv6, VPN of both", "safe", "tunnelled", "tunnelled", "dhcpv6", ("corp46",), "safe"),
    Scenario("two prefixes on the LAN", "safe", "tunnelled", "tunnelled", "second-64", ("corp46",), "safe"),
    # An IPv4 address that many homes share.
    Scenario("DS-Lite, no VPN", "no-vpn", "bypass", "bypass", line="ds-lite"),
    Scenario("DS-Lite, VPN of IPv4", "leak", "tunnelled", "bypass", "ds-lite", ("corp4",), "unsafe"),
    Scenario("DS-Lite, VPN of both", "safe", "tunnelled", "tunnelled", "ds-lite", ("corp46",), "safe"),
    # Ethernet and Wi-Fi.
    Scenario("two uplinks, no VPN", "no-vpn", "bypass", "bypass", line="two"),
    Scenario("two uplinks, VPN of IPv4", "leak", "tunnelled", "bypass", "two", ("corp4",), "unsafe"),
    Scenario("two uplinks, VPN of both", "safe", "tunnelled", "tunnelled", "two", ("corp46",), "safe"),
    Scenario("two uplinks, wg-quick", "safe", "tunnelled", "tunnelled", "two", ("wg46",), "safe"),
    Scenario("IPv6 on the second uplink", "leak", "tunnelled", "bypass", "second-ipv6", ("corp4",), "unsafe"),
    Scenario(
        "two uplinks, IPv6 off on one",
        "leak",
        "tunnelled",
        "bypass",
        "two",
        ("corp4",),
        "unsafe",
        home=("nmcli device modify eth0 ipv6.method disabled",),
    ),
    Scenario(
        "two uplinks, IPv6 off on both",
        "safe",
        "tunnelled",
        "absent",
        "two",
        ("corp4",),
        "safe",
        home=(
            "nmcli device modify eth0 ipv6.method disabled",
            "nmcli device modify eth1 ipv6.method disabled",
        ),
    ),
    Scenario(
        "two uplinks, a more specific route over the other",
        "leak",
        "partial",
        "tunnelled",
        "two",
        ("corp46",),
        "safe",
        home=("ip route add 192.0.2.0/24 via 192.168.179.1 dev eth1 proto dhcp metric 600",),
    ),
    # The uplink wins over the VPN.
    Scenario(
        "an uplink with a lower metric than the VPN",
        "leak",
        "bypass",
        "tunnelled",  # by more specific routes, which beat every metric
        "dual",
        ("corp46",),
        "safe",
        home=(
            "nmcli connection modify 'Home network' ipv4.route-metric 10 ipv6.route-metric 10",
            "nmcli device reapply eth0",
        ),
    ),
    Scenario(
        "an uplink with a lower metric than a default route",
        "leak",
        "tunnelled",
        "partial",  # the VPN's own prefix is in the tunnel
        "dual",
        ("corp46",),
        "safe",
        home=(
            "for p in ::/3 2000::/4 3000::/4 fc00::/7; do ip -6 route delete $p dev tun0; done",
            "ip -6 route add default via fe80::1 dev eth0 metric 10",
        ),
    ),
    # A LAN that claims public addresses (TunnelCrack's LocalNet).
    Scenario("a LAN claims a public /24", "leak", "partial", "tunnelled", "claims-24", ("corp46",), "safe"),
    Scenario("a LAN claims a /24, wg-quick", "leak", "partial", "tunnelled", "claims-24", ("wg46",), "safe"),
    Scenario("a LAN claims a public /16", "leak", "partial", "tunnelled", "claims-16", ("corp46",), "safe"),
    Scenario("a LAN claims a /48", "leak", "tunnelled", "partial", "claims-48", ("corp46",), "safe"),
    Scenario("a LAN claims a foreign /64", "leak", "tunnelled", "partial", "claims-64", ("corp46",), "safe"),
    Scenario("the home's /48 is on-link", "leak", "tunnelled", "partial", "home-48", ("corp46",), "safe"),
    # Routes from the router (RFC 4191) and from DHCP (TunnelVision).
    Scenario("RFC 4191", "leak", "tunnelled", "partial", "rio", ("corp46",), "safe"),
    Scenario("RFC 4191, wg-quick", "leak", "tunnelled", "partial", "rio", ("wg46",), "safe"),
    Scenario("RFC 4191, wide routes", "leak", "tunnelled", "partial", "rio", ("corp-wide6",), "safe"),
    Scenario("RFC 4191 for everything", "leak", "tunnelled", "bypass", "rio-all", ("wg46",), "unsafe"),
    Scenario("RFC 4191 against longer routes", "safe", "tunnelled", "tunnelled", "rio-all", ("hand46",), "safe"),
    Scenario(
        "option 121 by DHCP",
        "leak",
        "partial",
        "tunnelled",
        "option-121",
        ("corp46",),
        "safe",
        addresses=OPTION_121,
    ),
    Scenario(
        "option 121 by DHCP, wg-quick",
        "leak",
        "partial",
        "tunnelled",
        "option-121",
        ("wg46",),
        "safe",
        addresses=OPTION_121,
    ),
    Scenario("TunnelVision", "leak", "bypass", "tunnelled", "option-121-halves", ("corp46",), "safe"),
    Scenario(
        "TunnelVision against equal routes",
        "safe",
        "tunnelled",
        "tunnelled",
        "option-121-halves",
        ("hand46",),
        "safe",
    ),
    Scenario("a host route by DHCP", "leak", "partial", "tunnelled", "option-121-host", ("corp46",), "safe"),
    Scenario(
        "a host route by DHCP to the VPN server",
        "safe",
        "tunnelled",
        "tunnelled",
        "option-121-server",
        ("corp46",),
        "safe",
    ),
)
