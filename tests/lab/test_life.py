# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""Laboratories come and go and leave nothing, whatever happens to their owner."""
from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lab import Lab, LabError, plan
from lab.laboratory import POLICY, TARGETS
from lab.state import BASE, MACHINES, NETNS, State, clear_orphans, wait_for

TESTS = Path(__file__).resolve().parent.parent
COMMAND = TESTS / "lab/lab"
OWNER = "import sys, time; from lab import Lab; lab = Lab.up(sys.argv[1]); {}; time.sleep(600)"


def unused_name(suffix: str) -> str:
    return f"t{os.getpid()}-{suffix}"


def members(name: str) -> dict[int, str]:
    """The processes in the laboratory's namespaces, with their names."""
    inodes = {os.stat(NETNS / f"tl-{name}-{machine}").st_ino for machine in MACHINES}
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.stat(folder / "ns/net").st_ino in inodes:
                found[int(folder.name)] = (folder / "comm").read_text().strip()
        except OSError:
            continue
    return found


def is_running(pid: int, name: str) -> bool:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    return f"Name:\t{name}\n" in status and "State:\tZ" not in status


def assert_nothing_left(name: str, processes: dict[int, str]) -> None:
    assert not [p for p in NETNS.glob(f"tl-{name}-*")]
    assert f"tl-{name}-" not in Path("/proc/self/mountinfo").read_text()
    assert f"{BASE}/{name}" not in Path("/proc/self/mountinfo").read_text()
    assert not list(BASE.glob(f"{name}*"))
    assert not list(Path("/etc/netns").glob(f"tl-{name}-*"))
    assert {pid: comm for pid, comm in processes.items() if is_running(pid, comm)} == {}


