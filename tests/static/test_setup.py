# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""What ./run and ./check share: finding what is missing, also without apt, asking, cleaning up."""

import os
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
DEBIAN = ("apt", "dpkg", "deb-systemd")
PKG_CONFIG_FOLDERS = [
    *Path("/usr/lib").glob("**/pkgconfig"), Path("/usr/lib64/pkgconfig"),
    Path("/usr/share/pkgconfig"),
]  # fmt: skip


class System:
    """A computer with all programs and modules of this one, but those taken away."""

    def __init__(self, folder: Path):
        self.folder = folder
        for name in ("bin", "pkgconfig"):
            (folder / name).mkdir()
        for path in os.environ["PATH"].split(":"):
            if os.access(path, os.R_OK) and not path.endswith("sbin"):
                self.link("bin", Path(path).glob("*"))
        for path in PKG_CONFIG_FOLDERS:
            self.link("pkgconfig", path.glob("*.pc"))

    def link(self, kind: str, paths) -> None:
        for path in paths:
            if not (self.folder / kind / path.name).exists():
                (self.folder / kind / path.name).symlink_to(path)

    def without(self, kind: str, *prefixes: str) -> None:
        for path in (self.folder / kind).iterdir():
            if path.name.startswith(prefixes):
                path.unlink()

    def add(self, name: str, text: str) -> None:
        (self.folder / "bin" / name).unlink(missing_ok=True)
        (self.folder / "bin" / name).write_text(f"#!/bin/bash\n{text}\n")
        (self.folder / "bin" / name).chmod(0o755)

    def run(self, steps: str, **options) -> subprocess.CompletedProcess:
        environment = os.environ | {
            "PATH": str(self.folder / "bin"),
            "PKG_CONFIG_LIBDIR": str(self.folder / "pkgconfig"),
        }
        return subprocess.run(
            ["/bin/bash", "-uc", f". tests/setup.sh\n{steps}"],
            cwd=TOP, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL,
            timeout=60, **options,
        )  # fmt: skip


@pytest.fixture
def system(tmp_path: Path) -> System:
    return System(tmp_path)


@pytest.fixture
def other_distribution(system: System) -> System:
    system.without("bin", *DEBIAN)
    assert system.run("command -v apt-get || command -v dpkg").returncode != 0
    return system


def test_another_distribution_goes_on_when_all_is_there(other_distribution: System):
    result = other_distribution.run("need build lab; echo goes on")
    assert (result.stdout, result.returncode) == ("goes on\n", 0), result.stderr


def test_another_distribution_is_told_what_is_missing(other_distribution: System):
    other_distribution.without("bin", "meson", "wg-quick")
    other_distribution.without("pkgconfig", "libnm.pc")
    result = other_distribution.run("need build lab; echo goes on")
    assert result.returncode == 1
    lines = result.stdout.splitlines()
    alone = "For the laboratory of tests and demonstration alone: 1."
    assert lines[0] == f"Missing packages: 3. {alone}"
    assert lines[2:] == [
        "  meson command:meson",
        "  libnm-dev pkg-config:libnm",
        "  wireguard-tools command:wg-quick",
    ]


def test_the_whole_list_makes_sense(system: System):
    names = system.run("missing build lab bench").stdout
    assert names == "" or set(names.split()[::2]) <= {"network-manager-gnome", "strace"}
    known = ("pkg-config:", "command:", "python:", "typelib:", "file:")
    for path in (TOP / "tests" / "packages").iterdir():
        for line in path.read_text().splitlines():
            if line and not line.startswith("#"):
                name, *signs = line.split()
                assert signs and all(sign.startswith(known) for sign in signs), line


def apt_would(system: System, note: Path) -> None:
    """An apt-get that only says what it was asked for; policy-rc.d is not touched."""
    system.without("bin", "meson")
    asked = "[ $2 = --simulate ] && printf 'Inst a\\nInst b\\n' && exit"
    system.add("apt-get", f'{asked}\necho "$@" >>{note}')


def test_nothing_is_installed_unasked(system: System, tmp_path: Path):
    apt_would(system, tmp_path / "note")
    result = system.run("need build; echo goes on")
    assert result.returncode == 1
    assert "--yes" in result.stderr
    assert result.stdout.startswith("Missing packages: 1, with all that they need 2.\n")
    assert "meson" in result.stdout and "goes on" not in result.stdout
    assert not (tmp_path / "note").exists()


def test_an_installation_that_does_not_help_is_noticed(system: System, tmp_path: Path):
    apt_would(system, tmp_path / "note")
    result = system.run('as_root () { apt-get "$@"; }\nassume_yes=yes; need build; echo goes on')
    assert result.returncode == 1
    assert "Still missing after installing: meson" in result.stderr
    assert (tmp_path / "note").read_text() == "tests/install-packages meson\n"


@pytest.mark.parametrize("number, status", [("INT", 130), ("TERM", 143), ("HUP", 129)])
def test_a_signal_ends_all_that_was_started(system: System, number: str, status: int):
    steps = (
        "lab_down () { echo lab down; }\n"
        "clean_up_at_the_end\n"
        "echo $scratch; ls -d $scratch; mkdir $scratch/kept\n"
        "child () { echo $BASHPID; exec sleep 60; }\n"
        f"(sleep 0.5; kill -{number} $$) &\n"
        "supervise child"
    )
    result = system.run(steps)
    lines = result.stdout.splitlines()
    assert (result.returncode, lines[0], lines[-1]) == (status, "lab down", "lab down")
    assert lines[1] == lines[2] and not Path(lines[1]).exists()
    with pytest.raises(ProcessLookupError):
        os.kill(int(lines[3]), 0)


def test_what_left_its_process_group_is_found_and_ended(system: System):
    steps = (
        "lab_down () { :; }\nclean_up_at_the_end\n"
        "setsid sleep 60 & echo $!\n"
        'until [ -n "$(processes_with "$scratch")" ]; do sleep 0.1; done\n'
        'processes_with "$scratch"'
    )
    process, found = system.run(steps).stdout.splitlines()
    assert found.split() == [process, "sleep", "60"]
    with pytest.raises(ProcessLookupError):
        os.kill(int(process), 0)


def test_what_a_killed_run_left_is_removed(system: System):
    left = system.run("clean_up_at_the_end; echo $scratch; kill -KILL $$").stdout.strip()
    assert Path(left).is_dir()
    system.run("clean_up_at_the_end")
    assert not Path(left).exists()


def test_what_a_command_leaves_running_is_ended_and_its_status_kept(system: System):
    result = system.run("child () { sleep 60 & echo $!; return 7; }\nsupervise child; echo $?")
    process, status = result.stdout.split()
    assert status == "7"
    with pytest.raises(ProcessLookupError):
        os.kill(int(process), 0)


@pytest.mark.parametrize("command", ["./run", "./check"])
def test_usage(command: str):
    good = subprocess.run([command, "--help"], cwd=TOP, capture_output=True, text=True)
    assert good.returncode == 0 and good.stdout.startswith(f"Usage: {command} ")
    assert "Exit status: " in good.stdout
    for nonsense in ("--nonsense", "nonsense"):
        bad = subprocess.run([command, nonsense], cwd=TOP, capture_output=True, text=True)
        assert (bad.returncode, bad.stdout) == (3, "")
        why, empty, usage, *_ = bad.stderr.splitlines()
        assert why.startswith("There is no ") and nonsense in why
        assert empty == "" and usage.startswith(f"Usage: {command} ")
