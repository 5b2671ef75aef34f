# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""A network namespace of our own without NetworkManager: what netlink alone can say.

No root is needed: the namespace belongs to a user namespace; root has none, since in a chroot the
kernel refuses it. There is one uplink, eth0 (a veth
pair), and any number of tun links, held open so that they have a carrier.
"""
from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

ROOT = os.geteuid() == 0
KEEPER = """
import fcntl, os, struct, sys
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454ca, 0x0001, 0x1000
held = []
print("ready", flush=True)
for line in sys.stdin:
    tun = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", line.strip().encode(), IFF_TUN | IFF_NO_PI))
    held.append(tun)
    print("ready", flush=True)
"""
UPLINK = """
link set lo up
link add eth0 type veth peer name router0
link set eth0 address 02:00:00:00:00:05
link set eth0 up
link set router0 up
"""
# What a home router would have handed out.
IPV4 = "addr add 192.168.1.5/24 dev eth0\nroute add default via 192.168.1.1 dev eth0 metric 100"
IPV6 = """
addr add 2001:db8:1::5/64 dev eth0 nodad
route add default via fe80::1 dev eth0 metric 100
"""
# What an OpenVPN with redirect-gateway does.
VPN_IPV4 = """
link set tun0 up
addr add 10.8.0.2/24 dev tun0
route add 0.0.0.0/1 dev tun0
route add 128.0.0.0/1 dev tun0
"""
VPN_IPV6 = "addr add fd00:8::2/64 dev tun0 nodad\nroute add default dev tun0 metric 50"


class Namespace:
    def __init__(self, home: Path) -> None:
        self.home = home
        kinds = ["--net"] if ROOT else ["--user", "--map-root-user", "--net"]
        command = ["unshare", *kinds, "/usr/bin/python3", "-c", KEEPER]
        self.keeper = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       text=True)
        self._await_keeper()
        self.ip(UPLINK)

    def _await_keeper(self) -> None:
        assert self.keeper.stdout and self.keeper.stdout.readline() == "ready\n"

    def inside(self, *command: str) -> list[str]:
        kinds = ["--net"] if ROOT else ["--net", "--user", "--preserve-credentials"]
        return ["nsenter", f"--target={self.keeper.pid}", *kinds, *command]

    def environment(self, **more: str) -> dict[str, str]:
        """No bus, no settings, nothing of the person who runs the tests."""
        places = {name: str(self.home) for name in
                  ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_DIRS")}
        kept = {name: value for name, value in os.environ.items()
                if name in ("PATH", "ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS")}
        return {**kept, **places, "LC_ALL": "C.UTF-8", "GSETTINGS_BACKEND": "memory",
                "G_DEBUG": "gc-friendly,fatal-warnings",
                "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.home}/no-bus", **more}

    def run(self, *command: str, **options: Any) -> subprocess.CompletedProcess[str]:
        options.setdefault("env", self.environment())
        return subprocess.run(self.inside(*command), text=True, capture_output=True, timeout=60,
                              **options)

    def start(self, *command: str, **options: Any) -> subprocess.Popen[str]:
        given = {"env": self.environment(), "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(self.inside(*command), text=True, **{**given, **options})

    def ip(self, batch: str, family: int | None = None) -> None:
        """Commands of ip(8), one a line."""
        option = [f"-{family}"] if family else []
        subprocess.run(self.inside("ip", *option, "-batch", "-"), input=batch, text=True,
                       check=True, capture_output=True)

    def add_tun(self, name: str) -> None:
        assert self.keeper.stdin
        self.keeper.stdin.write(f"{name}\n")
        self.keeper.stdin.flush()
        self._await_keeper()

    def home_line(self, ipv4: bool = True, ipv6: bool = True) -> None:
        if ipv4:
            self.ip(IPV4, 4)
        if ipv6:
            self.ip(IPV6, 6)

    def connect_vpn(self, ipv6: bool = False) -> None:
        self.add_tun("tun0")
        self.ip(VPN_IPV4, 4)
        if ipv6:
            self.ip(VPN_IPV6, 6)

    def stop(self) -> None:
        self.keeper.terminate()
        self.keeper.communicate()
