#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""Adds up what ./check recorded: check-summary.py FOLDER [SUITE...]

Only the SUITEs count if there are any. FOLDER has a folder for each suite, with its exit status in
"status" and what its runner reported: *.junit.xml (pytest, Meson) and *.json (Meson's log, a JSON
object a line). A suite with the file "single" is one test, told by its status alone. A missing or
torn report, and a bad end without a failed test in the report, is one failed test. Of a table
(*.table) the last line is shown, its sum.
"""

import json
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path

BAD_ENDS = {"FAIL", "ERROR", "TIMEOUT", "INTERRUPT", "UNEXPECTEDPASS"}


@dataclass
class Counts:
    passed: int = 0
    skipped: int = 0
    failed: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        text = f"{self.passed} passed, {len(self.failed)} failed"
        return text + (f", {self.skipped} skipped" if self.skipped else "")


def add_junit(counts: Counts, path: Path) -> None:
    """Counts each test case of a JUnit report by the worst thing that is in it."""
    for case in ElementTree.parse(path).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            counts.failed.append(f"{case.get('classname', '')} {case.get('name', '')}".strip())
        elif case.find("skipped") is not None:
            counts.skipped += 1
        else:
            counts.passed += 1


def add_meson_ends(counts: Counts, path: Path) -> None:
    """Counts programs that ended badly (crash, sanitizer, time) though no case of theirs did."""
    for line in path.read_text().splitlines():
        test = json.loads(line)
        name = test["name"].split(" / ")[-1]
        if test["result"] in BAD_ENDS and not any(name in failed for failed in counts.failed):
            counts.failed.append(f"{name} ({test['result'].lower()})")


def count_suite(folder: Path) -> Counts:
    counts = Counts()
    try:
        status = int((folder / "status").read_text())
        if (folder / "single").exists():
            counts.passed = int(status == 0)
        for path in sorted(folder.glob("*.junit.xml")):
            add_junit(counts, path)
        for path in sorted(folder.glob("*.json")):
            add_meson_ends(counts, path)
    except (OSError, ValueError, KeyError, ElementTree.ParseError) as error:
        counts.failed.append(f"no usable report: {error}")
        return counts
    if status and not counts.failed:
        counts.failed.append(f"exit status {status}")
    elif counts.passed + counts.skipped + len(counts.failed) == 0:
        counts.failed.append("no test ran")
    return counts


def main(folder: Path, names: list[str]) -> int:
    total = Counts()
    every = sorted(path for path in folder.iterdir() if path.is_dir())
    for suite in [folder / name for name in names] or every:
        counts = count_suite(suite)
        print(f"{suite.name:12} {counts}")
        for name in counts.failed:
            print(f"    failed: {name}")
        for path in sorted(suite.glob("*.table")):
            print(f"    {path.stem}: {path.read_text().splitlines()[-1]}")
        total.passed += counts.passed
        total.skipped += counts.skipped
        total.failed += counts.failed
    if total.passed == 0 and not total.failed:
        total.failed.append("nothing ran")
    print(total)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
