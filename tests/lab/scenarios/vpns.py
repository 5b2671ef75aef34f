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
    Scenario("wg-quick in halves", "safe", "tunnelled", "tunnelled", "dual", ("wg-halves",), "safe"),
    # openvpn, by hand and with its server elsewhere.
    Scenario("openvpn by hand, IPv4", "leak", "tunnelled", "bypass", "dual", ("hand4",), "unsafe"),
    Scenario("openvpn by hand, both", "safe", "tunnelled", "tunnelled", "dual", ("hand46",), "safe"),
    Scenario("server over IPv6", "leak", "tunnelled", "bypass", "dual", ("corp-udp6",), "unsafe"),
    # No route tells where the server is.
    Scenario("openvpn by hand over IPv6", "leak", "tunnelled", "bypass", "dual", ("hand-udp6",), "unsafe"),
    Scenario("openvpn as Ethernet, IPv4", "leak", "tunnelled", "bypass", "dual", ("hand-tap4",), "unsafe"),
    Scenario("openvpn as Ethernet, both", "safe", "tunnelled", "tunnelled", "dual", ("hand-tap46",), "safe"),
    # wg-quick.
    Scenario("wg-quick, IPv4", "leak", "tunnelled", "bypass", vpns=("wg4",), outcome="unsafe"),
    Scenario("wg-quick over IPv6", "leak", "tunnelled", "bypass", "dual", ("wg-udp6",), "unsafe"),
    Scenario("wg-quick without its routes", "leak", "tunnelled", "bypass", "dual", ("wg-off",), "unsafe"),
    # openconnect, by hand and by NetworkManager.
    Scenario("openconnect by hand, IPv4", "leak", "tunnelled", "bypass", "dual", ("oc4",), "unsafe"),
    Scenario("openconnect by hand, both", "safe", "tunnelled", "tunnelled", "dual", ("oc46",), "safe"),
    Scenario("openconnect, IPv4", "leak", "tunnelled", "bypass", "dual", ("corp-oc4",), "unsafe"),
    Scenario("openconnect, both", "safe", "tunnelled", "tunnelled", "dual", ("corp-oc46",), "safe"),
    # IPv6 only: IPv4 goes around.
    Scenario("wg-quick, IPv6", "leak", "bypass", "tunnelled", vpns=("wg6",), outcome="safe"),
    Scenario("openvpn by hand, IPv6", "leak", "bypass", "tunnelled", "dual", ("hand6",), "safe"),
    # Meant for company traffic only.
    Scenario("company traffic only", "split", "bypass", "bypass", vpns=("corp-split",)),
    Scenario("openconnect for company traffic", "split", "bypass", "bypass", vpns=("corp-oc-split",)),
    # Nobody says that it is a VPN, and it carries nothing that could have gone out at home.
    Scenario("private addresses by hand", "no-vpn", "bypass", "bypass", vpns=("oc-split",)),
    # Two at once, side by side.
    Scenario("split beside full", "safe", "tunnelled", "tunnelled", "dual", ("corp-split", "corp46"), "safe"),
    Scenario("full beside split", "leak", "tunnelled", "bypass", "dual", ("corp4", "corp-oc-split"), "unsafe"),
    Scenario("full beside full", "safe", "tunnelled", "tunnelled", "dual", ("corp4", "wg46"), "safe"),
    Scenario("one for each family", "safe", "tunnelled", "tunnelled", "dual", ("corp4", "wg6"), "safe"),
    # One inside the other: what the inner one does not carry, the outer one may.
    Scenario("inner both, outer IPv4", "safe", "tunnelled", "tunnelled", "dual", ("corp4", "wg-inside46"), "safe"),
    Scenario("inner IPv4, outer both", "safe", "tunnelled", "tunnelled", "dual", ("corp46", "hand-inside4"), "safe"),
    Scenario("inner IPv4, outer IPv4", "leak", "tunnelled", "bypass", "dual", ("corp4", "wg-inside4"), "unsafe"),
    Scenario("full inside split", "leak", "tunnelled", "bypass", "dual", ("corp-split", "wg-inside4"), "unsafe"),
)
