# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""The configuration of wg-quick at home and of wg at the company."""
from __future__ import annotations

from .vpn import Vpn

EVERYTHING = {"ipv4": "0.0.0.0/0", "ipv6": "::/0"}


def client(vpn: Vpn, keys: dict[str, str]) -> str:
    """wg-quick's configuration at home."""
    own = ", ".join(str(vpn.address(f)) for f in vpn.families)
    allowed = vpn.allowed or tuple(EVERYTHING[f] for f in vpn.families)
    lines = ["[Interface]", f"PrivateKey = {keys['client']}", f"Address = {own}", *vpn.extra, ""]
    lines += ["[Peer]", f"PublicKey = {keys['server-public']}"]
    lines += [f"Endpoint = {vpn.server_in_brackets}:{vpn.port}"]
    return "\n".join([*lines, f"AllowedIPs = {', '.join(allowed)}", ""])


def server(vpn: Vpn, keys: dict[str, str]) -> str:
    """wg's configuration at the company."""
    bits = {"ipv4": 32, "ipv6": 128}
    own = ", ".join(f"{vpn.address(f)}/{bits[f]}" for f in vpn.families)
    lines = ["[Interface]", f"PrivateKey = {keys['server']}", f"ListenPort = {vpn.port}", ""]
    return "\n".join([*lines, "[Peer]", f"PublicKey = {keys['client-public']}", f"AllowedIPs = {own}", ""])
