# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""strongSwan at the company and at home.

Its kernel-libipsec does ESP itself, out of a tun link, where the kernel has none. Else strongSwan
is as anywhere: IKEv2, virtual addresses, routes in table 220 behind a rule of the same number.
"""
from __future__ import annotations

from pathlib import Path
from typing import Iterable

from . import plan
from .vpn import Vpn

# The marks keep IKE and ESP out of the tunnel (strongSwan's manual, kernel-libipsec).
DAEMON = """\
charon-systemd {
  load = random nonce drbg aes sha1 sha2 hmac kdf gmp kernel-libipsec kernel-netlink socket-default vici
  filelog { stderr { flush_line = yes } }
  plugins {
    kernel-netlink { fwmark = !0x42 }
    socket-default { fwmark = 0x42 }
    kernel-libipsec { allow_peer_ts = yes }
  }
}
"""
PROPOSALS = ["proposals = aes128-sha256-modp2048", "version = 2"]
SECRETS = 'secrets { ike { secret = "laboratory" } }'
CHILD = "esp_proposals = aes128-sha256"
ANY = {"ipv4": "0.0.0.0", "ipv6": "::"}
BITS = {"ipv4": 32, "ipv6": 128}


def everything(vpn: Vpn) -> str:
    """What the VPN carries, as traffic selectors."""
    if not vpn.full:
        return plan.INTRANET4
    return ", ".join(f"{ANY[f]}/0" for f in vpn.families)


def server_configuration(vpns: Iterable[Vpn]) -> str:
    """swanctl's at the company: one daemon serves all."""
    lines = ["connections {"]
    pools = ["pools {"]
    for vpn in vpns:
        names = [f"{vpn.name}-{family}" for family in vpn.families]
        pools += [f"{n} {{ addrs = {vpn.address(f)}/{BITS[f]} }}" for n, f in zip(names, vpn.families)]
        lines += [f"{vpn.name} {{", *PROPOSALS, f"pools = {', '.join(names)}"]
        lines += [*_end("local", vpn.name), *_end("remote", f"{vpn.name}-home")]
        lines += _child(vpn, "local_ts")
    return "\n".join([*lines, "}", *pools, "}", SECRETS, ""])


def client_configuration(vpn: Vpn) -> str:
    """swanctl's at home."""
    lines = ["connections {", f"{vpn.name} {{", *PROPOSALS, f"remote_addrs = {vpn.server}"]
    lines += [f"vips = {', '.join(ANY[f] for f in vpn.families)}"]
    lines += [*_end("local", f"{vpn.name}-home"), *_end("remote", vpn.name)]
    return "\n".join([*lines, *_child(vpn, "remote_ts"), "}", SECRETS, ""])


def write(folder: Path, swanctl: str) -> tuple[Path, Path]:
    """Writes what the daemon and swanctl read."""
    daemon, connections = folder / "strongswan.conf", folder / "swanctl.conf"
    daemon.write_text(DAEMON)
    connections.write_text(swanctl)
    return daemon, connections


def _end(side: str, name: str) -> list[str]:
    return [f"{side} {{", "auth = psk", f"id = {name}", "}"]


def _child(vpn: Vpn, selector: str) -> list[str]:
    lines = ["children {", f"{vpn.name} {{", f"{selector} = {everything(vpn)}", CHILD]
    return [*lines, "}", "}", "}"]
