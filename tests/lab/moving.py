# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""Moving scenarios: from the first leaked packet to the word of `tunnel-light-cli watch`."""
from __future__ import annotations

import contextlib
import json
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Iterable, Iterator

from . import probes
from .laboratory import TARGETS, Lab
from .scenarios.moving import Moving
from .series import GREEN, RED, TABLE, Series
from .state import LabError, wait_for

STREAM = Path(__file__).parent / "stream.py"
PAUSE = 10  # milliseconds between two packets to the same address
PUBLIC = 3  # addresses of each family at random, beside TARGETS
RIO = "2001:db8:80::7"
PATIENCE = 15  # seconds until the program must have come to the new state
AFTER = 0.3  # seconds that are looked at once it has
GRACE = 1.0  # seconds in which a word may still be on its way, on a machine with much to do
HEADS = ("scenario", "states", "packet", "said", "settled", "")
LEGEND = f"""\
packet: ms from the event to the first leaked packet (the last one, where the leak ends)
said, settled: ms from that packet (without one, from the event) to the new state of watch
packets are sent every {PAUSE} ms: said may come before one"""


@dataclass
class Said:
    """A line of `watch`, and when it came (seconds since the epoch)."""

    time: float
    state: str
    settled: bool


class Watch:
    """`tunnel-light-cli watch --json`, started by a person; a context manager."""

    def __init__(self, lab: Lab) -> None:
        command = ["tunnel-light-cli", "watch", "--json", "--policy", str(lab.policy_file)]
        self._process = lab.popen(command, person=True, stdout=subprocess.PIPE)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self.said: list[Said] = []

    def __enter__(self) -> Watch:
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        status = self._process.wait(10)
        self._reader.join()
        self._process.stdout.close()
        if status != 0:
            raise LabError(f"watch ended with status {status}")

    def _read(self) -> None:
        for line in self._process.stdout:
            verdict: dict[str, Any] = json.loads(line)
            self.said.append(Said(time.time(), verdict["state"], not verdict["settling"]))

    def wait_for(self, state: str, since: float = 0) -> None:
        """Until the last word is this state, settled, and has come since then."""

        def is_said() -> bool:
            last = self.said[-1] if self.said else None
            return bool(last and last.settled and last.state == state and last.time > since)

        try:
            wait_for(is_said, f"state {state}", PATIENCE)
        except LabError as error:
            raise LabError(f"{error}, but {self.said[-1] if self.said else 'nothing'}") from None


class Stream:
    """A stream of packets from a person at home, and what is seen of it; a context manager."""

    def __init__(self, lab: Lab, addresses: list[str]) -> None:
        self._observers = lab.observers()
        for observer in self._observers:
            observer.start()
        self._places = [observer.now() for observer in self._observers]
        command = ["/usr/bin/python3", lab.lend(STREAM), str(PAUSE), *addresses]
        self._process = lab.popen(command, person=True, stdout=subprocess.PIPE)

    def __enter__(self) -> Stream:
        self._ports = {int(port) for port in self._process.stdout.readline().split()}
        wait_for(lambda: any(self.seen(i) for i in (0, 1)), "the stream")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(10)
        self._process.stdout.close()

    def seen(self, which: int) -> list[float]:
        """When its packets were seen, 0: in the clear on the home network, 1: out of a tunnel."""
        found = self._observers[which].since(self._places[which])
        return [p.time for p in found if p.port in self._ports and p.protocol == "udp"]


@dataclass
class Course:
    """What happened, in seconds since the epoch."""

    moving: Moving
    began: float  # the event
    clear: list[float]
    tunnel: list[float]
    said: list[Said]
    faults: list[str] = field(default_factory=list)

    @property
    def first_leak(self) -> float | None:
        """A packet in the clear is a leak as soon as a tunnel carries others."""
        up = min(self.tunnel, default=None)
        since = None if up is None else max(up, self.began)
        return min((t for t in self.clear if since is not None and t > since), default=None)

    @property
    def last_leak(self) -> float | None:
        return max(self.clear, default=None)

    def first_said(self, state: str, settled: bool) -> float | None:
        words = (s for s in self.said if s.time > self.began and s.state == state)
        return min((s.time for s in words if s.settled or not settled), default=None)

    def cells(self) -> list[str]:
        """Its line of the table."""
        moving = self.moving
        since = {"leak": self.first_leak, "safe": self.last_leak}.get(moving.end)
        reference = since if since and since > self.began else self.began
        times = [self.first_said(moving.end, settled) for settled in (False, True)]
        cells = [moving.name, f"{moving.start} > {moving.end}"]
        cells.append(_after(since, self.began) if reference != self.began else "-")
        cells += [_after(moment, reference) for moment in times]
        return [*cells, self.faults[0] if self.faults else ""]


def _after(moment: float | None, reference: float) -> str:
    return "-" if moment is None else f"{(moment - reference) * 1000:.0f}"


def faults(course: Course) -> Iterator[str]:
    """What is wrong with the program's words, held against packets; nothing: it is right."""
    moving, leak = course.moving, course.first_leak
    end = course.first_said(moving.end, True)
    if end is None:
        yield f"{GREEN if moving.end == 'leak' else TABLE}: {moving.end} was not said"
        return
    if moving.end == "leak" and leak is None:
        yield f"{RED}: nothing is in the clear"
    # A leak that is over is said until it is known to be.
    since = end if moving.start == "leak" else course.began
    reds = (s.time for s in course.said if s.settled and s.state == "leak")
    if moving.end != "leak" and any(red > since for red in reds):
        yield f"{RED} on the way"
    if any(s.state == "unknown" and s.time > course.began for s in course.said):
        yield f"{TABLE}: unknown on the way"
    if moving.end == "safe" and course.last_leak is not None and course.last_leak > end:
        yield f"{GREEN}: in the clear after safe"
    if moving.end == "leak" and leak is not None:
        latest = min(leak + GRACE, course.first_said("leak", False) or leak + GRACE)
        if any(s.settled and s.state == "safe" and s.time > latest for s in course.said):
            yield f"{GREEN} on the way"


def play(lab: Lab, moving: Moving, seed: str) -> Course:
    """Makes the start, lets the event happen and looks on."""
    for vpn in moving.vpns:
        lab.vpn_up(vpn)
    for command in moving.home:
        lab.home.run(["sh", "-c", command])
    some = probes.some_public(Random(f"{seed} {moving.name}"))
    addresses = [*TARGETS, RIO, *some[:PUBLIC], *some[-PUBLIC:]]
    with Watch(lab) as watch, Stream(lab, addresses) as stream:
        watch.wait_for(moving.start)
        began = time.time()
        moving.event(lab)
        with contextlib.suppress(LabError):  # the faults say so
            watch.wait_for(moving.end, began)
        time.sleep(AFTER)
        clear, tunnel = stream.seen(0), stream.seen(1)
    course = Course(moving, began, clear, tunnel, watch.said)
    course.faults = list(faults(course))
    return course


def series(
    movings: Iterable[Moving], seed: str | None = None, install: str | Path | None = None
) -> Series[Moving, Course]:
    """These, on their way, one at a time: they are measured."""
    return Series(movings, play, 1, seed, install)


def table(played: Series[Moving, Course]) -> str:
    return played.table(HEADS, LEGEND)
