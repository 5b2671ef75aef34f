# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""What a VPN of the laboratory is, whatever its program."""
from __future__ import annotations

from dataclasses import dataclass

from . import plan

FAMILIES = ("ipv4", "ipv6")


@dataclass(frozen=True)
class Vpn:
    """One VPN, its server and its client."""

    name: str
    number: int  # gives port and addresses
    about: str
    # "nm", "nm-openconnect": NetworkManager's plugins; by hand: "openvpn", "wg-quick",
    # "openconnect", "ipsec"
    client: str
    title: str = ""  # the name of NetworkManager's profile, as a person would give it
    ipv4: bool = True  # carries IPv4
    ipv6: bool = False  # carries IPv6
    full: bool = True  # carries everything, else company addresses only
    over: str = "ipv4"  # the family in which the server is reached
    inside: bool = False  # the server is in the company's network, reached through another VPN
    tap: bool = False  # OpenVPN as Ethernet
    ppp: bool = False  # OpenVPN over a link of PPP's, in the place of the home's default route
    push: tuple[str, ...] = ()
    never_default6: bool = False  # NetworkManager's profile does not want IPv6's default route
    late: float | None = None  # seconds after which IPv6 address and routes arrive
    allowed: tuple[str, ...] = ()  # AllowedIPs of wg-quick, if not all of its families
    extra: tuple[str, ...] = ()  # more lines of [Interface] for wg-quick

    @property
    def port(self) -> int:
        return 1194 + self.number

    @property
    def server(self) -> str:
        if self.inside:
            return plan.INTRANET_WEB
        return plan.CORP_EXIT4 if self.over == "ipv4" else plan.CORP_WAN6

    @property
    def server_in_brackets(self) -> str:
        return f"[{self.server}]" if ":" in self.server else self.server

    @property
    def server_link(self) -> str:
        return f"vpn{self.number}"

    @property
    def server_label(self) -> str:
        """What the server's process is called at the company."""
        return "server:ipsec" if self.client == "ipsec" else f"server:{self.name}"

    @property
    def families(self) -> tuple[str, ...]:
        """The families in which the client has an address."""
        return tuple(f for f, has in zip(FAMILIES, (self.ipv4, self.ipv6)) if has)

    def address(self, family: str, host: int = 2) -> str | None:
        """The client's address in the tunnel (host 2), the server's (host 1)."""
        if family not in self.families:
            return None
        if family == "ipv4":
            return f"10.8.{self.number}.{host}"
        return f"2001:db8:c0:{self.number}::{host}"

    @property
    def exit_addresses(self) -> dict[str, str | None]:
        """What the Internet sees of traffic through this tunnel; None: not carried."""
        if not self.full:
            return {"ipv4": None, "ipv6": None}
        return {"ipv4": plan.CORP_EXIT4 if self.ipv4 else None, "ipv6": self.address("ipv6")}
