# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""Where the programs are that are tested."""
from __future__ import annotations

import os
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
# The build folder, for the programs that are not installed, and what was installed from it.
BUILD = Path(os.environ.get("TL_BUILD", TOP / "build/check"))
INSTALLED = Path(os.environ.get("TL_INSTALL_ROOT", TOP / "build/check-root/usr/local"))
# So that what is installed there is found, before what may be installed on this computer.
ENVIRONMENT = {
    "XDG_DATA_DIRS": f"{INSTALLED}/share:/usr/share",
    "TL_LOCALE_DIR": str(INSTALLED / "share/locale"),
}


def built(name: str) -> Path:
    """A program of this folder."""
    return BUILD / "tests/ui" / name
