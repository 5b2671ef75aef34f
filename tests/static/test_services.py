# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""Installing packages starts no service, enables none, and leaves policy-rc.d as it was.

tests/install-packages runs as it is, on the real paths, in a mount namespace where /etc,
/usr/sbin and systemd's folders are copies. Only the package is made up: an apt-get on PATH does
what the maintainer scripts of a package with a service do, with Debian's own helpers.
"""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
UNSHARE = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "-r", "--mount"]

APT_GET = """#!/bin/bash
[ "$1" = install ] || [[ " $* " == *" install "* ]] || exit 0
/usr/sbin/policy-rc.d made-up start; echo "policy $?"
printf '[Service]\\nExecStart=/bin/true\\n[Install]\\nWantedBy=multi-user.target\\n' \
  >/usr/lib/systemd/system/made-up.service
printf '[Service]\\nExecStart=/bin/true\\n[Install]\\nWantedBy=default.target\\n' \
  >/usr/lib/systemd/user/made-up.service
printf '#!/bin/sh\\n### BEGIN INIT INFO\\n# Provides: made-up\\n# Required-Start:\\n# Required-Stop:
# Default-Start: 2 3 4 5\\n# Default-Stop: 0 1 6\\n### END INIT INFO\\n' >/etc/init.d/made-up
chmod +x /etc/init.d/made-up
export DPKG_MAINTSCRIPT_PACKAGE=made-up
deb-systemd-helper enable made-up.service
deb-systemd-helper --user enable made-up.service
update-rc.d made-up defaults
find /etc/systemd /etc/rc?.d -name '*made-up*' | sed 's/^/enabled /'
: >"$INSTALLED" # no child whose end a signal could meet
[ -z "$HANG" ] || exec sleep 60
exit "${APT_STATUS:-0}"
"""

STAGE = """
set -e
mount -t tmpfs tmpfs "$STAGE"
mkdir -p "$STAGE"/{sbin,unit,user,state}
cp -dr /etc "$STAGE" 2>/dev/null || true
cp /usr/sbin/update-rc.d "$STAGE/sbin"
mkdir -p "$STAGE"/etc/rc{0,1,2,3,4,5,6,S}.d "$STAGE/etc/init.d"
mkdir -p "$STAGE/etc/systemd/system/multi-user.target.wants"
ln -s /lib/systemd/system/older.service "$STAGE/etc/systemd/system/multi-user.target.wants"
mount --bind "$STAGE/etc" /etc
mount --bind "$STAGE/sbin" /usr/sbin
for folder in unit:/usr/lib/systemd/system user:/usr/lib/systemd/user state:/var/lib/systemd; do
  if [ -d "${folder#*:}" ]; then mount --bind "$STAGE/${folder%%:*}" "${folder#*:}"; fi
