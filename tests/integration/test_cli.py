# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""The contract of tunnel-light-cli where there is no NetworkManager: netlink alone decides."""
from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import time
from pathlib import Path
from typing import Any, Iterator

import pytest

from namespace import Namespace

HERE = Path(__file__).parent
BUILD = Path(os.environ.get("TL_BUILD", HERE.parents[1] / "build" / "check"))
CLI = str(BUILD / "src" / "cli" / "tunnel-light-cli")
QUIET = "--no-external"
PATIENCE = 10.0
# IPsec for everything, without a link.
POLICY = ("xfrm policy add src 0.0.0.0/0 dst 0.0.0.0/0 dir out "
          "tmpl src 192.168.1.5 dst 198.51.100.6 proto esp mode tunnel")


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Namespace]:
    namespace = Namespace(tmp_path)
    yield namespace
    namespace.stop()


def check(net: Namespace, *options: str) -> tuple[int, dict[str, Any]]:
    done = net.run(CLI, "check", "--json", *options)
    assert done.stderr == ""
    return done.returncode, json.loads(done.stdout)


@pytest.mark.parametrize("arguments", [
    [], ["nonsense"], ["--nonsense"], ["check", "--nonsense"], ["check", "extra"],
    ["check", "--timeout", "0"], ["check", "--timeout", "-1"], ["check", "--timeout", "soon"],
    ["check", "--timeout", "nan"], ["check", "--policy"], ["watch", "--timeout", "1"],
    ["fixes", "block-now"], ["fix"], ["fix", "nonsense"], ["fix", "block-now", "off-now"],
    ["fix", "block-now", "--method", "ignore"], ["fix", "off-on-network", "--method", "auto"],
    ["fix", "--method", "ignore"], ["undo", "nonsense"], ["undo", "block-now", "--all"],
    ["undo", "--method", "ignore"],
])
def test_wrong_usage(net: Namespace, arguments: list[str]) -> None:
    done = net.run(CLI, *arguments)
    assert done.returncode == 3
    assert done.stdout == ""
    assert done.stderr.startswith("tunnel-light-cli: ")
    assert "Usage:\n  tunnel-light-cli " in done.stderr


