# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""What the command line prints as JSON is written down where a reader looks for it."""

import json
from pathlib import Path
from typing import Any

TOP = Path(__file__).parents[2]
CONTRACT = TOP / "tests/app/contract.json"
DESCRIPTION = TOP / "src/cli/README.md"
OUTCOME = {"format", "fix", "result", "reason", "changes", "verdict"}


def keys(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(keys, value))
    if isinstance(value, dict):
        return set(value) | set().union(*map(keys, value.values()))
    return set()


def test_every_field_is_described():
    fields = keys(json.loads(CONTRACT.read_text())) | OUTCOME
    text = DESCRIPTION.read_text()

    assert "bypass_more" in fields
    assert [field for field in sorted(fields) if f"`{field}`" not in text] == []


def test_readers_find_it():
    assert "(src/cli/README.md)" in (TOP / "README.md").read_text()
    assert "(cli/README.md)" in (TOP / "src/README.md").read_text()
