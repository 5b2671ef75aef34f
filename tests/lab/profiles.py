# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""NetworkManager's profiles of the VPNs, as keyfiles."""
from __future__ import annotations

import uuid
from pathlib import Path

from . import openvpn
from .vpn import Vpn

PROFILES = uuid.UUID("6d1ed4f2-2d6a-4c5b-8a0e-6a1f2f6a7d11")


def profile(vpn: Vpn, certificates: Path) -> str:
    """NetworkManager's profile of a VPN that one of its plugins brings up."""
    plugin = _openconnect(vpn) if vpn.client == "nm-openconnect" else _openvpn(vpn, certificates)
    return f"""\
[connection]
id={vpn.title}
uuid={uuid.uuid5(PROFILES, vpn.name)}
type=vpn
autoconnect=false

[vpn]
{plugin}
[ipv4]
method=auto
never-default={_boolean(not vpn.full)}

[ipv6]
method=auto
addr-gen-mode=stable-privacy
never-default={_boolean(not vpn.full or vpn.never_default6)}
"""


def _openvpn(vpn: Vpn, certificates: Path) -> str:
    return f"""\
service-type=org.freedesktop.NetworkManager.openvpn
connection-type=tls
remote={vpn.server_in_brackets}:{vpn.port}:{openvpn.protocol(vpn)}
ca={certificates}/ca.crt
cert={certificates}/vpn-client.crt
key={certificates}/vpn-client.key
cert-pass-flags=4
remote-cert-tls=server
"""


def _openconnect(vpn: Vpn) -> str:
    """The person signs in with each connect; what comes of it is not kept (flag 2)."""
    return f"""\
service-type=org.freedesktop.NetworkManager.openconnect
protocol=anyconnect
gateway={vpn.server_in_brackets}:{vpn.port}
cookie-flags=2
gateway-flags=2
gwcert-flags=2
"""


def _boolean(value: bool) -> str:
    return "true" if value else "false"
