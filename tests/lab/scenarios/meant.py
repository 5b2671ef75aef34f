# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""Full or split: what a VPN is meant to carry, and what it has lost."""
from __future__ import annotations

from .scenario import Scenario

SITES = ("192.0.3.1", "192.0.3.254", "203.0.112.9")
RIO = "2001:db8:90::/48"

SCENARIOS = (
    Scenario("a few public sites", "split", "partial", "bypass", vpns=("corp-split-web",), addresses=SITES),
    Scenario(
        "a split VPN that must be full",
        "leak",
        "partial",
        "bypass",
        vpns=("corp-split-web",),
        outcome="unsafe",
        policy="[Tunnel]\nMode=full",
        addresses=SITES,
    ),
    Scenario(
        "a full VPN that may be split",
        "split",
        "tunnelled",
        "bypass",
        vpns=("corp4",),
        policy="[Tunnel]\nMode=split",
    ),
    # A full tunnel by halves that has lost some of them.
    Scenario(
        "half of IPv4 lost",
        "leak",
        "partial",
        "tunnelled",
        vpns=("hand46",),
        outcome="safe",
        home=("ip route delete 0.0.0.0/1",),
    ),
    Scenario(
        "all of IPv4 lost",
        "leak",
        "bypass",
        "tunnelled",
        vpns=("hand46",),
        outcome="safe",
        home=("ip route delete 0.0.0.0/1", "ip route delete 128.0.0.0/1"),
    ),
    Scenario(
        "half of IPv6 lost",
        "leak",
        "tunnelled",
        "partial",
        vpns=("hand-wide6",),
        outcome="safe",
        home=("ip -6 route delete 3000::/4",),
    ),
    # Prefixes that IT wants outside.
    Scenario(
        "an expected bypass",
        "safe",
        "tunnelled",
        "partial",
        "rio-far",
        ("corp46",),
        "safe",
        policy=f"[Bypass]\nExpected={RIO}",
        expected=(RIO,),
    ),
    Scenario(
        "an expected bypass to the exit service",
        "safe",
        "tunnelled",
        "partial",
        "rio",
        ("corp46",),
        "safe",
        policy="[Bypass]\nExpected=2001:db8:80::/48",
        expected=("2001:db8:80::/48",),
    ),
    Scenario(
        "more bypasses than is expected",
        "leak",
        "tunnelled",
        "partial",
        "rio-far",
        ("corp46",),
        "safe",
        policy="[Bypass]\nExpected=2001:db8:90::/49",
        expected=("2001:db8:90::/49",),
    ),
    Scenario(
        "another bypass than expected",
        "leak",
        "tunnelled",
        "partial",
        "rio-far",
        ("corp46",),
        "safe",
        policy="[Bypass]\nExpected=2001:db8:81::/48;192.0.2.0/24",
        expected=("2001:db8:81::/48", "192.0.2.0/24"),
    ),
)
