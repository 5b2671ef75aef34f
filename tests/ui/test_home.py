# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""The desktop at home works wherever the tree lies, and leaves nothing."""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .built import INSTALLED, TOP
from .desktop import Desktop, ProgramFailed

CODE = """
from lab.laboratory import Lab
from ui.home import Home
from ui.wait import wait_for
with Lab.up() as lab, Home(lab) as home:
    home.start()
    home.wait_for_light("no-vpn")
    wait_for(lambda: "No VPN connected" in home.texts(), "the headline")
    home.quit()
"""


def test_clone_in_a_folder_of_its_owner_alone(tmp_path: Path) -> None:
    """Homes are mode 0700: the person cannot read what lies there."""
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    for name in ("tests/lab", "tests/ui", "data"):
        shutil.copytree(TOP / name, private / name)
    shutil.copytree(INSTALLED, private / "installed", symlinks=True)
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    environment["PYTHONPATH"] = str(private / "tests")
    environment["TL_INSTALL_ROOT"] = str(private / "installed")
    command = [sys.executable, "-c", CODE]
    done = subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_what_a_program_said_is_seen(tmp_path: Path) -> None:
    with pytest.raises(ProgramFailed, match="sh -c .*: no such luck"):
        Desktop(tmp_path).run(["sh", "-c", "echo no such luck >&2; exit 3"])
