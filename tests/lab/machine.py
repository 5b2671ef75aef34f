# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""One machine of a laboratory: a network namespace and a view of the file system."""
from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Mapping, Sequence

from .state import NETNS, LabError, Process, State, wait_for

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Taken over from who calls: nothing that could change what a program does to the network.
PASSED = ("TERM", "LANG", "LANGUAGE", "LC_ALL", "DISPLAY", "ASAN_OPTIONS", "LSAN_OPTIONS")
PASSED += ("UBSAN_OPTIONS", "G_MESSAGES_DEBUG", "G_DEBUG")
NOBODY = 65534
# They outlive this program on purpose; kept to be reaped by it if it lasts longer.
CHILDREN: list[subprocess.Popen] = []


def reap() -> None:
    """Takes note of those of our children that have ended."""
    CHILDREN[:] = [child for child in CHILDREN if child.poll() is None]


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    passed = {name: os.environ[name] for name in PASSED if name in os.environ}
    return {"PATH": PATH, "LANG": "C.UTF-8", **passed, **(extra or {})}


def with_streams(options: Mapping[str, object]) -> dict[str, object]:
    """Options for subprocess.run: text captured, nothing to read, unless they say otherwise."""
    settings = {"text": True, **options}
    if "input" not in settings:
        settings.setdefault("stdin", subprocess.DEVNULL)
    if not {"stdout", "stderr", "capture_output"} & settings.keys():
        settings["capture_output"] = True
    return settings


class Machine:
    """A machine; `make` starts it, afterwards any process can use it by its state and name."""

    def __init__(self, state: State, name: str) -> None:
        self.state = state
        self.name = name
        self.namespace = NETNS / state.namespace(name)
        self.folder = state.folder / name

    def make(self, dns: Sequence[str]) -> None:
        """Makes the namespaces. dns: addresses of the DNS servers this machine asks."""
        self.folder.mkdir(mode=0o755, exist_ok=True)
        (self.folder / "resolv.conf").write_text("".join(f"nameserver {a}\n" for a in dns))
        subprocess.run(["ip", "netns", "add", self.namespace.name], check=True)
        command = ["nsenter", f"--net={self.namespace}", "unshare", "--mount", "--uts"]
        command += ["--propagation", "unchanged", "/bin/sh", f"{Path(__file__).parent}/machine.sh"]
        command += [str(self.state.folder), self.name, str(self.state.root)]
        self._spawn(command, "machine")

    def wait(self) -> None:
        """Until the machine is ready for commands."""
        ready = self.folder / "ready"

        def made() -> bool:
            if not self.holder():
                raise LabError(f"{self.name} did not start: {self.log('machine')}")
            return ready.exists()

        wait_for(made, f"start of {self.name}")

    def holder(self) -> int | None:
        found = self.running("machine")
        return found[-1].pid if found else None

    def running(self, label: str) -> list[Process]:
        """What was started here under this label and still runs."""
        return self.state.processes(f"{self.name}/{label}")

    def command(self, argv: Sequence[str | Path], folder: str = "/") -> list[str]:
        """argv as it has to be called from outside to run in this machine."""
        holder = self.holder()
        if holder is None:
            raise LabError(f"{self.name} of laboratory “{self.state.name}” does not run")
        enter = ["nsenter", f"--target={holder}", "--net", "--uts", "--mount", "--root"]
        return [*enter, f"--wdns={folder}", "--", *map(str, argv)]

    def run(
        self, argv: Sequence[str | Path], check: bool = True, **options: object
    ) -> subprocess.CompletedProcess[str]:
        """subprocess.run in this machine, as root; LabError if it fails and check is true."""
        settings = with_streams({"env": clean_environment(), **options})
        try:
            return subprocess.run(self.command(argv), check=check, **settings)
        except subprocess.CalledProcessError as error:
            said = (error.stderr or error.stdout or "").strip()
            raise LabError(f"{self.name}: {' '.join(map(str, argv))}: {said}") from error

    def configure(self, *commands: str) -> None:
        """Runs commands of ip(8), each without the leading “ip”."""
        self.run(["ip", "-batch", "-"], input="\n".join(commands) + "\n")

    def start(self, label: str, argv: Sequence[str | Path], **environment: str) -> None:
        """Starts a program that stays; its output goes to the log named after the label."""
        self._spawn(self.command(argv), label, environment)

    def call_logged(self, label: str, argv: Sequence[str | Path], **environment: str) -> None:
        """Runs a program to its end with all its output in the log named after the label."""
        with open(self._log_file(label), "ab") as log:
            streams = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
            done = subprocess.run(self.command(argv), env=clean_environment(environment), **streams)
        if done.returncode:
            raise LabError(f"{self.name}: {' '.join(map(str, argv))}: {self.log(label)[-2000:]}")

    def stop(self, label: str, kill: bool = False) -> None:
        """Ends what was started under this label and waits until it is gone."""
        for process in self.running(label):
            os.kill(process.pid, 9 if kill else 15)
            wait_for(lambda: not process.alive(), f"end of {label}")

    def log(self, label: str) -> str:
        """What was written to the log named after the label so far."""
        file = self._log_file(label)
        return file.read_text(errors="replace") if file.exists() else ""

    def _log_file(self, label: str) -> Path:
        return self.folder / f"{label.replace(':', '-')}.log"

    def _spawn(
        self, command: list[str], label: str, environment: Mapping[str, str] | None = None
    ) -> None:
        with open(self._log_file(label), "ab") as log:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=clean_environment(environment),
                start_new_session=True,
            )
        self.state.record(child.pid, f"{self.name}/{label}")
        CHILDREN.append(child)
