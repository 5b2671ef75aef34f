# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""What changes while the program watches: the state before, an event, the state after it."""
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable

from .firewall import BOTH, LED4, LED6, marking

if TYPE_CHECKING:
    from ..laboratory import Lab

# A kill switch by firewall. A change of it is no event for an unprivileged program, a route is.
WALL = (
    "nft 'add table inet wall'",
    "nft 'add chain inet wall out { type filter hook output priority 0; }'",
    "nft 'add rule inet wall out meta nfproto ipv6 oifname eth0 meta l4proto { tcp, udp } drop'",
)
ANY_ROUTE = "ip -6 route add 2001:db8:90::/48 via fe80::1 dev eth0"
PRIVATE_ROUTE = "ip -6 route add fd00:99::/48 via fe80::1 dev eth0"
CLOSED = "ip -6 route add unreachable default metric 1"
OPENED = "ip -6 route delete unreachable default metric 1"


@dataclass(frozen=True)
class Moving:
    """A start, an event, and the state to which the program must come after it."""

    name: str
    start: str  # state
    event: Callable[[Lab], object]
    end: str
    vpns: tuple[str, ...] = ()
    line: str = "dual"
    home: tuple[str, ...] = ()  # commands for a shell before the start


def at_home(*commands: str) -> Callable[[Lab], object]:
    """Runs commands in a shell on the computer."""
    return lambda lab: lab.home.run(["sh", "-c", "; ".join(commands)])


def offers(line: str) -> Callable[[Lab], object]:
    """The router offers another line; the computer stays in the home network."""
    return lambda lab: lab.switch_line(line, reconnect=False)


def roams(line: str) -> Callable[[Lab], object]:
    """The computer joins another home network."""
    return lambda lab: lab.switch_line(line)


def connects(vpn: str, late: float | None = None) -> Callable[[Lab], object]:
    return lambda lab: lab.vpn_up(vpn, late)


def restart_networkmanager(lab: Lab) -> None:
    lab.manager.stop()
    lab.manager.start()
    lab.manager.wait_for_uplink(lab.line)


def lose_network(lab: Lab) -> None:
    """As a computer does that is put to sleep and wakes up again."""
    lab.nmcli("device", "disconnect", "eth0")
    lab.nmcli("device", "connect", "eth0")
    lab.manager.wait_for_uplink(lab.line)


MOVING = (
    Moving("a VPN of IPv4 comes up", "no-vpn", connects("corp4"), "leak"),
    Moving("a VPN of both comes up", "no-vpn", connects("corp46"), "safe"),
    Moving("wg-quick of both comes up", "no-vpn", connects("wg46"), "safe"),
    Moving("a VPN whose IPv6 is a little late", "no-vpn", connects("corp-late6", 0.15), "safe"),
    Moving("a VPN goes down", "safe", lambda lab: lab.vpn_down("corp46"), "no-vpn", ("corp46",)),
    Moving(
        "a VPN goes down beside strongSwan's daemon",
        "safe",
        lambda lab: lab.vpn_down("corp46"),
        "no-vpn",
        ("corp46",),
        home=("ip rule add pref 220 lookup 220",),
    ),
    Moving("the router begins with IPv6", "safe", offers("dual"), "leak", ("corp4",), "ipv4"),
    Moving("a second uplink with IPv6", "safe", offers("second-ipv6"), "leak", ("corp4",), "ipv4"),
    Moving("the router ends IPv6", "leak", offers("ipv4"), "safe", ("corp4",)),
    Moving("an RFC 4191 route arrives", "safe", offers("rio"), "leak", ("corp46",)),
    Moving("roaming to where option 121 is", "safe", roams("option-121"), "leak", ("wg46",)),
    Moving("roaming to where IPv6 is", "safe", roams("dual"), "leak", ("wg4",), "ipv4"),
    Moving("half of IPv4 is lost", "safe", at_home("ip route delete 0.0.0.0/1"), "leak", ("hand46",)),
    Moving(
        "the tunnel loses its IPv6 routes",
        "safe",
        at_home(
            "for p in ::/3 2000::/4 3000::/4 fc00::/7; do ip -6 route delete $p dev tun0; done"
        ),
        "leak",
        ("hand46",),
    ),
    Moving(
        "the uplink's metric becomes lower",
        "safe",
        at_home(
            "nmcli connection modify 'Home network' ipv4.route-metric 10",
            "nmcli device reapply eth0",
        ),
        "leak",
        ("corp46",),
    ),
    Moving("openconnect comes up", "no-vpn", connects("corp-oc4"), "leak"),
    Moving("openconnect goes down", "safe", lambda lab: lab.vpn_down("corp-oc46"), "no-vpn", ("corp-oc46",)),
    Moving("strongSwan comes up", "no-vpn", connects("ipsec4"), "leak"),
    Moving("strongSwan goes down", "safe", lambda lab: lab.vpn_down("ipsec46"), "no-vpn", ("ipsec46",)),
    Moving(
        "the inner VPN goes down",
        "safe",
        lambda lab: lab.vpn_down("wg-inside46"),
        "leak",
        ("corp4", "wg-inside46"),
    ),
    Moving(
        "the outer VPN goes down",
        "safe",
        lambda lab: lab.vpn_down("corp46"),
        "leak",
        ("corp46", "hand-inside4"),
    ),
    Moving(
        "a mesh's exit node is switched off",
        "safe",
        at_home("ip -4 route delete default table 52; ip -6 route delete default table 52"),
        "no-vpn",
        ("exit-node",),
    ),
    Moving("IPv6 is closed", "leak", at_home(CLOSED), "safe", ("corp4",)),
    Moving("IPv6 is opened again", "safe", at_home(OPENED), "leak", ("corp4",), home=(CLOSED,)),
    Moving("a VPN comes up behind a firewall", "no-vpn", connects("corp4"), "safe", home=WALL),
    Moving("a firewall closes IPv6", "leak", at_home(*WALL, ANY_ROUTE), "safe", ("corp4",)),
    Moving(
        "a firewall opens IPv6",
        "safe",
        at_home("nft delete table inet wall", ANY_ROUTE),
        "leak",
        ("corp4",),
        home=WALL,
    ),
    Moving(
        "a rule for what a firewall marks",
        "safe",
        at_home(*LED4, *LED6),
        "leak",
        ("corp46",),
        home=marking(BOTH),
    ),
    Moving(
        "a firewall that marks comes to rest",
        "leak",
        at_home("nft delete table inet fw", PRIVATE_ROUTE),
        "safe",
        ("corp46",),
        home=(*LED4, *LED6, *marking(BOTH)),
    ),
    Moving("the network goes and comes back", "safe", lose_network, "safe", ("wg46",)),
    Moving("NetworkManager ends", "safe", lambda lab: lab.manager.stop(), "safe", ("hand46",)),
    Moving("NetworkManager restarts", "safe", restart_networkmanager, "safe", ("hand46",)),
)
