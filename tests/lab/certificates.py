# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""The laboratory's certificates, made anew for each laboratory (elliptic curves: 0.2 s)."""
from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Sequence

from . import plan

CONFIGURATION = """\
[req]
distinguished_name = name
[name]
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, keyAgreement
extendedKeyUsage = serverAuth
subjectAltName = {names}
[client]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, keyAgreement
extendedKeyUsage = clientAuth
"""


def make(folder: Path) -> None:
    """Makes ca, web, wrong-name, unknown, vpn-server and vpn-client, each .crt and .key."""
    folder.mkdir(mode=0o755)
    _issue(folder, "ca", "ca", None)
    _issue(folder, "web", "server", "ca", names=[*plan.NAMES])
    _issue(folder, "wrong-name", "server", "ca", names=["elsewhere.example"])
    _issue(folder, "unknown", "server", None, names=[*plan.NAMES])
    addresses = [plan.CORP_EXIT4, plan.CORP_WAN6]
    _issue(folder, "vpn-server", "server", "ca", names=["vpn.corp.example"], addresses=addresses)
    _issue(folder, "vpn-client", "client", "ca")


def _issue(
    folder: Path,
    name: str,
    kind: str,
    issuer: str | None,
    names: Sequence[str] = ("none.example",),
    addresses: Sequence[str] = (),
) -> None:
    configuration = folder / f"{name}.conf"
    subjects = [f"DNS:{n}" for n in names] + [f"IP:{a}" for a in addresses]
    configuration.write_text(CONFIGURATION.format(names=",".join(subjects)))
    command = ["openssl", "req", "-x509", "-config", configuration, "-extensions", kind]
    command += ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"]
    command += ["-subj", f"/CN=Laboratory {name}"]
    command += ["-keyout", folder / f"{name}.key", "-out", folder / f"{name}.crt"]
    if issuer:
        command += ["-CA", folder / f"{issuer}.crt", "-CAkey", folder / f"{issuer}.key"]
    subprocess.run(command, check=True, capture_output=True)
    configuration.unlink()
