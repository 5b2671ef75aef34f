# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""Which addresses packets are sent to: what verdict and routes speak of, and some at random."""
from __future__ import annotations

import json
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from random import Random
from typing import Any, Iterable, Sequence

Network = IPv4Network | IPv6Network

# Written down here once more, so that it does not depend on the program's own table: what the
# Internet does not route (IANA's special-purpose registries, RFC 6890). Documentation counts.
NOT_PUBLIC = [
    ip_network(p)
    for p in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3"),
    )
]
PUBLIC6 = ip_network("2000::/3")
RANDOM = 12  # public addresses of each family
RANGES = 24  # of each family that are looked at


def is_in(address: str, prefixes: Iterable[Network]) -> bool:
    one = ip_address(address)
    return any(p.version == one.version and one in p for p in prefixes)


def is_public(address: str, nat64: str | None) -> bool:
    """nat64: the prefix by which the Internet of IPv4 is reached."""
    if ":" in address:
        return is_in(address, [PUBLIC6, *([ip_network(nat64)] if nat64 else [])])
    return not is_in(address, NOT_PUBLIC)


def edges(prefix: Network, random: Random) -> set[str]:
    """First, last and a random address inside a prefix, and its neighbours outside."""
    first, last = int(prefix[0]), int(prefix[-1])
    kind = type(prefix[0])
    end = int(kind(2**prefix.max_prefixlen - 1))
    inside = {first, last, random.randint(first, last)}
    return {str(kind(n)) for n in inside | {max(first - 1, 0), min(last + 1, end)}}


def some_public(random: Random) -> list[str]:
    """Public addresses of both families, evenly spread."""
    found: list[str] = []
    while len(found) < RANDOM:
        address = str(IPv4Network("0.0.0.0/0")[random.getrandbits(32)])
        found += [address] if is_public(address, None) else []
    return found + [str(PUBLIC6[random.getrandbits(125)]) for _ in range(RANDOM)]


def ranges_of_verdict(verdict: dict[str, Any]) -> list[Network]:
    """What the program says goes around the tunnel."""
    every = (family["bypass"][:RANGES] for family in verdict["families"].values())
    return [ip_network(bypass["prefix"]) for ranges in every for bypass in ranges]


def ranges_of_routes(said: str, links: Sequence[str]) -> list[Network]:
    """The destinations of routes over these links. said: `ip -j route show table all`."""
    routes = json.loads(said)
    found = {r["dst"] for r in routes if r.get("dev") in links and r.get("type") == "unicast"}
    found |= {r["dst"] for r in routes if {h.get("dev") for h in r.get("nexthops", ())} & {*links}}
    return sorted(ip_network(d) for d in found - {"default"})[:RANGES]


def choose(
    ranges: Iterable[Network], more: Iterable[str], nat64: str | None, seed: str
) -> list[str]:
    """The addresses to send to, the same for the same seed."""
    random = Random(seed)
    found = [*more, *some_public(random)]
    for prefix in ranges:
        found += sorted(edges(prefix, random))
    if nat64:
        found += sorted(edges(ip_network(nat64), random))
    return [a for a in dict.fromkeys(found) if is_public(a, nat64)]
