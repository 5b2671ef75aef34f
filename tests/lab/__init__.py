# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""The laboratory: a home, a router, an Internet and a company in network namespaces.

    from lab import Lab
    with Lab.up(line="dual") as lab:
        lab.vpn_up("corp4")
        assert lab.leaks(["2001:db8:80::1"]) == {"2001:db8:80::1": True}
"""
from .laboratory import Lab
from .lines import LINES, Line
from .state import LabError
from .vpn import Vpn
from .vpns import VPNS

__all__ = ["LINES", "VPNS", "Lab", "LabError", "Line", "Vpn"]
