#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""How long `check` takes: against `nmcli general`, and, where it asks the Internet, against curl."""
from __future__ import annotations

import argparse
import json
import statistics
from pathlib import Path

from common import judge, spread, use_release
from lab.laboratory import Lab

GOAL = 2.0
RACE = Path(__file__).with_name("race.py")
# The laboratory's service; `check` asks the one of each family, curl this one.
URL = "https://ipv4.lab.example/"
CHECK = ["tunnel-light-cli", "check"]
ROUTES = {"check --no-external": [*CHECK, "--no-external"], "nmcli general": ["nmcli", "general"]}
INTERNET = {"check": CHECK, "curl": ["curl", "--silent", "--fail", URL]}


def race(lab: Lab, rounds: int, commands: dict[str, list[str]]) -> dict[str, list[list[float]]]:
    """What each run took; every command must have come to a result."""
    command = ["/usr/bin/python3", lab.lend(RACE), str(rounds)]
    done = lab.run(command, person=True, input=json.dumps(commands))
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    results: dict[str, list[list[float]]] = json.loads(done.stdout)
    for name, runs in results.items():
        # 3 is check's “could not be determined”; the others know 0 only.
        bad = {status for _, _, status in runs} - ({0, 1, 2} if "check" in name else {0})
        if bad:
            raise RuntimeError(f"{name} ended with {bad}")
    return results


def compare(lab: Lab, where: str, rounds: int, commands: dict[str, list[str]]) -> None:
    """Prints both and the ratio of each pair."""
    print(f"{where}:")
    results = race(lab, rounds, commands)
    ours, theirs = results.values()
    for name, runs in results.items():
        wall = spread([1000 * run[0] for run in runs], "ms")
        print(f"  {name}: {wall}; processor: {spread([1000 * run[1] for run in runs], 'ms')}")
    for what, index in (("wall", 0), ("processor", 1)):
        ratios = [one[index] / max(other[index], 1e-4) for one, other in zip(ours, theirs)]
        print(f"  {what}, ratio of each pair: {spread(ratios, 'times', 2)}")
        if what == "wall":
            judge(f"  {' against '.join(commands)}", statistics.median(ratios), GOAL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=20, help="runs of each (%(default)s)")
    rounds = parser.parse_args().n
    use_release()
    with Lab.up() as lab:
        for vpn in (None, "corp46", "corp4"):
            if vpn:
                lab.vpn_up(vpn)
            where = {None: "no VPN", "corp4": "corp4, which leaks"}.get(vpn, f"{vpn}")
            compare(lab, where, rounds, ROUTES)
            compare(lab, f"{where}, asking the Internet", rounds, INTERNET)
            if vpn:
                lab.vpn_down(vpn)


if __name__ == "__main__":
    main()
