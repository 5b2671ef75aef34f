# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""Routes around the tunnel that a firewall closes, or only seems to close."""
from __future__ import annotations

from ipaddress import ip_network
from typing import Any

from .. import plan
from .exit import asks
from .scenario import Scenario

BOTH = "meta l4proto { tcp, udp }"
UDP = "meta l4proto udp"
TCP = "meta l4proto tcp"


def firewall(hook: str, *rules: str) -> tuple[str, ...]:
    """Commands that add rules to a hook of the computer's or the router's firewall."""
    return _nft("inet", f"hook {hook}", rules)


def egress(*rules: str) -> tuple[str, ...]:
    """The same at the last place before the link."""
    return _nft("netdev", "hook egress device eth0", rules)


def _nft(family: str, hook: str, rules: tuple[str, ...]) -> tuple[str, ...]:
    return _chain(family, "c", f"filter {hook} priority 0", rules)


def _chain(family: str, name: str, kind: str, rules: tuple[str, ...]) -> tuple[str, ...]:
    chain = f"add chain {family} fw {name} {{ type {kind}; }}"
    lines = (f"add table {family} fw", chain, *(f"add rule {family} fw {name} {r}" for r in rules))
    return tuple(f"nft '{line}'" for line in lines)


def all_but_dns(where: str, protocol: str, server: str) -> tuple[str, ...]:
    """A firewall that closes what goes out there, but not DNS to the server that programs ask."""
    to = f"{'ip6' if ':' in server else 'ip'} daddr {server}"
    accept = f"{where} {to} {protocol} th dport 53 accept"
    return (*firewall("output", accept, f"{where} {BOTH} drop"), *asks(server))


# What rules lead past a tunnel: packets with a mark.
LED4 = (
    "ip rule add pref 100 fwmark 0x1 lookup 100",
    f"ip route add default via {plan.ROUTER4} dev eth0 table 100",
)
LED6 = (
    "ip -6 rule add pref 100 fwmark 0x1 lookup 100",
    f"ip -6 route add default via {plan.ROUTER6_LOCAL} dev eth0 table 100",
)


def marking(*matches: str, nat: bool = False) -> tuple[str, ...]:
    """Commands that have the computer's firewall mark packets before they are looked up again.

    nat: it gives them the uplink's address, too. Else they leave with the tunnel's.
    """
    rules = tuple(f"{match} meta mark set 0x1" for match in matches)
    done = _chain("inet", "m", "route hook output priority 0", rules)
    if nat:
        done += _chain("inet", "n", "nat hook postrouting priority 100", ("oifname eth0 masquerade",))
    return done


def marked(
    name: str, *home: str, ipv4: bool = False, ipv6: bool = False, vpn: str = "corp46"
) -> Scenario:
    """A VPN that carries both, and packets that something marks.

    ipv4, ipv6: whether those of this family leave because of it.
    """
    words = {False: "tunnelled", True: "partial"}
    seen = {"ipv4": ipv4, "ipv6": ipv6}
    return Scenario(
        f"marks: {name}",
        "leak" if ipv4 or ipv6 else "safe",
        words[ipv4],
        words[ipv6],
        vpns=(vpn,),
        outcome="safe",
        home=home,
        findings=tuple(f"leak {family}-marked" for family, yes in seen.items() if yes),
    )


def _without(whole: str, parts: tuple[str, ...]) -> tuple[str, ...]:
    """What is left of a prefix."""
    left = [ip_network(whole)]
    for part in map(ip_network, parts):
        left = [y for x in left for y in (x.address_exclude(part) if part.subnet_of(x) else [x])]
    return tuple(map(str, left))


def ipv6(
    name: str,
    closed: bool,
    home: tuple[str, ...] = (),
    router: tuple[str, ...] = (),
    parts: tuple[str, ...] = (),
    **more: Any,
) -> Scenario:
    """A VPN that carries IPv4 alone, on a line with both.

    closed: whether all of IPv6 is. parts: the prefixes that alone are. more: of the Scenario.
    """
    return Scenario(
        f"{name}, IPv6",
        "safe" if closed else "leak",
        "tunnelled",
        "blocked" if closed else "bypass",
        vpns=("corp4",),
        outcome="safe" if closed else "unsafe",
        home=home,
        router=router,
        closed=parts,
        **more,
    )


