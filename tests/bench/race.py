# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""Runs commands in turn and prints, as JSON, the seconds each run took. Started by check.py on the
computer at home, so that only the commands themselves are measured.

usage: race.py ROUNDS < JSON: {name: argv}
output: JSON: {name: [[wall, cpu, exit status], …]}"""
from __future__ import annotations

import json
import os
import shutil
import sys
import time


def run(argv: list[str]) -> tuple[float, float, int]:
    """Seconds by the clock, seconds of the processor (user and system), exit status."""
    quiet = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
    start = time.monotonic()
    child = os.posix_spawn(argv[0], argv, os.environ, file_actions=quiet)
    _, status, used = os.wait4(child, 0)
    wall = time.monotonic() - start
    return wall, used.ru_utime + used.ru_stime, os.waitstatus_to_exitcode(status)


def main() -> None:
    commands = {
        name: [shutil.which(argv[0]) or argv[0], *argv[1:]]
        for name, argv in json.load(sys.stdin).items()
    }
    results: dict[str, list[tuple[float, float, int]]] = {name: [] for name in commands}
    for argv in commands.values():
        run(argv)  # from the disk: not counted
    for number in range(int(sys.argv[1])):
        # Each comes first as often as the others.
        names = list(commands)[:: -1 if number % 2 else 1]
        for name in names:
            results[name].append(run(commands[name]))
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    main()
