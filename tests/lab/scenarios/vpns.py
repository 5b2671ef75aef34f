# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""All kinds of VPN."""
from __future__ import annotations

from .. import plan
from .scenario import Scenario

# What virtual machines and containers bring along: a tap in a bridge as libvirt makes it, a bridge
# with a veth as Docker makes it, a tap without a bridge, and a tun that nobody uses.
MACHINES = (
    "ip link add virbr0 type bridge; ip address add 192.168.122.1/24 dev virbr0",
    "ip tuntap add dev vnet0 mode tap; ip link set vnet0 master virbr0 up; ip link set virbr0 up",
    "ip link add docker0 type bridge; ip address add 172.17.0.1/16 dev docker0",
    "ip link add veth0 type veth peer name veth1; ip link set veth1 up",
    "ip link set veth0 master docker0 up; ip link set docker0 up",
    "ip tuntap add dev tap9 mode tap; ip address add 10.99.0.1/24 dev tap9; ip link set tap9 up",
    "ip tuntap add dev tun9 mode tun; ip address add 10.98.0.1/24 dev tun9; ip link set tun9 up",
)

# IPsec without a link, for some addresses, as strongSwan has it. The kernel has no ESP: what the
# policy should wrap waits for keys for ever.
POLICY = (
    "ip rule add pref 220 lookup 220",
    f"ip route add 192.0.3.0/24 via {plan.ROUTER4} dev eth0 proto static table 220",
    f"ip xfrm policy add src 0.0.0.0/0 dst 192.0.3.0/24 dir out"
    f" tmpl src 192.168.178.50 dst {plan.CORP_EXIT4} proto esp mode tunnel",
)

DAEMON = "ip rule add pref 220 lookup 220"
MTU = f"ip route replace default via {plan.ROUTER4} dev eth0 proto dhcp metric 100 mtu 1400"

# Which strongSwan calls a shunt: what a person puts beside a VPN of IPv4 to close IPv6.
REFUSES = "ip -6 xfrm policy add src ::/0 dst 2000::/3 dir out action block"