def ipv4(name: str, closed: bool, *home: str, **more: Any) -> Scenario:
    """A VPN that carries both, and a route around it as option 121 makes it."""
    route = "ip route add 192.0.2.0/24 via 192.168.178.1 dev eth0 proto dhcp metric 100"
    return Scenario(
        f"{name}, IPv4",
        "safe" if closed else "leak",
        "tunnelled" if closed else "partial",
        "tunnelled",
        vpns=("corp46",),
        outcome="safe",
        home=(route, *home),
        **more,
    )


def dns(name: str, state: str, policy: str, finding: str, *home: str) -> Scenario:
    """A VPN that carries both, the home's DNS server, and a policy that minds that."""
    return Scenario(
        name,
        state,
        "tunnelled",
        "tunnelled",
        vpns=("wg46",),
        outcome="safe",
        home=(*asks(plan.ROUTER4), *home),
        policy=f"[DNS]\nOutsideTunnel={policy}",
        findings=(finding,),
        beyond="the company's word about DNS servers" if state == "leak" else "",
    )


# What IPv6 itself needs on the home network is not closed: that is ICMP.
OUT6 = "meta nfproto ipv6 oifname eth0"
OUT4 = "ip daddr 192.0.2.0/24 oifname eth0"
# The other half is where the laboratory's web sites are.
HALF = "3000::/4"
HALF6 = f"ip6 daddr {HALF}"

DNS_DROP = firewall("output", f"oifname eth0 {BOTH} th dport 53 drop")
DNS_UDP_DROP = firewall("output", "oifname eth0 udp dport 53 drop")

IN_USE = ("2001::/16", "2003::/16", "2400::/12", "2600::/12", "2800::/12", "2a00::/12", "2c00::/12")

