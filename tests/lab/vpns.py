# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""The VPNs of the laboratory. A new one is one more entry of VPNS."""
from __future__ import annotations

from . import plan
from .vpn import Vpn

# What `redirect-gateway ipv6` of OpenVPN installs, and some servers push: all of IPv6 without ::/0.
WITHOUT_DEFAULT = ("::/3", "2000::/4", "3000::/4", "fc00::/7")
# The same addresses as a default route, which do not replace it.
HALVES = ("0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1")

_WIDE = tuple(f"route-ipv6 {p}" for p in WITHOUT_DEFAULT)
_TO_SERVER = f"{plan.CORP_EXIT4}/32 via {plan.ROUTER4}"
_SERVER_ROUTE = (f"PostUp = ip route add {_TO_SERVER}", f"PostDown = ip route del {_TO_SERVER}")

# What Tailscale sets up for an exit node: its own packets carry a mark and go by main, all others
# by table 52, out of which the home network is thrown.
_MARK = "fwmark 0x80000/0xff0000"
_RULES = (
    f"pref 5210 {_MARK} lookup main",
    f"pref 5230 {_MARK} lookup default",
    f"pref 5250 {_MARK} unreachable",
    "pref 5270 lookup 52",
)
_BOTH = ("-4", "-6")
_TAILSCALE = (
    "Table = off",
    "FwMark = 0x80000",
    *(f"PostUp = ip {f} rule add {r}" for f in _BOTH for r in _RULES),
    *(f"PostDown = ip {f} rule del {r}" for f in _BOTH for r in _RULES),
)
_EXIT_NODE = (
    *(f"PostUp = ip {f} route add default dev %i table 52" for f in _BOTH),
    f"PostUp = ip route add throw {plan.LAN4} table 52; ip route add throw {plan.LAN6} table 52",
    "PostDown = ip route flush table 52; ip -6 route flush table 52",
)
_MESH = ("100.64.0.0/10", "fd7a:115c:a1e0::/48")
_TO_MESH = "; ".join(f"ip route add {p} dev %i table 52" for p in _MESH)

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
    Vpn(
        "corp46-udp6",
        60,
        "IPv4 and IPv6, its server reached over IPv6",
        "nm",
        "Corp VPN both over IPv6",
        ipv6=True,
        over="ipv6",
    ),
    Vpn(
        "corp-split-web",
        61,
        "company traffic and a few public addresses",
        "nm",
        "Corp VPN some sites",
        full=False,
        push=("route 192.0.3.0 255.255.255.0", "route 203.0.112.0 255.255.255.0"),
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
    Vpn("hand-tap4", 15, "openvpn by hand as Ethernet (tap), IPv4 only", "openvpn", tap=True),
    Vpn("hand-tap46", 16, "openvpn by hand as Ethernet (tap), both", "openvpn", ipv6=True, tap=True),
    Vpn("hand6", 17, "openvpn by hand, IPv6 only", "openvpn", ipv4=False, ipv6=True),
    Vpn("hand-ppp4", 19, "by hand as SSTP has it: IPv4 only, a ppp link, no other default route", "openvpn", ppp=True),
    Vpn("hand-inside4", 18, "openvpn by hand, IPv4 only, through another VPN", "openvpn", inside=True),
    Vpn("wg4", 21, "wg-quick, IPv4 only", "wg-quick"),
    Vpn("wg46", 22, "wg-quick, IPv4 and IPv6", "wg-quick", ipv6=True),
    Vpn("wg-udp6", 23, "wg-quick, IPv4 only, its server over IPv6", "wg-quick", over="ipv6"),
    Vpn("wg6", 24, "wg-quick, IPv6 only", "wg-quick", ipv4=False, ipv6=True),
    Vpn(
        "wg-halves",
        25,
        "wg-quick, both in halves, without rules; the way to the server by hand",
        "wg-quick",
        ipv6=True,
        allowed=HALVES,
        extra=_SERVER_ROUTE,
    ),
    Vpn(
        "wg-off",
        26,
        "wg-quick with Table = off, its IPv4 routes by hand",
        "wg-quick",
        extra=(
            "Table = off",
            *_SERVER_ROUTE,
            "PostUp = ip route add 0.0.0.0/1 dev %i; ip route add 128.0.0.0/1 dev %i",
        ),
    ),
    Vpn(
        "exit-node",
        29,
        "WireGuard with the rules of Tailscale and an exit node",
        "wg-quick",
        ipv6=True,
        extra=(*_TAILSCALE, *_EXIT_NODE),
    ),
    Vpn(
        "mesh",
        30,
        "WireGuard with the rules of Tailscale, carries its own range only",
        "wg-quick",
        ipv6=True,
        full=False,
        allowed=_MESH,
        extra=(*_TAILSCALE, f"PostUp = {_TO_MESH}"),
    ),
    Vpn("wg-inside4", 27, "wg-quick, IPv4 only, through another VPN", "wg-quick", inside=True),
    Vpn("wg-inside46", 28, "wg-quick, both, through another VPN", "wg-quick", ipv6=True, inside=True),
    Vpn("oc4", 31, "openconnect by hand, IPv4 only", "openconnect"),
    Vpn("oc46", 32, "openconnect by hand, IPv4 and IPv6", "openconnect", ipv6=True),
    Vpn("oc-split", 33, "openconnect by hand, company traffic only", "openconnect", full=False),
    Vpn("corp-oc4", 34, "IPv4 only, openconnect", "nm-openconnect", "Corp AnyConnect"),
    Vpn(
        "corp-oc46",
        35,
        "IPv4 and IPv6, openconnect",
        "nm-openconnect",
        "Corp AnyConnect dual stack",
        ipv6=True,
    ),
    Vpn(
        "corp-oc-split",
        36,
        "company traffic only, openconnect",
        "nm-openconnect",
        "Corp AnyConnect intranet",
        full=False,
    ),
    Vpn("ipsec4", 41, "strongSwan by hand, IPv4 only", "ipsec"),
    Vpn("ipsec46", 42, "strongSwan by hand, IPv4 and IPv6", "ipsec", ipv6=True),
)
VPNS: dict[str, Vpn] = {vpn.name: vpn for vpn in _ALL}
