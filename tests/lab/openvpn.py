# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""openvpn's configuration, at the company and at home."""
from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

from . import plan
from .vpn import Vpn


def server_configuration(vpn: Vpn, certificates: Path) -> str:
    """openvpn's configuration at the company."""
    lines = [f"dev {vpn.server_link}", f"dev-type {_device(vpn)}", "topology subnet"]
    lines += [f"proto {protocol(vpn)}", f"port {vpn.port}"]
    lines += ["dh none", "keepalive 10 60", "verb 3", "push-peer-info"]
    if vpn.inside:
        lines += [f"local {vpn.server}"]
    lines += _keys(certificates, "vpn-server")
    if vpn.ipv4:
        lines += [f"server 10.8.{vpn.number}.0 255.255.255.0"]
    if vpn.ipv6:
        lines += [f"server-ipv6 2001:db8:c0:{vpn.number}::/64"]
    if not vpn.full:
        lines += [f'push "route {_route4(plan.INTRANET4)}"']
    elif vpn.ipv6 and vpn.late is None and not vpn.push:
        lines += [f'push "redirect-gateway {"def1" if vpn.ipv4 else "!ipv4"} ipv6"']
    else:
        lines += [f'push "redirect-gateway {"" if vpn.ppp else "def1"}"']
    lines += [f'push "dhcp-option DNS {plan.INTRANET_DNS}"'] if vpn.client == "nm" else []
    lines += [f'push "{p}"' for p in vpn.push]
    return "\n".join([*lines, f"client-config-dir {_clients(vpn, certificates)}", ""])


def client_directives(vpn: Vpn) -> str:
    """What the server says to its client: always the same addresses."""
    lines = [f"ifconfig-push {vpn.address('ipv4')} 255.255.255.0"] if vpn.ipv4 else []
    if vpn.ipv6:
        lines += [f"ifconfig-ipv6-push {vpn.address('ipv6')}/64 {vpn.address('ipv6', 1)}"]
    if vpn.late is not None:
        # The server knows the address and routes to it, the client is not told.
        lines += ["push-remove ifconfig-ipv6", "push-remove tun-ipv6"]
    return "\n".join([*lines, ""])


def write_server(vpn: Vpn, certificates: Path) -> Path:
    """Writes the server's files; returns its configuration."""
    folder = _clients(vpn, certificates)
    folder.mkdir(exist_ok=True)
    (folder / "DEFAULT").write_text(client_directives(vpn))
    file = folder.parent / f"{vpn.name}.conf"
    file.write_text(server_configuration(vpn, certificates))
    return file


def hand_configuration(vpn: Vpn, certificates: Path) -> str:
    """openvpn's configuration at home, for those who start it by hand."""
    device = ["dev ppp0", "dev-type tun"] if vpn.ppp else [f"dev {_device(vpn)}"]
    lines = ["client", *device, f"proto {protocol(vpn)}", "nobind", "verb 3"]
    lines += [f"remote {vpn.server} {vpn.port}", "remote-cert-tls server"]
    lines += ["connect-retry 1 5", "resolv-retry infinite"]
    return "\n".join([*lines, *_keys(certificates, "vpn-client"), ""])


def protocol(vpn: Vpn) -> str:
    return "udp" if vpn.over == "ipv4" else "udp6"


def _device(vpn: Vpn) -> str:
    return "tap" if vpn.tap else "tun"


def _clients(vpn: Vpn, certificates: Path) -> Path:
    return certificates.parent / "corp" / f"{vpn.name}.clients"


def _keys(certificates: Path, name: str) -> list[str]:
    own = certificates / name
    return [f"ca {certificates}/ca.crt", f"cert {own}.crt", f"key {own}.key"]


def _route4(prefix: str) -> str:
    net = ip_network(prefix)
    return f"{net.network_address} {net.netmask}"