SCENARIOS = (
    # Routes that look like a leak and are none.
    Scenario("wide routes", "safe", "tunnelled", "tunnelled", vpns=("corp-wide6",), outcome="safe"),
    Scenario("wide routes, by hand", "safe", "tunnelled", "tunnelled", "dual", ("hand-wide6",), "safe"),
    Scenario("wg-quick, both", "safe", "tunnelled", "tunnelled", vpns=("wg46",), outcome="safe"),
    Scenario("wg-quick in halves", "safe", "tunnelled", "tunnelled", "dual", ("wg-halves",), "safe"),
    # openvpn, by hand and with its server elsewhere.
    Scenario("openvpn by hand, IPv4", "leak", "tunnelled", "bypass", "dual", ("hand4",), "unsafe"),
    Scenario("openvpn by hand, both", "safe", "tunnelled", "tunnelled", "dual", ("hand46",), "safe"),
    Scenario("server over IPv6", "leak", "tunnelled", "bypass", "dual", ("corp-udp6",), "unsafe"),
    # No route tells where the server is.
    Scenario("openvpn by hand over IPv6", "leak", "tunnelled", "bypass", "dual", ("hand-udp6",), "unsafe"),
    Scenario("openvpn as Ethernet, IPv4", "leak", "tunnelled", "bypass", "dual", ("hand-tap4",), "unsafe"),
    Scenario("openvpn as Ethernet, both", "safe", "tunnelled", "tunnelled", "dual", ("hand-tap46",), "safe"),
    # wg-quick.
    Scenario("wg-quick, IPv4", "leak", "tunnelled", "bypass", vpns=("wg4",), outcome="unsafe"),
    Scenario("wg-quick over IPv6", "leak", "tunnelled", "bypass", "dual", ("wg-udp6",), "unsafe"),
    Scenario("wg-quick without its routes", "leak", "tunnelled", "bypass", "dual", ("wg-off",), "unsafe"),
    # SSTP, L2TP and others: a ppp link, as an uplink may be one.
    Scenario("ppp in the place of the default route", "leak", "tunnelled", "bypass", "dual", ("hand-ppp4",), "unsafe"),
    Scenario("ppp in the place of the only one", "safe", "tunnelled", "absent", "ipv4", ("hand-ppp4",), "safe"),
    # openconnect, by hand and by NetworkManager.
    Scenario("openconnect by hand, IPv4", "leak", "tunnelled", "bypass", "dual", ("oc4",), "unsafe"),
    Scenario("openconnect by hand, both", "safe", "tunnelled", "tunnelled", "dual", ("oc46",), "safe"),
    Scenario("openconnect, IPv4", "leak", "tunnelled", "bypass", "dual", ("corp-oc4",), "unsafe"),
    Scenario("openconnect, both", "safe", "tunnelled", "tunnelled", "dual", ("corp-oc46",), "safe"),
    # IPv6 only: IPv4 goes around.
    Scenario("wg-quick, IPv6", "leak", "bypass", "tunnelled", vpns=("wg6",), outcome="safe"),
    Scenario("openvpn by hand, IPv6", "leak", "bypass", "tunnelled", "dual", ("hand6",), "safe"),
    # Meant for company traffic only.
    Scenario("company traffic only", "split", "bypass", "bypass", vpns=("corp-split",)),
    Scenario("openconnect for company traffic", "split", "bypass", "bypass", vpns=("corp-oc-split",)),
    # Nobody says that it is a VPN, and it carries nothing that could have gone out at home.
    Scenario("private addresses by hand", "no-vpn", "bypass", "bypass", vpns=("oc-split",)),
    # Two at once, side by side.
    Scenario("split beside full", "safe", "tunnelled", "tunnelled", "dual", ("corp-split", "corp46"), "safe"),
    Scenario("full beside split", "leak", "tunnelled", "bypass", "dual", ("corp4", "corp-oc-split"), "unsafe"),
    Scenario("full beside full", "safe", "tunnelled", "tunnelled", "dual", ("corp4", "wg46"), "safe"),
    Scenario("one for each family", "safe", "tunnelled", "tunnelled", "dual", ("corp4", "wg6"), "safe"),
    # One inside the other: what the inner one does not carry, the outer one may.
    Scenario("inner both, outer IPv4", "safe", "tunnelled", "tunnelled", "dual", ("corp4", "wg-inside46"), "safe"),
    Scenario("inner IPv4, outer both", "safe", "tunnelled", "tunnelled", "dual", ("corp46", "hand-inside4"), "safe"),
    Scenario("inner IPv4, outer IPv4", "leak", "tunnelled", "bypass", "dual", ("corp4", "wg-inside4"), "unsafe"),
    Scenario("full inside split", "leak", "tunnelled", "bypass", "dual", ("corp-split", "wg-inside4"), "unsafe"),
    # What carries its own range only.
    Scenario("machines and containers", "no-vpn", "bypass", "bypass", home=MACHINES),
    Scenario("machines beside a leak", "leak", "tunnelled", "bypass", "dual", ("corp4",), "unsafe", home=MACHINES),
    Scenario("machines beside a VPN", "safe", "tunnelled", "tunnelled", "dual", ("corp46",), "safe", home=MACHINES),
    Scenario("mesh", "no-vpn", "bypass", "bypass", vpns=("mesh",)),
    Scenario("mesh beside a leak", "leak", "tunnelled", "bypass", "dual", ("mesh", "corp4"), "unsafe"),
    Scenario("mesh beside a VPN", "safe", "tunnelled", "tunnelled", "dual", ("mesh", "corp46"), "safe"),
    Scenario("exit node of a mesh", "safe", "tunnelled", "tunnelled", "dual", ("exit-node",), "safe"),
    # IPsec: with a link of its own routes tell all.
    Scenario("strongSwan, IPv4", "leak", "tunnelled", "bypass", "dual", ("ipsec4",), "unsafe"),
    Scenario("strongSwan, both", "safe", "tunnelled", "tunnelled", "dual", ("ipsec46",), "safe"),
    # Without one it may carry what routes lead to the home router, if the kernel has a policy.
    Scenario("strongSwan's daemon alone", "no-vpn", "bypass", "bypass", home=(DAEMON,)),
    Scenario("strongSwan's daemon and a route's MTU", "no-vpn", "bypass", "bypass", home=(DAEMON, MTU)),
    Scenario("IPsec policy", "unknown", "bypass", "bypass", home=POLICY),
    Scenario("IPv6 refused by an IPsec policy", "safe", "tunnelled", "blocked", "dual", ("corp4",), "safe", home=(REFUSES,)),
    Scenario("IPsec policy beside a VPN", "unknown", "partial", "tunnelled", vpns=("corp46",), home=POLICY),
)
