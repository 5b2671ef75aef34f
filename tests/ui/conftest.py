# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""Fixtures for tests on a desktop."""
from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Iterator

import pytest

from .built import INSTALLED
from .desktop import Desktop

sys.path.insert(0, str(Path(__file__).parents[1]))  # for the laboratory
os.environ.setdefault("TL_INSTALL_ROOT", str(INSTALLED))  # what the laboratory installs


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[Desktop]:
    with Desktop(tmp_path / "desktop") as up:
        yield up
