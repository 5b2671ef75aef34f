# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""Fixes in the laboratory: they help, they last as long as they say, and nothing is lost."""
from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from . import plan
from .laboratory import Lab
from .networkmanager import UPLINK_TITLE
from .test_verdict import check
from .vpns import VPNS

V6 = (plan.WEB6, plan.WEB6_OTHER)
V4 = (plan.WEB4, plan.WEB4_OTHER)


def cli(lab: Lab, *arguments: str, code: int = 0) -> dict[str, Any]:
    """A command of the person's, whose answer is JSON."""
    command = ["tunnel-light-cli", *arguments, "--json", "--policy", str(lab.policy_file)]
    done = lab.run(command, person=True)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return json.loads(done.stdout)


def settings(lab: Lab) -> str:
    """Every saved setting of every profile, secrets aside."""
    names = lab.nmcli("-g", "UUID", "connection", "show").split()
    saved = [u for u in names if lab.nmcli("-g", "connection.type", "connection", "show", u).strip()
             not in ("tun", "loopback")]
    volatile = ("GENERAL.", "IP4.", "IP6.", "VPN.", "DHCP", "connection.timestamp")
    lines = [x for u in sorted(saved) for x in lab.nmcli("connection", "show", u).splitlines()]
    return "\n".join(x for x in lines if not x.startswith(volatile))


def kernel(lab: Lab) -> list[str]:
    """Links, addresses, rules and routes, without what changes by itself."""
    seen = []
    for command in ("addr", "rule", "-6 rule", "route show table all", "-6 route show table all"):
        for entry in json.loads(lab.home.run(["ip", "-j", *command.split()]).stdout):
            for key in ("cacheinfo", "expires", "ifindex", "stats64", "pref"):
                entry.pop(key, None)
            for address in entry.get("addr_info", []):
                for key in ("valid_life_time", "preferred_life_time"):
                    address.pop(key, None)
            seen.append(f"{command}: {json.dumps(entry, sort_keys=True)}")
    return sorted(seen)


@contextlib.contextmanager
def uplink_settings(lab: Lab, values: dict[str, str]) -> Iterator[None]:
    """The home network's profile with other settings, and then as it was."""
    def set_all(new: dict[str, str]) -> None:
        lab.nmcli("connection", "modify", UPLINK_TITLE, *(x for pair in new.items() for x in pair))
        lab.nmcli("--wait", "30", "connection", "up", UPLINK_TITLE)
        lab.manager.wait_for_uplink(lab.line)

    before = {key: lab.nmcli("-g", key, "connection", "show", UPLINK_TITLE).strip()
              for key in values}
    set_all(values)
    try:
        yield
    finally:
        set_all(dict(reversed(before.items())))


@pytest.mark.parametrize("vpn", ["corp4", "wg4", "hand4", "corp-udp6"])
def test_block_now(lab: Lab, vpn: str) -> None:
    """Closed, measured, gone with the VPN; the VPN stays up and the profiles as they were."""
    lab.vpn_up(vpn)
    saved = settings(lab)
    assert lab.leaks(V6) == dict.fromkeys(V6, True)

    done = cli(lab, "fix", "block-now")
    assert (done["fix"], done["result"], done["reason"]) == ("block-now", "verified", None)
    assert done["verdict"]["state"] == "safe"
    assert done["verdict"]["case"]["blocked"] is True
    assert done["verdict"]["families"]["ipv6"]["status"] == "blocked"
    assert lab.ways((*V6, *V4)) == {a: "nowhere" if a in V6 else "tunnel" for a in (*V6, *V4)}
    assert check(lab)["state"] == "safe"
    assert settings(lab) == saved
    # One's own LAN stays: IPv6 is not off.
    assert lab.run(["ping", "-c1", "-W2", plan.LAN6_ROUTER]).returncode == 0

    lab.vpn_down(vpn)
    assert check(lab)["state"] == "no-vpn"
    assert lab.leaks(V6) == dict.fromkeys(V6, True), "IPv6 works again"
    assert settings(lab) == saved
    assert cli(lab, "undo", code=3)["result"] == "refused", "it has gone with the VPN"


@pytest.mark.parametrize("fix", ["block-now", "off-now", "off-on-network"])
def test_undo(lab: Lab, fix: str) -> None:
    """Everything is as it was: profiles field by field, packets, and the leak."""
    lab.vpn_up("corp4")
    saved = settings(lab)
    done = cli(lab, "fix", fix)
    assert done["result"] == "verified", done["reason"]
    assert not any(lab.leaks((*V4, *V6)).values())

    undone = cli(lab, "undo", fix)
    assert (undone["fix"], undone["result"]) == (fix, "verified"), undone["reason"]
    assert settings(lab) == saved
    lab.manager.wait_for_uplink(lab.line)
    assert lab.leaks(V6) == dict.fromkeys(V6, True)
    assert check(lab)["state"] == "leak"
    assert cli(lab, "undo", code=3)["result"] == "refused"


