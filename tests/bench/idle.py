#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""Wake-ups while nothing changes, and what a router advertisement that renews lifetimes starts."""
from __future__ import annotations

import argparse
import re
import subprocess
import time
from pathlib import Path
from typing import Callable, Iterable

from common import judge, use_release, wake_ups
from gi.repository import GLib
from lab import plan
from lab.laboratory import Lab
from ui.home import Home
from ui.wait import wait_for

# Seconds. GLib ends the threads it has no use for after 15, the accessibility bridge forgets what it
# has told after 15 to 16, both counted from the last thing that happened, which is a probe.
REST = 30.0
ADVERTISEMENTS = 3
WATCH = "watch"


def measure(pids: dict[str, int], act: Callable[[], None]) -> dict[str, int]:
    """How often each program woke up while act() was under way."""
    before = {name: wake_ups(pid) for name, pid in pids.items()}
    act()
    return {name: count(before[name], wake_ups(pid)) for name, pid in pids.items()}


def count(before: dict[int, int], after: dict[int, int]) -> int:
    """Switches to all threads; one that has ended woke up at least once to do so."""
    ended = sum(thread not in after for thread in before)
    return ended + sum(number - before.get(thread, 0) for thread, number in after.items())


def report(what: str, counted: dict[str, int], goal_for: Iterable[str]) -> None:
    for name, number in counted.items():
        if name in goal_for:
            judge(f"{what}, wake-ups of {name}", number, 0, 0)
        else:
            print(f"{what}, wake-ups of {name}: {number}, to compare with")


def lifetime(lab: Lab) -> int:
    """Seconds for which the computer's public IPv6 address is still valid."""
    command = ["ip", "-6", "-o", "address", "show", "to", plan.HOME6_ADDRESS]
    return int(re.search(r"valid_lft (\d+)sec", lab.run(command).stdout)[1])


def renew(lab: Lab) -> None:
    """An advertisement, which must arrive."""
    time.sleep(3)  # so that there is something to renew
    before = lifetime(lab)
    lab.router.advertise()
    wait_for(lambda: lifetime(lab) > before, "a renewed lifetime")
    time.sleep(3)


def wait_for_light(home: Home, state: str) -> None:
    """On the bus alone: in the panel, nm-applet's icon may come first."""
    wait_for(lambda: home.desktop.light() == state, state)


def start(home: Home, log: Path) -> dict[str, int]:
    """Starts what is measured; the process ids."""
    home.start("--background")
    wait_for_light(home, "no-vpn")
    home.desktop.activate_action("consent", GLib.Variant("b", True))
    home.desktop.spawn("nm-applet", ["nm-applet", "--indicator"])
    with open(log, "w", encoding="utf-8") as file:
        policy = ["--policy", str(home.lab.policy_file)]
        command = ["tunnel-light-cli", "watch", "--json", *policy]
        watch = home.lab.popen(command, person=True, stdout=file, stdin=subprocess.DEVNULL)
    pids = {name: home.desktop.children[name].pid for name in ("tunnel-light", "nm-applet")}
    return {**pids, WATCH: watch.pid}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-s", type=float, default=60, help="seconds of each look (%(default)g)")
    seconds = parser.parse_args().s
    use_release("nm-applet")
    ours = ("tunnel-light", WATCH)
    with Lab.up(line="quiet") as lab, Home(lab) as home:
        log = lab.folder_of(True) / "watch.log"
        pids = start(home, log)
        for vpn, light in ((None, "no-vpn"), ("corp4", "leak")):
            if vpn:
                lab.vpn_up(vpn)
            wait_for_light(home, light)
            time.sleep(REST)
            counted = measure(pids, lambda: time.sleep(seconds))
            report(f"{seconds:g} s with {vpn or 'no VPN'}", counted, ours)
        lab.vpn_down("corp4")
        lab.switch_line("dual")
        wait_for_light(home, "no-vpn")
        time.sleep(REST)
        requests, verdicts = len(lab.requests()), log.read_text().count("\n")
        counted = measure(pids, lambda: [renew(lab) for _ in range(ADVERTISEMENTS)])
        what = f"{ADVERTISEMENTS} advertisements"
        report(what, counted, ())
        judge(f"{what}, requests to the Internet", len(lab.requests()) - requests, 0, 0)
        judge(f"{what}, verdicts", log.read_text().count("\n") - verdicts, 0, 0)
        print(f"before them: {requests} requests, {verdicts} verdicts")


if __name__ == "__main__":
    main()
