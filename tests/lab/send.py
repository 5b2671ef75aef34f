# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""Sends UDP packets and TCP connection requests to each address, as any program could.

send.py ADDRESS…: prints, as JSON, for each address and flow, say "udp 443", the source port and the
error, or null. Packets go out in the order of the addresses.
"""
from __future__ import annotations

import contextlib
import errno
import json
import socket
import sys

KINDS = {"udp": socket.SOCK_DGRAM, "tcp": socket.SOCK_STREAM}
# Of the web and of DNS: what firewalls leave open when they close the rest.
PORTS = (443, 53)


def send(one: socket.socket, address: str, port: int) -> tuple[int, str | None]:
    """The source port, and the name of the first error."""
    one.setblocking(False)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    number = one.connect_ex(socket.getaddrinfo(address, port, one.family, one.type)[0][4])
    if number == 0 and one.type == socket.SOCK_DGRAM:
        try:
            one.send(b"tunnel light laboratory")
        except OSError as failure:
            number = failure.errno
    error = None if number in (0, errno.EINPROGRESS) else errno.errorcode[number]
    return one.getsockname()[1], error


def send_all(address: str) -> dict[str, tuple[int, str | None]]:
    """Each flow from a port of its own: none is closed before all are sent."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with contextlib.ExitStack() as sockets:
        return {
            f"{name} {port}": send(sockets.enter_context(socket.socket(family, kind)), address, port)
            for port in PORTS
            for name, kind in KINDS.items()
        }


if __name__ == "__main__":
    json.dump({address: send_all(address) for address in sys.argv[1:]}, sys.stdout)
