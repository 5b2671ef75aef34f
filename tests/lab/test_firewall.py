# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""A firewall over time: nothing tells a program without privileges that it has changed."""
from __future__ import annotations

import json
import time
from typing import Any, Iterator

import pytest

from . import plan
from .laboratory import Lab
from .matrix import check

BOTH = "meta l4proto { tcp, udp }"
TRAFFIC = f"meta nfproto ipv6 oifname eth0 {BOTH}"
TCP = "meta nfproto ipv6 oifname eth0 meta l4proto tcp"


def close(lab: Lab, how: str = "drop", traffic: str = TRAFFIC) -> None:
    lab.home.run(["nft", "add table inet fw"])
    lab.home.run(["nft", "add chain inet fw c { type filter hook output priority 0; }"])
    lab.home.run(["nft", f"add rule inet fw c {traffic} {how}"])


def open_up(lab: Lab) -> None:
    lab.home.run(["nft", "delete table inet fw"])


class Watch:
    """`watch`, by a person; states with whether they had settled."""

    def __init__(self, lab: Lab, *options: str) -> None:
        command = ["tunnel-light-cli", "watch", "--json", "--policy", str(lab.policy_file), *options]
        self._process = lab.popen(command, person=True, stdout=-1)

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        assert self._process.wait(10) == 0

    def verdicts(self) -> Iterator[dict[str, Any]]:
        for line in iter(self._process.stdout.readline, ""):
            yield json.loads(line)

    def until(self, state: str) -> list[str]:
        """The settled states on the way to this one, that one included."""
        states = []
        for verdict in self.verdicts():
            if not verdict["settling"]:
                states.append(verdict["state"])
                if verdict["state"] == state:
                    break
        return states


def test_never_red_under_a_kill_switch(lab: Lab) -> None:
    """A VPN comes up under a firewall that closes what it does not carry."""
    close(lab)
    with Watch(lab) as watch:
        assert watch.until("no-vpn") == ["no-vpn"]
        lab.vpn_up("corp4")
        states = watch.until("safe")
        assert "leak" not in states
        lab.vpn_down("corp4")
        watch.until("no-vpn")


def test_never_red_when_routes_change_under_a_kill_switch(lab: Lab) -> None:
    """Another way around the tunnel, which the firewall closes, too."""
    close(lab)
    lab.vpn_up("corp4")
    route = ["2001:db8:80::/48", "via", "fe80::1", "dev", "eth0", "table", "77"]
    lab.home.run(["ip", "-6", "route", "add", *route])
    with Watch(lab) as watch:
        watch.until("safe")
        lab.home.run(["ip", "-6", "rule", "add", "lookup", "77"])
        states = []
        changing = False
        for verdict in watch.verdicts():
            changing |= verdict["settling"]
            if not verdict["settling"]:
                states.append(verdict["state"])
                if changing:
                    break
        assert states[-1] == "safe"
        assert "leak" not in states


def test_never_red_when_dns_is_closed(lab: Lab) -> None:
    """A policy minds DNS servers outside, and a firewall keeps everybody from asking them."""
    lab.add_policy("[DNS]\nOutsideTunnel=leak")
    lab.home.run(["nft", "add table inet fw"])
    lab.home.run(["nft", "add chain inet fw c { type filter hook output priority 0; }"])
    lab.home.run(["nft", f"add rule inet fw c oifname eth0 {BOTH} th dport 53 reject"])
    with Watch(lab) as watch:
        watch.until("no-vpn")
        lab.vpn_up("wg46")
        assert "leak" not in watch.until("safe")
        open_up(lab)
        lab.home.run(["ip", "route", "add", "10.77.0.0/16", "dev", "lo"])
        assert watch.until("leak")[-1] == "leak"


