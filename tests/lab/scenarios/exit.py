# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""What web sites see, and who is asked for names."""
from __future__ import annotations

from .. import plan
from .scenario import Scenario

COMPANY = "[Exit]\nIPv4=198.51.100.0/24\nIPv6=2001:db8:c0::/48"
# A DNS server of the computer's own, as systemd-resolved and others are; it asks the company's.
STUB = (
    "dnsmasq --conf-file=/dev/null --user=root --pid-file= --no-resolv --no-hosts --bind-interfaces"
    " --listen-address=127.0.0.53 --server=10.20.0.53 "
)


def asks(server: str) -> tuple[str, ...]:
    """Makes programs ask this DNS server. NetworkManager writes the file when it likes."""
    return (
        f"echo nameserver {server} >/run/resolv.conf",
        "mount --bind -o ro /run/resolv.conf /etc/resolv.conf",
    )


def stub(options: str = "") -> tuple[str, ...]:
    """Starts that DNS server and makes programs ask it."""
    return (STUB + options, *asks("127.0.0.53"))


SCENARIOS = (
    Scenario(
        "the company's exits",
        "safe",
        "tunnelled",
        "tunnelled",
        vpns=("corp46",),
        outcome="safe",
        policy=COMPANY,
    ),
    Scenario(
        "the company's exit and the home's",
        "leak",
        "tunnelled",
        "bypass",
        vpns=("corp4",),
        outcome="unsafe",
        policy=COMPANY,
        findings=("leak ipv6-exit-uplink",),
    ),
    Scenario(
        "an exit that the company does not name",
        "leak",
        "tunnelled",
        "tunnelled",
        vpns=("corp46",),
        outcome="safe",
        policy="[Exit]\nIPv4=192.0.2.0/24\nIPv6=2001:db8:c0::/48",
        findings=("leak ipv4-exit-unexpected",),
        beyond="the company's word about its exits",
    ),
    Scenario(
        "an IPv6 exit that the company does not name",
        "leak",
        "tunnelled",
        "tunnelled",
        vpns=("hand46",),
        outcome="safe",
        policy="[Exit]\nIPv6=2001:db8:dead::/48",
        findings=("leak ipv6-exit-unexpected",),
        beyond="the company's word about its exits",
    ),
    Scenario(
        "a temporary address",
        "leak",
        "tunnelled",
        "bypass",
        vpns=("wg4",),
        outcome="unsafe",
        home=(
            "nmcli connection modify 'Home network' ipv6.ip6-privacy 2",
            "nmcli --wait 20 connection up 'Home network'",
            "until ip -6 address show dev eth0 temporary -tentative | grep -q 2001:; do"
            " sleep 0.05; done",
        ),
        findings=("leak ipv6-exit-uplink",),
    ),
    # Two services are asked.
    Scenario(
        "the second exit service past the tunnel",
        "leak",
        "partial",
        "tunnelled",
        vpns=("wg46",),
        outcome="safe",
        home=("ip route add 192.0.2.81/32 via 192.168.178.1 dev eth0",),
        findings=("leak ipv4-bypass", "leak ipv4-exit-uplink"),
    ),
    Scenario(
        "two exits of the company",
        "safe",
        "tunnelled",
        "tunnelled",
        vpns=("corp46",),
        outcome="safe",
        corp=(
            "ip address add 198.51.100.7/24 dev wan0",
            "nft insert rule ip lab leaving oifname wan0 ip daddr 192.0.2.81 snat to 198.51.100.7",
        ),
        findings=("info ipv4-exit-disagrees",),
    ),
    Scenario(
        "exit services that may go around",
        "safe",
        "partial",
        "tunnelled",
        vpns=("corp46",),
        outcome="safe",
        home=("ip route add 192.0.2.80/31 via 192.168.178.1 dev eth0",),
        policy="[Bypass]\nExpected=192.0.2.80/31",
        expected=("192.0.2.80/31",),
        findings=("info ipv4-exit-exempt",),
    ),
    # openvpn by hand: nobody tells where the VPN's server is, on which the only service stands.
    Scenario(
        "the only exit service on the VPN's server",
        "safe",
        "tunnelled",
        "tunnelled",
        vpns=("hand46",),
        outcome="safe",
        policy=f"[Probe]\nIPv4=http://{plan.CORP_EXIT4}/",
        findings=("info ipv4-exit-exempt",),
    ),
    # As a DHCP server does that wants a packet (TunnelVision).
    Scenario(
        "the only exit service past the tunnel by DHCP",
        "leak",
        "partial",
        "tunnelled",
        vpns=("hand46",),
        outcome="safe",
        home=(f"ip route add {plan.WEB4}/32 via {plan.ROUTER4} dev eth0 proto dhcp",),
        policy="[Probe]\nIPv4=https://ipv4.lab.example/",
        findings=("leak ipv4-bypass", "leak ipv4-exit-uplink"),
    ),
    # Names.
    Scenario(
        "DNS at home",
        "safe",
        "tunnelled",
        "tunnelled",
        vpns=("wg46",),
        outcome="safe",
        findings=("info resolver-bypass",),
    ),
    Scenario(
        "DNS at home, with a warning",
        "safe",
        "tunnelled",
        "tunnelled",
        vpns=("wg46",),
        outcome="safe",
        policy="[DNS]\nOutsideTunnel=warning",
        findings=("warning resolver-bypass",),
    ),
    Scenario(
        "DNS at home, which must not be",
        "leak",
        "tunnelled",
        "tunnelled",
        vpns=("wg46",),
        outcome="safe",
        policy="[DNS]\nOutsideTunnel=leak",
        findings=("leak resolver-bypass",),
        beyond="the company's word about DNS servers",
    ),
    Scenario(
        "DNS at home of a split VPN",
        "split",
        "bypass",
        "bypass",
        vpns=("corp-split",),
        policy="[DNS]\nOutsideTunnel=leak",
    ),
    Scenario(
        "DNS in the tunnel, which must be",
        "safe",
        "tunnelled",
        "tunnelled",
        vpns=("wg46",),
        outcome="safe",
        home=asks("10.20.0.53"),
        policy="[DNS]\nOutsideTunnel=leak",
    ),
    Scenario(
        "DNS by a service of the computer",
        "safe",
        "tunnelled",
        "tunnelled",
        vpns=("wg46",),
        outcome="safe",
        home=stub(),
        findings=("info resolver-local", "info resolver-bypass"),
    ),
    Scenario(
        "names of IPv6 alone",
        "leak",
        "tunnelled",
        "bypass",
        vpns=("corp4",),
        outcome="unsafe",
        findings=("info ipv6-name-found",),
    ),
    Scenario(
        "no names of IPv6 alone",
        "leak",
        "tunnelled",
        "bypass",
        vpns=("corp4",),
        outcome="unsafe",
        home=stub("--filter-AAAA"),
        findings=("info ipv6-name-missing",),
    ),
    # The VPN's servers do not know of the home's translator: the home's own are asked as well.
    Scenario(
        "NAT64 that the VPN's DNS does not know",
        "leak",
        "tunnelled",
        "partial",
        "nat64",
        ("corp-2000",),
        "safe",
        home=stub("--address=/ipv4only.arpa/"),
        findings=("leak ipv6-bypass",),
    ),
)
