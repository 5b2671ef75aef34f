# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""Waiting for what comes by itself."""
from __future__ import annotations

import time
from typing import Callable, TypeVar

T = TypeVar("T")


def wait_for(look: Callable[[], T], what: str, seconds: float = 20, pause: float = 0.05) -> T:
    """The first result of look that is true."""
    end = time.monotonic() + seconds
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {seconds:g} s, last seen: {seen!r}")
        time.sleep(pause)
