# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""What stands outside the home: the Internet's DNS and web servers, the company's network."""
from __future__ import annotations

from pathlib import Path

from . import plan
from .machine import Machine
from .state import wait_for

WEB = Path(__file__).parent / "web.py"
REQUESTS = "requests.jsonl"


def configure_inet(inet: Machine) -> None:
    """Addresses and routes. Every public address that is nowhere else is answered from here."""
    inet.configure(
        "link set lo up",
        *(f"address add {a}/32 dev lo" for a in (plan.WEB4, plan.WEB4_OTHER, plan.DNS4)),
        *(f"address add {a}/128 dev lo" for a in (plan.WEB6, plan.WEB6_OTHER, plan.DNS6)),
        f"address add {plan.ISP4}/24 dev isp0",
        f"address add {plan.ISP6}/64 dev isp0",
        f"address add {plan.CARRIER4}/24 dev corp0",
        f"address add {plan.CARRIER6}/64 dev corp0",
        "link set isp0 up",
        "link set corp0 up",
        f"route add {plan.HOME6} via {plan.HOME_WAN6}",
        f"route add {plan.CORP6} via {plan.CORP_WAN6}",
        f"route add {plan.SHARED4} via {plan.HOME_EXIT4}",
        f"address add {plan.SHARED_EXIT4}/32 dev lo",
        "route add local 0.0.0.0/0 dev lo table default",
        "route add local ::/0 dev lo table default",
        *(f"route add unreachable {prefix}" for prefix in ("10.0.0.0/8", "fc00::/7")),
    )
    known = ", ".join((plan.WEB4, plan.WEB4_OTHER, plan.DNS4, plan.ISP_NET4, plan.CARRIER_NET4))
    known6 = ", ".join((plan.WEB6, plan.WEB6_OTHER, plan.DNS6, plan.ISP_NET6, plan.CARRIER_NET6))
    known6 += f", {plan.HOME6}, {plan.CORP6}"
    # Packets to the rest are local by route alone, which is not enough for TCP to answer.
    inet.run(
        ["nft", "-f", "-"],
        input=f"""
table inet lab {{
  chain arriving {{
    type nat hook prerouting priority dstnat
    ip daddr != {{ {known} }} redirect
    ip6 daddr != {{ {known6}, fe80::/10, ff00::/8 }} redirect
  }}
  # The provider's translator for homes that share an address (RFC 6333).
  chain shared {{
    type nat hook input priority 100
    ip saddr {plan.SHARED4} snat ip to {plan.SHARED_EXIT4}
  }}
  chain shared_on {{
    type nat hook postrouting priority srcnat
    ip saddr {plan.SHARED4} snat ip to {plan.SHARED_EXIT4}
  }}
}}
""",
    )


def configure_corp(corp: Machine) -> None:
    """Addresses, routes and IPv4 translation. IPv6 is routed."""
    corp.configure(
        "link set lo up",
        f"address add {plan.INTRANET_WEB}/32 dev lo",
        f"address add {plan.INTRANET_DNS}/32 dev lo",
        f"address add {plan.CORP_EXIT4}/24 dev wan0",
        f"address add {plan.CORP_WAN6}/64 dev wan0",
        "link set wan0 up",
        f"route add default via {plan.CARRIER4}",
        f"route add default via {plan.CARRIER6}",
    )
    masquerade(corp)


def masquerade(machine: Machine, address: str | None = None) -> None:
    """IPv4 leaves the machine by wan0 under its own address there, or under this one."""
    how = f"snat to {address}" if address else "masquerade"
    machine.run(
        ["nft", "-f", "-"],
        input=f"""
table ip lab
delete table ip lab
table ip lab {{
  chain leaving {{
    type nat hook postrouting priority srcnat
    oifname "wan0" {how}
  }}
}}
""",
    )


def start_inet(inet: Machine) -> None:
    """DNS with the laboratory's names alone, and web servers good and bad."""
    records = [
        f"host-record={name},{','.join(a for a in addresses if a)}"
        for name, addresses in plan.NAMES.items()
    ]
    zones = sorted({name.split(".", 1)[1] for name in plan.NAMES})
    start_dns(inet, [f"local=/{zone}/" for zone in zones] + records)
    certificates = inet.state.folder / "certificates"
    ports = [
        "80",
        f"443={certificates}/web",
        f"{plan.PORT_UNKNOWN_CA}={certificates}/unknown",
        f"{plan.PORT_WRONG_NAME}={certificates}/wrong-name",
    ]
    inet.start("web", ["/usr/bin/python3", WEB, inet.folder / REQUESTS, *ports])


def start_corp(corp: Machine) -> None:
    """The intranet: a DNS server that also knows the Internet, and a web server."""
    record = f"host-record=intranet.corp.example,{plan.INTRANET_WEB}"
    start_dns(corp, [f"server={plan.DNS4}", "local=/corp.example/", record])
    corp.start("web", ["/usr/bin/python3", WEB, corp.folder / REQUESTS, "80"])


def start_dns(machine: Machine, lines: list[str]) -> None:
    """Starts dnsmasq with these lines of configuration."""
    configuration = machine.folder / "dnsmasq.conf"
    own = ["no-resolv", "no-hosts", "port=53", *lines]
    configuration.write_text("\n".join(own) + "\n")
    command = ["dnsmasq", "--keep-in-foreground", "--user=root", "--pid-file", "--log-facility=-"]
    leases = f"--dhcp-leasefile={machine.folder}/leases"
    machine.start("dnsmasq", [*command, f"--conf-file={configuration}", leases])


def wait_for_servers(inet: Machine, corp: Machine) -> None:
    """Until the web servers listen, the last of what these machines start."""
    for machine, port in ((inet, plan.PORT_WRONG_NAME), (corp, 80)):
        wait_for(lambda: listens(machine, port), f"web servers of {machine.name}")


def listens(machine: Machine, port: int) -> bool:
    """Whether something in the machine listens on this TCP port of IPv6."""
    holder = machine.holder()
    table = Path(f"/proc/{holder}/net/tcp6").read_text().splitlines()[1:]
    rows = (line.split() for line in table)
    return any(r[3] == "0A" and int(r[1].rpartition(":")[2], 16) == port for r in rows)
