# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""The window in each of its states: nothing is cut off, in whatever size, theme and language."""
from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Iterator

import pytest

from .built import BUILD, ENVIRONMENT, built
from .desktop import Desktop

SCENES = (
    "no-vpn", "checking", "leak", "first", "fixing", "undone", "partial", "fixed", "safe", "split",
    "unknown",
)  # fmt: skip
LOOKS = {
    "narrow-de": (360, "de", "Adwaita"),
    "wide-dark-en": (1280, "en", "Adwaita:dark"),
    "contrast-de": (640, "de", "HighContrast"),
}
PICTURES = BUILD / "pictures"


@pytest.fixture(scope="module")
def desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    folder = tmp_path_factory.mktemp("desktop") / "desktop"
    with Desktop(folder, environment=ENVIRONMENT, screen="1400x1700", panel=False) as up:
        yield up


@pytest.fixture(scope="module")
def german(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A German locale, which a computer need not have installed."""
    folder = tmp_path_factory.mktemp("locale")
    command = ["localedef", "--inputfile=de_DE", "--charmap=UTF-8", folder / "de_DE.UTF-8"]
    subprocess.run(command, check=True)
    return {"LOCPATH": str(folder), "LC_ALL": "de_DE.UTF-8", "LANGUAGE": "de"}


def test_every_scene_is_listed(desktop: Desktop) -> None:
    assert tuple(desktop.run([built("show-window")]).split()) == SCENES


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("look", LOOKS)
def test_everything_fits(desktop: Desktop, german: dict[str, str], scene: str, look: str) -> None:
    width, language, theme = LOOKS[look]
    file = PICTURES / look / f"{scene}.png"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    env = {"GTK_THEME": theme, "G_DEBUG": "fatal-warnings"}
    env |= german if language == "de" else {"LC_ALL": "C.UTF-8"}
    desktop.run([built("show-window"), scene, str(width), file], env=env)
    assert os.path.getsize(file) > 10_000
