# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""The program's word about each scenario, held against the packets' word."""
from __future__ import annotations

import json

import pytest

from . import plan
from .laboratory import Lab
from .matrix import Row, check
from .scenarios import SCENARIOS, Scenario
from .series import Series


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)
def test_scenario(scenarios: Series[Scenario, Row], scenario: Scenario) -> None:
    assert scenarios.result(scenario).faults == []


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
        "mark": 0,
        "expected": False,
        "firewall": "leaves",
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
