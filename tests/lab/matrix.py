# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""The matrix: of each scenario the packets' word, the program's word, and whether they agree."""
from __future__ import annotations

import json
import os
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from random import SystemRandom
from typing import Any, Iterable, Sequence

from . import plan, probes
from .laboratory import TARGETS, Lab
from .packets import Fate
from .scenarios import Scenario
from .state import LabError

EXIT_CODES = {"safe": 0, "no-vpn": 0, "split": 0, "leak": 2, "unknown": 3}
FAMILIES = ("ipv4", "ipv6")
GREEN, RED, TABLE = "false green", "false red", "not as the table says"
# One laboratory waits much: two keep two processors busy.
LABORATORIES = 2


def check(lab: Lab, *options: str) -> dict[str, Any]:
    """`tunnel-light-cli check`, started by a person."""
    command = ["tunnel-light-cli", "check", "--json", "--policy", lab.policy_file, *options]
    done = lab.run(command, person=True)
    assert done.stdout, done.stderr
    verdict = json.loads(done.stdout)
    assert done.returncode == EXIT_CODES[verdict["state"]], done.stderr
    return verdict


def family_of(address: str) -> str:
    return "ipv6" if ":" in address else "ipv4"


@dataclass
class Row:
    """What came out of one scenario."""

    scenario: Scenario
    verdict: dict[str, Any]
    fates: dict[str, Fate]  # of what was sent to public addresses
    neighbours: dict[str, Fate]  # to the computer's own LAN, which may be in the clear
    milliseconds: float
    faults: list[str] = field(default_factory=list)

    def word(self, family: str) -> str:
        """The packets' word."""
        return _count(fate for a, fate in self.fates.items() if family_of(a) == family)

    def cells(self) -> list[str]:
        """Its line of the table."""
        states = (self.verdict["families"][f]["status"] for f in FAMILIES)
        program = f"{self.verdict['state']} ({', '.join(states)})"
        words = [self.word(f) for f in FAMILIES] + [_count(self.neighbours.values())]
        note = self.faults[0] if self.faults else self.scenario.beyond and "not by packets"
        return [self.scenario.name, *words, program, f"{self.milliseconds:.0f}", note]


def _count(fates: Iterable[Fate]) -> str:
    """How many packets' addresses went each way, as "12 clear, 30 tunnel"."""
    ways = [fate.way for fate in fates]
    names = {"uplink": "clear", "tunnel": "tunnel", "nowhere": "none"}
    return ", ".join(f"{ways.count(w)} {name}" for w, name in names.items() if w in ways) or "-"


# The judgement


def faults(scenario: Scenario, verdict: dict[str, Any], fates: dict[str, Fate]) -> list[str]:
    """Where the program's word is not the packets', the worst first; empty: it is right.

    fates: of packets to public addresses, without the company's VPN servers.
    """
    found = sorted(_range_faults(verdict, fates))
    clear = [a for a, fate in fates.items() if fate.clear and not _is_expected(scenario, a)]
    state = verdict["state"]
    if state == "safe" and clear and not scenario.beyond:
        found.insert(0, f"{GREEN}: {clear[0]} in the clear and {len(clear) - 1} more")
    elif scenario.state == "leak" and state not in ("leak", "unknown"):
        found.insert(0, f"{GREEN}: {state} instead of leak")
    if state == "leak" and not clear and not scenario.beyond:
        found.insert(0, f"{RED}: nothing is in the clear")
    elif state == "leak" and scenario.state not in ("leak", "unknown"):
        found.insert(0, f"{RED}: leak instead of {scenario.state}")

    statuses = [verdict["families"][f]["status"] for f in FAMILIES]
    said = [verdict["state"], *statuses, verdict["case"]["outcome"]]
    right = [scenario.state, scenario.ipv4, scenario.ipv6, scenario.outcome]
    if said != right:
        found.append(f"{TABLE}: {_words(said)} instead of {_words(right)}")
    return found


def _range_faults(verdict: dict[str, Any], fates: dict[str, Fate]) -> Iterable[str]:
    """For each address: does it lie in a range that goes around the tunnel, as packets do?"""
    if verdict["state"] == "unknown":
        return
    for address, fate in fates.items():
        family = verdict["families"][family_of(address)]
        if family["status"] == "unknown":
            continue
        said = probes.is_in(address, (ip_network(b["prefix"]) for b in family["bypass"]))
        if fate.clear and not said:
            yield f"{GREEN}: {address} is in the clear ({', '.join(sorted(fate.clear))}), unseen"
        if said and not fate.clear:
            yield f"{RED}: {address} is said to go around the tunnel, it goes {fate.way}"


