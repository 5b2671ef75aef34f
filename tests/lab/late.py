# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""Gives a tunnel its IPv6 address and routes some time after its IPv4 address, each time.

late.py SECONDS ADDRESS4 ADDRESS6 ROUTE6…
"""
from __future__ import annotations

import subprocess
import sys
import time


def carry_ipv6(link: str, address: str, routes: list[str]) -> None:
    """Fails quietly: the tunnel may be gone again."""
    commands = [f"address add {address}/64 dev {link}"]
    commands += [f"route add {route} dev {link} metric 50" for route in routes]
    text = "\n".join(commands) + "\n"
    subprocess.run(["ip", "-6", "-batch", "-"], input=text, text=True, check=False)


def main() -> None:
    seconds, address4, address6, *routes = sys.argv[1:]
    monitor = subprocess.Popen(
        ["ip", "-o", "-4", "monitor", "address"], stdout=subprocess.PIPE, text=True
    )
    assert monitor.stdout
    print("watching", flush=True)
    for line in monitor.stdout:
        fields = line.split()
        if fields[0] != "Deleted" and f"inet {address4}/" in line:
            time.sleep(float(seconds))
            carry_ipv6(fields[1], address6, routes)


if __name__ == "__main__":
    main()
