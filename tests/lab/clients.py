# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""Brings the VPNs of the laboratory up and down, each in its own way."""
from __future__ import annotations

import contextlib
import subprocess
from pathlib import Path
from typing import Sequence

from . import ipsec, openconnect, openvpn, wireguard
from .machine import Machine
from .networkmanager import NetworkManager
from .state import LabError, wait_for
from .vpn import Vpn
from .vpns import VPNS, WITHOUT_DEFAULT

LATE = Path(__file__).parent / "late.py"
PPP = Path(__file__).parent / "ppp.py"
COMPLETED = "Initialization Sequence Completed"  # says openvpn
CONFIGURED = "Configured as"  # says openconnect
QUOTE = "'"
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
        if not self._corp.running(vpn.server_label):
            if vpn.client == "wg-quick":
                self._start_wireguard_server(vpn)
            elif vpn.client in ("openconnect", "nm-openconnect"):
                self._start_ocserv(vpn)
            elif vpn.client == "ipsec":
                served = (v for v in VPNS.values() if v.client == "ipsec")
                self._start_charon(self._corp, vpn.server_label, ipsec.server_configuration(served))
            else:
                self._start_openvpn_server(vpn)
        if vpn.late is not None:
            self._start_late(vpn, vpn.late if late is None else late)

    def up(self, vpn: Vpn) -> None:
        """Connects; returns when the tunnel has its addresses."""
        if vpn.title:
            self._activate(vpn)
        elif vpn.client == "openvpn":
            self._start_openvpn(vpn)
        elif vpn.client == "openconnect":
            command = openconnect.command(vpn, self._certificates)
            self._start_saying(CONFIGURED, self._home, f"vpn:{vpn.name}", command)
            wait_for(self._is_scripted, f"end of openconnect's script, {vpn.name}")
        elif vpn.client == "ipsec":
            self._start_charon(self._home, f"vpn:{vpn.name}", ipsec.client_configuration(vpn))
            self._home.run(["swanctl", "--initiate", "--child", vpn.name, "--timeout", "10"])
        else:
            self._wg_quick("up", vpn)
        wait_for(lambda: vpn in self.all_up(), f"addresses of {vpn.name}")

    def down(self, vpn: Vpn) -> None:
        """Disconnects; returns when the tunnel is gone."""
        if vpn.title:
            self._manager.nmcli("--wait", "30", "connection", "down", vpn.title)
        elif vpn.client == "wg-quick":
            self._wg_quick("down", vpn)
        else:
            self._home.stop(f"vpn:{vpn.name}")
        if vpn.ppp:
            self._home.run(["ip", "link", "delete", "ppp0"])
        wait_for(lambda: vpn not in self.all_up(), f"end of {vpn.name}")

    def all_up(self) -> list[Vpn]:
        """The VPNs whose tunnel has the addresses that it gets at once."""
        addresses = self._home.run(["ip", "-o", "address", "show"]).stdout

        def is_up(vpn: Vpn) -> bool:
            at_once = vpn.families if vpn.late is None else ("ipv4",)
            return all(f" {vpn.address(family)}/" in addresses for family in at_once)

        return [vpn for vpn in VPNS.values() if is_up(vpn)]

    def _is_scripted(self) -> bool:
        """Whether vpnc-script has done all of it: addresses first, then routes, DNS last."""
        return "@VPNC_GENERATED@" in self._home.run(["cat", "/etc/resolv.conf"]).stdout

    def _activate(self, vpn: Vpn) -> None:
        command = ["--wait", "30", "connection", "up", vpn.title]
        if vpn.client == "nm-openconnect":
            command += ["passwd-file", str(self._sign_in(vpn))]
        self._manager.nmcli(*command)

    def _sign_in(self, vpn: Vpn) -> Path:
        """What NetworkManager's dialogue asks the person for, as nmcli's file of secrets."""
        command = openconnect.command(vpn, self._certificates, "--authenticate")
        said = dict(line.split("=", 1) for line in self._home.run(command).stdout.splitlines())
        told = {"cookie": "COOKIE", "gateway": "CONNECT_URL", "gwcert": "FINGERPRINT"}
        lines = [f"vpn.secrets.{name}:{said[key].strip(QUOTE)}" for name, key in told.items()]
        file = self._home.folder / f"{vpn.name}.secrets"
        file.touch(mode=0o600)
        file.write_text("\n".join([*lines, ""]))
        return file

    def _start_ocserv(self, vpn: Vpn) -> None:
        file = self._corp.folder / f"{vpn.name}.conf"
        file.write_text(openconnect.server_configuration(vpn, self._certificates, file.parent))
        (file.parent / f"{vpn.name}.user").write_text(openconnect.user_configuration(vpn))
        command = ["ocserv", "--foreground", f"--config={file}"]
        self._start_saying("initialized ocserv", self._corp, f"server:{vpn.name}", command)

    def _start_charon(self, machine: Machine, label: str, connections: str) -> None:
        daemon, file = ipsec.write(machine.folder, connections)
        machine.start(label, ["charon-systemd"], STRONGSWAN_CONF=str(daemon))
        load = ["swanctl", "--load-all", "--file", file]
        wait_for(lambda: machine.run(load, check=False).returncode == 0, f"strongSwan, {label}")

    def _start_openvpn_server(self, vpn: Vpn) -> None:
        configuration = openvpn.write_server(vpn, self._certificates)
        command = ["openvpn", "--config", configuration]
        self._start_saying(COMPLETED, self._corp, f"server:{vpn.name}", command)

    def _start_openvpn(self, vpn: Vpn) -> None:
        configuration = self._home.folder / f"{vpn.name}.conf"
        configuration.write_text(openvpn.hand_configuration(vpn, self._certificates))
        command = ["openvpn", "--config", configuration]
        if vpn.ppp:
            self._home.run(["/usr/bin/python3", PPP, "ppp0"])
        self._start_saying(COMPLETED, self._home, f"vpn:{vpn.name}", command)

    def _start_saying(
        self, word: str, machine: Machine, label: str, command: Sequence[str | Path]
    ) -> None:
        """Starts a program and waits until its log says once more that it is ready."""
        said_before = machine.log(label).count(word)
        machine.start(label, command)

        def is_ready() -> bool:
            if not machine.running(label):
                raise LabError(f"{command[0]} ended: {machine.log(label)[-2000:]}")
            return machine.log(label).count(word) > said_before

        wait_for(is_ready, f"{command[0]}, {label}", 20)

    def _start_wireguard_server(self, vpn: Vpn) -> None:
        link, file = vpn.server_link, self._corp.folder / f"{vpn.name}.conf"
        file.touch(mode=0o600)
        file.write_text(wireguard.server(vpn, self._keys(vpn)))
        self._corp.start(f"server:{vpn.name}", ["wireguard-go", "--foreground", link])
        socket = f"/run/wireguard/{link}.sock"
        waiting = ["sh", "-c", f"until [ -S {socket} ]; do sleep 0.02; done"]
        self._corp.run(waiting, timeout=10)
        self._corp.run(["wg", "setconf", link, file])
        lengths = {"ipv4": 24, "ipv6": 64}
        own = (f"{vpn.address(f, 1)}/{lengths[f]}" for f in vpn.families)
        self._corp.configure(f"link set {link} up", *(f"address add {a} dev {link}" for a in own))

    def _wg_quick(self, direction: str, vpn: Vpn) -> None:
        file = self._home.folder / f"{vpn.name}.conf"
        file.touch(mode=0o600)
        file.write_text(wireguard.client(vpn, self._keys(vpn)))
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
