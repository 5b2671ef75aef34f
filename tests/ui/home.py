# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""The person at home: a desktop on the laboratory's computer, with our program on it."""
from __future__ import annotations

import functools
import json
import os
import signal
import sys
from pathlib import Path
from typing import Mapping

sys.path.insert(0, str(Path(__file__).parents[1]))
from lab.laboratory import POLICY, Lab  # noqa: E402
from lab.machine import NOBODY  # noqa: E402

from .desktop import APP_ID, Desktop  # noqa: E402
from .wait import wait_for  # noqa: E402

PROGRAM = "tunnel-light"


class Home:
    """Starts with `with`: a desktop for an unprivileged person in a laboratory that is up."""

    def __init__(
        self,
        lab: Lab,
        panel: bool = True,
        environment: Mapping[str, str] | None = None,
        name: str = "desktop",
    ) -> None:
        self.lab = lab
        folder = lab.folder_of(True) / name
        folder.mkdir()
        popen = functools.partial(lab.popen, person=True)
        self.desktop = Desktop(folder, popen, NOBODY, environment, panel=panel)

    def __enter__(self) -> Home:
        self.lab.put_policy()
        self.desktop.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.desktop.stop()

    def start(self, *arguments: str, window_later: bool = False) -> None:
        """Starts the program as its menu entry does. Will it be asked for its window later?"""
        strict = {"G_DEBUG": os.environ.get("G_DEBUG", "")}
        if window_later or "--background" not in arguments or not self.desktop.with_panel:
            # With a window GLib outgrows its table of quarks and leaves the old one behind, since
            # readers take no lock; its stack has no name to suppress it by.
            strict["ASAN_OPTIONS"] = f"{os.environ.get('ASAN_OPTIONS', '')}:detect_leaks=0"
        self.desktop.spawn(PROGRAM, [PROGRAM, *arguments], strict)

    def start_again(self, *arguments: str) -> None:
        """Starts it a second time, which ends at once."""
        self.desktop.run([PROGRAM, *arguments])

    def quit(self) -> None:
        """Ends it as a logout does; it must end well."""
        status = self.desktop.end(PROGRAM, signal.SIGTERM)
        assert status == 0, f"exit status {status}: {self.desktop.log(PROGRAM)}"

    def is_running(self) -> bool:
        return self.desktop.has_owner(APP_ID)

    def wait_for_light(self, state: str, seconds: float = 20) -> dict[str, object]:
        """Until this state is seen on the bus and in the panel's pixels; the item's properties."""

        def seen() -> dict[str, object] | None:
            item = self.desktop.item()
            return item if item and item["IconName"] == f"{APP_ID}-{state}" else None

        item = wait_for(seen, f"{state} on the bus", seconds)
        wait_for(lambda: self.desktop.tray_pixels() == state, f"{state} in the panel", 5)
        return item

    def window_tree(self) -> dict:
        """What a screen reader sees of the program."""
        return json.loads(self._accessible("tree"))

    def press(self, name: str) -> None:
        """Presses a button of the window."""
        self._accessible("press", name)

    def texts(self) -> list[str]:
        """All that is to be read in the window."""
        return [node["name"] for node in nodes(self.window_tree()) if node["name"]]

    def lend(self, name: str) -> Path:
        """A script of this folder, where the person can run it."""
        return self.lab.lend(Path(__file__).with_name(name))

    def _accessible(self, *arguments: str) -> str:
        script = self.lend("accessible.py")
        return self.desktop.run(["/usr/bin/python3", script, *arguments])


def nodes(tree: dict) -> list[dict]:
    """A node and all below it that are shown."""
    below = [node for child in tree["children"] for node in nodes(child)]
    return ([tree] if tree["showing"] else []) + below