done
eval "$BEFORE"
"""
AFTER = """
find /etc/systemd /etc/rc?.d \\( -name '*made-up*' -o -name older.service \\) | sed 's/^/left /'
ls /usr/sbin | sed 's/^/sbin /'
if [ -e /usr/sbin/policy-rc.d ]; then tail -n 1 /usr/sbin/policy-rc.d | sed 's/^/own /'; fi
"""
OWN_POLICY = "printf '#!/bin/sh\\n# mine\\n' >/usr/sbin/policy-rc.d; chmod +x /usr/sbin/policy-rc.d"
OLDER = "left /etc/systemd/system/multi-user.target.wants/older.service"


class Stage:
    """A place to install into; run() sets it up, does what it is told, and looks at it."""

    def __init__(self, folder: Path):
        self.installed = folder / "installed"
        (folder / "stage").mkdir()
        (folder / "bin").mkdir()
        for name, text in (("apt-get", APT_GET), ("dpkg", "#!/bin/sh\n")):
            (folder / "bin" / name).write_text(text)
            (folder / "bin" / name).chmod(0o755)
        self.environment = {
            "PATH": f"{folder / 'bin'}:/usr/sbin:/usr/bin:/sbin:/bin",
            "STAGE": str(folder / "stage"),
            "INSTALLED": str(self.installed),
        }

    def start(self, steps: str, before: str = ":", **environment: str) -> subprocess.Popen:
        return subprocess.Popen(
            [*UNSHARE, "bash", "-c", STAGE + steps + AFTER],
            cwd=TOP,
            env=self.environment | environment | {"BEFORE": before},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, steps: str, before: str = ":", **environment: str) -> list[str]:
        process = self.start(steps, before, **environment)
        return process.communicate(timeout=60)[0].splitlines()


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


INSTALL = 'tests/install-packages made-up || echo "status $?"\n'


def kept(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith("left ")]


def test_services_are_neither_started_nor_enabled(stage: Stage):
    lines = stage.run(INSTALL)
    assert "policy 101" in lines
    enabled = [line for line in lines if line.startswith("enabled ")]
    assert any("multi-user.target.wants" in line for line in enabled), lines
    assert any("/etc/systemd/user/default.target.wants" in line for line in enabled)
    assert any("/etc/rc2.d/S" in line for line in enabled)
    assert [line for line in kept(lines) if "/K" not in line] == [OLDER]
    assert "sbin policy-rc.d" not in lines


def test_a_policy_of_ones_own_is_put_back(stage: Stage):
    lines = stage.run(INSTALL, before=OWN_POLICY)
    assert "policy 101" in lines
    assert "own # mine" in lines
    assert "sbin policy-rc.d.before-tunnel-light" not in lines


def test_a_failed_installation_cleans_up_as_well(stage: Stage):
    lines = stage.run(INSTALL, before=OWN_POLICY, APT_STATUS="100")
    assert "status 100" in lines
    assert "own # mine" in lines
    assert [line for line in kept(lines) if "/K" not in line] == [OLDER]


def interrupted(stage: Stage, steps: str, number: signal.Signals) -> list[str]:
    process = stage.start("trap : INT TERM\n" + steps, OWN_POLICY, HANG="yes")
    deadline = time.monotonic() + 30
    while not stage.installed.exists():
        assert process.poll() is None and time.monotonic() < deadline, process.communicate()[0]
        time.sleep(0.02)
    os.killpg(process.pid, number)
    return process.communicate(timeout=60)[0].splitlines()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_installation_cleans_up_as_well(stage: Stage, number: signal.Signals):
    lines = interrupted(stage, "trap : HUP\n" + INSTALL, number)
    assert f"status {128 + number}" in lines
    assert "own # mine" in lines
    assert [line for line in kept(lines) if "/K" not in line] == [OLDER]


def test_the_next_run_mends_what_a_killed_one_left(stage: Stage):
    killed = (
        "set -m; HANG=yes tests/install-packages made-up & child=$!; set +m\n"
        'while [ ! -e "$INSTALLED" ]; do sleep 0.02; done\n'
        "kill -KILL -- -$child\n"
        "tail -n 1 /usr/sbin/policy-rc.d | sed 's/^/meanwhile /'\n"
    )
    lines = stage.run(killed + INSTALL, before=OWN_POLICY)
    assert "meanwhile exit 101" in lines
    assert lines.count("policy 101") == 2
    assert [line for line in kept(lines) if "/K" not in line] == [OLDER]
    assert "own # mine" in lines
    assert "sbin policy-rc.d.before-tunnel-light" not in lines




LISTEN = """
import socket, subprocess
def bind(family, kind, address, port):
    sock = socket.socket(family, kind)
    sock.bind((address, port))
    return sock
inet, inet6 = socket.AF_INET, socket.AF_INET6
sockets = [
    bind(inet, socket.SOCK_STREAM, "0.0.0.0", 7001), bind(inet6, socket.SOCK_STREAM, "::", 7002),
    bind(inet, socket.SOCK_STREAM, "127.0.0.1", 7003), bind(inet6, socket.SOCK_STREAM, "::1", 7004),
]
for sock in sockets:
    sock.listen()
sockets += [
    bind(inet, socket.SOCK_DGRAM, "0.0.0.0", 7005), bind(inet, socket.SOCK_DGRAM, "0.0.0.0", 40000),
    bind(inet6, socket.SOCK_DGRAM, "::1", 7006), bind(inet6, socket.SOCK_DGRAM, "::", 7007),
]
subprocess.run(["bash", "-c", ". tests/services.sh; listeners"], check=True)
"""


def test_listeners_are_what_can_be_reached_from_outside():
    """In a network namespace of its own, with its loopback up."""
    unshare = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "-r", "--net"]
    result = subprocess.run(
        [*unshare, "sh", "-c", 'ip link set lo up && exec /usr/bin/python3 -c "$0"', LISTEN],
        cwd=TOP, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert result.stdout.split("\n")[:-1] == [
        "tcp 00000000:1B59",
        "tcp6 00000000000000000000000000000000:1B5A",
        "udp 00000000:1B5D",
        "udp6 00000000000000000000000000000000:1B5F",
    ]
