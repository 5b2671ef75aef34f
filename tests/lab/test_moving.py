# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""The program's word while things change, held against a stream of packets."""
from __future__ import annotations

import dataclasses

import pytest

from .moving import Course, Said, faults
from .scenarios.moving import MOVING, Moving
from .series import GREEN, RED, TABLE, Series


@pytest.mark.parametrize("scenario", MOVING, ids=lambda s: s.name)
def test_moving(movings: Series[Moving, Course], scenario: Moving) -> None:
    assert movings.result(scenario).faults == []


LEAKS = Moving("leaks", "safe", lambda lab: None, "leak")
CLOSES = Moving("closes", "leak", lambda lab: None, "safe")
UP = Moving("goes up", "no-vpn", lambda lab: None, "safe")
# The event is at 10, the leak begins at 11 or ends there.
TAKEN_BACK = [Said(11, "leak", False), Said(11.5, "safe", True), Said(12, "leak", True)]
LEAK = Course(LEAKS, 10, [11, 12, 13], [9, 10], [Said(9, "safe", True), Said(12, "leak", True)])
CLOSE = Course(CLOSES, 10, [9, 10, 11], [9], [Said(9, "leak", True), Said(12, "safe", True)])
GOES_UP = Course(UP, 10, [9], [11], [Said(9, "no-vpn", True), Said(12, "safe", True)])


def test_right_words() -> None:
    assert [list(faults(course)) for course in (LEAK, CLOSE, GOES_UP)] == [[], [], []]
    assert LEAK.cells()[2:5] == ["1000", "1000", "1000"]
    assert CLOSE.cells()[2:5] == ["1000", "1000", "1000"]


@pytest.mark.parametrize(
    "course, changes, kind",
    [
        (LEAK, {"said": [Said(9, "safe", True), Said(12, "leak", False)]}, GREEN),
        (LEAK, {"said": [Said(12.1, "safe", True), Said(12.5, "leak", True)]}, GREEN),
        (LEAK, {"said": TAKEN_BACK}, GREEN),
        (LEAK, {"clear": []}, RED),
        (CLOSE, {"clear": [9, 13]}, GREEN),
        (CLOSE, {"said": [Said(12, "safe", True), Said(13, "leak", True)]}, RED),
        (GOES_UP, {"said": [Said(11, "leak", True), Said(12, "safe", True)]}, RED),
        (CLOSE, {"said": [Said(9, "leak", True)]}, TABLE),
        (GOES_UP, {"said": [Said(11, "unknown", False), Said(12, "safe", True)]}, TABLE),
    ],
)
def test_wrong_words(course: Course, changes: dict[str, list], kind: str) -> None:
    (fault,) = faults(dataclasses.replace(course, **changes))
    assert fault.startswith(kind)
