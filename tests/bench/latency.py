#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""How soon `watch` prints `leak`, compared with `nmcli monitor` printing the VPN's activation."""
from __future__ import annotations

import argparse
import os
import selectors
import statistics
import subprocess
import time

from common import judge, spread, use_release
from lab.laboratory import Lab

VPN = "corp4"
GOAL = 1.2
PATIENCE = 20.0
WATCH, NMCLI = "watch", "nmcli"


class Reader:
    """Reads what the two print side by side, and when it came."""

    def __init__(self, lab: Lab) -> None:
        commands = {
            WATCH: ["tunnel-light-cli", "watch", "--policy", lab.policy_file],
            NMCLI: ["nmcli", "monitor"],
        }
        self.lines: list[tuple[float, str, str]] = []  # time, program, text
        self.children = {}
        self.selector = selectors.DefaultSelector()
        for name, command in commands.items():
            child = lab.popen(
                command, person=True, env={"LC_ALL": "C.UTF-8"}, stdout=subprocess.PIPE
            )
            self.children[name] = child
            self.selector.register(child.stdout, selectors.EVENT_READ, name)

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        for child in self.children.values():
            child.terminate()
            child.wait()
            child.stdout.close()

    def seconds_until(self, texts: dict[str, str], start: float) -> dict[str, float]:
        """How long after start each of these programs first printed a line with its text."""
        found: dict[str, float] = {}
        while len(found) < len(texts):
            if time.monotonic() > start + PATIENCE:
                raise TimeoutError(f"{texts} wanted, {found} found in {self.lines}")
            self._read()
            for moment, name, line in self.lines:
                if moment > start and name in texts and texts[name] in line:
                    found.setdefault(name, moment - start)
        return found

    def _read(self) -> None:
        for key, _ in self.selector.select(0.1):
            # Not by line: what one read leaves in a buffer, the next select would not see.
            text = os.read(key.fd, 65536).decode()
            now = time.monotonic()
            self.lines += [(now, key.data, line) for line in text.splitlines()]


def activate(lab: Lab, reader: Reader, title: str) -> dict[str, float]:
    """Connects the VPN; how many seconds later each of the two said so."""
    start = time.monotonic()
    up = lab.popen(["nmcli", "connection", "up", title], stdout=subprocess.DEVNULL)
    # nmcli has no other line for it: the device's say "connected (externally)" some time later.
    said = {WATCH: "  leak  ", NMCLI: f"'{title}' is now the primary connection"}
    seconds = reader.seconds_until(said, start)
    if up.wait() != 0:
        raise RuntimeError("the VPN did not connect")
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=20, help="activations (%(default)s)")
    rounds = parser.parse_args().n
    use_release()
    results = []
    with Lab.up() as lab:
        title = lab.vpn_prepare(VPN).title
        began = time.monotonic()
        with Reader(lab) as reader:
            reader.seconds_until({WATCH: "no-vpn", NMCLI: "is running"}, began)
            for _ in range(rounds):
                time.sleep(1)  # until all are at rest
                results.append(activate(lab, reader, title))
                start = time.monotonic()
                lab.vpn_down(VPN)
                reader.seconds_until({WATCH: "no-vpn"}, start)
    milliseconds = {name: [1000 * r[name] for r in results] for name in results[0]}
    print(f"watch prints leak: {spread(milliseconds[WATCH], 'ms')}")
    print(f"nmcli monitor prints the VPN: {spread(milliseconds[NMCLI], 'ms')}")
    ratios = [r[WATCH] / r[NMCLI] for r in results]
    print(f"ratio of each activation: {spread(ratios, 'times', 2)}")
    judge("latency, median of the ratios", statistics.median(ratios), GOAL)


if __name__ == "__main__":
    main()
