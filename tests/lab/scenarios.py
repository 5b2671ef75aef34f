# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""What the program must say of the lines and VPNs of the laboratory. A new scenario is one line."""
from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Scenario:
    """A home line with VPNs on it, and the verdict that is right."""

    name: str
    state: str
    ipv4: str  # status of the family
    ipv6: str
    line: str = "dual"
    vpns: tuple[str, ...] = ()
    outcome: str | None = None  # of the four cases; None: the table does not apply
    routes: tuple[str, ...] = field(default=())  # `ip` commands at home, VPNs being up


SCENARIOS = (
    Scenario("no VPN", "no-vpn", "bypass", "bypass"),
    Scenario("no VPN, IPv4 only", "no-vpn", "bypass", "absent", line="ipv4"),
    # The four cases of the table, by NetworkManager's OpenVPN.
    Scenario("yes/no", "leak", "tunnelled", "bypass", vpns=("corp4",), outcome="unsafe"),
    Scenario("yes/yes", "safe", "tunnelled", "tunnelled", vpns=("corp46",), outcome="safe"),
    Scenario("no/no", "safe", "tunnelled", "absent", "ipv4", ("corp4",), "safe"),
    Scenario("no/yes", "safe", "tunnelled", "tunnelled", "ipv4", ("corp46",), "safe"),
    Scenario("local addresses only", "safe", "tunnelled", "absent", "ula", ("corp4",), "safe"),
    # Routes that look like a leak and are none.
    Scenario("wide routes", "safe", "tunnelled", "tunnelled", vpns=("corp-wide6",), outcome="safe"),
    Scenario("wide routes, by hand", "safe", "tunnelled", "tunnelled", "dual", ("hand-wide6",), "safe"),
    Scenario("wg-quick, both", "safe", "tunnelled", "tunnelled", vpns=("wg46",), outcome="safe"),
    # VPNs that NetworkManager did not start.
    Scenario("wg-quick, IPv4", "leak", "tunnelled", "bypass", vpns=("wg4",), outcome="unsafe"),
    Scenario("openvpn by hand, IPv4", "leak", "tunnelled", "bypass", "dual", ("hand4",), "unsafe"),
    Scenario("openvpn by hand, both", "safe", "tunnelled", "tunnelled", "dual", ("hand46",), "safe"),
    Scenario("server over IPv6", "leak", "tunnelled", "bypass", "dual", ("corp-udp6",), "unsafe"),
    # No route tells where the server is.
    Scenario("openvpn by hand over IPv6", "leak", "tunnelled", "bypass", "dual", ("hand-udp6",), "unsafe"),
    Scenario("wg-quick over IPv6", "leak", "tunnelled", "bypass", "dual", ("wg-udp6",), "unsafe"),
    Scenario("company traffic only", "split", "bypass", "bypass", vpns=("corp-split",)),
    # What pulls traffic out of a tight tunnel, as a router advertisement or option 121 would.
    Scenario(
        "a more specific route",
        "leak",
        "tunnelled",
        "partial",
        vpns=("corp46",),
        outcome="safe",
        routes=("-6 route add 2001:db8:80::/48 via fe80::1 dev eth0 proto ra metric 100",),
    ),
    Scenario(
        "an on-link prefix",
        "leak",
        "tunnelled",
        "partial",
        vpns=("corp46",),
        outcome="safe",
        routes=(
            "-6 route add 2001:db8:80::/48 dev eth0 proto kernel metric 100",
            # Who claims the prefix answers for its addresses, too.
            "-6 neigh add 2001:db8:80::1 lladdr ROUTER dev eth0 nud permanent",
        ),
    ),
    Scenario(
        "option 121",
        "leak",
        "partial",
        "tunnelled",
        vpns=("corp46",),
        outcome="safe",
        routes=("route add 192.0.2.0/24 via 192.168.178.1 dev eth0 proto dhcp metric 100",),
    ),
    Scenario(
        "the exit service past the tunnel",
        "leak",
        "partial",
        "tunnelled",
        vpns=("wg46",),
        outcome="safe",
        routes=("route add 192.0.2.80/32 via 192.168.178.1 dev eth0",),
    ),
    # The Internet of IPv4 as NAT64 shows it, which is no part of 2000::/3.
    Scenario("NAT64 past the tunnel", "leak", "tunnelled", "partial", "nat64", ("corp-2000",), "safe"),
    Scenario("NAT64 in the tunnel", "safe", "tunnelled", "tunnelled", "nat64", ("corp46",), "safe"),
    # What only looks like something else.
    Scenario(
        "the VPN's address on the uplink",
        "leak",
        "tunnelled",
        "bypass",
        vpns=("corp4",),
        outcome="unsafe",
        routes=("address add 10.8.1.2/32 dev eth0",),
    ),
    Scenario(
        "uplinks told apart by source",
        "safe",
        "tunnelled",
        "tunnelled",
        vpns=("corp46",),
        outcome="safe",
        routes=(
            "rule add from 192.168.178.0/24 lookup 77 pref 100",
            "route add default via 192.168.178.1 dev eth0 table 77",
        ),
    ),
    Scenario(
        "strongSwan's rule beside a leak",
        "leak",
        "tunnelled",
        "bypass",
        vpns=("corp4",),
        outcome="unsafe",
        routes=("rule add pref 220 lookup 220",),
    ),
    # The fourth case, closed by hand.
    Scenario(
        "IPv6 unreachable",
        "safe",
        "tunnelled",
        "blocked",
        vpns=("corp4",),
        outcome="safe",
        routes=("-6 route add unreachable default metric 1",),
    ),
)