def start_owner(name: str, then: str = "") -> subprocess.Popen[str]:
    """A process that builds a laboratory, does something with it and prints “done”."""
    code = OWNER.format(f"{then or 'None'}; print('done', flush=True)")
    environment = {**os.environ, "PYTHONPATH": str(TESTS), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", code, name]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def test_down_leaves_nothing() -> None:
    name = unused_name("down")
    with Lab.up(name) as lab:
        for vpn in ("corp4", "hand46", "wg4"):
            lab.vpn_up(vpn)
        lab.popen(["sleep", "600"], person=True)
        processes = members(name)
        expected = {"NetworkManager", "openvpn", "wireguard-go", "radvd", "dnsmasq", "sleep"}
        assert expected <= set(processes.values())
    assert_nothing_left(name, processes)


def test_host_is_not_touched() -> None:
    files = ("/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/machine-id")
    files += ("/etc/ssl/certs/ca-certificates.crt", "/proc/sys/kernel/hostname")
    files += ("/proc/sys/net/ipv4/ip_forward", "/proc/sys/net/ipv6/conf/all/forwarding")

    def host() -> dict[str, str]:
        found = {f: Path(f).read_bytes() for f in files if Path(f).exists()}
        found["links"] = subprocess.check_output(["ip", "-o", "link"])
        found["rules"] = subprocess.check_output(["ip", "rule"])
        return {name: hashlib.sha256(text).hexdigest() for name, text in found.items()}

    before = host()
    with Lab.up(unused_name("host")) as lab:
        lab.vpn_up("wg46")
        assert host() == before
    assert host() == before


@pytest.mark.parametrize("then", ["lab.vpn_up('corp4')", "lab.vpn_up('wg46')"])
def test_killed_owner_is_cleared_after(then: str) -> None:
    name = unused_name("killed")
    owner = start_owner(name, then)
    assert owner.stdout and owner.stdout.readline() == "done\n"
    processes = members(name)
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    assert len(processes) > 10
    assert clear_orphans() == [name]
    assert_nothing_left(name, processes)


@pytest.mark.parametrize("tenths", range(1, 9))
def test_killed_while_building_is_cleared_after(tenths: int) -> None:
    name = unused_name("building")
    owner = start_owner(name)
    wait_for(lambda: (BASE / name).exists(), "begin of the building")
    try:
        owner.wait(timeout=tenths / 10)
    except subprocess.TimeoutExpired:
        owner.kill()
        owner.wait()
    clear_orphans()
    assert_nothing_left(name, {})
    # And the name can be used again at once.
    with Lab.up(name) as lab:
        assert lab.exit_address("ipv6") == plan.HOME6_ADDRESS


def test_interrupted_owner_clears_itself() -> None:
    name = unused_name("interrupted")
    owner = start_owner(name)
    wait_for(lambda: (NETNS / f"tl-{name}-corp").exists(), "the namespaces")
    owner.send_signal(signal.SIGINT)
    owner.wait()
    assert_nothing_left(name, {})


def test_two_side_by_side() -> None:
    with Lab.up(unused_name("one")) as one, Lab.up(unused_name("two")) as two:
        one.vpn_up("corp4")
        two.vpn_up("corp46")
        assert one.leaks([plan.WEB6]) == {plan.WEB6: True}
        assert two.leaks([plan.WEB6]) == {plan.WEB6: False}
        assert clear_orphans() == []
        one.down()
        assert two.leaks([plan.WEB6]) == {plan.WEB6: False}
        assert two.exit_address("ipv6") == two.exit_addresses["corp46"]["ipv6"]


def test_name_is_taken_once() -> None:
    with Lab.up(unused_name("taken")) as lab:
        with pytest.raises(LabError, match="is up already"):
            Lab.up(lab.name)
        assert lab.exit_address("ipv4") == plan.HOME_EXIT4


@pytest.mark.parametrize("name", ["", "..", "a/b", "A", "-x", "a" * 40])
def test_bad_names(name: str) -> None:
    with pytest.raises(LabError, match="is no name"):
        State(name)


def test_installed_tree_is_usr_local(tmp_path: Path) -> None:
    program = tmp_path / "usr/local/bin/hello-from-the-tree"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho hello\n")
    program.chmod(0o755)
    with Lab.up(unused_name("install"), install=tmp_path) as lab:
        said = lab.run(["hello-from-the-tree"], person=True)
        assert (said.returncode, said.stdout) == (0, "hello\n")
        read = lab.run(["cat", POLICY], person=True).stdout
        assert read == lab.policy_file.read_text() != ""
    assert program.exists()


def test_clone_in_a_folder_of_its_owner_alone(tmp_path: Path) -> None:
    """Homes are mode 0700: the person cannot read what lies there."""
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    shutil.copytree(TESTS / "lab", private / "lab")
    code = "from lab import Lab; lab = Lab.up({!r}); print(lab.ways()); lab.down()"
    environment = {**os.environ, "PYTHONPATH": str(private), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", code.format(unused_name("private"))]
    done = subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("uplink") == len(TARGETS)


def test_refused_changes() -> None:
    with Lab.up(unused_name("refused"), polkit="root-only") as lab:
        change = ["nmcli", "connection", "modify", "Home network", "ipv6.method", "disabled"]
        assert "privilege" in lab.run(change, person=True).stderr
        assert lab.run(change).returncode == 0


def test_command_line() -> None:
    name = unused_name("hand")

    def lab(*arguments: str) -> str:
        command = [COMMAND, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    lab("up", "--name", name)
    try:
        assert clear_orphans() == [], "a laboratory made by hand stays"
        lab("vpn", "up", "corp4", "--name", name)
        assert "VPNs: corp4" in lab("status")
        said = lab("leak", "--name", name)
        assert plan.HOME6_ADDRESS in said and plan.CORP_EXIT4 in said
        assert lab("run", "--name", name, "--person", "--", "id", "-u") == "65534\n"
        lab("vpn", "down", "corp4", "--name", name)
        lab("line", "ipv4", "--name", name)
        assert plan.HOME6_ADDRESS not in lab("leak", "--name", name)
        processes = members(name)
    finally:
        lab("down", "--name", name)
    assert_nothing_left(name, processes)
    refused = subprocess.run([COMMAND, "leak", "--name", name], capture_output=True, check=False)
    assert refused.returncode == 1


def test_matrix_of_unknown_names() -> None:
    done = subprocess.run(
        [COMMAND, "matrix", "yes/no", "nosuch"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1 and done.stderr.endswith(": nosuch\n")
