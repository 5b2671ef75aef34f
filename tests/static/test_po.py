# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""Everything people read can be translated, and is translated."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
MARKED_C = re.compile(r"\b(_|N_|C_|NC_|Q_|ngettext|g_dngettext|g_dpgettext2)\s*\(")
MARKED_UI = re.compile(r'translatable="(yes|1|true)"')
# The keywords of Meson's preset "glib", which makes the real template.
KEYWORDS = [
    "--keyword=_", "--keyword=N_", "--keyword=C_:1c,2", "--keyword=NC_:1c,2",
    "--keyword=g_dcgettext:2", "--keyword=g_dngettext:2,3", "--keyword=g_dpgettext2:2c,3",
]  # fmt: skip
INFORMAL = re.compile(r"\b(du|dir|dich|dein\w*|ihr\s+habt|euch|euer|eure\w*)\b", re.IGNORECASE)


def words(path: Path) -> list[str]:
    lines = path.read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def languages() -> list[str]:
    return words(TOP / "po" / "LINGUAS")


def translatable_files(top: Path) -> list[str]:
    found = [path for path in (top / "data").glob("*.in") if not path.name.endswith(".service.in")]
    found += (top / "data").glob("*.gschema.xml")
    found += [path for path in (top / "src").rglob("*.[ch]") if MARKED_C.search(path.read_text())]
    found += [path for path in (top / "src").rglob("*.ui") if MARKED_UI.search(path.read_text())]
    return sorted(str(path.relative_to(top)) for path in found)


def template(top: Path, folder: Path) -> Path:
    """The template of what is in the sources now, all of it, listed in POTFILES.in or not."""
    pot, files = folder / "fresh.pot", translatable_files(top)
    command = ["xgettext", "--from-code=UTF-8", *KEYWORDS, "-D", top, "-o", pot, *files]
    subprocess.run(command, check=True)
    return pot


def untranslated(po: Path, pot: Path, folder: Path) -> str:
    merged = folder / "merged.po"
    subprocess.run(
        ["msgmerge", "--quiet", "--no-fuzzy-matching", po, pot, "-o", merged], check=True
    )
    command = ["msgattrib", "--untranslated", "--no-obsolete", merged]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def fuzzy(po: Path) -> str:
    command = ["msgattrib", "--only-fuzzy", "--no-obsolete", po]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_potfiles_lists_exactly_what_has_strings():
    listed = words(TOP / "po" / "POTFILES.in")
    assert sorted(listed) == translatable_files(TOP)
    assert listed == sorted(listed)


def test_strings_for_people_are_in_the_upper_layers_only():
    assert not [path for path in translatable_files(TOP) if path.startswith(("src/core", "src/pl"))]


@pytest.mark.parametrize("language", languages())
def test_translation_is_complete(language: str, tmp_path: Path):
    po = TOP / "po" / f"{language}.po"
    subprocess.run(["msgfmt", "--check", "-o", "/dev/null", po], check=True)
    assert untranslated(po, template(TOP, tmp_path), tmp_path) == ""
    assert fuzzy(po) == ""


def test_german_is_formal():
    command = ["msgattrib", "--translated", "--no-wrap", TOP / "po" / "de.po"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    translations = re.findall(r'^msgstr(?:\[\d\])? "(.*)"', text, re.MULTILINE)
    assert translations
    assert [line for line in translations if INFORMAL.search(line)] == []


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for folder in ("data", "src", "po"):
        shutil.copytree(TOP / folder, tmp_path / "top" / folder)
    return tmp_path / "top"


@pytest.mark.parametrize(
    "name, text",
    [
        ("src/ui/new.c", 'const char *text = _("Not yet translated");'),
        ("src/app/new.c", 'const char *text = ngettext ("Not yet", "Not yet %d", n);'),
        ("src/ui/new.ui", '<interface><p translatable="yes">Not yet</p></interface>'),
        ("data/new.desktop.in", "[Desktop Entry]\nName=Not yet translated\n"),
    ],
)  # fmt: skip
def test_a_new_string_is_noticed(copy: Path, tmp_path: Path, name: str, text: str):
    (copy / name).parent.mkdir(parents=True, exist_ok=True)
    (copy / name).write_text(text)
    assert "Not yet" in untranslated(copy / "po" / "de.po", template(copy, tmp_path), tmp_path)
    assert name in translatable_files(copy)


def test_a_fuzzy_translation_is_noticed(tmp_path: Path):
    po = tmp_path / "de.po"
    text = (TOP / "po" / "de.po").read_text()
    po.write_text(text.replace('msgid "VPN Check"', '#, fuzzy\nmsgid "VPN Check"'))
    assert "VPN Check" in fuzzy(po)
