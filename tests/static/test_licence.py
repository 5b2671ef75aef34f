# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""Every source file says at its top under which licence it stands."""

from pathlib import Path

TOP = Path(__file__).parents[2]
FOLDERS = ("src", "tests", "data")
SUFFIXES = {".c", ".h", ".py", ".sh", ".ui", ".svg", ".css", ".xml"}
SCRIPTS = [TOP / "run", TOP / "check", TOP / ".ci" / "run"]


def is_script(path: Path) -> bool:
    return path.suffix == "" and path.is_file() and path.read_bytes().startswith(b"#!")


def sources() -> list[Path]:
    found = [path for folder in FOLDERS for path in (TOP / folder).rglob("*")]
    return [path for path in found if path.suffix in SUFFIXES or is_script(path)] + SCRIPTS


def test_every_source_names_its_licence():
    def top(path: Path) -> str:
        return "\n".join(path.read_text().splitlines()[:6])

    bare = [
        str(path.relative_to(TOP))
        for path in sources()
        if "SPDX-License-Identifier: GPL-3.0-or-later" not in top(path)
        or "Copyright Tunnel Light contributors" not in top(path)
    ]
    assert bare == []
