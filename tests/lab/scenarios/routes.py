# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""Routes and rules that pull traffic out of a tunnel, or only look as if they did."""
from __future__ import annotations

from .scenario import Scenario

# Makes table 77 lead out of the home router.
HOME_ROUTER = "ip route add default via 192.168.178.1 dev eth0 table 77"

SCENARIOS = (
    # A host route as a VPN has it to its server, but to somebody else.
    Scenario(
        "the exit service past the tunnel",
        "leak",
        "partial",
        "tunnelled",
        vpns=("wg46",),
        outcome="safe",
        home=("ip route add 192.0.2.80/32 via 192.168.178.1 dev eth0",),
    ),
    # Rules that take some packets out of the tunnel, or only those of others.
    Scenario(
        "a rule for this person",
        "leak",
        "bypass",
        "tunnelled",
        vpns=("corp46",),
        outcome="safe",
        home=("ip rule add uidrange 65534-65534 lookup 77 pref 100", HOME_ROUTER),
    ),
    Scenario(
        "a rule for another person",
        "safe",
        "tunnelled",
        "tunnelled",
        vpns=("corp46",),
        outcome="safe",
        home=("ip rule add uidrange 1000-1000 lookup 77 pref 100", HOME_ROUTER),
    ),
    Scenario(
        "a rule for TCP alone",
        "leak",
        "partial",
        "tunnelled",
        vpns=("corp46",),
        outcome="safe",
        home=("ip rule add ipproto tcp lookup 77 pref 100", HOME_ROUTER),
    ),
    Scenario(
        "a rule for one port",
        "leak",
        "partial",
        "tunnelled",
        vpns=("corp46",),
        outcome="safe",
        home=("ip rule add ipproto udp dport 443 lookup 77 pref 100", HOME_ROUTER),
    ),
    Scenario(
        "a rule for packets with a mark",
        "safe",
        "tunnelled",
        "tunnelled",
        vpns=("corp46",),
        outcome="safe",
        home=("ip rule add fwmark 7 lookup 77 pref 100", HOME_ROUTER),
    ),
    # IPv6 closed in other ways than by a route.
    Scenario(
        "IPv6 prohibited by a rule",
        "safe",
        "tunnelled",
        "blocked",
        vpns=("corp4",),
        outcome="safe",
        home=("ip -6 rule add pref 100 prohibit",),
    ),
    Scenario(
        "IPv6 switched off in the kernel",
        "safe",
        "tunnelled",
        "absent",
        vpns=("corp4",),
        outcome="safe",
        home=("sysctl -qw net.ipv6.conf.all.disable_ipv6=1",),
    ),
    # wg-quick marks its packets, so that no route leads to its server.
    Scenario(
        "a host route beside wg-quick",
        "leak",
        "partial",
        "tunnelled",
        vpns=("wg46",),
        outcome="safe",
        home=("ip route add 192.0.2.99/32 via 192.168.178.1 dev eth0",),
    ),
    # What only looks like something else.
    Scenario(
        "the VPN's address on the uplink",
        "leak",
        "tunnelled",
        "bypass",
        vpns=("corp4",),
        outcome="unsafe",
        home=("ip address add 10.8.1.2/32 dev eth0",),
    ),
    Scenario(
        "uplinks told apart by source",
        "safe",
        "tunnelled",
        "tunnelled",
        vpns=("corp46",),
        outcome="safe",
        home=(
            "ip rule add from 192.168.178.0/24 lookup 77 pref 100",
            HOME_ROUTER,
        ),
    ),
    Scenario(
        "strongSwan's rule beside a leak",
        "leak",
        "tunnelled",
        "bypass",
        vpns=("corp4",),
        outcome="unsafe",
        home=("ip rule add pref 220 lookup 220",),
    ),
)
