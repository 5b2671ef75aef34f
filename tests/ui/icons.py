# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""Which of our icons is it that one sees?"""
from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import gi

gi.require_version("GdkPixbuf", "2.0")
from gi.repository import GdkPixbuf  # noqa: E402

State = str
ICONS = Path(__file__).parents[2] / "data/icons/hicolor/scalable/status"
STATES: tuple[State, ...] = ("no-vpn", "checking", "safe", "leak", "split", "unknown")
# Mean difference of a channel, 0 to 255: the right icon is seen below ALIKE, and any other differs
# from what is seen by at least APART more.
ALIKE = 6.0
APART = 4.0
SHIFT = 2  # pixels that the icon may be off in each direction

Rgb = tuple[int, int, int]


@lru_cache(maxsize=None)
def rendered(state: State, size: int) -> tuple[bytes, int]:
    """The icon's RGBA pixels, row by row, and the bytes of a row."""
    file = ICONS / f"io.github.tunnellight.TunnelLight-{state}.svg"
    pixbuf = GdkPixbuf.Pixbuf.new_from_file_at_size(str(file), size, size)
    assert pixbuf.get_has_alpha() and pixbuf.get_width() == size
    return pixbuf.get_pixels(), pixbuf.get_rowstride()


def expected(state: State, size: int, background: Rgb) -> list[int]:
    """The icon's RGB channels over a background."""
    pixels, stride = rendered(state, size)
    channels = []
    for y in range(size):
        for x in range(size):
            *colour, alpha = pixels[y * stride + 4 * x : y * stride + 4 * x + 4]
            blended = zip(colour, background)
            channels += [(c * alpha + b * (255 - alpha)) // 255 for c, b in blended]
    return channels


def difference(seen: bytes, width: int, left: int, top: int, icon: list[int], size: int) -> float:
    total = 0
    for y in range(size):
        start = ((top + y) * width + left) * 3
        row = icon[y * size * 3 : (y + 1) * size * 3]
        total += sum(abs(a - b) for a, b in zip(seen[start : start + size * 3], row))
    return total / (size * size * 3)


def differences(seen: bytes, width: int, size: int) -> dict[State, float]:
    """How far each icon is from what is seen, at the place where it fits best."""
    background: Rgb = (seen[0], seen[1], seen[2])
    centre = (width - size) // 2
    places = range(max(0, centre - SHIFT), min(width - size, centre + SHIFT) + 1)
    found = {}
    for state in STATES:
        icon = expected(state, size, background)
        found[state] = min(
            difference(seen, width, x, y, icon, size) for x in places for y in places
        )
    return found


def recognise(seen: bytes, width: int, size: int) -> State | None:
    """The state whose icon is seen in a square of RGB pixels; None if it is none of them.

    seen: width times width pixels, the icon of the given size about in the middle.
    """
    if len(seen) != width * width * 3:
        raise ValueError(f"{len(seen)} bytes are not {width} times {width} pixels")
    found = differences(seen, width, size)
    first, second = sorted(found, key=found.__getitem__)[:2]
    if found[first] > ALIKE or found[second] - found[first] < APART:
        return None
    return first
