# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""The folder of one laboratory: who owns it, what it started, and how all of it goes away.

Everything a laboratory makes can be found again from here, also after its owner was killed:
processes by recorded id and start time and by their network namespace, namespaces by name.
"""
from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Callable, Iterator, NamedTuple

BASE = Path("/run/tunnel-light-lab")
NETNS = Path("/run/netns")
NETNS_MARK = "netns-is-ours"
MACHINES = ("home", "router", "inet", "corp")


class LabError(Exception):
    """The laboratory could not do what was asked for."""


class Process(NamedTuple):
    """A process that cannot be taken for a later one with the same id."""

    pid: int
    start: int
    label: str

    def alive(self) -> bool:
        return start_time(self.pid) == self.start


def start_time(pid: int) -> int | None:
    """When the process started, in clock ticks since boot; None if it is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def wait_for(condition: Callable[[], object], what: str, seconds: float = 10) -> object:
    """Polls until condition() is true and returns its value; LabError after so many seconds."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise LabError(f"{what}: not within {seconds:g} s")
        time.sleep(0.02)
    return value


@contextlib.contextmanager
def lock() -> Iterator[None]:
    """Only one at a time makes or clears laboratories; the folder of all goes with the last."""
    while True:
        try:
            with contextlib.suppress(FileExistsError):  # also when it goes just then
                BASE.mkdir(mode=0o755)
            descriptor = os.open(BASE, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:  # the last laboratory has just gone
            continue
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with contextlib.suppress(FileNotFoundError):
            if os.stat(BASE).st_ino == os.fstat(descriptor).st_ino:
                break
        os.close(descriptor)
    try:
        yield
    finally:
        _remove_base()
        os.close(descriptor)


def _remove_base() -> None:
    """After the last laboratory: removes the folder of all, and NETNS if it came with the first."""
    if {p.name for p in BASE.iterdir()} - {NETNS_MARK}:
        return
    if (BASE / NETNS_MARK).exists() and mounts_below(NETNS) == [str(NETNS)]:
        # `ip netns add` mounts the folder onto itself. Fails, as it should, where it is in use.
        subprocess.run(["umount", NETNS], check=False)
        with contextlib.suppress(OSError):
            NETNS.rmdir()
    (BASE / NETNS_MARK).unlink(missing_ok=True)
    BASE.rmdir()


def mount_points() -> list[str]:
    return [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]


def mounts_below(folder: Path) -> list[str]:
    return [p for p in mount_points() if p == str(folder) or p.startswith(f"{folder}/")]


class State:
    """One laboratory's folder, /run/tunnel-light-lab/NAME."""

    def __init__(self, name: str) -> None:
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,30}", name):
            raise LabError(f"“{name}” is no name for a laboratory: a to z, 0 to 9 and - are")
        self.name = name
        self.folder = BASE / name
        # Beside the folder, so that no removal of the folder can ever reach through it.
        self.root = BASE / f"{name}.root"

    @classmethod
    def create(cls, name: str) -> State:
        """Makes the folder, owned by this process, after clearing what others left behind."""
        clear_orphans()
        state = cls(name)
        with lock():
            if state.folder.exists():
                raise LabError(f"laboratory “{name}” is up already")
            if not mounts_below(NETNS):
                (BASE / NETNS_MARK).touch()
            state.folder.mkdir(mode=0o755)
            state.root.mkdir(mode=0o700, exist_ok=True)
            state.set_owner(os.getpid())
            if "/" not in mount_points():
                # A chroot: its machines need a place whose mounts nobody else gets to see.
                subprocess.run(["mount", "-n", "-t", "tmpfs", "tmpfs", state.root], check=True)
                subprocess.run(["mount", "-n", "--make-private", state.root], check=True)
        return state

    @classmethod
    def all(cls) -> list[State]:
        found = sorted(BASE.iterdir()) if BASE.exists() else []
        return [cls(p.name) for p in found if p.suffix != ".root" and p.is_dir()]

    def set_owner(self, pid: int | None) -> None:
        """Names the process with which the laboratory shall go; None: it stays until cleared."""
        text = "" if pid is None else f"{pid} {start_time(pid)}\n"
        new = self.folder / "owner.new"
        new.write_text(text)
        new.rename(self.folder / "owner")

    def owner(self) -> Process | None:
        """The owner, alive or not; None if the laboratory is kept until it is cleared."""
        try:
            fields = (self.folder / "owner").read_text().split()
        except FileNotFoundError:
            return Process(0, 0, "owner")  # killed between mkdir and set_owner
        return Process(int(fields[0]), int(fields[1]), "owner") if fields else None

    def orphaned(self) -> bool:
        owner = self.owner()
        return owner is not None and not owner.alive()

    def record(self, pid: int, label: str) -> None:
        with open(self.folder / "processes", "a") as file:
            file.write(f"{pid} {start_time(pid) or 0} {label}\n")

    def processes(self, label: str | None = None) -> list[Process]:
        """The recorded processes that still run, the latest last."""
        try:
            lines = (self.folder / "processes").read_text().splitlines()
        except FileNotFoundError:
            return []
        records = [Process(int(p), int(s), l) for p, s, l in (x.split(" ", 2) for x in lines)]
        return [r for r in records if label in (None, r.label) and r.alive()]

    def namespace(self, machine: str) -> str:
        return f"tl-{self.name}-{machine}"

    def clear_locked(self) -> None:
        """clear(), once, while nobody else makes or clears laboratories."""
        with lock():
            if self.folder.exists():
                self.clear()

    def clear(self) -> None:
        """Ends every process, then removes namespaces, mounts and the folder."""
        wait_for(self._kill_all, f"end of the processes of laboratory “{self.name}”")
        for machine in MACHINES:
            if (NETNS / self.namespace(machine)).exists():
                subprocess.run(["ip", "netns", "delete", self.namespace(machine)], check=True)
        if mounts_below(self.root):
            subprocess.run(["umount", "-n", self.root], check=True)
        if left := mounts_below(self.folder):
            raise LabError(f"still mounted: {' '.join(left)}")
        with contextlib.suppress(FileNotFoundError):
            self.root.rmdir()
        shutil.rmtree(self.folder)

    def _kill_all(self) -> bool:
        """Kills what still runs; true when nothing does."""
        running = {p.pid for p in self.processes()} | self._namespace_members()
        running.discard(os.getpid())
        for pid in running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return not running

    def _namespace_members(self) -> set[int]:
        ours = set()
        for machine in MACHINES:
            with contextlib.suppress(FileNotFoundError):
                ours.add(_identity(NETNS / self.namespace(machine)))
        members = set()
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if _identity(folder / "ns/net") in ours:
                    members.add(int(folder.name))
        return {pid for pid in members if start_time(pid) is not None}


def _identity(path: Path) -> tuple[int, int]:
    found = os.stat(path)
    return found.st_dev, found.st_ino


def clear_orphans() -> list[str]:
    """Clears the laboratories whose owner is gone; returns their names."""
    with lock():
        orphans = [state for state in State.all() if state.orphaned()]
        for state in orphans:
            state.clear()
    return [state.name for state in orphans]
