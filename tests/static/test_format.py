# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""The C sources are formatted as .clang-format says (clang-format 14, Debian 12's)."""

import subprocess
from pathlib import Path

TOP = Path(__file__).parents[2]


def test_c_sources_are_formatted():
    sources = [
        path for folder in ("src", "tests") for path in (TOP / folder).rglob("*.[ch]")
    ]
    assert sources
    result = subprocess.run(
        ["clang-format", "--dry-run", "-Werror", *sources], capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
