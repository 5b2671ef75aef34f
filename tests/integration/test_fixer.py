# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""Fixes and undos, where NetworkManager or the kernel does not do what was asked for.

The kernel is real (a namespace), NetworkManager is the fake: each Reapply puts the blocks that it
was told of into the kernel, and whatever else a test wants to go wrong.
"""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Iterator

import dbus
import pytest
from conftest import (
    BUILD, Bus, FakeNetworkManager, address_data, array, sv, vpn, wait_for, wired)
from namespace import Namespace

CLI = str(BUILD / "src" / "cli" / "tunnel-light-cli")
DEVICE = "org.freedesktop.NetworkManager.Device"
EXTERNAL = 0x80
EVERYTHING = "::/0 metric 1 unreachable"
UPLINK = wired("Home", "eth0", ipv6={
    "method": "auto", "address-data": address_data("2001:db8:1::5"), "gateway": "fe80::1"})


class Home:
    """A computer whose IPv6 goes around its VPN: kernel, NetworkManager and command line."""

    def __init__(self, net: Namespace, bus: Bus, manager: FakeNetworkManager) -> None:
        self.net, self.bus, self.manager = net, bus, manager
        net.home_line()
        net.connect_vpn()
        # So that the VPN's server is known not to be reached over IPv6.
        net.ip("route replace 198.51.100.6 via 192.168.1.1 dev eth0 proto static", 4)
        self.start_manager()

    def start_manager(self) -> None:
        """Also again: another process, which knows nothing of what was applied before."""
        manager = self.manager
        manager.start()
        manager.SetPermissions({
            f"org.freedesktop.NetworkManager.{name}": "yes"
            for name in ("network-control", "settings.modify.system", "settings.modify.own")})
        self.eth0, self.home, _ = manager.uplink("eth0")
        ip4 = manager.ip_config("10.8.0.2")
        self.tun0 = manager.AddDevice("tun0", "tun", ip4, "/")
        external = manager.AddProfile(wired("tun0", "tun0"), 0)
        active = manager.Activate(external, [self.tun0], sv(
            {"Type": "tun", "Ip4Config": ip4, "StateFlags": dbus.UInt32(EXTERNAL)}), False)
        manager.SetDeviceActive(self.tun0, active)
        corp = manager.AddProfile(vpn("Corp"), 0)
        self.vpn = manager.Activate(corp, [self.eth0], sv({"Default": True, "Ip4Config": ip4}), True)
        for device, name in ((self.eth0, "eth0"), (self.tun0, "tun0")):
            manager.SetApplied(device, wired(name, name), dbus.UInt64(1))
        self.obey(self.tun0)

    def obey(self, device: str, *then: str) -> None:
        """From now on what is applied to the device is put into the kernel, and @then is done."""
        self.manager.SetKernel(device, array(self.net.inside("ip"), "s"), array(list(then), "s"))

    def applied(self, device: str) -> list[str]:
        routes = self.manager.GetApplied(device).get("ipv6", {}).get("route-data", [])
        return [f"{route['dest']}/{route['prefix']}" for route in routes]

    def blocks(self) -> list[str]:
        shown = self.net.run("ip", "-6", "route", "show", "type", "unreachable", "metric", "1")
        return [line.split()[1] for line in shown.stdout.splitlines()]

    def run(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        environment = self.net.environment(DBUS_SYSTEM_BUS_ADDRESS=self.bus.address)
        done = self.net.run(CLI, *arguments, "--json", "--no-external", env=environment)
        assert done.returncode == code, (done.stdout, done.stderr)
        assert done.stderr == ""
        return json.loads(done.stdout)


@pytest.fixture
def home(tmp_path: Path, bus: Bus, manager: FakeNetworkManager) -> Iterator[Home]:
    namespace = Namespace(tmp_path)
    yield Home(namespace, bus, manager)
    namespace.stop()


def test_done_and_undone(home: Home) -> None:
    done = home.run("fix", "block-now")
    assert (done["result"], done["reason"]) == ("verified", None)
    assert [change["to"] for change in done["changes"]] == [EVERYTHING]
    assert home.blocks() == ["default"]
    undone = home.run("undo")
    assert (undone["fix"], undone["result"]) == ("block-now", "verified")
    assert (home.blocks(), home.applied(home.tun0)) == ([], [])
    assert home.run("undo", code=3)["fix"] is None


def leak_again(home: Home) -> None:
    """A router advertisement brings a route that the first fix did not know of."""
    home.net.ip("route add 2600:1::/48 via fe80::1 dev eth0 metric 100", 6)


@pytest.mark.parametrize("arguments,left", [([], ["::/0"]), (["--all"], [])])
def test_the_last_fix_is_taken_back_first(home: Home, arguments: list[str], left: list[str]) -> None:
    home.run("fix", "block-now")
    leak_again(home)
    home.run("fix", "block-now")
    assert home.applied(home.tun0) == ["::/0", "2600:1::/48"]
    undone = home.run("undo", *arguments)
    assert undone["result"] == "verified"
    assert undone["changes"][0]["from"] == f"{EVERYTHING}, 2600:1::/48 metric 1 unreachable"
    assert undone["changes"][0]["to"] == EVERYTHING
    assert len(undone["changes"]) == 2 - len(left)
    assert home.applied(home.tun0) == left


def refuse(home: Home, path: str, name: str, method: str = "Reapply") -> None:
    home.manager.FailWith(path, method, f"{DEVICE}.{name}" if name else "", "no")


def reapplied(home: Home, device: str) -> int:
    return len(home.manager.calls(device, "Reapply"))


# What goes wrong while a fix is done


def test_another_change_came_first(home: Home) -> None:
    """What was not done is not taken back: the other one may have done the same."""
    refuse(home, home.tun0, "VersionIdMismatch")
    done = home.run("fix", "block-now", code=3)
    assert done["result"] == "refused" and "no" in done["reason"]
    assert reapplied(home, home.tun0) == 1
    refuse(home, home.tun0, "")
    assert home.run("undo", code=3)["reason"] == "There is nothing to undo."


def test_foreign_route_is_lost(home: Home) -> None:
    home.net.ip("route add 203.0.113.128/25 dev tun0", 4)
    home.obey(home.tun0, "route del 203.0.113.128/25 dev tun0")
    done = home.run("fix", "block-now", code=1)
    assert done["result"] == "reverted" and "203.0.113.128/25" in done["reason"]
    assert (home.blocks(), home.applied(home.tun0)) == ([], [])
    assert home.run("undo", code=3)["result"] == "refused"


def test_vpn_ends_meanwhile(home: Home) -> None:
    home.obey(home.tun0, "link set tun0 down", "link del tun0")
    done = home.run("fix", "block-now", code=1)
    assert done["reason"] == "The VPN was disconnected meanwhile."


def test_no_help(home: Home) -> None:
    """A route that comes with the fix leaks on: the fix is taken back."""
    home.obey(home.tun0, "-6 route add 2600:1::/48 via fe80::1 dev eth0 metric 100")
    done = home.run("fix", "block-now", code=1)
    assert done["result"] == "reverted" and done["verdict"]["state"] == "leak"
    assert (home.blocks(), home.applied(home.tun0)) == ([], [])


def test_cannot_be_taken_back(home: Home) -> None:
    """Then both reasons are told, and the way back stays."""
    home.obey(home.tun0, "-6 route add 2600:1::/48 via fe80::1 dev eth0 metric 100")
    environment = home.net.environment(DBUS_SYSTEM_BUS_ADDRESS=home.bus.address)
    running = home.net.start(CLI, "fix", "block-now", "--json", "--no-external", env=environment)
    wait_for(lambda: reapplied(home, home.tun0) == 1, "the fix")
    refuse(home, home.tun0, "Failed")
    output, _ = running.communicate(timeout=30)
    done = json.loads(output)
    assert (running.returncode, done["result"]) == (3, "failed")
    assert "It could not be taken back." in done["reason"] and "Still seen" in done["reason"]
    refuse(home, home.tun0, "")
    assert home.run("undo")["result"] == "verified"
    assert home.blocks() == []


def test_half_done(home: Home) -> None:
    """Only the half that was done is taken back."""
    uplink_as_applied(home)
    refuse(home, home.eth0, "NotActive")
    done = home.run("fix", "off-on-network", code=3)
    assert done["result"] == "failed"
    assert home.manager.GetProfile(home.home)["ipv6"]["method"] == "auto"
    assert reapplied(home, home.eth0) == 1
    refuse(home, home.eth0, "")
    assert home.run("undo", code=3)["result"] == "refused"


def test_no_place_for_the_journal(home: Home) -> None:
    """Nothing is changed without a way back; the verdict is told all the same."""
    (home.net.home / "tunnel-light" / "undo-journal.lock").mkdir(parents=True)
    done = home.run("fix", "block-now", code=3)
    assert done["result"] == "failed" and done["verdict"]["state"] == "leak"
    assert reapplied(home, home.tun0) == 0


# What others have put on the link


def uplink_as_applied(home: Home) -> None:
    """NetworkManager knows what the uplink has, and takes IPv6 away when it is told to."""
    home.manager.SetApplied(home.eth0, UPLINK, dbus.UInt64(1))
    home.obey(home.eth0, "-6 addr del 2001:db8:1::5/64 dev eth0",
              "-6 route del default via fe80::1 dev eth0 metric 100")


def test_switched_off(home: Home) -> None:
    uplink_as_applied(home)
    assert home.run("fix", "off-now")["result"] == "verified"


@pytest.mark.parametrize("foreign", ["addr add 2001:db8:1::77/64 dev eth0 nodad",
                                     "route add fd77::/48 via fe80::1 dev eth0"])
def test_foreign_ipv6_of_the_uplink(home: Home, foreign: str) -> None:
    """It would not come back: the fix is refused, and says what it is about."""
    uplink_as_applied(home)
    home.net.ip(foreign, 6)
    for fix in ("off-now", "off-on-network"):
        done = home.run("fix", fix, code=3)
        assert done["result"] == "refused" and foreign.split()[2].split("/")[0] in done["reason"]
    assert reapplied(home, home.eth0) == 0
    assert home.manager.GetProfile(home.home)["ipv6"]["method"] == "auto"


# Ways back


def test_nothing_left_to_undo(home: Home) -> None:
    """Somebody has taken it back by hand."""
    uplink_as_applied(home)
    home.run("fix", "off-now")
    home.manager.SetApplied(home.eth0, UPLINK, dbus.UInt64(5))
    undone = home.run("undo", code=3)
    assert (undone["reason"], undone["changes"]) == ("There is nothing left to undo.", [])


def two_fixes(home: Home) -> None:
    """IPv6 switched off on the uplink, and, when it was back, blocked on the tunnel's link."""
    uplink_as_applied(home)
    assert home.run("fix", "off-now")["result"] == "verified"
    home.net.ip("addr add 2001:db8:1::5/64 dev eth0 nodad", 6)
    home.net.ip("route add default via fe80::1 dev eth0 metric 100", 6)
    home.obey(home.eth0)
    assert home.run("fix", "block-now")["result"] == "verified"


