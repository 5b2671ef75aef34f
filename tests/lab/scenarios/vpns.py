# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""All kinds of VPN."""
from __future__ import annotations

from .scenario import Scenario

SCENARIOS = (
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
)
