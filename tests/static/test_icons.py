# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""The icons: all there, told apart without colour, visible on light and dark panels."""

import itertools
from pathlib import Path

import gi
import pytest

gi.require_version("GdkPixbuf", "2.0")
from gi.repository import GdkPixbuf  # noqa: E402

HICOLOR = Path(__file__).parents[2] / "data" / "icons" / "hicolor"
APP_ID = "io.github.tunnellight.TunnelLight"
STATES = ["safe", "leak", "no-vpn", "checking", "split", "unknown"]
PANELS = {"light": (0xF6, 0xF5, 0xF4), "dark": (0x2B, 0x2B, 0x2E)}
SIZES = [16, 22, 24, 32]
# Of the 256 pixels of the smallest size; a glyph alone is some 20.
DIFFERENT_PIXELS = 16

Pixel = tuple[int, int, int, int]


def state_icon(state: str) -> Path:
    return HICOLOR / "scalable" / "status" / f"{APP_ID}-{state}.svg"


def symbolic_icon(suffix: str) -> Path:
    return HICOLOR / "symbolic" / "apps" / f"{APP_ID}{suffix}-symbolic.svg"


def pixels(path: Path, size: int) -> list[Pixel]:
    image = GdkPixbuf.Pixbuf.new_from_file_at_size(str(path), size, size)
    assert (image.get_width(), image.get_height()) == (size, size)
    assert image.get_has_alpha()
    data, stride = image.get_pixels(), image.get_rowstride()
    return [
        tuple(data[y * stride + x * 4 : y * stride + x * 4 + 4])
        for y in range(size)
        for x in range(size)
    ]


def on_panel(pixel: Pixel, panel: tuple[int, int, int]) -> tuple[float, ...]:
    alpha = pixel[3] / 255
    return tuple(alpha * over + (1 - alpha) * under for over, under in zip(pixel, panel))


def luminance(colour: tuple[float, ...]) -> float:
    """Relative luminance as in WCAG 2.1."""
    linear = [
        c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4
        for c in colour
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def grey(colour: tuple[float, ...]) -> float:
    return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]


@pytest.mark.parametrize("size", SIZES)
def test_all_icons_render(size: int):
    for path in [HICOLOR / "scalable" / "apps" / f"{APP_ID}.svg", symbolic_icon("")]:
        pixels(path, size)
    for state in STATES:
        pixels(state_icon(state), size)
        pixels(symbolic_icon(f"-{state}"), size)


@pytest.mark.parametrize("one, other", itertools.combinations(STATES, 2))
def test_states_differ_without_colour(one: str, other: str):
    for panel in PANELS.values():
        different = sum(
            abs(grey(on_panel(a, panel)) - grey(on_panel(b, panel))) > 64
            for a, b in zip(pixels(state_icon(one), 16), pixels(state_icon(other), 16))
        )
        assert different >= DIFFERENT_PIXELS


@pytest.mark.parametrize("one, other", itertools.combinations(STATES, 2))
def test_states_differ_by_shape_alone(one: str, other: str):
    different = sum(
        abs(a[3] - b[3]) > 96
        for a, b in zip(
            pixels(symbolic_icon(f"-{one}"), 16), pixels(symbolic_icon(f"-{other}"), 16)
        )
    )
    assert different >= DIFFERENT_PIXELS


def box(inside: list[bool], size: int) -> tuple[int, int, int, int]:
    places = [divmod(index, size) for index, is_inside in enumerate(inside) if is_inside]
    rows, columns = zip(*places)
    return min(rows), max(rows), min(columns), max(columns)


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("size", SIZES)
def test_states_are_visible(state: str, panel: str, size: int):
    """A third of what an icon covers stands out from the panel, and reaches about as far:
    rim or body, with the glyph, draw it whole (3:1, WCAG 2.1, 1.4.11)."""
    image, background = pixels(state_icon(state), size), PANELS[panel]
    covered = [pixel[3] > 127 for pixel in image]
    visible = [contrast(on_panel(pixel, background), background) >= 3 for pixel in image]
    assert sum(visible) >= sum(covered) / 3
    for edge, visible_edge in zip(box(covered, size), box(visible, size)):
        assert abs(edge - visible_edge) <= size // 8


def test_symbolic_icons_are_filled_shapes_with_the_colours_of_their_meaning():
    """GTK 3 recolours fills, not strokes, and by the classes success, warning and error."""
    classes = {"safe": "success", "leak": "error", "unknown": "warning"}
    for state in STATES:
        text = symbolic_icon(f"-{state}").read_text()
        assert "stroke" not in text
        for name in ("success", "warning", "error"):
            assert (f'class="{name}"' in text) == (classes.get(state) == name)
