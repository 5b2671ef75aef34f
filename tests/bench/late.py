#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""Red lights and notifications that a good VPN whose IPv6 comes a second late brings about."""
from __future__ import annotations

import argparse
import threading
import time
from typing import Callable

from common import judge, spread, use_release
from gi.repository import Gio, GLib
from lab.laboratory import Lab
from ui.desktop import APP_ID, Desktop
from ui.home import Home

VPN = "corp-late6"
ITEM = "org.kde.StatusNotifierItem"
PATIENCE = 20.0


class Lights:
    """Follows the tray item as a panel does: asks for its icon when it says it has a new one."""

    def __init__(self, desktop: Desktop, bus_name: str, path: str) -> None:
        self.bus = desktop.bus
        self.bus_name, self.path = bus_name, path
        self.seen: list[tuple[float, str]] = []
        flags = Gio.DBusSignalFlags.NONE
        self.bus.signal_subscribe(bus_name, ITEM, "NewIcon", path, None, flags, self._ask)
        self._ask()

    def wait_for(self, state: str, done: Callable[[], bool] = lambda: True) -> None:
        """Until this light is on and done() is true."""
        end = time.monotonic() + PATIENCE
        context = GLib.MainContext.default()
        tick = GLib.timeout_add(100, lambda: GLib.SOURCE_CONTINUE)
        try:
            while not (done() and self.seen and self.seen[-1][1] == state):
                if time.monotonic() > end:
                    raise TimeoutError(f"{state} wanted, seen were {self.seen[-5:]}")
                context.iteration(True)
        finally:
            GLib.source_remove(tick)

    def _ask(self, *_: object) -> None:
        arguments = GLib.Variant("(ss)", (ITEM, "IconName"))
        properties = "org.freedesktop.DBus.Properties"
        self.bus.call(
            self.bus_name, self.path, properties, "Get", arguments, None,
            Gio.DBusCallFlags.NONE, 10000, None, self._on_answer,
        )  # fmt: skip

    def _on_answer(self, bus: Gio.DBusConnection, result: Gio.AsyncResult) -> None:
        (icon,) = bus.call_finish(result).unpack()
        state = icon.removeprefix(f"{APP_ID}-")
        if not self.seen or self.seen[-1][1] != state:
            self.seen.append((time.monotonic(), state))


def in_thread(act: Callable[[], object]) -> threading.Thread:
    """Signals of the bus are read meanwhile."""
    thread = threading.Thread(target=act)
    thread.start()
    return thread


def activate(lab: Lab, lights: Lights, late: float) -> tuple[list[str], float]:
    """Connects and disconnects; the lights that were seen, and the seconds until green."""
    del lights.seen[:-1]
    start = time.monotonic()
    up = in_thread(lambda: lab.vpn_up(VPN, late))
    lights.wait_for("safe", lambda: not up.is_alive())
    seconds = lights.seen[-1][0] - start
    down = in_thread(lambda: lab.vpn_down(VPN))
    lights.wait_for("no-vpn", lambda: not down.is_alive())
    return [state for _, state in lights.seen], seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=100, help="activations (%(default)s)")
    parser.add_argument(
        "--late", type=float, default=1, help="seconds; from 2 on red is right (%(default)s)"
    )
    options = parser.parse_args()
    rounds = options.n
    use_release()
    red, seconds, ways = 0, [], {}
    with Lab.up() as lab, Home(lab) as home:
        lab.vpn_prepare(VPN)
        home.start("--background")
        item = home.wait_for_light("no-vpn")
        home.desktop.activate_action("consent", GLib.Variant("b", True))
        path = next(p for name, p in home.desktop.items() if name == item["bus-name"])
        lights = Lights(home.desktop, str(item["bus-name"]), path)
        lights.wait_for("no-vpn")
        for _ in range(rounds):
            states, until_green = activate(lab, lights, options.late)
            red += states.count("leak")
            seconds.append(until_green)
            way = " → ".join(states)
            ways[way] = ways.get(way, 0) + 1
        sent = home.desktop.sent()
        home.quit()
    for way, times in ways.items():
        print(f"{times:4} times {way}")
    print(f"from `nmcli connection up` to green: {spread(seconds, 's', 2)}")
    judge(f"late: red lights in {rounds} activations", red, 0, 0)
    judge(f"late: notifications in {rounds} activations", sent, 0, 0)


if __name__ == "__main__":
    main()
