# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""Packets are the truth: which way do those from home to an address really take?"""
from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Callable, Sequence

from .machine import Machine
from .state import LabError

SEND = Path(__file__).parent / "send.py"


class Count:
    """Counts, on one machine, packets in the clear to given addresses; a context manager."""

    def __init__(self, machine: Machine, condition: str, addresses: Sequence[str]) -> None:
        self._machine = machine
        self._addresses = list(addresses)
        self._condition = condition
        self._table = f"lab-{os.getpid()}-{time.monotonic_ns()}"

    def __enter__(self) -> Count:
        numbers = range(len(self._addresses))
        counters = [f"counter c{n} {{}}" for n in numbers]
        rules = [
            f"{self._condition} {_match(a)} counter name c{n}"
            for n, a in enumerate(self._addresses)
        ]
        # Before connection tracking and routing: whatever arrives is counted.
        chain = ["chain arriving {", "type filter hook prerouting priority raw", *rules, "}"]
        text = "\n".join([f"table inet {self._table} {{", *counters, *chain, "}", ""])
        self._machine.run(["nft", "-f", "-"], input=text)
        return self

    def __exit__(self, *_: object) -> None:
        self._machine.run(["nft", "delete", "table", "inet", self._table])

    def seen(self) -> dict[str, int]:
        """How many packets to each address have arrived so far."""
        listed = self._machine.run(["nft", "-j", "list", "counters", "table", "inet", self._table])
        rows = [x["counter"] for x in json.loads(listed.stdout)["nftables"] if "counter" in x]
        packets = {row["name"]: row["packets"] for row in rows}
        return {a: packets[f"c{n}"] for n, a in enumerate(self._addresses)}


def ways(
    router: Machine,
    corp: Machine,
    send: Callable[[Sequence[str]], subprocess.CompletedProcess[str]],
    addresses: Sequence[str],
    patience: float,
) -> dict[str, str]:
    """Sends from home, by send(addresses) which runs SEND, to each address and says where the packets came out.

    "uplink": in the clear on the router's side of the home network, be it only one of several;
    "tunnel": out of a tunnel at the company; "nowhere": neither within so many seconds.
    """
    at_router = Count(router, 'iifname "lan0"', addresses)
    at_corp = Count(corp, 'iifname != "wan0"', addresses)
    with at_router, at_corp:
        _check_answer(send(addresses), addresses)
        deadline = time.monotonic() + patience
        while True:
            by_uplink, by_tunnel = at_router.seen(), at_corp.seen()
            every = all(by_uplink[a] + by_tunnel[a] >= 2 for a in addresses)
            if every or time.monotonic() > deadline:
                break
            time.sleep(0.05)
    found = {a: "tunnel" for a in addresses if by_tunnel[a]}
    found |= {a: "uplink" for a in addresses if by_uplink[a]}
    return {a: found.get(a, "nowhere") for a in addresses}


def _check_answer(done: subprocess.CompletedProcess[str], addresses: Sequence[str]) -> None:
    """Without it, packets that were never sent would count as packets that were kept back."""
    try:
        answer = json.loads(done.stdout) if done.returncode == 0 else None
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or set(answer) != set(addresses):
        said = (done.stderr or done.stdout or "").strip()[-2000:]
        raise LabError(f"could not send (exit status {done.returncode}): {said or 'no answer'}")


def _match(address: str) -> str:
    return f"{'ip6' if ':' in address else 'ip'} daddr {address}"
