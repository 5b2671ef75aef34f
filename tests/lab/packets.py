# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""Packets are the truth: which way do those from home to an address really take?"""
from __future__ import annotations

import contextlib
import json
import subprocess
import time
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Callable, Iterator, NamedTuple, Sequence

from . import plan
from .machine import Machine
from .state import LabError, wait_for

SEND = Path(__file__).parent / "send.py"
OBSERVE = Path(__file__).parent / "observe.py"
LABEL = "observer"
# After the markers: for packets that had to wait for the answer of a neighbour.
GRACE = 0.05


class Packet(NamedTuple):
    """A packet in the clear that was seen."""

    time: float  # seconds since the epoch
    link: str
    address: str  # where to
    protocol: str  # "udp" or "tcp"
    port: int  # where from


class Observer:
    """Sees, on one machine, the packets in the clear that arrive, before any firewall of it."""

    def __init__(self, machine: Machine, links: str) -> None:
        """links: how the names of the links begin, or "!" and how those of all others do."""
        self._machine = machine
        self._links = links
        self._file = machine.folder / f"{LABEL}.log"

    def start(self) -> None:
        """Until the laboratory goes; does nothing if it runs already."""
        if self._machine.running(LABEL):
            return
        self._machine.start(LABEL, ["/usr/bin/python3", OBSERVE, self._links])
        name = f"observer of {self._machine.name}"
        wait_for(lambda: "watching" in self._machine.log(LABEL), name)

    def now(self) -> int:
        """A place in the records, for since()."""
        return self._file.stat().st_size

    def since(self, place: int) -> Iterator[Packet]:
        """What was seen since then; LabError if something was missed."""
        with open(self._file) as file:
            file.seek(place)
            for line in file.read().rpartition("\n")[0].splitlines():
                if line.startswith("lost"):
                    raise LabError(f"the observer of {self._machine.name} {line} packets")
                if line != "watching":
                    moment, link, address, protocol, port = line.split()
                    yield Packet(float(moment), link, address, protocol, int(port))


@dataclass
class Fate:
    """What became of what was sent to one address, by flow: "udp 443"."""

    sent: set[str] = field(default_factory=set)
    clear: set[str] = field(default_factory=set)  # seen in the clear on the home network
    tunnel: set[str] = field(default_factory=set)  # came out of a tunnel at the company
    refused: dict[str, str] = field(default_factory=dict)  # the error that the sender got

    @property
    def way(self) -> str:
        """ "uplink", be it only one of several; "tunnel"; "nowhere"."""
        return "uplink" if self.clear else "tunnel" if self.tunnel else "nowhere"

    @property
    def known(self) -> bool:
        return self.clear | self.tunnel | self.refused.keys() >= self.sent


class Trip:
    """Packets that are sent from home once, and those that look out for them."""

    def __init__(self, router: Observer, corp: Observer) -> None:
        self._observers = {"clear": router, "tunnel": corp}
        for observer in self._observers.values():
            observer.start()
        self._places = {way: observer.now() for way, observer in self._observers.items()}
        self._sent: dict[tuple[str, str, int], tuple[str, str]] = {}
        self.fates: dict[str, Fate] = {}

    def send(
        self,
        send: Callable[[Sequence[str]], subprocess.CompletedProcess[str]],
        addresses: Sequence[str],
    ) -> None:
        """By send(addresses), which runs SEND."""
        for address, flows in _answer(send(addresses), addresses).items():
            fate = self.fates[address] = Fate(set(flows))
            for flow, (port, error) in flows.items():
                for seen in _seen_as(address):
                    self._sent[(seen, flow.split()[0], port)] = (address, flow)
                if error:
                    fate.refused[flow] = error

    def look(self) -> None:
        """Takes note of what has arrived so far."""
        for way, observer in self._observers.items():
            for packet in observer.since(self._places[way]):
                address, flow = self._sent.get(packet[2:], (None, None))
                if address is not None:
                    getattr(self.fates[address], way).add(flow)


def fates(
    trip: Trip,
    send: Callable[[Sequence[str]], subprocess.CompletedProcess[str]],
    addresses: Sequence[str],
    markers: Sequence[str],
    patience: float,
) -> dict[str, Fate]:
    """Sends from home to each address and says what became of it.

    markers: addresses that packets reach for certain, one through each uplink and tunnel. They are
      sent last and overtake nothing: once they have arrived, what has not come does not come.
    patience: seconds to wait if one of them does not arrive.
    """
    asked = list(dict.fromkeys(addresses))
    trip.send(send, [*asked, *markers])
    deadline = time.monotonic() + patience
    arrived = False
    while True:
        trip.look()
        if arrived or time.monotonic() > deadline or all(trip.fates[a].known for a in asked):
            return {address: trip.fates[address] for address in asked}
        arrived = all(trip.fates[m].clear | trip.fates[m].tunnel for m in markers)
        time.sleep(GRACE if arrived else 0.01)


def _seen_as(address: str) -> list[str]:
    """The destinations of its packets; those of IPv4 may have been translated (RFC 7915)."""
    plain = str(ip_address(address.partition("%")[0]))
    prefixes = () if ":" in plain else (plan.NAT64, plan.NAT64_OWN)
    return [plain, *(plan.nat64(plain, prefix) for prefix in prefixes)]


def _answer(
    done: subprocess.CompletedProcess[str], addresses: Sequence[str]
) -> dict[str, dict[str, tuple[int, str | None]]]:
    """Without one, packets that were never sent would count as packets that were kept back."""
    answer = None
    with contextlib.suppress(ValueError):
        answer = json.loads(done.stdout) if done.returncode == 0 else None
    if not isinstance(answer, dict) or set(answer) != set(addresses):
        said = (done.stderr or done.stdout or "").strip()[-2000:]
        raise LabError(f"could not send (exit status {done.returncode}): {said or 'no answer'}")
    return answer