@pytest.mark.parametrize("command", ["check", "watch", "fixes", "fix", "undo"])
def test_help_of_a_command(net: Namespace, command: str) -> None:
    done = net.run(CLI, command, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"tunnel-light-cli {command} [OPTION" in done.stdout
    assert "--json" in done.stdout


def test_help_and_version(net: Namespace) -> None:
    shown = net.run(CLI, "--help")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert all(re.search(rf"^  {command}\b", shown.stdout, re.M)
               for command in ("check", "watch", "fixes", "fix", "undo"))
    version = net.run(CLI, "--version")
    assert (version.returncode, version.stderr) == (0, "")
    assert re.fullmatch(r"tunnel-light-cli \d+\.\d+\.\d+\n", version.stdout)


def test_no_vpn(net: Namespace) -> None:
    net.home_line()
    code, verdict = check(net, QUIET)
    assert (code, verdict["state"]) == (0, "no-vpn")
    assert verdict["families"]["ipv6"]["local"] is True
    assert verdict["tunnels"] == []
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", verdict["time"])


def test_fourth_case(net: Namespace) -> None:
    net.home_line()
    net.connect_vpn()
    code, verdict = check(net, QUIET)
    assert (code, verdict["state"], verdict["settling"]) == (2, "leak", False)
    assert verdict["case"] == {"local": True, "tunnel": False, "blocked": False,
                               "outcome": "unsafe"}
    assert [tunnel["interface"] for tunnel in verdict["tunnels"]] == ["tun0"]
    assert verdict["tunnels"][0]["managed"] is False
    ipv6 = verdict["families"]["ipv6"]
    assert ipv6["status"] == "bypass"
    assert ipv6["bypass"] == [{"prefix": "2000::/3", "interface": "eth0", "gateway": "fe80::1",
                               "table": 254, "mark": 0, "expected": False,
                               "firewall": "silent"}]
    assert ipv6["exit"] == {"address": None, "owner": None, "error": None, "url": None,
                            "others": []}
    assert verdict["families"]["ipv4"]["status"] == "tunnelled"
    assert "ipv6-bypass" in [finding["id"] for finding in verdict["findings"]]


def test_fourth_case_blocked(net: Namespace) -> None:
    net.home_line()
    net.connect_vpn()
    net.ip("route add unreachable default metric 1", 6)
    code, verdict = check(net, QUIET)
    assert (code, verdict["state"]) == (0, "safe")
    assert verdict["case"] == {"local": True, "tunnel": False, "blocked": True, "outcome": "safe"}
    assert verdict["families"]["ipv6"]["status"] == "blocked"


def test_third_case(net: Namespace) -> None:
    net.home_line()
    net.connect_vpn(ipv6=True)
    code, verdict = check(net, QUIET)
    assert (code, verdict["state"]) == (0, "safe")
    assert verdict["case"] == {"local": True, "tunnel": True, "blocked": False, "outcome": "safe"}


def test_unknown(net: Namespace) -> None:
    net.home_line()
    net.ip("rule add priority 220 table 220", 4)
    code, verdict = check(net, QUIET)
    assert (code, verdict["state"]) == (0, "no-vpn"), "strongSwan runs, there is no policy"

    net.ip(POLICY, 4)
    code, verdict = check(net, QUIET)
    assert (code, verdict["state"], verdict["case"]["tunnel"]) == (3, "unknown", None)
    assert "ipsec" in [finding["id"] for finding in verdict["findings"]]


def test_text(net: Namespace) -> None:
    net.home_line()
    net.connect_vpn()
    for part in range(40):
        net.ip(f"route add 2a00:{part:x}::/33 via fe80::2 dev eth0", 6)
    done = net.run(CLI, "check", QUIET)
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (2, "")
    assert lines[0] == "Part of your traffic bypasses the VPN"
    table = [line for line in lines if line.startswith("IPv")][-2:]
    assert table[0].index("in the VPN") == table[1].index("bypasses the VPN")
    assert sum(line.startswith(("  2", "  3")) for line in lines) == 20
    assert any(line.startswith("  3000::/4 ") for line in lines), "the widest of all"
    assert any(re.fullmatch(r"  … and \d+ more ranges", line) for line in lines)


def serve(net: Namespace, answer: str, tmp_path: Path) -> subprocess.Popen[str]:
    """An exit service for both families that writes down whom it has answered."""
    program = f"""
import http.server, socket, threading
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        open({str(tmp_path / "asked")!r}, "a").write(self.client_address[0] + "\\n")
        self.send_response(200); self.end_headers(); self.wfile.write({answer!r}.encode())
    def log_message(self, *args): pass
class Server(http.server.HTTPServer):
    address_family = socket.AF_INET6
server = Server(("::", 8080), Handler)
print("ready", flush=True)
server.serve_forever()
"""
    server = net.start("/usr/bin/python3", "-c", program)
    assert server.stdout and server.stdout.readline() == "ready\n"
    return server


def stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    process.communicate()


def test_exit_address(net: Namespace, tmp_path: Path) -> None:
    net.home_line()
    net.connect_vpn()
    net.ip("addr add 192.0.2.80/32 dev lo", 4)
    policy = tmp_path / "policy"
    policy.write_text("[Probe]\nIPv4=http://192.0.2.80:8080/\nIPv6=http://[2001:db8:1::5]:8081/\n")
    server = serve(net, "198.51.100.6\n", tmp_path)
    try:
        check(net, QUIET, "--policy", str(policy))
        assert not (tmp_path / "asked").exists()
        _, verdict = check(net, "--policy", str(policy))
    finally:
        stop(server)
    assert len((tmp_path / "asked").read_text().splitlines()) == 1
    ipv4, ipv6 = (verdict["families"][family]["exit"] for family in ("ipv4", "ipv6"))
    assert ipv4["address"] == "198.51.100.6"
    assert ipv4["url"] == "http://192.0.2.80:8080/"
    assert ipv6["address"] is None and ipv6["owner"] is None
    assert ipv6["error"]


def test_policy_says_no_to_asking(net: Namespace, tmp_path: Path) -> None:
    net.home_line(ipv6=False)
    net.ip("addr add 192.0.2.80/32 dev lo", 4)
    server = serve(net, "198.51.100.6\n", tmp_path)
    policy = "[Probe]\nEnabled=false\nIPv4=http://192.0.2.80:8080/\n"
    try:
        done = net.run(CLI, "check", "--json", "--policy", "-", input=policy)
    finally:
        stop(server)
    assert done.returncode == 0
    assert not (tmp_path / "asked").exists()


def test_timeout(net: Namespace) -> None:
    net.home_line(ipv6=False)
    policy = "[Probe]\nIPv4=http://198.51.100.99/\n"
    started = time.monotonic()
    done = net.run(CLI, "check", "--json", "--policy", "-", "--timeout", "1", input=policy)
    assert time.monotonic() - started < 4
    assert done.returncode == 0
    assert json.loads(done.stdout)["state"] == "no-vpn"


def test_broken_policy(net: Namespace, tmp_path: Path) -> None:
    policy = tmp_path / "policy"
    policy.write_text("[Tunnel]\n\nMode=sometimes\n")
    done = net.run(CLI, "check", "--json", "--policy", str(policy))
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(f"{policy}:3: ")
    assert len(done.stderr.splitlines()) == 1


def test_missing_policy(net: Namespace, tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    done = net.run(CLI, "watch", "--policy", str(missing))
    assert (done.returncode, done.stdout) == (3, "")
    assert str(missing) in done.stderr
    assert f"--policy - < {missing}" in done.stderr


def test_fixes_without_networkmanager(net: Namespace) -> None:
    net.home_line()
    net.connect_vpn()
    done = net.run(CLI, "fixes", "--json", QUIET)
    offered = json.loads(done.stdout)
    assert (done.returncode, offered["format"]) == (0, 1)
    assert [fix["id"] for fix in offered["fixes"]] == ["block-now", "off-now", "off-on-network"]
    assert not any(fix["available"] for fix in offered["fixes"])
    assert all("NetworkManager" in fix["reason"] for fix in offered["fixes"])
    shown = net.run(CLI, "fixes", QUIET).stdout
    assert shown.count("Not available: ") == 3


def test_whom_to_ask_where_nothing_closes_it(net: Namespace) -> None:
    net.home_line()
    help_desk = ("\nTunnel Light cannot close this by itself (see tunnel-light-cli fixes). Show this "
                 "to your IT department.\n")
    assert help_desk not in net.run(CLI, "check", QUIET).stdout
    net.connect_vpn()
    done = net.run(CLI, "check", QUIET)
    assert done.returncode == 2
    assert done.stdout.endswith(help_desk)


def test_refused(net: Namespace) -> None:
    net.home_line()
    net.connect_vpn()
    done = net.run(CLI, "fix", "block-now", "--json", QUIET)
    outcome = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (3, "")
    assert list(outcome) == ["format", "fix", "result", "reason", "changes", "verdict"]
    assert (outcome["fix"], outcome["result"]) == ("block-now", "refused")
    assert "NetworkManager" in outcome["reason"]
    assert outcome["verdict"]["state"] == "leak"
    text = net.run(CLI, "fix", "block-now", QUIET)
    assert text.returncode == 3
    assert "Part of your traffic bypasses the VPN" in text.stdout


@pytest.mark.parametrize("arguments,fix", [([], None), (["--all"], None), (["off-now"], "off-now")])
def test_nothing_to_undo(net: Namespace, arguments: list[str], fix: str | None) -> None:
    done = net.run(CLI, "undo", "--json", QUIET, *arguments)
    outcome = json.loads(done.stdout)
    assert done.returncode == 3
    assert (outcome["fix"], outcome["result"], outcome["changes"]) == (fix, "refused", [])


class Watching:
    """A running `watch` whose lines can be waited for."""

    def __init__(self, net: Namespace, *options: str) -> None:
        self.process = net.start(CLI, "watch", QUIET, *options)
        self.read = b""

    def line(self) -> str:
        assert self.process.stdout
        end = time.monotonic() + PATIENCE
        while b"\n" not in self.read:
            left = end - time.monotonic()
            assert left > 0 and select.select([self.process.stdout], [], [], left)[0], "no line"
            part = os.read(self.process.stdout.fileno(), 65536)
            assert part, "it has ended"
            self.read += part
        line, self.read = self.read.split(b"\n", 1)
        return line.decode()

    def until(self, state: str, settling: bool) -> list[dict[str, Any]]:
        seen = [json.loads(self.line())]
        while (seen[-1]["state"], seen[-1]["settling"]) != (state, settling):
            seen.append(json.loads(self.line()))
        return seen

    def silent_for(self, seconds: float) -> bool:
        assert self.process.stdout
        return not self.read and not select.select([self.process.stdout], [], [], seconds)[0]

    def end(self, number: int) -> tuple[int, str]:
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, errors


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_watch(net: Namespace, number: int) -> None:
    net.home_line()
    watching = Watching(net, "--json")
    watching.until("no-vpn", False)
    net.connect_vpn()
    seen = watching.until("leak", False)
    assert {"state": "leak", "settling": True}.items() <= seen[-2].items()
    net.ip("route add unreachable default metric 1", 6)
    watching.until("safe", False)
    assert watching.silent_for(1.0)
    assert watching.end(number) == (0, "")


def test_watch_as_text(net: Namespace) -> None:
    net.home_line()
    watching = Watching(net)
    seen = [watching.line()]
    net.connect_vpn()
    while not seen[-1].endswith("bypasses the VPN"):
        seen.append(watching.line())
    stamps, lines = zip(*(line.split("  ", 1) for line in seen))
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", stamp) for stamp in stamps)
    assert re.fullmatch(r"no-vpn +No VPN connected( \(still changing\))?", lines[0])
    assert lines[-1] == "leak      Part of your traffic bypasses the VPN"
    assert all(one != next_one for one, next_one in zip(lines, lines[1:]))
    assert watching.end(signal.SIGTERM) == (0, "")


def test_watch_without_reader(net: Namespace) -> None:
    """It notices that nobody reads any more before there is another line to write."""
    net.home_line()
    watching = Watching(net)
    watching.line()
    assert watching.process.stdout and watching.process.stderr
    watching.process.stdout.close()
    assert watching.process.wait(timeout=PATIENCE) == 0
    assert watching.process.stderr.read() == ""


def test_full_disk(net: Namespace) -> None:
    """What could not be written was not said."""
    net.home_line()
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(net.inside(CLI, "check", QUIET), env=net.environment(), stdout=full,
                              stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert done.returncode == 3
    assert done.stderr.startswith("tunnel-light-cli: ")
