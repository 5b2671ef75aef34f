# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""Fixtures for tests in the laboratory."""
from __future__ import annotations

import os
from typing import Iterator

import pytest

from .laboratory import Lab
from .state import LabError, wait_for


@pytest.fixture(scope="module")
def shelf() -> Iterator[list[Lab]]:
    """The laboratory that is up for the tests of a module, if there is one; use `lab`."""
    kept: list[Lab] = []
    yield kept
    for lab in kept:
        lab.down()


@pytest.fixture
def lab(shelf: list[Lab]) -> Iterator[Lab]:
    """A laboratory on the dual line without a VPN; after a test that changed it, a new one."""
    if not shelf:
        shelf.append(Lab.up(f"t{os.getpid()}"))
    (kept,) = shelf
    before = kept.fingerprint()
    yield kept
    try:
        for name in kept.vpns_up():
            kept.vpn_down(name)
        wait_for(lambda: kept.fingerprint() == before, "the state before the test", 2)
    except LabError:
        shelf.pop().down()
