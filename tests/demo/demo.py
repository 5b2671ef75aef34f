#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""Plays the story of a leak, on a real desktop in a laboratory with a real company VPN.

Each step is printed with its time while it happens, and is true only if it is seen on the bus and
in the pixels of the icon in the panel. Pictures of each step are left in build/demo/.
"""
from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Callable

from gi.repository import GLib

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests"))
from lab.laboratory import Lab  # noqa: E402
from lab.state import LabError  # noqa: E402
from ui.home import Home  # noqa: E402
from ui.wait import wait_for  # noqa: E402

PICTURES = TOP / "build/demo"
VPN = "corp4"
FAILURES = (AssertionError, OSError, subprocess.SubprocessError, LabError, GLib.Error)
FIX = "Close the gap (blocks IPv6 while “Corp VPN” is on)"
UNDO = "Undo"


class Story:
    """The steps, in order."""

    def __init__(self, home: Home, began: float) -> None:
        self.home = home
        self.desktop = home.desktop
        self.lab = home.lab
        self.began = began
        self.number = 0
        self.settings = ""

    def say(self, text: str) -> None:
        print(f"{time.monotonic() - self.began:6.2f} s  {text}", flush=True)

    def step(
        self,
        act: Callable[[], object],
        what: str,
        state: str,
        look: Callable[[], object] = lambda: None,
    ) -> None:
        """Does something, waits for the light it must lead to, and looks what else is to be seen."""
        self.number += 1
        self.say(f"{self.number}. {what}")
        act()
        item = self.home.wait_for_light(state)
        self.say(f"   {state}: {item['Title']}")
        look()
        self.home.wait_for_light(state)
        self.take_pictures(f"{self.number}-{state}")

    def take_pictures(self, name: str) -> None:
        desktop = self.desktop
        desktop.move_away()
        for window in desktop.windows():
            desktop.xdotool("windowactivate", "--sync", window)
            time.sleep(0.3)  # until it is drawn as the active one
            desktop.screenshot(PICTURES / f"{name}-window.png", window)
        desktop.screenshot_of_panel(PICTURES / f"{name}-panel.png")
        wait_for(self.show_menu, "the menu with its rows")
        desktop.screenshot_of_panel(PICTURES / f"{name}-menu.png")
        desktop.close_menu()

    def show_menu(self) -> bool:
        """On a busy computer the menu is open long before it is drawn, and may close once more."""
        if not self.desktop.popups():
            self.desktop.open_menu()
        return self.desktop.menu_is_drawn()

    def must_read(self, *wanted: str) -> None:
        """The window must show these words."""

        def shown() -> bool:
            texts = " ".join(self.home.texts())
            return all(text in texts for text in wanted)

        wait_for(shown, f"{' and '.join(wanted)} in the window")
        self.say(f"   the window shows {', '.join(wanted)}")

    def must_notify(self, title: str) -> None:
        def told() -> bool:
            return any(title in (n["title"], n["body"]) for n in self.desktop.notifications())

        wait_for(told, f"the notification “{title}”")
        self.say(f"   a notification says: {title}")

    def settings_now(self) -> str:
        """What the person's network is set to: the profiles and the links' routes."""
        profiles = self.lab.nmcli("--fields", "all", "connection", "show", "Home network")
        kept = [x for x in profiles.splitlines() if x.startswith(("ipv4.", "ipv6."))]
        routes = self.lab.run(["ip", "-6", "route", "show", "type", "unreachable"]).stdout
        return "\n".join([*kept, routes])

    def play(self) -> None:
        self.step(self.start, "The person starts the program; no VPN is connected", "no-vpn")
        self.settings = self.settings_now()
        self.say("   the person allows to ask websites for the address they see")
        self.home.press("Allow")
        self.step(lambda: self.lab.vpn_up(VPN), "The VPN connects", "leak", self.look_at_leak)
        self.step(self.fix, f"The person chooses “{FIX}” in the menu", "safe", self.look_at_fixed)
        self.step(self.undo, f"The person chooses “{UNDO}”", "leak", self.look_at_undone)
        self.step(self.fix, f"The person chooses “{FIX}” again", "safe", self.look_at_fixed)
        self.step(
            lambda: self.lab.vpn_down(VPN), "The VPN disconnects", "no-vpn", self.look_at_settings
        )

    def look_at_leak(self) -> None:
        exits = self.lab.exit_addresses
        self.must_read(exits[VPN]["ipv4"], exits["home"]["ipv6"])
        self.must_notify("Part of your traffic bypasses the VPN")

    def look_at_fixed(self) -> None:
        self.must_notify("Fixed and checked.")
        self.must_read("Fixed and checked.")
        self.look_at_packets(leaking=False)

    def look_at_undone(self) -> None:
        self.must_notify("Undone and checked.")
        self.look_at_packets(leaking=True)

    def start(self) -> None:
        self.home.start()
        wait_for(self.desktop.item, "the light in the panel")
        self.say("   the light is in the panel")
        wait_for(self.desktop.windows, "the window")

    def fix(self) -> None:
        wait_for(lambda: self.can_choose(FIX), f"“{FIX}” in the menu")
        self.desktop.click(FIX)

    def undo(self) -> None:
        wait_for(lambda: self.can_choose(UNDO), f"“{UNDO}” in the menu")
        self.desktop.click(UNDO)

    def can_choose(self, label: str) -> bool:
        rows = self.desktop.menu()
        return any(str(r["label"]).replace("_", "") == label and r["enabled"] for r in rows)

    def look_at_packets(self, leaking: bool) -> None:
        """The last word is that of the packets on the home network's wire."""
        seen = self.lab.leaks()
        assert any(seen.values()) == leaking, f"packets in the clear: {seen}"
        what = "packets are" if leaking else "no packet is"
        self.say(f"   {what} seen in the clear on the home network")

    def look_at_settings(self) -> None:
        now = wait_for(lambda: self.settings_now() == self.settings, "the settings as before")
        assert now
        self.say("   the network's settings are as before")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.parse_args()
    if not os.environ.get("TL_INSTALL_ROOT"):
        print("TL_INSTALL_ROOT must name an installed tree: use ./run --demo", file=sys.stderr)
        return 3
    shutil.rmtree(PICTURES, ignore_errors=True)
    try:
        return play()
    except KeyboardInterrupt:
        shutil.rmtree(PICTURES, ignore_errors=True)
        print("Stopped, everything is taken down.", flush=True)
        return 130
    except FAILURES as error:
        print(f"The demonstration could not be played: {error}", file=sys.stderr)
        return 1


def play() -> int:
    """Plays the story; the program's exit status."""
    began = time.monotonic()
    with Lab.up() as lab, Home(lab) as home:
        story = Story(home, began)
        story.say("A home, its router, the Internet and a company are up")
        try:
            story.play()
            home.quit()
        except FAILURES as error:
            story.say(f"   NOT SEEN: {error}")
            home.desktop.screenshot(PICTURES / "failed.png")
            print(home.desktop.log("tunnel-light"), file=sys.stderr)
            return 1
        story.say(f"Every step was seen. Pictures: {PICTURES.relative_to(TOP)}/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
