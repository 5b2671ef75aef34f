# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""What the program must say of the lines and VPNs of the laboratory. A new scenario is one line."""
from __future__ import annotations

from . import cases, exit, firewall, lines, meant, routes, vpns
from .scenario import Scenario

SCENARIOS: tuple[Scenario, ...] = (
    *cases.SCENARIOS,
    *lines.SCENARIOS,
    *vpns.SCENARIOS,
    *routes.SCENARIOS,
    *firewall.SCENARIOS,
    *meant.SCENARIOS,
    *exit.SCENARIOS,
)

__all__ = ["SCENARIOS", "Scenario"]
