# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""Home lines: what the home router offers. A new one is one more entry of LINES."""
from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

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
    lan4: str = plan.LAN4  # a public one is claimed: packets to it are handed on nevertheless
    second: bool = False  # the computer has a second uplink, on a LAN of its own
    prefixes: tuple[Prefix, ...] = ()
    default_router: bool = True  # the advertisement offers a default route
    routes: tuple[str, ...] = ()  # route information options (RFC 4191)
    router_addresses: tuple[str, ...] = ()
    dns6: str | None = None  # recursive DNS server option (RFC 8106)
    nat64: str | None = None  # the prefix, as the router's DNS tells it (RFC 7050)
    dns64: bool = False  # names with IPv4 alone have an address of NAT64, too (RFC 6147)
    dhcpv6: bool = False  # one address of plan.LAN6 is given out (RFC 8415)
    shared4: bool = False  # the provider translates IPv4 once more (DS-Lite, carrier-grade NAT)
    dhcp_options: tuple[str, ...] = ()  # as dnsmasq writes them, "121,…"
    # Seconds between unsolicited advertisements: more than a minute, so that one can measure
    # idleness between two of them (the first three come every 16 s, RFC 4861, 6.2.4).
    interval: tuple[int, int] = (200, 600)
    extra: tuple[str, ...] = ()  # further lines of radvd's interface section

    @property
    def ipv6(self) -> bool:
        return bool(self.prefixes) or self.second

    @property
    def sends_ipv6(self) -> bool:
        """Whether the computer sends IPv6 to the Internet, whatever address it has for it."""
        return bool(self.prefixes) and self.default_router or self.second

    @property
    def public_ipv6(self) -> bool:
        """Whether the computer gets a public IPv6 address and a way out with it."""
        given = (ip_network(p.prefix) for p in self.prefixes if p.autonomous or self.dhcpv6)
        public = any(not net.subnet_of(ip_network("fc00::/7")) for net in given)
        return public and self.default_router or self.second

    @property
    def exit6(self) -> str | None:
        """The computer's address that web sites see."""
        own = plan.HOME6_ADDRESS if self.prefixes else plan.SECOND6_ADDRESS
        return own if self.public_ipv6 else None

    @property
    def links(self) -> tuple[str, ...]:
        """The router's links to the computer."""
        return ("lan0", "lan1") if self.second else ("lan0",)

    def lan(self) -> list[IPv4Network | IPv6Network]:
        """The computer's own public LANs: it may reach neighbours there beside any tunnel."""
        every = (p for p in self.prefixes if p.on_link and (p.autonomous or self.dhcpv6))
        found = [net for net in map(ip_network, (p.prefix for p in every)) if net.prefixlen >= 64]
        return found + ([ip_network(plan.SECOND_LAN6)] if self.second else [])

    def neighbours(self) -> list[str]:
        """An address for each on-link prefix that every computer has."""
        nets = [*self.lan(), *([ip_network(self.lan4)] if self._has_private_lan4() else [])]
        return [str(net[0x99]) for net in nets]

    def _has_private_lan4(self) -> bool:
        return self.ipv4 and self.lan4 == plan.LAN4

    def radvd(self) -> str:
        sections = [self._radvd("lan0", self.prefixes)] if self.prefixes else []
        sections += [self._radvd("lan1", (Prefix(plan.SECOND_LAN6),))] if self.second else []
        return "".join(sections)

    def _radvd(self, link: str, prefixes: tuple[Prefix, ...]) -> str:
        lines = [f"interface {link} {{", "  AdvSendAdvert on;"]
        # Answers at once also where it has just advertised; allowed with that option only.
        lines += ["  AdvIntervalOpt on;", "  MinDelayBetweenRAs 0.03;"]
        lines += [f"  MinRtrAdvInterval {self.interval[0]};"]
        lines += [f"  MaxRtrAdvInterval {self.interval[1]};"]
        lines += [f"  AdvManagedFlag {_switch(self.dhcpv6)};"]
        lines += [f"  AdvDefaultLifetime {1800 if self.default_router else 0};"]
        lines += [p.text() for p in prefixes]
        lines += [f"  route {r} {{ AdvRouteLifetime 1800; }};" for r in self.routes]
        if self.dns6:
            lines += [f"  RDNSS {self.dns6} {{ AdvRDNSSLifetime 1800; }};"]
        return "\n".join([*lines, *(f"  {x}" for x in self.extra), "};", ""])

    def dnsmasq(self) -> str:
        """DNS for the LAN, and DHCP where the line has IPv4."""
        lines = [f"server={plan.DNS4}", "except-interface=lo", "bind-dynamic"]
        lines += [f"interface={link}" for link in self.links]
        if self.nat64:
            known = plan.nat64("192.0.0.170", self.nat64)
            lines += [f"host-record=ipv4only.arpa,192.0.0.170,{known}"]
        if self.dns64:
            alone = {name: four for name, (four, six) in plan.NAMES.items() if four and not six}
            both = {name: f"{a},{plan.nat64(a, self.nat64)}" for name, a in alone.items()}
            lines += [f"host-record={name},{addresses}" for name, addresses in both.items()]
        if self.dhcpv6:
            lines += [f"dhcp-range={plan.HOME6_ADDRESS},{plan.HOME6_ADDRESS},64,12h"]
        if self.ipv4:
            nets = [self.lan4, *([plan.SECOND_LAN4] if self.second else [])]
            for net in map(ip_network, nets):
                lines += [f"dhcp-range={net[100]},{net[200]},{net.netmask},12h"]
            # No address is asked for before it is given: that takes seconds.
            lines += ["dhcp-authoritative", "dhcp-rapid-commit", "no-ping"]
            lines += [f"dhcp-option={x}" for x in self.dhcp_options]
        return "\n".join([*lines, ""])

    def addresses(self) -> list[str]:
        """The router's own addresses, as ip(8) adds them."""
        own = [f"{a} dev lan0" for a in (f"{plan.ROUTER6_LOCAL}/64", *self.router_addresses)]
        own += [f"{_first(self.lan4)} dev lan0"] if self.ipv4 else []
        if self.second:
            own += [f"{plan.ROUTER6_LOCAL}/64 dev lan1", f"{_first(plan.SECOND_LAN6)} dev lan1"]
            own += [f"{_first(plan.SECOND_LAN4)} dev lan1"] if self.ipv4 else []
        return own