def static_routes(lab: Lab) -> list[str]:
    """What NetworkManager has set in any table; a VPN's own routes aside."""
    seen = []
    for family in ("-4", "-6"):
        command = ["ip", "-j", family, "route", "show", "table", "all", "proto", "static"]
        for route in json.loads(lab.home.run(command).stdout):
            if route.get("dev") in ("eth0", "lo", None):
                seen.append({key: route.get(key) for key in
                             ("type", "dst", "gateway", "dev", "metric", "table", "metrics")})
    return sorted(json.dumps(route) for route in seen)


ROUTES = f"2001:db8:77::/48 {plan.ROUTER6_LOCAL}, fd99::/16 {plan.ROUTER6_LOCAL} 77 table=5 mtu=1400"
ON_LINK = "2001:db8:99::/48"
REFUSED = "2001:db8:98::/48 1 type=unreachable"


@pytest.mark.parametrize("fix", ["off-now", "off-on-network"])
@pytest.mark.parametrize("values", [
    {"ipv6.routes": f"{REFUSED}, {ROUTES}"},
    {"ipv6.method": "manual", "ipv6.addresses": f"{plan.HOME6_ADDRESS}/64, fd00:178::5/64",
     "ipv6.gateway": plan.ROUTER6_LOCAL, "ipv6.routes": f"{REFUSED}, {ROUTES}, {ON_LINK}"},
], ids=["auto", "manual"])
def test_undo_brings_static_routes_back(lab: Lab, values: dict[str, str], fix: str) -> None:
    """What the person has set for the home network goes with IPv6, and comes back with it."""
    with uplink_settings(lab, values):
        lab.vpn_up("corp4")
        saved = settings(lab)
        before = static_routes(lab)
        assert all(x in str(before) for x in ("db8:77::", "fd99::", "db8:98::"))
        done = cli(lab, "fix", fix)
        assert done["result"] == "verified", done["reason"]
        assert not any(x in str(static_routes(lab)) for x in ("db8:77::", "fd99::", "db8:99::"))

        undone = cli(lab, "undo", fix)
        assert undone["result"] == "verified", undone["reason"]
        assert static_routes(lab) == before
        assert settings(lab) == saved
        lab.vpn_down("corp4")


def test_static_route_that_does_not_come_back(lab: Lab) -> None:
    """NetworkManager says that it has applied it; the kernel does not have it."""
    with uplink_settings(lab, {"ipv6.routes": ROUTES}):
        before = static_routes(lab)
        lab.vpn_up("corp4")
        cli(lab, "fix", "off-now")
        taking = "while :; do ip -6 route del 2001:db8:77::/48 dev eth0; sleep 0.02; done"
        with subprocess.Popen(lab.home.command(["sh", "-c", taking]),
                              stderr=subprocess.DEVNULL) as taker:
            undone = cli(lab, "undo", "off-now", code=3)
            taker.terminate()
        assert undone["result"] == "failed"
        assert "2001:db8:77::/48" in undone["reason"] and "eth0" in undone["reason"]

        lab.nmcli("--wait", "30", "connection", "up", UPLINK_TITLE)
        lab.manager.wait_for_uplink(lab.line)
        assert static_routes(lab) == before
        assert cli(lab, "undo", code=3)["result"] == "refused", "it has gone with the activation"


def test_undo_on_another_network(lab: Lab) -> None:
    """The profile gets everything back; what the link has now is not touched."""
    with uplink_settings(lab, {"ipv6.routes": ROUTES}):
        saved = settings(lab)
        lab.vpn_up("corp4")
        cli(lab, "fix", "off-on-network")
        lab.vpn_down("corp4")
        lab.nmcli("connection", "add", "type", "ethernet", "con-name", "Elsewhere", "ifname",
                  "eth0", "ipv6.method", "link-local", "autoconnect", "no")
        try:
            lab.nmcli("--wait", "30", "connection", "up", "Elsewhere")
            undone = cli(lab, "undo", "off-on-network")
            assert [x["target"] for x in undone["changes"]] == [UPLINK_TITLE]
            assert lab.nmcli("-g", "IP6.ROUTE", "device", "show", "eth0").count("fe80") == 1
        finally:
            lab.nmcli("connection", "delete", "Elsewhere")
        assert settings(lab) == saved


def test_block_now_leaves_the_kernel_as_it_was(lab: Lab) -> None:
    lab.vpn_up("corp4")
    before = kernel(lab)
    cli(lab, "fix", "block-now")
    assert any("unreachable" in x for x in kernel(lab))
    cli(lab, "undo")
    lost = [x for x in before if x not in kernel(lab)]
    # Reapply takes the kernel's own routes of the tunnel's link over, and drops them (measured).
    assert [x for x in lost if "fe80" not in x and "ff00" not in x] == []
    assert not any("unreachable" in x for x in kernel(lab))