def test_one_of_all_fails(home: Home) -> None:
    """The others are taken back nevertheless; it is told, and can be taken back later."""
    two_fixes(home)
    refuse(home, home.tun0, "Failed")
    undone = home.run("undo", "--all", code=3)
    assert undone["result"] == "failed" and undone["reason"].startswith("block-now: ")
    assert [change["setting"] for change in undone["changes"]] == ["ipv6.method"]
    assert home.manager.GetApplied(home.eth0)["ipv6"]["method"] == "auto"
    assert home.applied(home.tun0) == ["::/0"]
    refuse(home, home.tun0, "")
    undone = home.run("undo", "--all")
    assert (undone["fix"], undone["result"], home.blocks()) == ("block-now", "verified", [])
    assert home.run("undo", code=3)["result"] == "refused"


def test_all_of_all_fail(home: Home) -> None:
    """Each is told; somebody else's reason is worse than one of ours."""
    two_fixes(home)
    refuse(home, home.tun0, "Failed")
    refuse(home, home.eth0, "VersionIdMismatch")
    undone = home.run("undo", "--all", code=3)
    assert (undone["result"], undone["changes"]) == ("failed", [])
    assert undone["reason"].startswith("block-now: ") and " off-now: " in undone["reason"]


@pytest.mark.parametrize("journal", [None, "garbage"])
def test_journal_lost(home: Home, journal: str | None) -> None:
    home.run("fix", "block-now")
    file = home.net.home / "tunnel-light" / "undo-journal"
    file.unlink()
    if journal:
        file.write_text(journal)
    undone = home.run("undo")
    assert (undone["fix"], undone["result"]) == ("block-now", "verified")
    assert (home.blocks(), home.applied(home.tun0)) == ([], [])
    assert file.with_name("undo-journal.damaged").exists() == bool(journal)


