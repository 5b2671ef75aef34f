# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""Sends a UDP packet and a TCP connection request to each address, as any program could.

send.py ADDRESS…: prints, as JSON, the error each address gave, or null.
"""
from __future__ import annotations

import errno
import json
import socket
import sys

PORT = 443


def send(address: str) -> str | None:
    """The name of the first error, None if both were accepted."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    error = None
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(family, kind) as one:
            one.setblocking(False)
            number = one.connect_ex((address, PORT))
            if number == 0 and kind == socket.SOCK_DGRAM:
                try:
                    one.send(b"tunnel light laboratory")
                except OSError as failure:
                    number = failure.errno
            if number not in (0, errno.EINPROGRESS):
                error = error or errno.errorcode[number]
    return error


if __name__ == "__main__":
    json.dump({address: send(address) for address in sys.argv[1:]}, sys.stdout)