def test_tunnel_that_carries_ipv6(lab: Lab) -> None:
    """There a Reapply before NetworkManager 1.54 would take the tunnel's IPv6 away (measured)."""
    lab.vpn_up("corp46")
    route = ["2001:db8:80::/48", "via", plan.ROUTER6_LOCAL, "dev", "eth0", "proto", "ra"]
    lab.home.run(["ip", "-6", "route", "add", *route])
    before = kernel(lab)
    assert lab.leaks(V6) == {plan.WEB6: True, plan.WEB6_OTHER: False}
    for fix in ("block-now", "off-now", "off-on-network"):
        done = cli(lab, "fix", fix, code=3)
        assert done["result"] == "refused" and done["reason"]
    assert kernel(lab) == before
    lab.home.run(["ip", "-6", "route", "del", *route])


def test_ignore_does_not_help(lab: Lab) -> None:
    """The kernel brings IPv6 back by itself (measured): that is no fix, and is taken back."""
    lab.vpn_up("corp4")
    saved = settings(lab)
    done = cli(lab, "fix", "off-on-network", "--method", "ignore", code=1)
    assert done["result"] == "reverted"
    assert done["reason"]
    assert settings(lab) == saved
    assert check(lab)["state"] == "leak"


def test_server_over_ipv6(lab: Lab) -> None:
    """Switching IPv6 off would cut the tunnel that is reached over it."""
    lab.vpn_up("corp-udp6")
    for fix in ("off-now", "off-on-network"):
        done = cli(lab, "fix", fix, code=3)
        assert (done["result"], done["verdict"]["state"]) == ("refused", "leak")
        assert done["reason"]


def test_nothing_to_fix(lab: Lab) -> None:
    assert cli(lab, "fix", "block-now", code=3)["result"] == "refused"
    lab.vpn_up("corp46")
    saved = settings(lab)
    for fix in ("block-now", "off-now", "off-on-network"):
        assert cli(lab, "fix", fix, code=3)["result"] == "refused"
    assert settings(lab) == saved


def test_foreign_routes_stay(lab: Lab) -> None:
    """What others have put on the tunnel's link is there before, during and after."""
    lab.vpn_up("hand4")
    lab.home.run(["ip", "route", "add", "203.0.113.128/25", "dev", "tun0"])
    foreign = [x for x in kernel(lab) if "tun0" in x and "fe80" not in x and "ff00" not in x]
    cli(lab, "fix", "block-now")
    assert [x for x in foreign if x not in kernel(lab)] == []
    cli(lab, "undo")
    assert [x for x in foreign if x not in kernel(lab)] == []


def test_edited_meanwhile(lab: Lab) -> None:
    """What somebody has set since is theirs: it is said, and not overwritten."""
    lab.vpn_up("corp4")
    cli(lab, "fix", "off-on-network")
    title = UPLINK_TITLE
    try:
        lab.nmcli("connection", "modify", title, "ipv6.method", "link-local")
        done = cli(lab, "undo", code=3)
        assert done["result"] == "refused"
        assert "link-local" in done["reason"] and "disabled" in done["reason"]
        assert lab.nmcli("-g", "ipv6.method", "connection", "show", title).strip() == "link-local"
    finally:
        lab.nmcli("connection", "modify", title, "ipv6.method", "disabled")
        cli(lab, "undo", "--all")


def test_not_permitted() -> None:
    """NetworkManager's refusal is said in words, and nothing is half done."""
    with Lab.up("refused", polkit="root-only") as lab:
        lab.vpn_up("corp4")
        saved = settings(lab)
        done = cli(lab, "fix", "block-now", code=3)
        assert done["result"] in ("refused", "failed")
        assert done["reason"]
        assert settings(lab) == saved
        assert check(lab)["state"] == "leak"
        assert cli(lab, "undo", code=3)["result"] == "refused"


def fix_anyhow(lab: Lab, fix: str) -> dict[str, Any]:
    """A fix that may end in any way."""
    command = ["tunnel-light-cli", "fix", fix, "--json", "--policy", str(lab.policy_file)]
    return json.loads(lab.run(command, person=True).stdout)


