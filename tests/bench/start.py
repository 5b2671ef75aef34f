#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""Seconds from start to the tray item, and memory, compared with nm-applet in the same session."""
from __future__ import annotations

import argparse
import signal
import statistics
import time
from dataclasses import dataclass

from common import judge, pss_mib, spread, use_release
from gi.repository import Gio, GLib
from lab.laboratory import Lab
from ui.desktop import Desktop
from ui.home import Home
from ui.wait import wait_for

WATCHER = "org.kde.StatusNotifierWatcher"
START_GOAL, MEMORY_GOAL = 1.0, 1.2
PATIENCE = 20.0
REST = 3.0  # seconds after which a program that has started does nothing any more


@dataclass(frozen=True)
class Program:
    name: str
    argv: tuple[str, ...]
    item: str  # how the object path of its item ends


OURS = Program("tunnel-light", ("tunnel-light", "--background"), "/tunnel_light")
THEIRS = Program("nm-applet", ("nm-applet", "--indicator"), "/nm_applet")


class Items:
    """Knows when an item came to the tray, without asking again and again."""

    def __init__(self, desktop: Desktop) -> None:
        self.came: dict[str, float] = {}
        flags = Gio.DBusSignalFlags.NONE
        desktop.bus.signal_subscribe(
            WATCHER, WATCHER, "StatusNotifierItemRegistered", None, None, flags, self._on_item
        )

    def wait_for(self, program: Program) -> float:
        """When the item of this program came, which was just started."""
        context = GLib.MainContext.default()
        end = time.monotonic() + PATIENCE
        tick = GLib.timeout_add(500, lambda: GLib.SOURCE_CONTINUE)
        try:
            while True:
                for name, moment in self.came.items():
                    if name.endswith(program.item):
                        return moment
                if time.monotonic() > end:
                    raise TimeoutError(f"no item of {program.name}, but {list(self.came)}")
                context.iteration(True)
        finally:
            GLib.source_remove(tick)

    def _on_item(self, *arguments: object) -> None:
        (name,) = arguments[5].unpack()  # after connection, sender, path, interface and signal
        self.came.setdefault(name, time.monotonic())


def start(home: Home, items: Items, program: Program) -> float:
    """Starts a program; the seconds until its item was there."""
    items.came.clear()
    began = time.monotonic()
    home.desktop.spawn(program.name, program.argv)
    return items.wait_for(program) - began


def end(home: Home, program: Program) -> None:
    home.desktop.end(program.name, signal.SIGTERM)
    gone = lambda: not any(p.endswith(program.item) for _, p in home.desktop.items())
    wait_for(gone, f"end of {program.name}")


def ask_the_internet(home: Home) -> None:
    """Has our program ask for the exit addresses, over HTTPS, and waits until both are known."""
    before = len(home.lab.requests())
    wait_for(lambda: home.desktop.light() == "no-vpn", "the light")
    home.desktop.activate_action("check")
    wait_for(lambda: len(home.lab.requests()) >= before + 2, "both requests")


def memory(home: Home, *programs: Program) -> list[float]:
    """MiB of each, all of them at rest."""
    time.sleep(REST)
    return [pss_mib(home.desktop.children[p.name].pid) for p in programs]


def measure_memory(home: Home, items: Items) -> dict[str, tuple[float, float]]:
    """MiB of ours and theirs: each without the other, and side by side."""
    start(home, items, OURS)
    (before,) = memory(home, OURS)
    ask_the_internet(home)
    (ours,) = memory(home, OURS)
    start(home, items, THEIRS)
    together = memory(home, OURS, THEIRS)
    end(home, OURS)
    (theirs,) = memory(home, THEIRS)
    end(home, THEIRS)
    return {
        "before the first probe": (before, theirs),
        "after a probe": (ours, theirs),
        "after a probe, side by side": tuple(together),
    }


def report(what: str, ours: list[float], theirs: list[float], unit: str, goal: float) -> None:
    digits = 1 if unit == "MiB" else 0
    print(f"{what}, {OURS.name}: {spread(ours, unit, digits)}")
    print(f"{what}, {THEIRS.name}: {spread(theirs, unit, digits)}")
    ratio = statistics.median(ours) / statistics.median(theirs)
    judge(f"{what}, ratio of the medians", ratio, goal)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=20, help="starts of each (%(default)s)")
    parser.add_argument("-m", type=int, default=5, help="measurements of memory (%(default)s)")
    options = parser.parse_args()
    use_release("nm-applet")
    seconds: dict[Program, list[float]] = {OURS: [], THEIRS: []}
    with Lab.up(line="quiet") as lab, Home(lab) as home:
        items = Items(home.desktop)
        for program in (OURS, THEIRS):  # once for what the disk has to give
            start(home, items, program)
            end(home, program)
        for _ in range(options.n):
            for program in (OURS, THEIRS):
                seconds[program].append(start(home, items, program))
                time.sleep(0.5)
                end(home, program)
        memories = [measure_memory(home, items) for _ in range(options.m)]
    ours, theirs = ([1000 * s for s in seconds[program]] for program in (OURS, THEIRS))
    report("start to the tray item", ours, theirs, "ms", START_GOAL)
    for what in memories[0]:
        ours, theirs = ([m[what][index] for m in memories] for index in (0, 1))
        report(f"memory {what}", ours, theirs, "MiB", MEMORY_GOAL)


if __name__ == "__main__":
    main()
