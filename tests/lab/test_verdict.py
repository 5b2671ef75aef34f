# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""The program's word about each scenario, held against the packets' word."""
from __future__ import annotations

import ipaddress
import json
from typing import Any

import pytest

from . import plan
from .laboratory import TARGETS, Lab
from .scenarios import SCENARIOS, Scenario

EXIT_CODES = {"safe": 0, "no-vpn": 0, "split": 0, "leak": 2, "unknown": 3}


def check(lab: Lab, *options: str) -> dict[str, Any]:
    """`tunnel-light-cli check`, started by a person."""
    command = ["tunnel-light-cli", "check", "--json", "--policy", lab.policy_file, *options]
    done = lab.run(command, person=True)
    assert done.stdout, done.stderr
    verdict = json.loads(done.stdout)
    assert done.returncode == EXIT_CODES[verdict["state"]], done.stderr
    return verdict


@pytest.fixture
def scene(lab: Lab, request: pytest.FixtureRequest) -> tuple[Lab, Scenario]:
    scenario: Scenario = request.param
    if scenario.line != lab.line_name:
        lab.switch_line(scenario.line)
    for vpn in scenario.vpns:
        lab.vpn_up(vpn)
    (link,) = json.loads(lab.router.run(["ip", "-j", "link", "show", "lan0"]).stdout)
    for machine, commands in ((lab.router, scenario.router), (lab.home, scenario.home)):
        for command in commands:
            machine.run(["sh", "-c", command.replace("ROUTER", link["address"])])
    return lab, scenario


def says_tunnel_or_nothing(family: dict[str, Any], address: str) -> bool:
    """Whether the program says that packets to this address are not in the clear."""
    target = ipaddress.ip_address(address)
    ranges = (ipaddress.ip_network(b["prefix"]) for b in family["bypass"])
    return not any(target in r for r in ranges if r.version == target.version)


@pytest.mark.parametrize("scene", SCENARIOS, indirect=True, ids=lambda s: s.name)
def test_scenario(scene: tuple[Lab, Scenario]) -> None:
    lab, scenario = scene
    verdict = check(lab)

    assert verdict["format"] == 1
    assert (verdict["state"], verdict["case"]["outcome"]) == (scenario.state, scenario.outcome)
    statuses = {f: v["status"] for f, v in verdict["families"].items()}
    assert statuses == {"ipv4": scenario.ipv4, "ipv6": scenario.ipv6}

    # Packets are the truth, for each address.
    for address, leaks in lab.leaks().items():
        family = verdict["families"]["ipv6" if ":" in address else "ipv4"]
        if leaks:
            assert not says_tunnel_or_nothing(family, address), f"{address} leaks, unseen"
        elif family["status"] != "absent":
            assert says_tunnel_or_nothing(family, address), f"{address} does not leak"
    if verdict["state"] == "safe":
        assert not any(lab.leaks(TARGETS).values())


@pytest.mark.parametrize("vpn", ["corp4", "corp46", "wg46", "hand4"])
def test_exit_addresses(lab: Lab, vpn: str) -> None:
    """What the program says websites see is what they see."""
    up = lab.vpn_up(vpn)
    families = check(lab)["families"]

    for family in ("ipv4", "ipv6"):
        expected = up.exit_addresses[family]
        owner = "tunnel" if expected else "uplink"
        seen = families[family]["exit"]
        assert seen["address"] == (expected or lab.exit_addresses["home"][family])
        assert seen["owner"] == owner
        assert seen["error"] is None
        assert seen["url"].startswith(f"https://{family}.")
        assert seen["address"] == lab.exit_address(family)


def test_no_external_asks_nobody(lab: Lab) -> None:
    lab.vpn_up("corp4")
    before = len(lab.requests())
    verdict = check(lab, "--no-external")

    assert verdict["state"] == "leak"
    assert verdict["families"]["ipv6"]["exit"]["address"] is None
    assert len(lab.requests()) == before


def test_contract(lab: Lab) -> None:
    """The fields of the contract, as scripts read them."""
    lab.vpn_up("corp4")
    verdict = check(lab)

    assert list(verdict) == [
        "format",
        "time",
        "state",
        "settling",
        "case",
        "headline",
        "explanation",
        "tunnels",
        "families",
        "findings",
        "fixes",
    ]
    assert verdict["case"] == {"local": True, "tunnel": False, "blocked": False, "outcome": "unsafe"}
    (tunnel,) = verdict["tunnels"]
    assert (tunnel["name"], tunnel["kind"], tunnel["managed"]) == ("Corp VPN", "openvpn", True)
    ipv6 = verdict["families"]["ipv6"]
    (bypass,) = ipv6["bypass"]
    assert bypass == {
        "prefix": "2000::/3",
        "interface": "eth0",
        "gateway": plan.ROUTER6_LOCAL,
        "table": 254,
        "expected": False,
    }
    assert ipv6["share"]["bypass"] == pytest.approx(1)
    assert verdict["families"]["ipv4"]["share"]["tunnel"] == pytest.approx(1)
    assert verdict["findings"][0] | {"text": ""} == {
        "id": "ipv6-bypass",
        "severity": "leak",
        "text": "",
    }
    block = verdict["fixes"][0]
    assert (block["id"], block["available"], block["password"]) == ("block-now", True, False)
    assert block["changes"] == [
        {
            "target": tunnel["interface"],
            "setting": "ipv6.routes",
            "from": "",
            "to": "::/0 metric 1 unreachable",
        }
    ]


def test_vpn_up_before_and_after(lab: Lab) -> None:
    """`watch` tells each state once the network has come to it, and ends with it."""
    command = ["tunnel-light-cli", "watch", "--json", "--policy", str(lab.policy_file)]
    watch = lab.popen(command, person=True, stdout=-1)
    try:
        said = (json.loads(line) for line in iter(watch.stdout.readline, ""))
        settled = (verdict["state"] for verdict in said if not verdict["settling"])
        assert next(settled) == "no-vpn"
        lab.vpn_up("corp4")
        assert next(s for s in settled if s != "no-vpn") == "leak"
        lab.vpn_down("corp4")
        assert next(s for s in settled if s != "leak") == "no-vpn"
    finally:
        watch.terminate()
        assert watch.wait(5) == 0