@pytest.mark.parametrize("fix", ["block-now", "off-now", "off-on-network"])
@pytest.mark.parametrize("vpn", ["hand-udp6", "wg-udp6"])
def test_server_that_no_route_tells_of(lab: Lab, vpn: str, fix: str) -> None:
    """Whatever is said to have been done, the tunnel that is reached over IPv6 is not cut."""
    lab.vpn_up(vpn)
    saved = settings(lab)
    assert lab.ways(V4) == dict.fromkeys(V4, "tunnel")
    done = fix_anyhow(lab, fix)
    assert lab.ways(V4) == dict.fromkeys(V4, "tunnel"), (done["result"], done["reason"])
    assert done["result"] == ("reverted" if fix == "block-now" else "refused")
    assert done["reason"]
    assert settings(lab) == saved
    assert check(lab)["state"] == "leak"


def test_tunnel_that_the_uplink_beats(lab: Lab) -> None:
    """Closing both families where nothing is tunnelled would take the Internet away."""
    title = VPNS["corp4"].title
    lab.nmcli("connection", "modify", title, "ipv4.route-metric", "1000")
    try:
        lab.vpn_up("corp4")
        before = lab.ways((*V4, *V6))
        assert before == dict.fromkeys((*V4, *V6), "uplink")
        for fix in ("block-now", "off-now", "off-on-network"):
            done = cli(lab, "fix", fix, code=3)
            assert (done["result"], done["verdict"]["state"]) == ("refused", "leak")
            assert done["reason"]
            assert lab.ways((*V4, *V6)) == before
    finally:
        lab.nmcli("connection", "modify", title, "ipv4.route-metric", "-1")


def restart_manager(lab: Lab) -> None:
    lab.manager.stop()
    lab.manager.start()
    lab.manager.wait_for_uplink(lab.line)


def test_restarted_manager(lab: Lab) -> None:
    """It forgets the block and leaves it in the kernel: that is said, and can be undone."""
    lab.vpn_up("corp4")
    cli(lab, "fix", "block-now")
    restart_manager(lab)
    verdict = cli(lab, "check", code=1)
    assert verdict["state"] == "no-vpn"
    (found,) = [x for x in verdict["findings"] if x["id"] == "orphaned-block"]
    assert found["severity"] == "warning"
    assert lab.ways(V6) == dict.fromkeys(V6, "nowhere")

    undone = cli(lab, "undo")
    assert (undone["result"], undone["changes"][0]["to"]) == ("verified", "")
    assert not any("unreachable" in x for x in kernel(lab))
    assert lab.leaks(V6) == dict.fromkeys(V6, True)
    assert "orphaned-block" not in [x["id"] for x in check(lab)["findings"]]


def test_block_that_the_uplink_sets(lab: Lab) -> None:
    """A profile that closes IPv6 by itself looks as our block does; it is a setting, and stays."""
    def set_route(value: str) -> None:
        lab.nmcli("connection", "modify", UPLINK_TITLE, "ipv6.routes", value)
        lab.nmcli("--wait", "30", "connection", "up", UPLINK_TITLE)
        lab.manager.wait_for_uplink(lab.line)

    set_route("::/0 1 type=unreachable")
    try:
        before = [x for x in kernel(lab) if "unreachable" in x]
        assert before and all('"metric": 1, "protocol": "static"' in x for x in before)
        verdict = check(lab)
        assert "orphaned-block" not in [x["id"] for x in verdict["findings"]]
        undone = cli(lab, "undo", "--all", code=3)
        assert (undone["result"], undone["changes"]) == ("refused", [])
        assert [x for x in kernel(lab) if "unreachable" in x] == before

        restart_manager(lab)
        assert "orphaned-block" not in [x["id"] for x in check(lab)["findings"]]
    finally:
        set_route("")
    # The NetworkManager that made it is gone, and so is the setting: now it is an orphan.
    assert "orphaned-block" in [x["id"] for x in cli(lab, "check", code=1)["findings"]]
    assert cli(lab, "undo", "--all")["result"] == "verified"
    assert not any("unreachable" in x for x in kernel(lab))


def test_foreign_ipv6_of_the_uplink(lab: Lab) -> None:
    """Switching IPv6 off would take it away for good."""
    lab.vpn_up("corp4")
    foreign = ["2001:db8:178::77/64", "dev", "eth0"]
    lab.home.run(["ip", "-6", "address", "add", *foreign])
    before = kernel(lab)
    for fix in ("off-now", "off-on-network"):
        done = cli(lab, "fix", fix, code=3)
        assert done["result"] == "refused" and "2001:db8:178::77" in done["reason"]
    assert kernel(lab) == before
    lab.home.run(["ip", "-6", "address", "del", *foreign])
    assert cli(lab, "fix", "off-now")["result"] == "verified"


def test_journal_lost(lab: Lab) -> None:
    """A block is known by its shape."""
    lab.vpn_up("corp4")
    cli(lab, "fix", "block-now")
    lab.run(["sh", "-c", "rm -r ~/.local/state/tunnel-light"], person=True)
    assert cli(lab, "undo")["result"] == "verified"
    assert lab.leaks(V6) == dict.fromkeys(V6, True)
