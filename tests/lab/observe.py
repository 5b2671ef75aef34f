# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""Writes down every packet in the clear that arrives at this machine, before any firewall of it.

observe.py [!]LINK: one line a packet, "TIME LINK DESTINATION PROTOCOL SOURCE-PORT", of the links
whose name begins so, or with "!" of all others. TIME is the kernel's, in seconds since the epoch.
"""
from __future__ import annotations

import contextlib
import ipaddress
import os
import select
import socket
import struct
import sys

ETH_P_ALL = 3
SO_RCVBUFFORCE, SO_TIMESTAMPNS = 33, 35
SOL_PACKET, PACKET_STATISTICS = 263, 6
BUFFER = 16 << 20
MOST = 100  # packets that are written down at once
PROTOCOLS = {socket.IPPROTO_UDP: "udp", socket.IPPROTO_TCP: "tcp"}


def describe(packet: bytes) -> str | None:
    """Destination, protocol and source port of an IP packet that has them."""
    if not packet:
        return None
    if packet[0] >> 4 == 4:
        protocol, destination, header = packet[9], packet[16:20], (packet[0] & 15) * 4
    elif packet[0] >> 4 == 6:
        protocol, destination, header = packet[6], packet[24:40], 40
    else:
        return None
    if protocol not in PROTOCOLS or len(packet) < header + 4:
        return None
    (port,) = struct.unpack_from("!H", packet, header)
    return f"{ipaddress.ip_address(destination)} {PROTOCOLS[protocol]} {port}"


def read(watching: socket.socket) -> tuple[bytes, float, tuple]:
    packet, ancillary, _, sender = watching.recvmsg(128, 64)
    seconds, nanoseconds = struct.unpack("qq", ancillary[0][2])
    return packet, seconds + nanoseconds / 1e9, sender


def is_wanted(sender: tuple, link: str) -> bool:
    name, _, kind, *_ = sender
    if kind == socket.PACKET_OUTGOING or name == "lo":
        return False
    return not name.startswith(link[1:]) if link[0] == "!" else name.startswith(link)


def main() -> None:
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL)) as watching:
        watching.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
        watching.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        watching.setblocking(False)
        os.write(1, b"watching\n")
        while True:
            select.select([watching], [], [])
            lines = []
            with contextlib.suppress(BlockingIOError):
                while len(lines) < MOST:
                    packet, when, sender = read(watching)
                    text = describe(packet) if is_wanted(sender, sys.argv[1]) else None
                    lines += [f"{when:.6f} {sender[0]} {text}\n"] if text else []
            _, lost = struct.unpack("II", watching.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
            lines += [f"lost {lost}\n"] if lost else []
            os.write(1, "".join(lines).encode())  # whole lines only, for those who read along


if __name__ == "__main__":
    main()