def _is_expected(scenario: Scenario, address: str) -> bool:
    return probes.is_in(address, map(ip_network, scenario.expected))


def _words(values: Sequence[str | None]) -> str:
    return "/".join(str(v) for v in values)


# In the laboratory


def play(lab: Lab, scenario: Scenario, seed: str) -> Row:
    """Makes the scenario, asks the program and sends packets."""
    if scenario.policy:
        lab.add_policy(scenario.policy)
    for vpn in scenario.vpns:
        lab.vpn_up(vpn)
    for machine, commands in ((lab.router, scenario.router), (lab.home, scenario.home)):
        for command in commands:
            machine.run(["sh", "-c", command.replace("ROUTER", lab.router_mac())])
    began = time.monotonic()
    verdict = check(lab)
    milliseconds = (time.monotonic() - began) * 1000

    ranges = probes.ranges_of_verdict(verdict) + lab.routed_around()
    more = [*TARGETS, *scenario.addresses]
    public = probes.choose(ranges, more, lab.line.nat64 is not None, f"{seed} {scenario.name}")
    near = lab.line.neighbours()
    fates = lab.fates([*(a for a in public if not _is_apart(lab, a)), *near])
    neighbours = {a: fates.pop(a) for a in near}
    return Row(scenario, verdict, fates, neighbours, milliseconds, faults(scenario, verdict, fates))


def _is_apart(lab: Lab, address: str) -> bool:
    """VPN servers and the computer's own LAN may be reached in the clear."""
    return address in (plan.CORP_EXIT4, plan.CORP_WAN6) or probes.is_in(address, lab.line.lan())


class Matrix:
    """Scenarios on their way, several at a time, each in a laboratory of its own."""

    def __init__(
        self,
        scenarios: Iterable[Scenario],
        seed: str | None = None,
        install: str | Path | None = None,
    ) -> None:
        """seed: for the choice of addresses. install: as of Lab.up()."""
        self._install = install
        self.seed = seed or os.environ.get("TL_SEED") or str(SystemRandom().randrange(10**6))
        self._pool = ThreadPoolExecutor(LABORATORIES)
        self._rows: dict[str, Future[Row]] = {}
        self._began = time.monotonic()
        for number, scenario in enumerate(scenarios):
            self._rows[scenario.name] = self._pool.submit(self._play, number, scenario)

    def row(self, scenario: Scenario) -> Row:
        """Waits for it; raises what went wrong."""
        return self._rows[scenario.name].result()

    def show(self, scenario: Scenario) -> bool:
        """Waits for it and prints what is wrong with it; true: nothing is."""
        try:
            wrong = self.row(scenario).faults
        except (LabError, AssertionError) as error:
            wrong = [f"no result: {error}"]
        for fault in wrong:
            print(f"{scenario.name}: {fault}", flush=True)
        return not wrong

    def close(self) -> None:
        """Ends what has not begun and waits for the rest."""
        self._pool.shutdown(cancel_futures=True)

    def table(self) -> str:
        """What has come out, with the sum of it in the last line."""
        done = [f for f in self._rows.values() if f.done() and not f.cancelled()]
        rows = [f.result() for f in done if not f.exception()]
        heads = ["scenario", "packets IPv4", "packets IPv6", "own LAN", "program", "ms", ""]
        lines = columns([heads, *(row.cells() for row in rows)])
        seconds = time.monotonic() - self._began
        lines += [f"seed {self.seed}, {seconds:.0f} s, {LABORATORIES} laboratories at a time"]
        sums = [f"{_having(rows, fault)} {fault}" for fault in (GREEN, RED, TABLE)]
        unknown = sum(row.verdict["state"] == "unknown" for row in rows)
        sums += [f"{unknown} unknown", f"{len(self._rows) - len(rows)} without a result"]
        return "\n".join([*lines, f"{len(rows)} scenarios: {', '.join(sums)}"])

    def _play(self, number: int, scenario: Scenario) -> Row:
        name = f"m{os.getpid()}-{number}"
        with Lab.up(name, line=scenario.line, install=self._install) as lab:
            return play(lab, scenario, self.seed)


def _having(rows: Sequence[Row], fault: str) -> int:
    return sum(any(f.startswith(fault) for f in row.faults) for row in rows)


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table, with a rule below its head."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths)).rstrip() for row in rows]
    return [lines[0], "-" * min(len(max(lines, key=len)), 160), *lines[1:]]
