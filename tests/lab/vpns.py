# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""The VPNs of the laboratory: their servers at the company and their settings at home.

A new one is one more entry of VPNS; its number gives port and addresses.
"""
from __future__ import annotations

import uuid
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

from . import plan

# What `redirect-gateway ipv6` of OpenVPN installs, and some servers push: all of IPv6 without ::/0.
WITHOUT_DEFAULT = ("::/3", "2000::/4", "3000::/4", "fc00::/7")
PROFILES = uuid.UUID("6d1ed4f2-2d6a-4c5b-8a0e-6a1f2f6a7d11")


@dataclass(frozen=True)
class Vpn:
    """One VPN, its server and its client."""

    name: str
    number: int
    about: str
    client: str  # "nm": NetworkManager's plugin; "openvpn", "wg-quick": by hand
    title: str = ""  # the name of NetworkManager's profile, as a person would give it
    ipv6: bool = False  # carries IPv6
    full: bool = True  # carries everything, else company addresses only
    over: str = "ipv4"  # the family in which the server is reached
    push: tuple[str, ...] = ()
    never_default6: bool = False  # NetworkManager's profile does not want IPv6's default route
    late: float | None = None  # seconds after which IPv6 address and routes arrive

    @property
    def port(self) -> int:
        return 1194 + self.number

    @property
    def server(self) -> str:
        return plan.CORP_EXIT4 if self.over == "ipv4" else plan.CORP_WAN6

    @property
    def server_link(self) -> str:
        return f"vpn{self.number}"

    def address(self, family: str, host: int = 2) -> str | None:
        """The client's address in the tunnel (host 2), the server's (host 1)."""
        if family == "ipv4":
            return f"10.8.{self.number}.{host}"
        return f"2001:db8:c0:{self.number}::{host}" if self.ipv6 else None

    @property
    def exit_addresses(self) -> dict[str, str | None]:
        """What the Internet sees of traffic through this tunnel; None: not carried."""
        if not self.full:
            return {"ipv4": None, "ipv6": None}
        return {"ipv4": plan.CORP_EXIT4, "ipv6": self.address("ipv6")}

    def server_configuration(self, certificates: Path) -> str:
        """openvpn's configuration at the company."""
        lines = [f"dev {self.server_link}", "dev-type tun", "topology subnet"]
        lines += [f"proto {_protocol(self.over)}", f"port {self.port}"]
        lines += ["dh none", "keepalive 10 60", "verb 3", "push-peer-info"]
        lines += _keys(certificates, "vpn-server")
        lines += [f"server 10.8.{self.number}.0 255.255.255.0"]
        if self.ipv6:
            lines += [f"server-ipv6 2001:db8:c0:{self.number}::/64"]
        if not self.full:
            lines += [f'push "route {_route4(plan.INTRANET4)}"']
        elif self.ipv6 and self.late is None and not self.push:
            lines += ['push "redirect-gateway def1 ipv6"']
        else:
            lines += ['push "redirect-gateway def1"']
        lines += [f'push "dhcp-option DNS {plan.INTRANET_DNS}"'] if self.client == "nm" else []
        lines += [f'push "{p}"' for p in self.push]
        return "\n".join([*lines, f"client-config-dir {self._clients(certificates)}", ""])

    def client_directives(self) -> str:
        """What the server says to its client: always the same addresses."""
        lines = [f"ifconfig-push {self.address('ipv4')} 255.255.255.0"]
        if self.ipv6:
            lines += [f"ifconfig-ipv6-push {self.address('ipv6')}/64 {self.address('ipv6', 1)}"]
        if self.late is not None:
            # The server knows the address and routes to it, the client is not told.
            lines += ["push-remove ifconfig-ipv6", "push-remove tun-ipv6"]
        return "\n".join([*lines, ""])

    def write_server(self, certificates: Path) -> Path:
        """Writes the server's files; returns its configuration."""
        folder = self._clients(certificates)
        folder.mkdir(exist_ok=True)
        (folder / "DEFAULT").write_text(self.client_directives())
        file = folder.parent / f"{self.name}.conf"
        file.write_text(self.server_configuration(certificates))
        return file

    def hand_configuration(self, certificates: Path) -> str:
        """openvpn's configuration at home, for those who start it by hand."""
        lines = ["client", "dev tun", f"proto {_protocol(self.over)}", "nobind", "verb 3"]
        lines += [f"remote {self.server} {self.port}", "remote-cert-tls server"]
        lines += ["connect-retry 1 5", "resolv-retry infinite"]
        return "\n".join([*lines, *_keys(certificates, "vpn-client"), ""])

    def profile(self, certificates: Path) -> str:
        """NetworkManager's profile, as a keyfile."""
        return f"""\
[connection]
id={self.title}
uuid={uuid.uuid5(PROFILES, self.name)}
type=vpn
autoconnect=false

[vpn]
service-type=org.freedesktop.NetworkManager.openvpn
connection-type=tls
remote={self._server_in_brackets()}:{self.port}:{_protocol(self.over)}
ca={certificates}/ca.crt
cert={certificates}/vpn-client.crt
key={certificates}/vpn-client.key
cert-pass-flags=4
remote-cert-tls=server

[ipv4]
method=auto
never-default={_boolean(not self.full)}

[ipv6]
method=auto
addr-gen-mode=stable-privacy
never-default={_boolean(not self.full or self.never_default6)}
"""

    def wg_client(self, keys: dict[str, str]) -> str:
        """wg-quick's configuration at home."""
        families = ["ipv4", "ipv6"] if self.ipv6 else ["ipv4"]
        own = ", ".join(str(self.address(f)) for f in families)
        everything = {"ipv4": "0.0.0.0/0", "ipv6": "::/0"}
        return f"""\
[Interface]
PrivateKey = {keys["client"]}
Address = {own}

[Peer]
PublicKey = {keys["server-public"]}
Endpoint = {self._server_in_brackets()}:{self.port}
AllowedIPs = {", ".join(everything[f] for f in families)}
"""

    def wg_server(self, keys: dict[str, str]) -> str:
        """wg's configuration at the company."""
        own = [f"{self.address('ipv4')}/32"]
        own += [f"{self.address('ipv6')}/128"] if self.ipv6 else []
        return f"""\
[Interface]
PrivateKey = {keys["server"]}
ListenPort = {self.port}

[Peer]
PublicKey = {keys["client-public"]}
AllowedIPs = {", ".join(own)}
"""

    def _server_in_brackets(self) -> str:
        return f"[{self.server}]" if ":" in self.server else self.server

    def _clients(self, certificates: Path) -> Path:
        return certificates.parent / "corp" / f"{self.name}.clients"


