# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""The matrix: of each scenario the packets' word, the program's word, and whether they agree."""
from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Iterable, Sequence

from . import plan, probes
from .laboratory import TARGETS, Lab
from .packets import Fate
from .scenarios import Scenario
from .series import GREEN, RED, TABLE, Series

EXIT_CODES = {"safe": 0, "no-vpn": 0, "split": 0, "leak": 2, "unknown": 3}
FAMILIES = ("ipv4", "ipv6")
# One laboratory waits much: two keep two processors busy.
LABORATORIES = 2
HEADS = ("scenario", "packets IPv4", "packets IPv6", "own LAN", "program", "ms", "")
LEGEND = "packets: to how many addresses they are in the clear, in a tunnel, not sent at all"


def check(lab: Lab, *options: str) -> dict[str, Any]:
    """`tunnel-light-cli check`, started by a person."""
    command = ["tunnel-light-cli", "check", "--json", "--policy", lab.policy_file, *options]
    done = lab.run(command, person=True)
    assert done.stdout, done.stderr
    verdict = json.loads(done.stdout)
    warned = any(finding["severity"] == "warning" for finding in verdict["findings"])
    assert done.returncode == (EXIT_CODES[verdict["state"]] or int(warned)), done.stderr
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
    words = Counter(_word(fate) for fate in fates)
    return ", ".join(f"{n} {word}" for word, n in sorted(words.items())) or "-"


def _word(fate: Fate) -> str:
    """ "clear", "tunnel" or "none"; with what all that is clear has in common: "clear 53"."""
    if fate.clear:
        common = set.intersection(*(set(flow.split()) for flow in fate.clear))
        return " ".join(["clear", *sorted(common, reverse=True)])
    return {"tunnel": "tunnel", "nowhere": "none"}[fate.way]


# The judgement


def faults(scenario: Scenario, verdict: dict[str, Any], fates: dict[str, Fate]) -> list[str]:
    """Where the program's word is not the packets', the worst first; empty: it is right.

    fates: of packets to public addresses, without the company's VPN servers.
    """
    found = list(_range_faults(scenario, verdict, fates))
    clear = [a for a, fate in fates.items() if fate.clear and not _is_in(scenario.expected, a)]
    state = verdict["state"]
    if state == "safe" and clear and not scenario.beyond:
        found.insert(0, f"{GREEN}: safe, but {_some(clear)} in the clear")
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
    told = {f"{finding['severity']} {finding['id']}" for finding in verdict["findings"]}
    found += [f"{TABLE}: {words} is not told" for words in scenario.findings if words not in told]
    return found


def _range_faults(
    scenario: Scenario, verdict: dict[str, Any], fates: dict[str, Fate]
) -> Iterable[str]:
    """For each address: does it lie in a range that goes around the tunnel, as packets do?"""
    unseen, unfounded = [], []
    for address, fate in fates.items():
        family = verdict["families"][family_of(address)]
        if "unknown" in (verdict["state"], family["status"]):
            continue
        said = probes.is_in(address, (ip_network(b["prefix"]) for b in family["bypass"]))
        if fate.clear and not said and not family.get("bypass_more"):  # all ranges are shown
            unseen.append(address)
        if said and not fate.clear and not _is_in(scenario.closed, address):
            unfounded.append(address)
    if unseen:
        yield f"{GREEN}: {_some(unseen)} in the clear, unseen"
    if unfounded:
        yield f"{RED}: {_some(unfounded)} said to go around the tunnel, but not in the clear"


def _some(addresses: Sequence[str]) -> str:
    more = f" and {len(addresses) - 1} more" if len(addresses) > 1 else ""
    return addresses[0] + more


def _is_in(prefixes: Sequence[str], address: str) -> bool:
    return probes.is_in(address, map(ip_network, prefixes))


def _words(values: Sequence[str | None]) -> str:
    return "/".join(str(v) for v in values)


# In the laboratory


def play(lab: Lab, scenario: Scenario, seed: str) -> Row:
    """Makes the scenario, asks the program and sends packets."""
    if scenario.policy:
        lab.add_policy(scenario.policy)
    for vpn in scenario.vpns:
        lab.vpn_up(vpn)
    done = ((lab.router, scenario.router), (lab.corp, scenario.corp), (lab.home, scenario.home))
    for machine, commands in done:
        for command in commands:
            machine.run(["sh", "-c", command])
    began = time.monotonic()
    verdict = check(lab)
    milliseconds = (time.monotonic() - began) * 1000

    ranges = probes.ranges_of_verdict(verdict) + lab.routed_around()
    more = [*TARGETS, *scenario.addresses]
    public = probes.choose(ranges, more, lab.line.nat64, f"{seed} {scenario.name}")
    near = lab.line.neighbours()
    own = lab.own_addresses()
    fates = lab.fates([*(a for a in public if not _is_apart(lab, a) and a not in own), *near])
    neighbours = {a: fates.pop(a) for a in near}
    return Row(scenario, verdict, fates, neighbours, milliseconds, faults(scenario, verdict, fates))


def _is_apart(lab: Lab, address: str) -> bool:
    """VPN servers and the computer's own LAN may be reached in the clear."""
    return address in (plan.CORP_EXIT4, plan.CORP_WAN6) or probes.is_in(address, lab.line.lan())


def series(
    scenarios: Iterable[Scenario], seed: str | None = None, install: str | Path | None = None
) -> Series[Scenario, Row]:
    """These scenarios, on their way."""
    return Series(scenarios, play, LABORATORIES, seed, install)


def table(played: Series[Scenario, Row]) -> str:
    return played.table(HEADS, LEGEND)