def test_block_of_the_vpn_itself(home: Home) -> None:
    """A profile that closes IPv6 by itself looks the same; nobody takes that away."""
    home.net.ip("route add unreachable default metric 1 proto static", 6)
    assert home.run("undo", code=3)["reason"] == "There is nothing left to undo."
    assert home.blocks() == ["default"]


def restart_manager(home: Home) -> None:
    home.manager.stop()
    home.start_manager()


def test_orphan_without_a_cure(home: Home) -> None:
    """NetworkManager has forgotten it, and the kernel has not: the command is told."""
    home.run("fix", "block-now")
    restart_manager(home)
    undone = home.run("undo", code=3)
    assert undone["result"] == "failed"
    assert "ip -6 route del unreachable default metric 1" in undone["reason"]


@pytest.mark.parametrize("vpn_is_up", [True, False])
def test_orphan_with_a_cure(home: Home, vpn_is_up: bool) -> None:
    home.run("fix", "block-now")
    restart_manager(home)
    loopback = home.manager.AddDevice("lo", "loopback", "/", "/")
    home.manager.SetApplied(loopback, wired("lo", "lo"), dbus.UInt64(1))
    home.obey(loopback, "-6 route del unreachable default metric 1")
    if not vpn_is_up:
        home.net.ip("link set tun0 down")
        home.net.ip("route add default via 192.168.1.1 dev eth0 metric 50", 4)
    undone = home.run("undo")
    assert undone["result"] == "verified" and undone["changes"][0]["from"] == EVERYTHING
    assert home.blocks() == []
    assert home.run("undo", code=3)["result"] == "refused"


def test_orphan_beside_foreign_routes(home: Home) -> None:
    """Nothing of others is sacrificed for it."""
    home.run("fix", "block-now")
    restart_manager(home)
    loopback = home.manager.AddDevice("lo", "loopback", "/", "/")
    home.net.ip("route add blackhole 2001:db8:7::/48", 6)
    home.run("undo", code=3)
    assert reapplied(home, loopback) == 0


def test_orphan_is_found(home: Home) -> None:
    home.manager.Deactivate(home.vpn)
    home.net.ip("link set tun0 down")
    home.net.ip("route add unreachable default metric 1 proto static", 6)
    verdict = home.run("check", code=1)
    (finding,) = [found for found in verdict["findings"] if found["id"] == "orphaned-block"]
    assert finding["severity"] == "warning"
    assert "ip -6 route del unreachable default metric 1" in finding["text"]
