# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""The real NetworkManager of the computer at home, with a system bus of its own."""
from __future__ import annotations

import re
import uuid

from . import plan
from .lines import Line
from .machine import Machine
from .profiles import PROFILES, profile
from .state import LabError, Process, wait_for
from .vpns import VPNS

UPLINK = "eth0"
UPLINK_TITLE = "Home network"
SECOND, SECOND_TITLE = "eth1", "Home Wi-Fi"
# OpenVPN's helper is started with an emptied environment: the bus must be at its usual place.
BUS = "/run/dbus/system_bus_socket"
LABEL = "networkmanager"

# NetworkManager and the VPN plugins may own any name, anyone may talk to them.
BUS_CONFIGURATION = """\
<busconfig>
  <type>system</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
  </policy>
</busconfig>
"""

CONFIGURATION = """\
[main]
plugins=keyfile
dhcp=internal
dns=default
rc-manager=file
no-auto-default=*
hostname-mode=none
auth-polkit={polkit}
[keyfile]
path={profiles}
[connectivity]
enabled=false
[logging]
level=INFO
"""

UPLINK_PROFILE = """\
[connection]
id={title}
uuid={uuid}
type=ethernet
interface-name={link}

[ipv4]
method=auto
route-metric={metric}

[ipv6]
method=auto
route-metric={metric}
addr-gen-mode=eui64
ip6-privacy=0
"""
# Of Ethernet and Wi-Fi, NetworkManager's own.
METRICS = {UPLINK: 100, SECOND: 600}


class NetworkManager:
    """NetworkManager on one machine."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.profiles = machine.folder / "profiles"

    def write(self, polkit: str) -> None:
        """Writes configuration and profiles. polkit: NetworkManager's auth-polkit."""
        folder = self.machine.folder
        self.profiles.mkdir(mode=0o700)
        (folder / "bus.conf").write_text(BUS_CONFIGURATION.format(socket=BUS))
        text = CONFIGURATION.format(profiles=self.profiles, polkit=polkit)
        (folder / "NetworkManager.conf").write_text(text)
        (folder / "conf.d").mkdir()
        for title, link in ((UPLINK_TITLE, UPLINK), (SECOND_TITLE, SECOND)):
            own = {"title": title, "link": link, "uuid": uuid.uuid5(PROFILES, title)}
            self.add_profile(title, UPLINK_PROFILE.format(**own, metric=METRICS[link]))
        certificates = self.machine.state.folder / "certificates"
        for vpn in VPNS.values():
            if vpn.title:
                self.add_profile(vpn.title, profile(vpn, certificates))

    def add_profile(self, title: str, text: str) -> None:
        file = self.profiles / f"{title}.nmconnection"
        file.touch(mode=0o600)
        file.write_text(text)

    def start_bus(self) -> None:
        configuration = self.machine.folder / "bus.conf"
        command = ["dbus-daemon", f"--config-file={configuration}", "--nofork", "--nopidfile"]
        self.machine.start("bus", command)
        self.machine.run(["sh", "-c", f"until [ -S {BUS} ]; do sleep 0.02; done"], timeout=10)

    def start(self) -> None:
        folder = self.machine.folder
        command = ["NetworkManager", "--debug", f"--config={folder}/NetworkManager.conf"]
        command += [f"--config-dir={folder}/conf.d", f"--system-config-dir={folder}/conf.d"]
        self.machine.start(LABEL, command)

    def stop(self, kill: bool = False) -> None:
        self.machine.stop(LABEL, kill=kill)
        # The bus learns of it a moment later; until then the next one would find its name taken.
        wait_for(lambda: not self._has_name(), "NetworkManager's name on the bus to be free")

    def _has_name(self) -> bool:
        ask = ["--dest=org.freedesktop.DBus", "--object-path=/org/freedesktop/DBus"]
        ask += ["--method=org.freedesktop.DBus.NameHasOwner", "org.freedesktop.NetworkManager"]
        return "true" in self.machine.run(["gdbus", "call", "--system", *ask]).stdout

    def process(self) -> Process | None:
        found = self.machine.running(LABEL)
        return found[-1] if found else None

    def wait_for_uplink(self, line: Line) -> None:
        """Until the uplink is activated and has what the line offers."""
        try:
            wait_for(lambda: self._activated(line), "connection to the home network", 20)
            wait_for(lambda: self._has_all_of(line), "addresses and routes of the line", 20)
        except LabError as error:
            raise LabError(f"{error}; NetworkManager: {self.machine.log(LABEL)[-2000:]}") from None

    def nmcli(self, *arguments: str) -> str:
        return self.machine.run(["nmcli", *arguments]).stdout

    def active(self) -> list[str]:
        """Names of the activated profiles."""
        rows = self.nmcli("-t", "-f", "NAME,STATE", "connection", "show", "--active")
        pairs = (row.rpartition(":") for row in rows.splitlines())
        return [name for name, _, state in pairs if state == "activated"]

    def _activated(self, line: Line) -> bool:
        wanted = {UPLINK_TITLE, SECOND_TITLE} if line.second else {UPLINK_TITLE}
        try:
            return wanted <= set(self.active())
        except LabError:  # it has only just been started
            return False

    def _has_all_of(self, line: Line) -> bool:
        addresses = self.machine.run(["ip", "-o", "address", "show", "scope", "global"]).stdout
        routes = self.machine.run(["ip", "-6", "route", "show", "dev", UPLINK]).stdout
        wanted = [p.prefix.split("::")[0] for p in line.prefixes if p.autonomous]
        wanted += [plan.LAN6.split("::")[0]] if line.dhcpv6 else []
        wanted += [plan.SECOND_LAN6.split("::")[0]] if line.second else []
        complete = all(f"inet6 {prefix}:" in addresses for prefix in wanted)
        links = [UPLINK] if line.ipv4 else []
        links += [SECOND] if line.second else []
        complete = complete and all(re.search(rf"\b{x}\s+inet ", addresses) for x in links)
        default = "default" in routes or not (line.prefixes and line.default_router)
        return complete and default and "tentative" not in addresses
