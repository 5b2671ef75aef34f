# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""A WireGuard profile of NetworkManager's, where the kernel has no WireGuard.

NetworkManager is the fake, the link a tun; the routes and rules are those that NetworkManager sets
for a peer with 0.0.0.0/0 or ::/0 (nm-settings(5), wireguard.ip4-auto-default-route): a table of its
own, for all packets without WireGuard's mark.
"""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Iterator

import dbus
import pytest
from conftest import BUILD, Bus, FakeNetworkManager, array, profile, sv
from namespace import Namespace

CLI = str(BUILD / "src" / "cli" / "tunnel-light-cli")
PEER = sv({"public-key": "2HlMKq1Kz8vBrPgYIpu8GXtzRmRnr9ydJRKTvKL2GFE=",
           "endpoint": "198.51.100.6:51820"})
OWN = {4: "10.9.0.2", 6: "fd00:9::2"}
DEFAULT = """
route add default dev wg0 proto static table 52345
rule add pref 31292 lookup main suppress_prefixlength 0
rule add pref 31293 not fwmark 0xcc79 lookup 52345
"""


class Home:
    """A computer with both families at home and a WireGuard profile that is up."""

    def __init__(self, net: Namespace, bus: Bus, manager: FakeNetworkManager) -> None:
        self.net, self.bus, self.manager = net, bus, manager
        net.home_line()
        net.add_tun("wg0")
        net.ip("link set wg0 up")
        manager.start()
        manager.uplink("eth0")
        self.configs = {version: manager.ip_config(own) for version, own in OWN.items()}
        self.device = manager.AddDevice("wg0", "wireguard", self.configs[4], self.configs[6])
        wireguard = profile("Corp WireGuard", "wireguard", wireguard={"peers": array([PEER])},
                            connection={"interface-name": "wg0"})
        self.profile = manager.AddProfile(wireguard, 0)

    def activate(self, *default: int, state: int = 2) -> None:
        """default: the families, 4 and 6, whose default route it gets."""
        for version, own in OWN.items():
            self.net.ip(f"addr add {own} dev wg0", version)
        for version in default:
            self.net.ip(DEFAULT, version)
        configs = {f"Ip{version}Config": path for version, path in self.configs.items()}
        self.manager.Activate(self.profile, [self.device], sv({
            "State": dbus.UInt32(state), "Default": 4 in default, "Default6": 6 in default,
            **configs}), False)

    def check(self) -> dict[str, Any]:
        environment = self.net.environment(DBUS_SYSTEM_BUS_ADDRESS=self.bus.address)
        done = self.net.run(CLI, "check", "--json", "--no-external", env=environment)
        assert done.stderr == ""
        return json.loads(done.stdout)


@pytest.fixture
def home(tmp_path: Path, bus: Bus, manager: FakeNetworkManager) -> Iterator[Home]:
    namespace = Namespace(tmp_path)
    yield Home(namespace, bus, manager)
    namespace.stop()


@pytest.mark.parametrize("default, state, statuses", [
    ((4, 6), "safe", ("tunnelled", "tunnelled")),
    ((4,), "leak", ("tunnelled", "bypass")),
    ((6,), "leak", ("bypass", "tunnelled")),
    ((), "split", ("bypass", "bypass")),
])
def test_verdict(home: Home, default: tuple[int, ...], state: str, statuses: tuple[str, str]) -> None:
    home.activate(*default)
    verdict = home.check()
    assert verdict["state"] == state
    assert tuple(verdict["families"][f]["status"] for f in ("ipv4", "ipv6")) == statuses
    (tunnel,) = verdict["tunnels"]
    assert tunnel == {"name": "Corp WireGuard", "kind": "wireguard", "interface": "wg0",
                      "managed": True}


def test_words_name_the_profile(home: Home) -> None:
    home.activate(4)
    assert "“Corp WireGuard”" in home.check()["explanation"]


def test_on_its_way_up(home: Home) -> None:
    home.activate(state=1)
    verdict = home.check()
    assert (verdict["state"], verdict["tunnels"]) == ("checking", [])
