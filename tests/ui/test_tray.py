# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""The light in a real panel, from one state to any other: on the bus and in the pixels."""
from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Iterator

import pytest

from .built import ENVIRONMENT, built
from .desktop import Desktop
from .icons import STATES
from .wait import wait_for


class Tray:
    """A tray whose light is set by hand."""

    def __init__(self, desktop: Desktop) -> None:
        self.desktop = desktop
        self.program = desktop.popen(
            [built("show-tray")],
            env=desktop.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        wait_for(desktop.item, "the item")

    def show(self, state: str) -> None:
        self.program.stdin.write(f"{state}\n")
        self.program.stdin.flush()

    def close(self) -> None:
        self.program.stdin.close()
        assert self.program.wait(10) == 0
        self.program.stdout.close()


@pytest.fixture(params=[True, False], ids=["dark panel", "light panel"])
def desktop(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Desktop]:
    dark = request.param
    with Desktop(tmp_path / "desktop", environment=ENVIRONMENT, dark=dark) as up:
        yield up


@pytest.fixture
def tray(desktop: Desktop) -> Iterator[Tray]:
    up = Tray(desktop)
    yield up
    up.close()


def every_change() -> list[str]:
    """States in an order in which each comes once directly after each other one."""
    last = len(STATES) - 1
    order = []
    for i in range(last):
        order += [x for j in range(i + 1, last + 1) for x in (STATES[i], STATES[j])]
    return [*order, STATES[0]]


def test_order_has_every_change() -> None:
    order = every_change()
    assert len(set(zip(order, order[1:]))) == len(order) - 1 == len(STATES) * (len(STATES) - 1)


def test_each_change_of_state_is_seen(tray: Tray) -> None:
    before = "checking"
    for state in every_change():
        tray.show(state)
        change = f"{state} after {before}"
        wait_for(lambda: tray.desktop.light() == state, f"{change} on the bus")
        wait_for(lambda: tray.desktop.tray_pixels() == state, f"{change} in the pixels")
        before = state


def test_words_are_the_tooltip_in_each_state(tray: Tray) -> None:
    seen = set()
    for state in STATES:
        tray.show(state)
        wait_for(lambda: tray.desktop.light() == state, state)
        item = tray.desktop.item()
        assert item["Title"] == item["IconAccessibleDesc"] != ""
        assert item["Status"] == "Active"
        seen.add(item["Title"])
    assert len(seen) == len(STATES)


def test_menu_changes_in_place(tray: Tray) -> None:
    tray.show("leak")
    wait_for(lambda: tray.desktop.light() == "leak", "leak")
    before = {row["label"]: row["id"] for row in tray.desktop.menu()}
    tray.show("safe")
    wait_for(lambda: "Undo" in [r["label"] for r in tray.desktop.menu()], "undo")
    after = {row["label"]: row["id"] for row in tray.desktop.menu()}
    assert before["Check again"] == after["Check again"]
    assert before["Quit"] == after["Quit"]
    assert min(before.values()) == min(after.values()), "the status row was made anew"


def test_rows_do_what_they_say(tray: Tray) -> None:
    tray.show("safe")
    wait_for(lambda: tray.desktop.light() == "safe", "safe")
    rows = {
        "Everything goes through the VPN": "show-window",
        "Undo": "undo",
        "Check again": "check",
        "Quit": "quit",
    }
    for label, action in rows.items():
        tray.desktop.click(label)
        assert tray.program.stdout.readline().strip() == action


def test_fix_says_what_it_does(tray: Tray) -> None:
    """Panels would take the underscore of the VPN's name for a mnemonic unless there are two."""
    tray.show("leak")
    row = "Close the gap (blocks IPv6 while “Corp__VPN” is on)"
    wait_for(lambda: row in [r["label"] for r in tray.desktop.menu()], "the fix")
    tray.desktop.click(row.replace("_", ""))
    assert tray.program.stdout.readline().strip() == "fix-first"


def test_nothing_is_to_be_chosen_or_moves_while_it_checks(tray: Tray) -> None:
    """A row that goes leaves an empty strip in an open menu."""
    tray.show("leak")
    wait_for(lambda: tray.desktop.light() == "leak", "leak")
    before = [row["label"] for row in tray.desktop.menu()]
    tray.show("checking")
    wait_for(lambda: tray.desktop.light() == "checking", "checking")
    after = tray.desktop.menu()
    assert [row["label"] for row in after] == ["Checking …", *before[1:]]
    assert [row["enabled"] for row in after] == [True, False, False, True]


def test_panel_that_restarts_finds_it_again(tray: Tray) -> None:
    tray.show("unknown")
    tray.desktop.stop_panel()
    tray.desktop.start_panel()
    wait_for(lambda: tray.desktop.tray_pixels() == "unknown", "the icon in the new panel")


def test_no_icon_is_taken_for_another_or_for_nothing(desktop: Desktop) -> None:
    assert desktop.tray_pixels() is None
