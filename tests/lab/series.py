# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""Scenarios that are played one after the other, each in a laboratory of its own."""
from __future__ import annotations

import os
import time
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from pathlib import Path
from random import SystemRandom
from typing import Callable, Generic, Iterable, Protocol, Sequence, TypeVar

from .laboratory import Lab
from .state import LabError

# What is wrong with a program's word begins with one of these.
GREEN, RED, TABLE = "false green", "false red", "not as the table says"
NUMBERS = count()


class Result(Protocol):
    """What came out of a scenario."""

    faults: list[str]

    def cells(self) -> list[str]:
        """Its line of the table."""


class Played(Protocol):
    """What can be played."""

    name: str
    line: str


R = TypeVar("R", bound=Result)
S = TypeVar("S", bound=Played)


class Series(Generic[S, R]):
    """Scenarios on their way, begun in their order."""

    def __init__(
        self,
        scenarios: Iterable[S],
        play: Callable[[Lab, S, str], R],
        laboratories: int,
        seed: str | None = None,
        install: str | Path | None = None,
    ) -> None:
        """play(lab, scenario, seed): plays one on its line. laboratories: that many at a time.

        seed: for what is chosen at random; by default what TL_SEED says, or another each time.
        install: as of Lab.up().
        """
        self._scenarios = list(scenarios)
        self._play = play
        self._laboratories = laboratories
        self._install = install
        self._seed = seed or os.environ.get("TL_SEED") or str(SystemRandom().randrange(10**6))
        self._pool = ThreadPoolExecutor(laboratories)
        self._began = time.monotonic()
        self._futures: dict[str, Future[R]] = {
            s.name: self._pool.submit(self._play_in_laboratory, s) for s in self._scenarios
        }

    def result(self, scenario: S) -> R:
        """Waits for it; raises what went wrong."""
        return self._futures[scenario.name].result()

    def print_faults(self) -> bool:
        """Waits for all and prints at once what is wrong; true: nothing is."""
        good = bool(self._scenarios)
        for scenario in self._scenarios:
            try:
                wrong = self.result(scenario).faults
            except (LabError, AssertionError) as error:
                wrong = [f"no result: {error}"]
            for fault in wrong:
                print(f"{scenario.name}: {fault}", flush=True)
            good = good and not wrong
        return good

    def close(self) -> None:
        """Ends what has not begun and waits for the rest."""
        self._pool.shutdown(cancel_futures=True)

    def table(self, heads: Sequence[str], legend: str) -> str:
        """What has come out, with the sum of it in the last line. heads: those of the columns."""
        done = [f for f in self._futures.values() if f.done() and not f.cancelled()]
        results = [f.result() for f in done if not f.exception()]
        seconds = time.monotonic() - self._began
        lines = columns([heads, *(result.cells() for result in results)])
        lines += [legend, f"seed {self._seed}, {seconds:.0f} s, laboratories: {self._laboratories}"]
        sums = [f"{_having(results, fault)} {fault}" for fault in (GREEN, RED, TABLE)]
        missing = len(self._scenarios) - len(results)
        sums += [f"{missing} without a result"] if missing else []
        return "\n".join([*lines, f"{len(results)} scenarios: {', '.join(sums)}"])

    def _play_in_laboratory(self, scenario: S) -> R:
        name = f"s{os.getpid()}-{next(NUMBERS)}"
        with Lab.up(name, line=scenario.line, install=self._install) as lab:
            return self._play(lab, scenario, self._seed)


def _having(results: Sequence[Result], fault: str) -> int:
    return sum(any(f.startswith(fault) for f in result.faults) for result in results)


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table, with a rule below its head. A last column has no width."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths)).rstrip() for row in rows]
    return [lines[0], "-" * sum(w + 2 for w in widths[:-1]), *lines[1:]]
