# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""Home lines: what the home router offers. A new one is one more entry of LINES."""
from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_interface, ip_network

from . import plan


@dataclass(frozen=True)
class Prefix:
    """A prefix option of the router advertisement (RFC 4861, 4.6.2)."""

    prefix: str
    on_link: bool = True
    autonomous: bool = True

    def text(self) -> str:
        return (
            f"  prefix {self.prefix} {{ AdvOnLink {_switch(self.on_link)};"
            f" AdvAutonomous {_switch(self.autonomous)};"
            " AdvPreferredLifetime 14400; AdvValidLifetime 86400; };"
        )


@dataclass(frozen=True)
class Line:
    """What the router tells the LAN, and which of its own addresses are on it."""

    about: str
    ipv4: bool = True
    prefixes: tuple[Prefix, ...] = ()
    default_router: bool = True  # the advertisement offers a default route
    routes: tuple[str, ...] = ()  # route information options (RFC 4191)
    router_addresses: tuple[str, ...] = ()
    dns6: str | None = None  # recursive DNS server option (RFC 8106)
    nat64: str | None = None  # what the router's DNS answers for ipv4only.arpa (RFC 7050)
    dhcp_options: tuple[str, ...] = ()  # as dnsmasq writes them, "121,…"
    # Seconds between unsolicited advertisements: more than a minute, so that one can measure
    # idleness between two of them (the first three come every 16 s, RFC 4861, 6.2.4).
    interval: tuple[int, int] = (200, 600)
    extra: tuple[str, ...] = ()  # further lines of radvd's interface section

    @property
    def ipv6(self) -> bool:
        return bool(self.prefixes)

    @property
    def public_ipv6(self) -> bool:
        """Whether the computer gets a public IPv6 address and a way out with it."""
        public = any(
            p.autonomous and not ip_network(p.prefix).subnet_of(ip_network("fc00::/7"))
            for p in self.prefixes
        )
        return public and self.default_router

    def radvd(self) -> str:
        lines = ["interface lan0 {", "  AdvSendAdvert on;"]
        # Answers at once also where it has just advertised; allowed with that option only.
        lines += ["  AdvIntervalOpt on;", "  MinDelayBetweenRAs 0.03;"]
        lines += [f"  MinRtrAdvInterval {self.interval[0]};"]
        lines += [f"  MaxRtrAdvInterval {self.interval[1]};"]
        lines += [f"  AdvDefaultLifetime {1800 if self.default_router else 0};"]
        lines += [p.text() for p in self.prefixes]
        lines += [f"  route {r} {{ AdvRouteLifetime 1800; }};" for r in self.routes]
        if self.dns6:
            lines += [f"  RDNSS {self.dns6} {{ AdvRDNSSLifetime 1800; }};"]
        return "\n".join([*lines, *(f"  {x}" for x in self.extra), "};", ""])

    def dnsmasq(self) -> str:
        """DNS for the LAN, and DHCP where the line has IPv4."""
        lines = [f"server={plan.DNS4}", "interface=lan0", "except-interface=lo", "bind-dynamic"]
        if self.nat64:
            lines += [f"host-record=ipv4only.arpa,192.0.0.170,{self.nat64}"]
        if self.ipv4:
            net = ip_network(plan.LAN4)
            lines += [f"dhcp-range={net[20]},{net[200]},{net.netmask},12h"]
            # No address is asked for before it is given: that takes seconds.
            lines += ["dhcp-authoritative", "dhcp-rapid-commit", "no-ping"]
            lines += [f"dhcp-option={x}" for x in self.dhcp_options]
        return "\n".join([*lines, ""])

    def addresses(self) -> list[str]:
        """The router's own addresses on the LAN, with their prefix length."""
        own = [f"{plan.ROUTER6_LOCAL}/64", *self.router_addresses]
        if self.ipv4:
            own.append(f"{plan.ROUTER4}/{ip_network(plan.LAN4).prefixlen}")
        return [str(ip_interface(a)) for a in own]


def _switch(value: bool) -> str:
    return "on" if value else "off"


_PUBLIC = Prefix(plan.LAN6)
_LOCAL = Prefix(plan.ULA)
_ADDRESSES = (f"{plan.LAN6_ROUTER}/64", f"{plan.ULA_ROUTER}/64")

LINES: dict[str, Line] = {
    "dual": Line(
        "IPv4 and IPv6, as most lines are today",
        prefixes=(_PUBLIC, _LOCAL),
        router_addresses=_ADDRESSES,
        dns6=plan.ULA_ROUTER,
    ),
    "quiet": Line(
        "IPv4 and IPv6, advertised only to those who ask: nothing at all comes by itself",
        prefixes=(_PUBLIC, _LOCAL),
        router_addresses=_ADDRESSES,
        dns6=plan.ULA_ROUTER,
        extra=("UnicastOnly on;",),
    ),
    "nat64": Line(
        "IPv4 and IPv6, by which IPv4 addresses can be reached, too",
        prefixes=(_PUBLIC, _LOCAL),
        router_addresses=_ADDRESSES,
        dns6=plan.ULA_ROUTER,
        nat64=plan.NAT64_ADDRESS,
    ),
    "ipv4": Line("IPv4 only"),
    "ula": Line(
        "IPv4, and IPv6 at home only: local addresses, no default route",
        prefixes=(_LOCAL,),
        default_router=False,
        router_addresses=_ADDRESSES[1:],
        dns6=plan.ULA_ROUTER,
    ),
}
