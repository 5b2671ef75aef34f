#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""From N IPv6 routes in the kernel to the verdict, against `ip -6 route show table all`."""
from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from common import TOP, judge, spread

NAMESPACE = f"tl-bench-{os.getpid()}"
GOAL, MOST_BLOCKED_MS = 1.0, 10
SIZES = (10, 1_000, 100_000, 1_000_000)
# A VPN that carries everything but for the N routes.
LINKS = """link set lo up
link add eth0 type veth peer name router
link set eth0 up
link set router up
tuntap add tun0 mode tun
link set tun0 up
addr add 2001:db8::5/64 dev eth0 nodad
addr add fd00::5/64 dev tun0 nodad
route add ::/0 dev tun0 metric 50
route add ::/0 via fe80::1 dev eth0 metric 100
"""
HOPS = {"bypass": "via fe80::1 dev eth0", "tunnel": "dev tun0"}


def run(*command: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run(["ip", "netns", "exec", NAMESPACE, *command], check=True, **options)


def prefix(number: int) -> str:
    """Every second /48 from 2400:: on: none of them are neighbours."""
    return f"{0x2400 + (number >> 15):x}:{(number << 1) & 0xFFFF:x}::/48"


def prepare() -> None:
    """Makes the namespace's links and default routes."""
    run("sysctl", "-qw", "net.ipv6.route.max_size=2147483647",
        "net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.default.accept_dad=0")
    run("ip", "-batch", "-", input=LINKS, text=True)


def load(count: int, hop: str) -> None:
    """Puts so many routes into the kernel, and no more."""
    with tempfile.NamedTemporaryFile("w") as batch:
        for number in range(count):
            batch.write(f"route add {prefix(number)} {hop}\n")
        batch.flush()
        run("ip", "-6", "-batch", batch.name)


def measure_ip() -> float:
    start = time.monotonic()
    run("ip", "-6", "route", "show", "table", "all", stdout=subprocess.DEVNULL)
    return time.monotonic() - start


def measure_ours(program: Path, *change: str) -> dict[str, str]:
    # No NetworkManager, and no second of waiting for one.
    env = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent"}
    start = time.monotonic()
    output = run(str(program), *change, env=env, stdout=subprocess.PIPE, text=True).stdout
    found = dict(line.split(" ", 1) for line in output.splitlines())
    return {**found, "seconds": str(time.monotonic() - start)}


def measure_change(program: Path) -> dict[str, str]:
    """How long the main loop is held up by the answers, by reading the same, by one more route."""
    route = ("ip", "-6", "route", "replace", "2a00::/16", *HOPS["bypass"].split())
    found = measure_ours(program, *route)
    run("ip", "-6", "route", "del", "2a00::/16")
    return {name: value for name, value in found.items()
            if name.startswith(("answers_", "reread_", "change_"))}


def measure(program: Path, way: str, count: int, rounds: int) -> None:
    subprocess.run(["ip", "netns", "add", NAMESPACE], check=True)
    try:
        prepare()
        load(count, HOPS[way])
        ours, theirs = [], []
        for _ in range(rounds):
            theirs.append(measure_ip())
            ours.append({**measure_ours(program), **measure_change(program)})
    finally:
        subprocess.run(["ip", "netns", "del", NAMESPACE], check=True)
    report(way, count, ours, theirs)


def report(way: str, count: int, ours: list[dict[str, str]], theirs: list[float]) -> None:
    last = ours[-1]
    if int(last["routes"]) < count:
        sys.exit(f"only {last['routes']} routes were read")
    print(f"\n{count} routes, {way}: {last['spans']} ranges, {last['state']}")
    seconds = [float(one["seconds"]) for one in ours]
    print(f"  whole program: {spread([1000 * one for one in seconds], 'ms', 1)}")
    print(f"  ip -6 route show table all: {spread([1000 * one for one in theirs], 'ms', 1)}")
    print(f"  of it to the verdict: {spread([int(one['microseconds']) / 1000 for one in ours], 'ms', 1)}")
    peak = statistics.median(int(one["kibibytes"]) for one in ours)
    print(f"  peak memory for it: {peak / 1024:.1f} MiB, {1024 * peak / count:.0f} bytes a route")
    ratio = statistics.median(a / b for a, b in zip(seconds, theirs))
    if count >= 100_000:
        judge("  ratio, median of the pairs", ratio, GOAL)
    else:
        print(f"  ratio, median of the pairs: {ratio:.2f}")
    for prefix_, when in (("", ""), ("answers_", ", when answers come"),
                          ("reread_", ", when the same is read once more"),
                          ("change_", ", when one more route comes")):
        for key, what in (("blocked", "longest turn of the main loop"), ("worked", "processor time of it")):
            values = [int(one[prefix_ + key]) / 1000 for one in ours]
            print(f"  {what}{when}: {spread(values, 'ms', 1)}")
            judge(f"  {what}{when}, median", statistics.median(values), MOST_BLOCKED_MS, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=7, help="pairs for each size (%(default)s)")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="numbers of routes")
    parser.add_argument("--ways", nargs="*", default=list(HOPS), choices=list(HOPS))
    parser.add_argument("--build", default=TOP / "build/release", type=Path,
                        help="build folder of a release build (%(default)s)")
    options = parser.parse_args()
    program = options.build / "tests/bench/read-tables"
    if not program.exists():
        sys.exit(f"There is no {program}: see README.md for a release build; --build names another.")
    for way in options.ways:
        for count in options.sizes:
            measure(program, way, count, options.n)


if __name__ == "__main__":
    main()
