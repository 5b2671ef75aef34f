# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""Brings the VPNs of the laboratory up and down, each in its own way."""
from __future__ import annotations

import contextlib
import subprocess
from pathlib import Path

from .machine import Machine
from .networkmanager import NetworkManager
from .state import LabError, wait_for
from .vpns import VPNS, WITHOUT_DEFAULT, Vpn

LATE = Path(__file__).parent / "late.py"
COMPLETED = "Initialization Sequence Completed"
WG_QUICK = {"WG_QUICK_USERSPACE_IMPLEMENTATION": "wireguard-go"}


class Clients:
    """The VPN clients at home, and the servers they need at the company."""

    def __init__(self, home: Machine, corp: Machine, manager: NetworkManager) -> None:
        self._home = home
        self._corp = corp
        self._manager = manager
        self._certificates = home.state.folder / "certificates"

    def prepare(self, vpn: Vpn, late: float | None = None) -> None:
        """Starts what the VPN needs beyond its client, if it does not run."""
        if not self._corp.running(f"server:{vpn.name}"):
            if vpn.client == "wg-quick":
                self._start_wireguard_server(vpn)
            else:
                self._start_openvpn_server(vpn)
        if vpn.late is not None:
            self._start_late(vpn, vpn.late if late is None else late)

    def up(self, vpn: Vpn) -> None:
        """Connects; returns when the tunnel has its addresses."""
        if vpn.client == "nm":
            self._manager.nmcli("--wait", "30", "connection", "up", vpn.title)
        elif vpn.client == "openvpn":
            self._start_openvpn(vpn)
        else:
            self._wg_quick("up", vpn)
        wait_for(lambda: vpn in self.all_up(), f"addresses of {vpn.name}")

    def down(self, vpn: Vpn) -> None:
        """Disconnects; returns when the tunnel is gone."""
        if vpn.client == "nm":
            self._manager.nmcli("--wait", "30", "connection", "down", vpn.title)
        elif vpn.client == "openvpn":
            self._home.stop(f"vpn:{vpn.name}")
        else:
            self._wg_quick("down", vpn)
        wait_for(lambda: vpn not in self.all_up(), f"end of {vpn.name}")

    def all_up(self) -> list[Vpn]:
        """The VPNs whose tunnel has the addresses that it gets at once."""
        addresses = self._home.run(["ip", "-o", "address", "show"]).stdout

        def is_up(vpn: Vpn) -> bool:
            at_once = ("ipv4", "ipv6") if vpn.ipv6 and vpn.late is None else ("ipv4",)
            return all(f" {vpn.address(family)}/" in addresses for family in at_once)

        return [vpn for vpn in VPNS.values() if is_up(vpn)]

    def _start_openvpn_server(self, vpn: Vpn) -> None:
        configuration = vpn.write_server(self._certificates)
        self._start_openvpn_with(self._corp, f"server:{vpn.name}", configuration)

    def _start_openvpn(self, vpn: Vpn) -> None:
        configuration = self._home.folder / f"{vpn.name}.conf"
        configuration.write_text(vpn.hand_configuration(self._certificates))
        self._start_openvpn_with(self._home, f"vpn:{vpn.name}", configuration)

    def _start_openvpn_with(self, machine: Machine, label: str, configuration: Path) -> None:
        said_before = machine.log(label).count(COMPLETED)
        machine.start(label, ["openvpn", "--config", configuration])

        def completed() -> bool:
            if not machine.running(label):
                raise LabError(f"openvpn ended: {machine.log(label)[-2000:]}")
            return machine.log(label).count(COMPLETED) > said_before

        wait_for(completed, f"openvpn, {label}", 20)

    def _start_wireguard_server(self, vpn: Vpn) -> None:
        link, file = vpn.server_link, self._corp.folder / f"{vpn.name}.conf"
        file.touch(mode=0o600)
        file.write_text(vpn.wg_server(self._keys(vpn)))
        self._corp.start(f"server:{vpn.name}", ["wireguard-go", "--foreground", link])
        socket = f"/run/wireguard/{link}.sock"
        waiting = ["sh", "-c", f"until [ -S {socket} ]; do sleep 0.02; done"]
        self._corp.run(waiting, timeout=10)
        self._corp.run(["wg", "setconf", link, file])
        commands = [f"address add {vpn.address('ipv4', 1)}/24 dev {link}", f"link set {link} up"]
        if vpn.ipv6:
            commands.append(f"address add {vpn.address('ipv6', 1)}/64 dev {link}")
        self._corp.configure(*commands)

    def _wg_quick(self, direction: str, vpn: Vpn) -> None:
        file = self._home.folder / f"{vpn.name}.conf"
        file.touch(mode=0o600)
        file.write_text(vpn.wg_client(self._keys(vpn)))
        # Not a pipe: wireguard-go stays in the background and would keep it open for ever.
        label = f"vpn:{vpn.name}"
        self._home.call_logged(label, ["wg-quick", direction, file], **WG_QUICK)

    def _keys(self, vpn: Vpn) -> dict[str, str]:
        """The pair of keys of each side, made when first asked for."""
        found = {}
        for side in ("server", "client"):
            file = self._certificates / f"{vpn.name}-{side}.wg"
            if not file.exists():
                file.touch(mode=0o600)
                file.write_text(_wg("genkey"))
            found[side] = file.read_text()
            found[f"{side}-public"] = _wg("pubkey", found[side])
        return found

    def _start_late(self, vpn: Vpn, seconds: float) -> None:
        label = f"late:{vpn.name}"
        with contextlib.suppress(LabError):
            self._home.stop(label)
        before = self._home.log(label).count("watching")
        routes = ["::/0", *WITHOUT_DEFAULT]
        addresses = [str(vpn.address("ipv4")), str(vpn.address("ipv6"))]
        command = ["/usr/bin/python3", str(LATE), f"{seconds:g}", *addresses, *routes]
        self._home.start(label, command)
        wait_for(lambda: self._home.log(label).count("watching") > before, label)


def _wg(command: str, text: str = "") -> str:
    done = subprocess.run(["wg", command], input=text, text=True, check=True, capture_output=True)
    return done.stdout.strip()
