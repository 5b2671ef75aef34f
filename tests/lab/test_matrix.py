# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""The matrix notices a wrong word: each check of it can fail."""
from __future__ import annotations

import copy
import dataclasses
from typing import Any, Callable

import pytest

from . import plan
from .laboratory import Lab
from .matrix import Row, faults, play
from .packets import Fate
from .scenarios import Scenario
from .series import GREEN, RED, TABLE

LEAK = Scenario("yes/no", "leak", "tunnelled", "bypass", vpns=("corp4",), outcome="unsafe")
SAFE = Scenario("yes/yes", "safe", "tunnelled", "tunnelled", vpns=("corp46",), outcome="safe")


@pytest.fixture(scope="module")
def rows() -> dict[str, Row]:
    """Two scenarios as they really are."""
    found = {}
    for scenario in (LEAK, SAFE):
        with Lab.up(line=scenario.line) as lab:
            found[scenario.name] = play(lab, scenario, "test")
    return found


def says(verdict: dict[str, Any], state: str, ipv6: str, ranges: list[str]) -> None:
    """Makes the program say this of IPv6."""
    verdict["state"] = state
    verdict["families"]["ipv6"]["status"] = ipv6
    verdict["families"]["ipv6"]["bypass"] = [{"prefix": r} for r in ranges]
    verdict["case"]["outcome"] = "unsafe" if state == "leak" else "safe"


def test_right_words(rows: dict[str, Row]) -> None:
    assert [row.faults for row in rows.values()] == [[], []]
    assert all(len(row.fates) > 24 for row in rows.values())


@pytest.mark.parametrize(
    "scenario, wrong, kinds",
    [
        (LEAK, lambda v: says(v, "safe", "tunnelled", []), {GREEN, TABLE}),
        (LEAK, lambda v: says(v, "no-vpn", "bypass", ["2000::/3"]), {GREEN, TABLE}),
        (LEAK, lambda v: says(v, "leak", "bypass", ["2000::/4"]), {GREEN}),
        (LEAK, lambda v: says(v, "unknown", "bypass", ["2000::/3"]), {TABLE}),
        (SAFE, lambda v: says(v, "leak", "bypass", ["2000::/3"]), {RED, TABLE}),
        (SAFE, lambda v: says(v, "safe", "tunnelled", [f"{plan.WEB6}/128"]), {RED}),
        (SAFE, lambda v: says(v, "safe", "blocked", []), {TABLE}),
    ],
)
def test_wrong_words(
    rows: dict[str, Row], scenario: Scenario, wrong: Callable[[dict], None], kinds: set[str]
) -> None:
    row = rows[scenario.name]
    verdict = copy.deepcopy(row.verdict)
    wrong(verdict)
    found = faults(scenario, verdict, row.fates)
    assert {kind for kind in (GREEN, RED, TABLE) for f in found if f.startswith(kind)} == kinds


def test_ranges_that_are_not_shown_and_closed_ones(rows: dict[str, Row]) -> None:
    row = rows[LEAK.name]
    verdict = copy.deepcopy(row.verdict)
    says(verdict, "leak", "bypass", ["2000::/4"])
    assert faults(LEAK, verdict, row.fates) != []
    verdict["families"]["ipv6"]["bypass_more"] = {"ranges": 1, "share": 0.5}
    assert faults(LEAK, verdict, row.fates) == []

    fates = {plan.WEB6: row.fates[plan.WEB6], "3000::1": Fate(refused={"udp": "EPERM"})}
    half = dataclasses.replace(LEAK, closed=("3000::/4",))
    assert faults(half, row.verdict, fates) == []
    assert faults(LEAK, row.verdict, fates) != []


def test_missing_finding(rows: dict[str, Row]) -> None:
    row = rows[LEAK.name]
    told = dataclasses.replace(LEAK, findings=("leak ipv6-bypass", "leak ipv6-exit-uplink"))
    missing = dataclasses.replace(LEAK, findings=("warning ipv6-bypass",))
    assert faults(told, row.verdict, row.fates) == []
    (fault,) = faults(missing, row.verdict, row.fates)
    assert fault.startswith(TABLE)


def test_wrong_table(rows: dict[str, Row]) -> None:
    """The table itself is held against packets, even where the program agrees with it."""
    hopeful = Scenario("hopeful", "safe", "tunnelled", "bypass", outcome="safe")
    verdict = copy.deepcopy(rows[LEAK.name].verdict)
    says(verdict, "safe", "bypass", ["2000::/3"])
    (fault,) = faults(hopeful, verdict, rows[LEAK.name].fates)
    assert fault.startswith(GREEN)
