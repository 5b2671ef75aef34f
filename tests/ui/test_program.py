# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""The program itself, used by an unprivileged person at home in the laboratory."""
from __future__ import annotations

import time
from typing import Callable, Iterator

import pytest
from gi.repository import GLib
from lab.conftest import lab, shelf  # noqa: F401
from lab.laboratory import Lab

from .home import POLICY, Home, nodes
from .wait import wait_for

LEAK = "Part of your traffic bypasses the VPN"
FIXED = "IPv6 is blocked, everything else goes through the VPN"


@pytest.fixture
def home(lab: Lab, request: pytest.FixtureRequest) -> Iterator[Home]:  # noqa: F811
    with Home(lab, name=f"desktop-{time.monotonic_ns()}") as up:
        yield up


@pytest.fixture
def bare_home(lab: Lab) -> Iterator[Home]:  # noqa: F811
    """A desktop without a tray."""
    with Home(lab, panel=False, name=f"desktop-{time.monotonic_ns()}") as up:
        yield up


def titles(home: Home) -> list[str]:
    return [str(n["title"]) for n in home.desktop.notifications()]


def bodies(home: Home) -> list[str]:
    return [str(n["body"]) for n in home.desktop.notifications()]


def told(home: Home, title: str) -> dict[str, object]:
    def look() -> dict[str, object] | None:
        found = [n for n in home.desktop.notifications() if title in (n["title"], n["body"])]
        return found[0] if found else None

    return wait_for(look, f"the notification “{title}”")


def test_fix_from_the_notification(home: Home) -> None:
    home.start("--background")
    home.wait_for_light("no-vpn")
    home.lab.vpn_up("corp4")
    home.wait_for_light("leak")
    home.desktop.press(told(home, LEAK), "Close the gap")
    home.wait_for_light("safe")
    fixed = told(home, "Fixed and checked.")
    assert LEAK not in titles(home), "its reason is gone"
    assert not home.desktop.windows(), "nobody asked for a window"
    home.desktop.press(fixed, "Undo")
    home.wait_for_light("leak")
    home.lab.vpn_down("corp4")
    home.wait_for_light("no-vpn")
    wait_for(lambda: not home.desktop.notifications(), "notifications without a reason go")
    home.quit()


def test_late_click_looks_again(home: Home) -> None:
    home.start("--background")
    home.lab.vpn_up("corp4")
    home.wait_for_light("leak")
    told(home, LEAK)
    home.lab.vpn_down("corp4")
    home.wait_for_light("no-vpn")
    home.desktop.activate_action("fix-first")
    told(home, "There is nothing to fix now.")
    routes = home.lab.run(["ip", "-6", "route", "show", "type", "unreachable"]).stdout
    assert not routes.strip()
    home.quit()


def test_click_after_quit_starts_it_and_fixes(home: Home) -> None:
    home.lab.vpn_up("corp4")
    assert not home.is_running()
    home.desktop.activate_action("fix-first")
    home.wait_for_light("safe")
    told(home, "Fixed and checked.")
    home.desktop.click("Undo")
    home.wait_for_light("leak")
    home.desktop.click("Quit")
    wait_for(lambda: not home.is_running(), "its end")


def test_good_vpn_is_never_red(home: Home) -> None:
    home.start("--background")
    home.wait_for_light("no-vpn")
    home.lab.vpn_up("corp46")
    home.wait_for_light("safe")
    time.sleep(3)
    assert not home.desktop.sent()
    home.quit()


def test_second_start_raises_the_window(home: Home) -> None:
    home.start("--background", window_later=True)
    home.wait_for_light("no-vpn")
    assert not home.desktop.windows()
    home.start_again("--background")
    time.sleep(1)
    assert not home.desktop.windows()
    home.start_again()
    wait_for(home.desktop.windows, "the window")
    home.start_again()
    time.sleep(1)
    assert len(home.desktop.windows()) == 1
    home.quit()


def press(home: Home, key: str, done: Callable[[], bool]) -> None:
    """Presses a key in the window until it has done it: it is deaf for a while when it comes up."""
    window = wait_for(home.desktop.windows, "the window")[0]

    def is_done() -> bool:
        if not done():
            home.desktop.xdotool("windowactivate", "--sync", window, "key", key)
        return done()

    wait_for(is_done, key, pause=0.5)