def _protocol(over: str) -> str:
    return "udp" if over == "ipv4" else "udp6"


def _boolean(value: bool) -> str:
    return "true" if value else "false"


def _keys(certificates: Path, name: str) -> list[str]:
    own = certificates / name
    return [f"ca {certificates}/ca.crt", f"cert {own}.crt", f"key {own}.key"]


def _route4(prefix: str) -> str:
    net = ip_network(prefix)
    return f"{net.network_address} {net.netmask}"


_WIDE = tuple(f"route-ipv6 {p}" for p in WITHOUT_DEFAULT)

_ALL = (
    Vpn("corp4", 1, "IPv4 only: IPv6 goes around it", "nm", "Corp VPN"),
    Vpn("corp46", 2, "IPv4 and IPv6", "nm", "Corp VPN dual stack", ipv6=True),
    Vpn("corp-split", 3, "company traffic only", "nm", "Corp VPN intranet", full=False),
    Vpn(
        "corp-late6",
        4,
        "IPv4 and IPv6, whose address and routes come a second late",
        "nm",
        "Corp VPN slow start",
        ipv6=True,
        late=1.0,
    ),
    Vpn(
        "corp-udp6",
        5,
        "IPv4 only, its server reached over IPv6",
        "nm",
        "Corp VPN over IPv6",
        over="ipv6",
    ),
    Vpn(
        "corp-wide6",
        6,
        "IPv4, and all of IPv6 without a default route",
        "nm",
        "Corp VPN wide routes",
        ipv6=True,
        push=_WIDE,
        never_default6=True,
    ),
    Vpn(
        "corp-2000",
        7,
        "IPv4, and of IPv6 the addresses of today (2000::/3) alone",
        "nm",
        "Corp VPN global addresses",
        ipv6=True,
        push=("route-ipv6 2000::/3",),
        never_default6=True,
    ),
    Vpn("hand4", 11, "openvpn by hand, IPv4 only", "openvpn"),
    Vpn("hand46", 12, "openvpn by hand, IPv4 and IPv6", "openvpn", ipv6=True),
    Vpn(
        "hand-wide6",
        13,
        f"openvpn by hand, pushes {' '.join(WITHOUT_DEFAULT)}",
        "openvpn",
        ipv6=True,
        push=_WIDE,
    ),
    Vpn("hand-udp6", 14, "openvpn by hand, IPv4 only, its server over IPv6", "openvpn", over="ipv6"),
    Vpn("wg4", 21, "wg-quick, IPv4 only", "wg-quick"),
    Vpn("wg46", 22, "wg-quick, IPv4 and IPv6", "wg-quick", ipv6=True),
    Vpn("wg-udp6", 23, "wg-quick, IPv4 only, its server over IPv6", "wg-quick", over="ipv6"),
)
VPNS: dict[str, Vpn] = {vpn.name: vpn for vpn in _ALL}