def _first(prefix: str) -> str:
    """The first address of a LAN, which is its router's, with the LAN's length."""
    net = ip_network(prefix)
    return f"{net[1]}/{net.prefixlen}"


def _switch(value: bool) -> str:
    return "on" if value else "off"


_PUBLIC = Prefix(plan.LAN6)
_LOCAL = Prefix(plan.ULA)
_ADDRESSES = (f"{plan.LAN6_ROUTER}/64", f"{plan.ULA_ROUTER}/64")

_BOTH = {
    "prefixes": (_PUBLIC, _LOCAL),
    "router_addresses": _ADDRESSES,
    "dns6": plan.ULA_ROUTER,
}


def _classless(*prefixes: str) -> tuple[str, ...]:
    """Option 121 (RFC 3442) with these routes beside the default one, which it replaces."""
    routes = (f"{p},{plan.ROUTER4}" for p in (*prefixes, "0.0.0.0/0"))
    return (f"121,{','.join(routes)}",)


LINES: dict[str, Line] = {
    "dual": Line("IPv4 and IPv6, as most lines are today", **_BOTH),
    "quiet": Line(
        "IPv4 and IPv6, advertised only to those who ask: nothing at all comes by itself",
        extra=("UnicastOnly on;",),
        **_BOTH,
    ),
    "nat64": Line(
        "IPv4 and IPv6, by which IPv4 addresses can be reached, too",
        nat64=plan.NAT64,
        **_BOTH,
    ),
    "ipv4": Line("IPv4 only"),
    "ipv6": Line(
        "IPv6 only: IPv4 addresses are reached by NAT64 and DNS64",
        ipv4=False,
        nat64=plan.NAT64,
        dns64=True,
        **_BOTH,
    ),
    "ipv6-own": Line(
        "IPv6 only, whose NAT64 has a prefix of the provider's own",
        ipv4=False,
        nat64=plan.NAT64_OWN,
        dns64=True,
        **_BOTH,
    ),
    "ula": Line(
        "IPv4, and IPv6 at home only: local addresses, no default route",
        prefixes=(_LOCAL,),
        default_router=False,
        router_addresses=_ADDRESSES[1:],
        dns6=plan.ULA_ROUTER,
    ),
    "dhcpv6": Line(
        "IPv4 and IPv6, whose addresses DHCPv6 gives out, as in companies and hotels",
        dhcpv6=True,
        **_BOTH | {"prefixes": (Prefix(plan.LAN6, autonomous=False),)},
    ),
    "ula-routed": Line(
        "IPv4, and IPv6 with local addresses that nevertheless get a default route",
        prefixes=(_LOCAL,),
        router_addresses=_ADDRESSES[1:],
        dns6=plan.ULA_ROUTER,
    ),
    "no-prefix": Line(
        "IPv4, and a router of IPv6 that gives out no addresses",
        **_BOTH | {"prefixes": (Prefix(plan.LAN6, autonomous=False, on_link=False),)},
    ),
    "off-link": Line(
        "IPv4 and IPv6, whose neighbours are reached by the router",
        **_BOTH | {"prefixes": (Prefix(plan.LAN6, on_link=False), _LOCAL)},
    ),
    "ds-lite": Line("IPv6, and IPv4 with an address that many homes share", shared4=True, **_BOTH),
    "two": Line("Ethernet and Wi-Fi, both with IPv4 and IPv6", second=True, **_BOTH),
    "second-ipv6": Line("IPv4 only, and a second uplink with both", second=True),
    # What pulls traffic out of a tunnel.
    "claims-24": Line("a LAN that claims a public /24 of IPv4", lan4="192.0.2.0/24", **_BOTH),
    "claims-16": Line(
        "a LAN that claims a public /16 of IPv4, with the company in it",
        lan4="198.51.0.0/16",
        **_BOTH,
    ),
    "claims-48": Line(
        "a LAN that claims a /48 of IPv6 as its own",
        **_BOTH | {"prefixes": (_PUBLIC, _LOCAL, Prefix("2001:db8:80::/48", autonomous=False))},
    ),
    "claims-64": Line(
        "a LAN that claims a /64 of IPv6 and gives out no addresses in it",
        **_BOTH | {"prefixes": (_PUBLIC, _LOCAL, Prefix("2001:db8:80::/64", autonomous=False))},
    ),
    "second-64": Line(
        "a LAN that gives out addresses of two prefixes",
        **_BOTH | {"prefixes": (_PUBLIC, _LOCAL, Prefix("2001:db8:178:2::/64"))},
    ),
    "home-48": Line(
        "a LAN on which all of the home's own /48 is on-link",
        **_BOTH | {"prefixes": (_PUBLIC, _LOCAL, Prefix(plan.HOME6, autonomous=False))},
    ),
    "rio": Line(
        "a router that advertises a more specific route (RFC 4191)",
        routes=("2001:db8:80::/48",),
        **_BOTH,
    ),
    "rio-all": Line(
        "a router that advertises a route to all of the Internet beside the default route",
        routes=("2000::/3",),
        **_BOTH,
    ),
    "rio-far": Line(
        "the same, for addresses at which nobody is known",
        routes=("2001:db8:90::/48",),
        **_BOTH,
    ),
    "option-121": Line(
        "DHCP gives a more specific route (option 121)",
        dhcp_options=_classless("192.0.2.0/24"),
        **_BOTH,
    ),
    "option-121-halves": Line(
        "DHCP gives two routes for everything (option 121, TunnelVision)",
        dhcp_options=_classless("0.0.0.0/1", "128.0.0.0/1"),
        **_BOTH,
    ),
    "option-121-host": Line(
        "DHCP gives a host route, like the one to a VPN server",
        dhcp_options=_classless(f"{plan.WEB4}/32"),
        **_BOTH,
    ),
    "option-121-server": Line(
        "DHCP gives the host route to the company's VPN server",
        dhcp_options=_classless(f"{plan.CORP_EXIT4}/32"),
        **_BOTH,
    ),
}
