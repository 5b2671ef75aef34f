# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""What a scenario is."""
from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scenario:
    """A home line with VPNs on it and what else is done to it, and the verdict that is right."""

    name: str
    state: str
    ipv4: str  # status of the family
    ipv6: str
    line: str = "dual"
    vpns: tuple[str, ...] = ()
    outcome: str | None = None  # of the four cases; None: the table does not apply
    # Commands for a shell, once the VPNs are up. They need no undoing: each scenario has a
    # laboratory of its own.
    router: tuple[str, ...] = ()
    home: tuple[str, ...] = ()
    corp: tuple[str, ...] = ()  # at the company
    policy: str = ""  # further groups of the policy file
    expected: tuple[str, ...] = ()  # prefixes that this policy wants outside the VPN
    # Prefixes that a firewall closes within what goes around: it is sampled, not covered.
    closed: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()  # further ones that packets are sent to
    beyond: str = ""  # what the state rests on, where packets alone cannot tell
    findings: tuple[str, ...] = ()  # told beside it, as "leak ipv4-exit-uplink"