def test_keys(home: Home) -> None:
    home.start()
    for key in ("Escape", "ctrl+w"):
        press(home, key, lambda: not home.desktop.windows())
        assert home.is_running()
        home.start_again()
    press(home, "ctrl+q", lambda: not home.is_running())


def test_everything_has_a_name(home: Home) -> None:
    home.start()
    home.lab.vpn_up("corp4")
    home.wait_for_light("leak")
    wait_for(lambda: LEAK in home.texts(), "the headline")
    roles = ("push button", "toggle button", "menu item", "link")
    controls = [n for n in nodes(home.window_tree()) if n["role"] in roles]
    assert len(controls) >= 5
    assert not [n for n in controls if not n["name"]]
    home.quit()


def test_window_fixes_and_tells(home: Home) -> None:
    home.start()
    home.lab.vpn_up("corp4")
    home.wait_for_light("leak")
    wait_for(lambda: "Close the gap" in home.texts(), "the button")
    home.press("Close the gap")
    home.wait_for_light("safe")
    wait_for(lambda: {FIXED, "Fixed and checked.", "Undo"} <= set(home.texts()), "what was done")
    home.press("Undo")
    home.wait_for_light("leak")
    home.quit()


def test_nothing_is_asked_before_consent(home: Home) -> None:
    before = len(home.lab.requests())
    home.start()
    home.lab.vpn_up("corp4")
    home.wait_for_light("leak")
    told(home, LEAK)
    assert len(home.lab.requests()) == before
    home.press("Allow")
    exits = home.lab.exit_addresses
    shown = (exits["corp4"]["ipv4"], exits["home"]["ipv6"])
    wait_for(lambda: all(x in " ".join(home.texts()) for x in shown), "both exit addresses")
    assert "Allow" not in home.texts()
    home.quit()


def test_broken_policy_is_told_and_the_light_works(home: Home) -> None:
    """The bar names file and line, and goes once the file is mended."""
    home.lab.home.run(["cp", POLICY, f"{POLICY}.good"])
    home.lab.home.run(["sh", "-c", f"echo nonsense >{POLICY}"])
    home.start()
    home.lab.vpn_up("corp4")
    home.wait_for_light("leak")

    def told_where() -> bool:
        return any(f"{POLICY}:1" in text for text in home.texts())

    wait_for(told_where, "the bar")
    home.lab.home.run(["mv", f"{POLICY}.good", POLICY])
    wait_for(lambda: not told_where(), "the bar's end")
    home.quit()


def test_no_place_for_the_light(bare_home: Home) -> None:
    home = bare_home
    template = ["/usr/bin/python3", "-m", "dbusmock", "--template", home.lend("portal.py")]
    home.desktop.spawn("portal", template)
    name = "org.freedesktop.portal.Desktop"
    wait_for(lambda: home.desktop.has_owner(name), "the portal")
    home.start("--background")
    told(home, "Tunnel Light is running")
    wait_for(home.desktop.windows, "the window of the first start")
    home.lab.vpn_up("corp4")
    told(home, LEAK)

    def status() -> bool:
        calls = home.desktop.call(
            name, "/org/freedesktop/portal/desktop", "org.freedesktop.DBus.Mock", "GetCalls"
        )[0]
        return any(method == "SetStatus" and args[0]["message"] == LEAK for _, method, args in calls)

    wait_for(status, "the background status")
    home.desktop.start_panel()
    wait_for(home.desktop.item, "the light in the panel that has come")
    wait_for(lambda: "Tunnel Light is running" not in titles(home), "the end of the hint")
    home.quit()


def test_version_and_wrong_usage(home: Home) -> None:
    said = home.lab.run(["tunnel-light", "--version"], person=True)
    assert said.returncode == 0 and said.stdout.startswith("tunnel-light 0")
    for wrong in ("--nonsense", "nonsense"):
        said = home.lab.run(["tunnel-light", wrong], person=True)
        assert said.returncode == 3
        assert "Usage" in said.stderr and not said.stdout


def test_action_with_an_unknown_fix_does_nothing(home: Home) -> None:
    home.start("--background")
    home.wait_for_light("no-vpn")
    home.desktop.activate_action("fix", GLib.Variant("s", "nonsense"))
    home.desktop.activate_action("undo")
    time.sleep(1)
    assert home.is_running()
    home.quit()