def test_asks_again_for_another_dns_server(lab: Lab) -> None:
    """A firewall leaves one DNS server open, and that becomes the one that programs ask."""
    lab.vpn_up("corp4")
    lab.home.run(["nft", "add table inet fw"])
    lab.home.run(["nft", "add chain inet fw c { type filter hook output priority 0; }"])
    lab.home.run(["nft", f"add rule inet fw c ip6 daddr {plan.DNS6} {BOTH} th dport 53 accept"])
    lab.home.run(["nft", f"add rule inet fw c {TRAFFIC} drop"])
    with Watch(lab) as watch:
        assert watch.until("safe")[-1] == "safe"
        lab.home.run(["sh", "-c", f"echo nameserver {plan.DNS6} >/etc/resolv.conf"])
        assert watch.until("leak")[-1] == "leak"
        lab.home.run(["sh", "-c", f"echo nameserver {plan.INTRANET_DNS} >/etc/resolv.conf"])
        assert watch.until("safe")[-1] == "safe"


def test_asks_again_when_something_changes(lab: Lab) -> None:
    """A verdict that rests on the firewall is looked after at any change, be it of something else."""
    close(lab, "reject")
    lab.vpn_up("corp4")
    with Watch(lab) as watch:
        # Until nothing is under way any more.
        for verdict in watch.verdicts():
            if verdict["state"] == "safe" and verdict["families"]["ipv6"]["exit"]["error"]:
                break
        open_up(lab)
        # A route that matters to nobody.
        lab.home.run(["ip", "route", "add", "10.77.0.0/16", "dev", "lo"])
        begin = time.monotonic()
        assert watch.until("leak")[-1] == "leak"
        assert time.monotonic() - begin < 5
        close(lab, "reject")
        lab.home.run(["ip", "route", "add", "10.78.0.0/16", "dev", "lo"])
        assert watch.until("safe")[-1] == "safe"


def test_says_so(lab: Lab) -> None:
    """What a firewall does is said to be a sample; what the routes say is not kept."""
    close(lab)
    lab.vpn_up("corp4")
    command = ["tunnel-light-cli", "check", "--json", "--no-external"]
    done = lab.run([*command, "--policy", lab.policy_file], person=True)
    verdict = json.loads(done.stdout)

    assert done.returncode == 0
    assert verdict["case"] == {"local": True, "tunnel": False, "blocked": True, "outcome": "safe"}
    ipv6 = verdict["families"]["ipv6"]
    assert ipv6["bypass"] == []
    assert (ipv6["share"]["bypass"], ipv6["share"]["blocked"]) == (0, pytest.approx(1))
    (found,) = [x for x in verdict["findings"] if x["id"] == "ipv6-firewall-blocked"]
    assert found["severity"] == "info"
    assert "the IPv6 traffic" in found["text"] and "sample" in found["text"]
    assert found["text"] in verdict["explanation"]
    assert "open before" in verdict["explanation"]

    open_up(lab)
    verdict = json.loads(lab.run([*command, "--policy", lab.policy_file], person=True).stdout)
    assert [x["firewall"] for x in verdict["families"]["ipv6"]["bypass"]] == ["leaves"]


def test_nobody_waits_for_what_is_closed(lab: Lab) -> None:
    """A packet that is dropped is no answer; a question alone would wait five seconds for one."""
    lab.vpn_up("corp4")
    close(lab)
    begin = time.monotonic()
    verdict = check(lab)
    took = time.monotonic() - begin
    assert verdict["families"]["ipv6"]["status"] == "blocked"
    assert verdict["families"]["ipv4"]["exit"]["address"] == plan.CORP_EXIT4
    assert verdict["families"]["ipv6"]["exit"]["error"].endswith("no answer in time")
    assert took < 4.5


def test_nobody_waits_for_what_is_kept_back(lab: Lab) -> None:
    """Only a part of the family is closed: the question's own packets tell that they are."""
    lab.vpn_up("corp4")
    close(lab, traffic=TCP)
    begin = time.monotonic()
    verdict = check(lab)
    took = time.monotonic() - begin
    assert verdict["families"]["ipv6"]["status"] == "bypass"
    assert verdict["families"]["ipv6"]["exit"]["error"].endswith("no answer in time")
    assert took < 4.5
