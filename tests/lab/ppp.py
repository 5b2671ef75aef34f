# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""Makes a link that the kernel says is of PPP, though it is a tun: not every kernel has PPP.

ppp.py LINK: it stays until somebody deletes it, for a program to open it as a tun.
"""
from __future__ import annotations

import fcntl
import struct
import sys

TUNSETIFF, TUNSETPERSIST, TUNSETLINK = 0x400454CA, 0x400454CB, 0x400454CD
IFF_TUN, IFF_NO_PI = 1, 0x1000
ARPHRD_PPP = 512

if __name__ == "__main__":
    with open("/dev/net/tun", "r+b", buffering=0) as tun:
        fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", sys.argv[1].encode(), IFF_TUN | IFF_NO_PI))
        fcntl.ioctl(tun, TUNSETLINK, ARPHRD_PPP)
        fcntl.ioctl(tun, TUNSETPERSIST, 1)
