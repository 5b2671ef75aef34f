# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""Fixtures for tests in the laboratory."""
from __future__ import annotations

import os
from pathlib import Path
from types import ModuleType
from typing import Iterator

import pytest

from . import matrix, moving
from .laboratory import Lab
from .series import Series
from .state import LabError, wait_for


TABLES = pytest.StashKey[dict[str, str]]()


def series_of(request: pytest.FixtureRequest, kind: ModuleType) -> Iterator[Series]:
    """Those scenarios of a module that were asked for, on their way, and their table."""
    items = (i for i in request.session.items if i.nodeid.startswith(request.node.nodeid))
    asked = (getattr(item, "callspec", None) for item in items)
    played = kind.series(s.params["scenario"] for s in asked if s and "scenario" in s.params)
    yield played
    played.close()
    name = kind.__name__.rpartition(".")[2]
    request.config.stash.setdefault(TABLES, {})[name] = kind.table(played)


@pytest.fixture(scope="module")
def scenarios(request: pytest.FixtureRequest) -> Iterator[Series]:
    yield from series_of(request, matrix)


@pytest.fixture(scope="module")
def movings(request: pytest.FixtureRequest) -> Iterator[Series]:
    yield from series_of(request, moving)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Shows the tables, and leaves them beside the report."""
    for name, table in config.stash.get(TABLES, {}).items():
        terminalreporter.section(name)
        terminalreporter.write_line(table)
        if config.option.xmlpath:
            (Path(config.option.xmlpath).parent / f"{name}.table").write_text(f"{table}\n")


@pytest.fixture(scope="module")
def shelf() -> Iterator[list[Lab]]:
    """The laboratory that is up for the tests of a module, if there is one; use `lab`."""
    kept: list[Lab] = []
    yield kept
    for lab in kept:
        lab.down()


@pytest.fixture
def lab(shelf: list[Lab]) -> Iterator[Lab]:
    """A laboratory on the dual line without a VPN; after a test that changed it, a new one."""
    if not shelf:
        shelf.append(Lab.up(f"t{os.getpid()}"))
    (kept,) = shelf
    before = kept.fingerprint()
    yield kept
    try:
        if kept.line_name != "dual":
            raise LabError("another line is another laboratory")
        for name in kept.vpns_up():
            kept.vpn_down(name)
        wait_for(lambda: kept.fingerprint() == before, "the state before the test", 2)
    except LabError:
        shelf.pop().down()
