# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""The four cases of the table, and home lines that come with them."""
from __future__ import annotations

from .scenario import Scenario

SCENARIOS = (
    Scenario("no VPN", "no-vpn", "bypass", "bypass"),
    Scenario("no VPN, IPv4 only", "no-vpn", "bypass", "absent", line="ipv4"),
    # The four cases of the table, by NetworkManager's OpenVPN.
    Scenario("yes/no", "leak", "tunnelled", "bypass", vpns=("corp4",), outcome="unsafe"),
    Scenario("yes/yes", "safe", "tunnelled", "tunnelled", vpns=("corp46",), outcome="safe"),
    Scenario("no/no", "safe", "tunnelled", "absent", "ipv4", ("corp4",), "safe"),
    Scenario("no/yes", "safe", "tunnelled", "tunnelled", "ipv4", ("corp46",), "safe"),
    Scenario("local addresses only", "safe", "tunnelled", "absent", "ula", ("corp4",), "safe"),
    # The Internet of IPv4 as NAT64 shows it, which is no part of 2000::/3.
    Scenario("NAT64 past the tunnel", "leak", "tunnelled", "partial", "nat64", ("corp-2000",), "safe"),
    Scenario("NAT64 in the tunnel", "safe", "tunnelled", "tunnelled", "nat64", ("corp46",), "safe"),
    # The fourth case, closed by hand.
    Scenario(
        "IPv6 unreachable",
        "safe",
        "tunnelled",
        "blocked",
        vpns=("corp4",),
        outcome="safe",
        home=("ip -6 route add unreachable default metric 1",),
    ),
)
