# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""The home router, and what it offers to the computer."""
from __future__ import annotations

import os
import subprocess
from typing import Sequence

from . import internet, plan
from .lines import Line
from .machine import Machine
from .networkmanager import SECOND
from .state import State

# What comes from home goes out by this table, also to addresses that the LAN claims.
OUTWARD = 99


def connect(one: Machine, link: str, other: Machine, other_link: str) -> None:
    """Lays a cable between two machines."""
    ends = (one.namespace.name, other.namespace.name)
    command = ["ip", "link", "add", link, "netns", ends[0], "type", "veth"]
    subprocess.run([*command, "peer", "name", other_link, "netns", ends[1]], check=True)


class HomeRouter(Machine):
    """The router of a laboratory."""

    def __init__(self, state: State) -> None:
        super().__init__(state, "router")

    def reach_internet(self) -> None:
        """Addresses and routes that do not depend on the line."""
        self.configure(
            "link set lo up",
            f"address add {plan.HOME_EXIT4}/24 dev wan0",
            f"address add {plan.HOME_WAN6}/64 dev wan0",
            "link set wan0 up",
            f"route add default via {plan.ISP4}",
            f"route add default via {plan.ISP6}",
            f"route add default via {plan.ISP4} table {OUTWARD}",
            f"route add {plan.DNS4}/32 via {plan.ISP4}",
            f"rule add iif lan0 lookup {OUTWARD}",
            f"rule add iif lan1 lookup {OUTWARD}",
        )
        self._plug("lan0")

    def offer(self, line: Line, home: Machine) -> None:
        """Offers a line to the computer."""
        self.stop("dnsmasq")
        self.stop("radvd")  # says farewell with a last advertisement
        self._plug_second(line.second, home)
        self.configure(
            *(f"address flush dev {link}" for link in line.links),
            *(f"address add {a}" for a in line.addresses()),
        )
        internet.masquerade(self, plan.SHARED4 if line.shared4 else None)
        internet.start_dns(self, line.dnsmasq().splitlines())
        if line.ipv6:
            file = self.folder / "radvd.conf"
            file.write_text(line.radvd())
            pid = f"--pidfile={self.folder}/radvd.pid"
            command = ["radvd", "--nodaemon", f"--config={file}", pid, "--logmethod=stderr"]
            self.start("radvd", command)

    def advertise(self) -> None:
        """Sends its advertisement once more, as it does by itself rarely."""
        for process in self.running("radvd"):
            os.kill(process.pid, 1)

    def claim(self, addresses: Sequence[str], line: Line) -> None:
        """Answers for them where the computer takes them for neighbours.

        Who claims a prefix hands on what is sent there. For IPv4 it always does, see proxy_arp.
        """
        wanted = [a for a in addresses if ":" in a]
        pairs = ((address, link) for address in wanted for link in line.links)
        self.configure(*(f"neigh replace proxy {address} dev {link}" for address, link in pairs))

    def _plug(self, link: str) -> None:
        """Answers on a link to the computer, for every address there is."""
        self.configure(f"link set {link} addrgenmode none", f"link set {link} up")
        settings = {
            f"net.ipv4.conf.{link}.proxy_arp": 1,
            f"net.ipv6.conf.{link}.proxy_ndp": 1,
            f"net.ipv4.neigh.{link}.proxy_delay": 0,
            f"net.ipv6.neigh.{link}.proxy_delay": 0,
        }
        self.run(["sysctl", "-qw", *(f"{key}={value}" for key, value in settings.items())])

    def _plug_second(self, wanted: bool, home: Machine) -> None:
        """Makes or removes the second uplink."""
        there = "lan1" in self.run(["ip", "-o", "link"]).stdout
        if wanted and not there:
            connect(home, SECOND, self, "lan1")
            home.configure(f"link set {SECOND} address {plan.SECOND_MAC}")
            self._plug("lan1")
        elif there and not wanted:
            self.configure("link delete lan1")
