#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""A storm of route changes, and one change alone: `watch` against `ip monitor route`."""
from __future__ import annotations

import argparse
import json
import os
import selectors
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import coverage
from common import TOP, judge, spread

WATCH, JSON, MONITOR = "watch", "watch --json", "ip monitor route"
# A route of its own around the tunnel: what is changed where one change is measured.
LEAK = "2a00::/16 via fe80::1 dev eth0"
PATIENCE = 20.0
QUIET = 0.5


class Readers:
    """Reads what both print, side by side, and when it came."""

    def __init__(self, watch: Path) -> None:
        env = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent", "LC_ALL": "C.UTF-8"}
        commands = {
            WATCH: [str(watch), "watch", "--no-external"],
            JSON: [str(watch), "watch", "--json", "--no-external"],
            MONITOR: ["ip", "monitor", "route"],
        }
        self.selector = selectors.DefaultSelector()
        self.children, self.text, self.latest = {}, {}, {}
        for name, command in commands.items():
            child = subprocess.Popen(
                ["ip", "netns", "exec", coverage.NAMESPACE, *command], env=env, stdout=subprocess.PIPE
            )
            self.children[name] = child
            self.text[name] = ""
            self.latest[name] = 0.0
            self.selector.register(child.stdout, selectors.EVENT_READ, name)

    def close(self) -> None:
        for child in self.children.values():
            child.terminate()
            child.wait()
            child.stdout.close()

    def read(self, timeout: float) -> bool:
        """Whether anything came."""
        keys = self.selector.select(timeout)
        for key, _ in keys:
            self.text[key.data] += os.read(key.fd, 1 << 20).decode()
            self.latest[key.data] = time.monotonic()
        return bool(keys)

    def rest(self) -> None:
        """Until nothing has come for a while."""
        while self.read(QUIET):
            pass

    def clear(self) -> None:
        for name in self.text:
            self.text[name] = ""

    def lines(self, name: str) -> list[str]:
        return self.text[name].splitlines()

    def cpu_seconds(self, name: str) -> float:
        """User and system time so far, all threads (proc(5))."""
        fields = Path(f"/proc/{self.children[name].pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ranges(document: str) -> int:
    """How many ranges bypass over IPv6."""
    ipv6 = json.loads(document)["families"]["ipv6"]
    more = ipv6["bypass_more"]
    return len(ipv6["bypass"]) + (more["ranges"] if more else 0)


def change_one(readers: Readers, verb: str) -> dict[str, float]:
    readers.rest()
    readers.clear()
    wanted = "safe" if verb == "del" else "leak"
    start = time.monotonic()
    coverage.run("ip", "-6", "route", verb, *LEAK.split())
    found: dict[str, float] = {}
    while len(found) < 2:
        if time.monotonic() > start + PATIENCE:
            raise TimeoutError(f"{found} of {readers.text}")
        readers.read(0.1)
        if MONITOR not in found and "2a00::/16" in readers.text[MONITOR]:
            found[MONITOR] = readers.latest[MONITOR] - start
        if WATCH not in found and f"  {wanted}  " in readers.text[WATCH]:
            found[WATCH] = readers.latest[WATCH] - start
    return found


def measure_change(watch: Path, rounds: int) -> None:
    readers = Readers(watch)
    try:
        results = [change_one(readers, verb) for _ in range(rounds) for verb in ("add", "del")]
    finally:
        readers.close()
    print(f"\none route change, {len(results)} times")
    for name in (WATCH, MONITOR):
        print(f"  {name}: {spread([1000 * one[name] for one in results], 'ms', 1)}")
    judge("  ratio, median of the pairs",
          statistics.median(one[WATCH] / one[MONITOR] for one in results), 2)


def write_storm(batch, changes: int, number: int) -> int:
    """So many changes of ever other routes; how many of them are left at the end."""
    added = 0
    for step in range(changes):
        if step % 4 == 3:  # every fourth takes the one before away again
            batch.write(f"route del {coverage.prefix(added - 1 + number)} via fe80::1 dev eth0\n")
        else:
            batch.write(f"route add {coverage.prefix(added + number)} via fe80::1 dev eth0\n")
            added += 1
    batch.flush()
    return added - changes // 4


def storm_once(readers: Readers, watch: Path, changes: int) -> dict[str, float]:
    readers.rest()
    before = {name: readers.cpu_seconds(name) for name in readers.text}
    readers.clear()
    with tempfile.NamedTemporaryFile("w") as batch:
        left = write_storm(batch, changes, 0)
        start = time.monotonic()
        child = subprocess.Popen(
            ["ip", "netns", "exec", coverage.NAMESPACE, "ip", "-6", "-batch", batch.name]
        )
        while child.poll() is None:
            readers.read(0.002)
    end = time.monotonic()
    while True:
        lines = readers.lines(JSON)
        if readers.text[JSON].endswith("\n") and lines and ranges(lines[-1]) == left:
            break
        if time.monotonic() > end + PATIENCE:
            raise TimeoutError(f"{left} ranges wanted, {lines and ranges(lines[-1])} in the end")
        readers.read(0.005)
    late = readers.latest[JSON] - end
    readers.rest()
    assert ranges(readers.lines(JSON)[-1]) == left, "an event was lost or came late"
    events = sum(" dev eth0" in line for line in readers.lines(MONITOR))
    cpu = {name: readers.cpu_seconds(name) - before[name] for name in before}
    coverage.run("ip", "-6", "route", "flush", "root", "2400::/8")
    return {"seconds": end - start, "late": late, "lines": len(readers.lines(JSON)),
            "events": events, **cpu}


def measure_storm(watch: Path, rounds: int, changes: int) -> None:
    readers = Readers(watch)
    try:
        results = [storm_once(readers, watch, changes) for _ in range(rounds)]
    finally:
        readers.close()
    print(f"\n{changes} route changes, {rounds} times")
    print(f"  the storm takes {spread([one['seconds'] for one in results], 's', 2)}; "
          f"ip monitor tells of {min(one['events'] for one in results)} changes or more")
    print(f"  watch --json: {spread([one['lines'] for one in results], 'lines')}; the last is right")
    for name in (WATCH, JSON, MONITOR):
        print(f"  processor time of {name}: {spread([1000 * one[name] for one in results], 'ms')}")
    judge("  right state after the end, ms, median",
          statistics.median(1000 * one["late"] for one in results), 100, 0)
    judge("  ratio of processor times, median",
          statistics.median(one[WATCH] / max(one[MONITOR], 0.01) for one in results), 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=20, help="single changes, of each kind (%(default)s)")
    parser.add_argument("-m", type=int, default=5, help="storms (%(default)s)")
    parser.add_argument("--changes", type=int, default=10_000, help="in a storm (%(default)s)")
    parser.add_argument("--build", default=TOP / "build/release", type=Path,
                        help="build folder of a release build (%(default)s)")
    options = parser.parse_args()
    watch = options.build / "src/cli/tunnel-light-cli"
    if not watch.exists():
        sys.exit(f"There is no {watch}: see README.md for a release build; --build names another.")
    subprocess.run(["ip", "netns", "add", coverage.NAMESPACE], check=True)
    try:
        coverage.prepare()
        if options.n > 0:
            measure_change(watch, options.n)
        if options.m > 0:
            measure_storm(watch, options.m, options.changes)
    finally:
        subprocess.run(["ip", "netns", "del", coverage.NAMESPACE], check=True)


if __name__ == "__main__":
    main()
