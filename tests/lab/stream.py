# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""A steady stream of UDP packets to each address, routed anew each time, until it is ended.

stream.py MILLISECONDS ADDRESS…: prints the source ports of IPv4 and IPv6, then sends to all
addresses every so many milliseconds. Errors do not matter: what is not sent is not seen.
"""
from __future__ import annotations

import contextlib
import socket
import sys
import time

PORT = 443


def main() -> None:
    pause, *addresses = sys.argv[1:]
    sockets = {}
    for version, family, anywhere in ((4, socket.AF_INET, "0.0.0.0"), (6, socket.AF_INET6, "::")):
        sockets[version] = socket.socket(family, socket.SOCK_DGRAM)
        sockets[version].setblocking(False)
        sockets[version].bind((anywhere, 0))
    print(*(one.getsockname()[1] for one in sockets.values()), flush=True)
    while True:
        for address in addresses:
            with contextlib.suppress(OSError):
                sockets[6 if ":" in address else 4].sendto(b"stream", (address, PORT))
        time.sleep(int(pause) / 1000)


if __name__ == "__main__":
    main()
