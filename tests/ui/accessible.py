# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""What a screen reader sees of our window, and pressing what it sees.

Run on the desktop: accessible.py tree | press NAME. Prints JSON.
"""
from __future__ import annotations

import json
import os
import shutil
import sys

# dogtail makes a folder in /tmp that is named after this: one of our own, to be removed again
os.environ["LOGNAME"] = f"tunnel-light-{os.getpid()}"
from dogtail.config import config  # noqa: E402

config.checkForA11y = False
config.logDebugToStdOut = config.logDebugToFile = False
from dogtail import tree  # noqa: E402

APPLICATION = "tunnel-light"


def describe(node: tree.Node) -> dict[str, object]:
    children = [describe(child) for child in node.children if child.showing or child.children]
    return {
        "role": node.roleName,
        "name": node.name,
        "showing": node.showing,
        "sensitive": node.sensitive,
        "children": children,
    }


def press(application: tree.Node, name: str) -> None:
    roles = ("push button", "toggle button", "menu item")
    found = application.findChildren(
        lambda node: node.roleName in roles and node.name == name and node.showing
    )
    if not found:
        raise SystemExit(f"no button “{name}”")
    found[0].doActionNamed("click")


def main() -> None:
    application = tree.root.application(APPLICATION, retry=False)
    if sys.argv[1] == "press":
        press(application, sys.argv[2])
    print(json.dumps(describe(application)))


if __name__ == "__main__":
    try:
        main()
    finally:
        shutil.rmtree(config.scratchDir)
