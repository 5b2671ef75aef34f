# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""core <- platform <- app <- { ui, cli }: nothing points the other way.

The linker holds part of this (core's tests link GLib alone); headers and macros it cannot see.
"""

import re
from pathlib import Path

TOP = Path(__file__).parents[2]
BELOW = {
    "core": {"core"},
    "platform": {"core", "platform"},
    "app": {"core", "platform", "app"},
    "ui": {"core", "platform", "app", "ui"},
    "cli": {"core", "platform", "app", "cli"},
}
# Values and rules need strings, the forms of addresses and the kernel's names for numbers
# (linux/*.h), and nothing that does anything.
CORE_HEADERS = re.compile(
    r"glib(-object)?\.h|(limits|math|stdbool|stddef|stdint|string)\.h"
    r"|(arpa/inet|netinet/in|sys/socket)\.h|linux/\w+\.h"
)
UI_HEADERS = re.compile(r"(gtk|gdk)/|handy\.h|libhandy|.*appindicator")
WORDS_HEADERS = re.compile(r"glib/gi18n(-lib)?\.h|libintl\.h")
CORE_NEVER = re.compile(
    r"(?<![.>])\b(g_get_(real|monotonic)_time|g_date_time_new_now\w*|g_getenv|g_file_\w+|g_spawn\w*"
    r"|g_idle_add\w*|g_timeout_add\w*|g_print\w*|printf|fopen"
    r"|socket|connect|sendto|recvfrom|getaddrinfo|open|read|write|system|getenv|time)\s*\("
)
QUIET_NEVER = re.compile(r"\b(g_message|g_info|g_print|g_printerr|printf)\s*\(")
INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)


def sources(layer: str) -> list[Path]:
    return sorted((TOP / "src" / layer).rglob("*.[ch]"))


def code(path: Path) -> str:
    """The text without comments and without what stands in quotes."""
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    return re.sub(r'"(\\.|[^"\\])*"', '""', text)


def included(path: Path) -> list[tuple[str, str]]:
    return [(own, system) for own, system in INCLUDE.findall(path.read_text())]


def test_own_headers_come_from_the_layer_or_below():
    wrong = [
        f"{path.relative_to(TOP)}: {own}"
        for layer, below in BELOW.items()
        for path in sources(layer)
        for own, _ in included(path)
        if own and own != "config.h" and own.split("/")[0] not in below
    ]
    assert wrong == []


def test_core_sees_glib_alone():
    wrong = [
        f"{path.relative_to(TOP)}: {system}"
        for path in sources("core")
        for _, system in included(path)
        if system and not CORE_HEADERS.fullmatch(system)
    ]
    assert sources("core")
    assert wrong == []


def test_only_ui_sees_gtk_and_only_people_facing_layers_translate():
    wrong = [
        f"{path.relative_to(TOP)}: {system}"
        for layer in BELOW
        for path in sources(layer)
        for _, system in included(path)
        if (layer != "ui" and UI_HEADERS.match(system))
        or (layer in ("core", "platform") and WORDS_HEADERS.match(system))
    ]
    assert wrong == []


def test_own_header_comes_first():
    wrong = []
    for layer in BELOW:
        for path in sources(layer):
            header = path.with_suffix(".h")
            own = [own for own, _ in included(path) if own != "config.h"]
            if path.suffix == ".c" and header.exists():
                name = str(header.relative_to(TOP / "src"))
                firsts = ([name], [name.replace(".h", "-private.h")])
                wrong += [str(path.relative_to(TOP))] if own[:1] not in firsts else []
    assert wrong == []


def test_core_does_nothing_and_the_lower_layers_are_quiet():
    wrong = [
        f"{path.relative_to(TOP)}: {found.group()}"
        for layer, never in (("core", CORE_NEVER), ("core", QUIET_NEVER), ("platform", QUIET_NEVER))
        for path in sources(layer)
        for found in never.finditer(code(path))
    ]
    assert wrong == []