SCENARIOS = (
    ipv6("drop", True, firewall("output", f"{OUT6} {BOTH} drop")),
    ipv6("reject", True, firewall("output", f"{OUT6} {BOTH} reject")),
    ipv6("reset", True, firewall("output", f"{OUT6} {UDP} drop", f"{OUT6} {TCP} reject with tcp reset")),
    ipv6("drop in postrouting", True, firewall("postrouting", f"{OUT6} {BOTH} drop")),
    ipv6("drop in egress", True, egress(f"meta protocol ip6 {BOTH} drop")),
    Scenario(
        "drop of many ranges, IPv6",
        "safe",
        "tunnelled",
        "tunnelled",
        vpns=("corp46",),
        outcome="safe",
        home=(
            *(f"ip -6 route add 2a00:{n}::/32 via fe80::1 dev eth0 metric 10" for n in range(2, 60, 2)),
            *firewall("output", f"{OUT6} {BOTH} drop"),
        ),
    ),
    # Against bogons: nearly all of the space is closed, and nobody is there.
    ipv6(
        "all but what is in use",
        False,
        firewall("output", f"{OUT6} ip6 daddr != {{ {', '.join(IN_USE)} }} {BOTH} drop"),
        parts=_without("2000::/3", IN_USE),
    ),
    # What the Internet answers counts, however many samples the firewall has refused.
    ipv6(
        "all but one web site",
        False,
        firewall("output", f"{OUT6} ip6 daddr != {plan.WEB6} {BOTH} drop"),
        parts=_without("2000::/3", (f"{plan.WEB6}/128",)),
    ),
    # One protocol is enough to leak.
    ipv6("drop of UDP", False, firewall("output", f"{OUT6} {UDP} drop")),
    ipv6("reject of UDP", False, firewall("output", f"{OUT6} {UDP} reject")),
    ipv6("drop of TCP", False, firewall("output", f"{OUT6} {TCP} drop")),
    ipv6("reset of TCP", False, firewall("output", f"{OUT6} {TCP} reject with tcp reset")),
    ipv6("all but HTTPS", False, firewall("output", f"{OUT6} {UDP} drop", f"{OUT6} tcp dport != 443 drop")),
    ipv6("all but DNS by TCP", False, firewall("output", f"{OUT6} {UDP} drop", f"{OUT6} tcp dport != 53 drop")),
    ipv6("all but DNS", False, firewall("output", f"{OUT6} {BOTH} th dport != 53 drop")),
    # So is a part of the addresses.
    ipv6("drop of one half", False, firewall("output", f"{OUT6} {HALF6} {BOTH} drop"), parts=(HALF,)),
    ipv6(
        "drop of UDP and half of TCP",
        False,
        firewall("output", f"{OUT6} {UDP} drop", f"{OUT6} {HALF6} {TCP} drop"),
        parts=(HALF,),
    ),
    # What the router keeps back has left the computer, and the VPN does not hide it.
    ipv6("drop in the router", False, router=firewall("forward", "meta nfproto ipv6 drop")),
    ipv6(
        "a router that says nothing",
        False,
        router=firewall("prerouting", f"meta nfproto ipv6 {BOTH} drop"),
    ),
    ipv4("drop", True, *firewall("output", f"{OUT4} {BOTH} drop")),
    ipv4("reject", True, *firewall("output", f"{OUT4} {BOTH} reject")),
    ipv4("drop in egress", True, *egress(f"ip daddr 192.0.2.0/24 {BOTH} drop")),
    ipv4("drop of UDP", False, *firewall("output", f"{OUT4} {UDP} drop")),
    ipv4("reject of TCP", False, *firewall("output", f"{OUT4} {TCP} reject")),
    # One server is enough, too, and no sample of addresses finds it.
    *(
        ipv6(
            f"all but the DNS server in use{how}",
            False,
            all_but_dns(OUT6, protocol, plan.DNS6),
            router,
            addresses=(plan.DNS6,),
            findings=("leak ipv6-bypass", "info resolver-bypass", "info ipv6-firewall-blocked"),
        )
        for how, protocol, router in (
            ("", BOTH, ()),
            (" by UDP", UDP, ()),
            (" by TCP", TCP, ()),
            (" and a silent router", BOTH, firewall("prerouting", f"meta nfproto ipv6 {BOTH} drop")),
        )
    ),
    ipv4(
        "all but the DNS server in use",
        False,
        *all_but_dns(OUT4, BOTH, plan.DNS4),
        addresses=(plan.DNS4,),
        findings=("leak ipv4-bypass", "info resolver-bypass", "info ipv4-firewall-blocked"),
    ),
    ipv6(
        "drop with DNS at home",
        True,
        (*firewall("output", f"{OUT6} {BOTH} drop"), *asks(plan.ROUTER4)),
        findings=("info resolver-bypass",),
    ),
    ipv6(
        "drop, with DNS in what is closed",
        True,
        (*firewall("output", f"{OUT6} {BOTH} drop"), *asks(plan.DNS6)),
        addresses=(plan.DNS6,),
        findings=("info resolver-blocked",),
    ),
    # Who is kept from asking a DNS server asks nobody outside.
    dns("DNS at home, which must not be and is closed", "safe", "leak", "info resolver-blocked", *DNS_DROP),
    dns("DNS at home, with a warning, and closed", "safe", "warning", "info resolver-blocked", *DNS_DROP),
    dns("DNS at home, closed for UDP alone", "leak", "leak", "leak resolver-bypass", *DNS_UDP_DROP),
    # Every route says tunnel, and packets leave all the same.
    marked("all", *LED4, *LED6, *marking(BOTH), ipv4=True, ipv6=True),
    marked("all, with NAT", *LED4, *LED6, *marking(BOTH, nat=True), ipv4=True, ipv6=True),
    marked("of one family", *LED4, *marking(BOTH), ipv4=True),
    marked("by port", *LED4, *LED6, *marking("udp dport 443"), ipv4=True, ipv6=True),
    marked("by TCP port", *LED6, *marking("tcp dport 443", nat=True), ipv6=True),
    marked("by user", *LED4, *marking(f"{BOTH} meta skuid != 0"), ipv4=True),
    marked("beside wg-quick", *LED4, *LED6, *marking(BOTH, nat=True), ipv4=True, ipv6=True, vpn="wg46"),
    marked("a rule and nobody who marks", *LED4, *LED6),
    marked("another one", *LED4, *LED6, *firewall("output", f"{BOTH} meta mark set 0x2")),
    marked(
        "dropped",
        *LED4,
        *LED6,
        *marking(BOTH),
        *firewall("postrouting", f"oifname eth0 meta mark 0x1 {BOTH} drop"),
    ),
)
