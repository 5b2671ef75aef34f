# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""What the measurements share: which programs are measured, and how a process is counted."""
from __future__ import annotations

import os
import shutil
import statistics
import sys
from pathlib import Path
from typing import Sequence

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests"))
PROGRAMS = ("tunnel-light", "tunnel-light-cli")
# Where `./run --demo` leaves its release build.
DEFAULT = TOP / "build/root/usr/local"
HINT = "`./run --demo` makes a release build in build/root; TL_INSTALL_ROOT names another"


def use_release(*tools: str) -> None:
    """Has the laboratory install a release build; ends the program where there is none.

    tools: other programs that are needed, from tests/packages/bench.
    """
    root = Path(os.environ.setdefault("TL_INSTALL_ROOT", str(DEFAULT)))
    for program in PROGRAMS:
        file = root / "bin" / program
        if not file.exists():
            sys.exit(f"There is no {file}: {HINT}.")
        if b"__asan_init" in file.read_bytes():
            sys.exit(f"{file} was built with sanitizers: {HINT}.")
    schemas = root / "share/glib-2.0/schemas"
    if not (schemas / "gschemas.compiled").exists():
        sys.exit(f"Nothing compiled the schemas yet: glib-compile-schemas {schemas}")
    missing = [tool for tool in tools if not shutil.which(tool)]
    if missing:
        sys.exit(f"{' '.join(missing)} is missing: install the packages of tests/packages/bench.")


def wake_ups(pid: int) -> dict[int, int]:
    """How often each thread of a process was switched away from so far, willingly or not."""
    found = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        lines = (task / "status").read_text().splitlines()
        fields = dict(line.split(":", 1) for line in lines)
        kinds = ("voluntary_ctxt_switches", "nonvoluntary_ctxt_switches")
        found[int(task.name)] = sum(int(fields[kind]) for kind in kinds)
    return found


def pss_mib(pid: int) -> float:
    """The memory of a process, what it shares divided by those who share it."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"no Pss for {pid}")


def spread(values: Sequence[float], unit: str, digits: int = 0) -> str:
    """Median and range in words."""
    low, middle, high = min(values), statistics.median(values), max(values)
    numbers = f"{middle:.{digits}f} {unit} ({low:.{digits}f} to {high:.{digits}f})"
    return f"median of {len(values)}: {numbers}"


def judge(name: str, value: float, goal: float, digits: int = 2) -> None:
    """The line to look at."""
    word = "reached" if value <= goal else "MISSED"
    print(f"{name}: {value:.{digits}f}, goal at most {goal:g}: {word}", flush=True)
