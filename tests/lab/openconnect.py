# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""ocserv at the company and openconnect at home: what AnyConnect's protocol is, in the open."""
from __future__ import annotations

from pathlib import Path

from . import plan
from .vpn import Vpn


def server_configuration(vpn: Vpn, certificates: Path, folder: Path) -> str:
    """ocserv's configuration. The client shows its certificate; nobody asks for a password."""
    own = certificates / "vpn-server"
    lines = [f"listen-host = {vpn.server}", f"tcp-port = {vpn.port}", f"udp-port = {vpn.port}"]
    lines += [f"server-cert = {own}.crt", f"server-key = {own}.key"]
    lines += ['auth = "certificate"', f"ca-cert = {certificates}/ca.crt", "cert-user-oid = 2.5.4.3"]
    lines += [f"socket-file = {folder}/{vpn.name}.socket", f"device = {vpn.server_link}-"]
    lines += ["run-as-user = root", "run-as-group = root", "isolate-workers = false"]
    lines += ["use-occtl = false", "log-level = 2", "keepalive = 60", "predictable-ips = true"]
    # NetworkManager's plugin comes back with the cookie alone.
    lines += ["cisco-client-compat = true", f"config-per-user = {folder}"]
    lines += [f"default-user-config = {folder}/{vpn.name}.user", f"dns = {plan.INTRANET_DNS}"]
    if vpn.ipv4:
        lines += [f"ipv4-network = 10.8.{vpn.number}.0/24"]
    if vpn.ipv6:
        lines += [f"ipv6-network = 2001:db8:c0:{vpn.number}::/64", "ipv6-subnet-prefix = 128"]
    return "\n".join([*lines, f"route = {'default' if vpn.full else plan.INTRANET4}", ""])


def user_configuration(vpn: Vpn) -> str:
    """What ocserv hands out: always the same addresses."""
    return "".join(f"explicit-{family} = {vpn.address(family)}\n" for family in vpn.families)


def command(vpn: Vpn, certificates: Path, *options: str) -> list[str]:
    """openconnect's command line at home."""
    own = certificates / "vpn-client"
    words = ["openconnect", "--protocol=anyconnect", "--non-inter", *options]
    words += [f"--certificate={own}.crt", f"--sslkey={own}.key"]
    return [*words, f"--cafile={certificates}/ca.crt", f"{vpn.server_in_brackets}:{vpn.port}"]
