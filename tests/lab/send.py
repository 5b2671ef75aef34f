# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""Sends a UDP packet and a TCP connection request to each address, as any program could.

send.py ADDRESS…: prints, as JSON, for each address and protocol the source port and the error, or
null. Packets go out in the order of the addresses.
"""
from __future__ import annotations

import errno
import json
import socket
import sys

PORT = 443
KINDS = {"udp": socket.SOCK_DGRAM, "tcp": socket.SOCK_STREAM}


def send(address: str, kind: int) -> tuple[int, str | None]:
    """The source port, and the name of the first error."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, kind) as one:
        one.setblocking(False)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        number = one.connect_ex(socket.getaddrinfo(address, PORT, family, kind)[0][4])
        if number == 0 and kind == socket.SOCK_DGRAM:
            try:
                one.send(b"tunnel light laboratory")
            except OSError as failure:
                number = failure.errno
        error = None if number in (0, errno.EINPROGRESS) else errno.errorcode[number]
        return one.getsockname()[1], error


if __name__ == "__main__":
    sent = {a: {name: send(a, kind) for name, kind in KINDS.items()} for a in sys.argv[1:]}
    json.dump(sent, sys.stdout)
