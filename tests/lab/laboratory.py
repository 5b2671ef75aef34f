# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""One laboratory, as tests and the command line use it."""
from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Mapping, Sequence

from . import certificates, internet, packets, plan, probes
from .clients import Clients
from .lines import LINES, Line
from .machine import NOBODY, Machine, clean_environment, reap, with_streams
from .networkmanager import BUS, SECOND, UPLINK, UPLINK_TITLE, NetworkManager
from .router import HomeRouter, connect
from .state import LabError, State
from .vpn import Vpn
from .vpns import VPNS

TOOLS = {
    "NetworkManager": "network-manager",
    "nmcli": "network-manager",
    "openvpn": "openvpn",
    "wg-quick": "wireguard-tools",
    "wireguard-go": "wireguard-go",
    "ocserv": "ocserv",
    "openconnect": "openconnect",
    "charon-systemd": "charon-systemd",
    "swanctl": "strongswan-swanctl",
    "radvd": "radvd",
    "dnsmasq": "dnsmasq-base",
    "tayga": "tayga",
    "nft": "nftables",
    "ip": "iproute2",
    "curl": "curl",
    "openssl": "openssl",
    "sysctl": "procps",
    "dbus-daemon": "dbus",
}
# Where the program looks for what IT says; at home it is that of the laboratory.
POLICY = "/etc/xdg/tunnel-light/policy.conf"
# Where `lab leak` and Lab.leaks send to if nothing else is said.
TARGETS = (plan.WEB4, plan.WEB6, plan.WEB4_OTHER, plan.WEB6_OTHER)


class Lab:
    """A home, a router, an Internet and a company. Goes away with `with`, or by down()."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.name = state.name
        self.home, self.inet, self.corp = (Machine(state, m) for m in ("home", "inet", "corp"))
        self.router = HomeRouter(state)
        self.manager = NetworkManager(self.home)
        self._clients = Clients(self.home, self.corp, self.manager)

    @classmethod
    def up(
        cls,
        name: str | None = None,
        line: str = "dual",
        install: str | Path | None = None,
        polkit: str = "false",
    ) -> Lab:
        """Builds a laboratory that belongs to this process.

        name: part of the names of its namespaces, made from the process id by default.
        line: a key of LINES.
        install: what `meson install --destdir` filled, to be /usr/local of the computer at home;
          by default what TL_INSTALL_ROOT names.
        polkit: NetworkManager's auth-polkit; "root-only" refuses all changes by persons.
        """
        _check_requirements()
        lab = cls(State.create(name or f"p{os.getpid()}"))
        try:
            lab._build(line, polkit)
            lab.put_policy()
            lab.install(install or os.environ.get("TL_INSTALL_ROOT"))
        except BaseException:
            lab.down()
            raise
        return lab

    @classmethod
    def open(cls, name: str) -> Lab:
        """A laboratory that is up."""
        state = State(name)
        if not state.folder.exists():
            raise LabError(f"no laboratory “{name}” is up")
        return cls(state)

    def down(self) -> None:
        """Leaves nothing behind."""
        self.state.clear_locked()
        reap()

    def __enter__(self) -> Lab:
        return self

    def __exit__(self, *_: object) -> None:
        self.down()

    # The computer at home

    def run(
        self,
        argv: Sequence[str | Path],
        person: bool = False,
        env: Mapping[str, str] | None = None,
        **options: object,
    ) -> subprocess.CompletedProcess[str]:
        """subprocess.run on the computer at home, output captured as text unless told otherwise.

        person: as an unprivileged person instead of root. env: added to a login's environment.
        """
        settings = with_streams({"env": self.environment(person, env), **options})
        return subprocess.run(self.command(argv, person), check=False, **settings)

    def popen(
        self,
        argv: Sequence[str | Path],
        person: bool = False,
        env: Mapping[str, str] | None = None,
        **options: object,
    ) -> subprocess.Popen[str]:
        """subprocess.Popen on the computer at home; its process id is the program's own."""
        command = self.command(argv, person)
        environment = self.environment(person, env)
        child = subprocess.Popen(command, env=environment, **{"text": True, **options})
        self.state.record(child.pid, "home/popen")
        return child

    def command(self, argv: Sequence[str | Path], person: bool = False) -> list[str]:
        """argv as it has to be called from outside."""
        identity = [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        prefix = ["setpriv", *identity] if person else []
        return self.home.command([*prefix, *argv], str(self.folder_of(person) / "home"))

    def environment(
        self, person: bool = False, extra: Mapping[str, str] | None = None
    ) -> dict[str, str]:
        """A login's environment, nothing of the caller's."""
        folder = self.folder_of(person)
        own = {"HOME": f"{folder}/home", "XDG_RUNTIME_DIR": f"{folder}/runtime"}
        own["USER"] = own["LOGNAME"] = "nobody" if person else "root"
        own["DBUS_SYSTEM_BUS_ADDRESS"] = f"unix:path={BUS}"
        return clean_environment({**own, **(extra or {})})

    def folder_of(self, person: bool) -> Path:
        return self.state.folder / ("person" if person else "root")

    def install(self, tree: str | Path | None) -> None:
        """Makes an installed tree (DIR/usr/local, or DIR itself) /usr/local at home."""
        if tree is None:
            return
        found = Path(tree).resolve()
        found = found / "usr/local" if (found / "usr/local").is_dir() else found
        if not found.is_dir():
            raise LabError(f"nothing is installed in {tree}")
        self.home.run(["mount", "--bind", found, "/usr/local"])

    def lend(self, file: Path) -> Path:
        """A copy that the person can read, whoever may enter the folder in which the file lies."""
        folder = self.state.folder / "lent"
        folder.mkdir(mode=0o755, exist_ok=True)
        copy = Path(shutil.copyfile(file, folder / file.name))
        copy.chmod(0o644)
        return copy

    @property
    def policy_file(self) -> Path:
        """A policy that names the laboratory's own services for the exit addresses."""
        return self.state.folder / "policy.conf"

    def add_policy(self, groups: str) -> None:
        """Adds further groups to that policy."""
        with open(self.policy_file, "a") as file:
            file.write(f"\n{groups}\n")
        self.put_policy()

    def put_policy(self) -> None:
        """Puts that policy where the program looks for one."""
        self.home.run(["install", "-D", "-m644", self.policy_file, POLICY])

    # NetworkManager

    def nmcli(self, *arguments: str) -> str:
        """nmcli's output; LabError if it fails."""
        return self.manager.nmcli(*arguments)

    @property
    def uplink_title(self) -> str:
        """The name of the profile of the home network."""
        return UPLINK_TITLE

    def wait_for_ipv6(self) -> None:
        """Until the computer has all that the line offers, after IPv6 was off."""
        self.manager.wait_for_uplink(self.line)

    def fingerprint(self) -> str:
        """Line, profiles and the kernel's state at home, without what changes by itself."""
        commands = ["-o address", "rule", "-6 rule"]
        commands += [f"{family} route show table all" for family in ("-4", "-6")]
        said = self.home.run(["sh", "-c", "; ".join(f"ip {c}" for c in commands)]).stdout
        kernel = re.sub(r"(valid_lft|preferred_lft|expires) \S+", "", said)
        firewalls = [m.run(["nft", "list", "ruleset"]).stdout for m in (self.home, self.router)]
        profiles = sorted(f"{f}\n{f.read_text()}" for f in self.manager.profiles.iterdir())
        process = self.manager.process()
        return "\n".join([self.line_name, str(process), kernel, *firewalls, *profiles])

    # Lines

    @property
    def line(self) -> Line:
        return LINES[self.line_name]

    @property
    def line_name(self) -> str:
        return (self.state.folder / "line").read_text().strip()

    def switch_line(self, name: str, reconnect: bool = True) -> None:
        """Plugs the home router into another line.

        reconnect: the computer joins the home network anew (which ends VPNs of NetworkManager);
          else it learns only what the router advertises.
        """
        self._offer(name)
        if reconnect:
            self.nmcli("--wait", "30", "connection", "up", UPLINK_TITLE)
            self.manager.wait_for_uplink(self.line)

    # VPNs

    def vpn_prepare(self, name: str, late: float | None = None) -> Vpn:
        """Starts a VPN's server, for those who then connect in a way of their own.

        late: seconds after which the IPv6 of a VPN with late IPv6 comes.
        """
        vpn = _vpn(name)
        self._clients.prepare(vpn, late)
        return vpn

    def vpn_up(self, name: str, late: float | None = None) -> Vpn:
        """Connects a VPN of VPNS."""
        vpn = self.vpn_prepare(name, late)
        self._clients.up(vpn)
        return vpn

    def vpn_down(self, name: str) -> None:
        self._clients.down(_vpn(name))

    def vpns_up(self) -> list[str]:
        return [vpn.name for vpn in self._clients.all_up()]

    # What the world sees

    @property
    def exit_addresses(self) -> dict[str, dict[str, str | None]]:
        """What web sites should see, by way ("home" or a VPN's name) and family."""
        home4 = plan.SHARED_EXIT4 if self.line.shared4 else plan.HOME_EXIT4
        return {
            "home": {"ipv4": home4 if self.line.ipv4 else None, "ipv6": self.line.exit6},
            **{vpn.name: vpn.exit_addresses for vpn in VPNS.values()},
        }

    def exit_address(self, family: str, seconds: float = 5) -> str | None:
        """What a web site sees of curl, started by a person at home; None without an answer."""
        command = ["curl", f"-{family[-1]}", "--silent", "--fail", "--max-time", f"{seconds:g}"]
        done = self.run([*command, f"https://{family}.lab.example/"], person=True)
        return done.stdout.strip() or None

    def observers(self) -> tuple[packets.Observer, packets.Observer]:
        """Those of packets in the clear on the home network, and of what tunnels let out."""
        return packets.Observer(self.router, "lan"), packets.Observer(self.corp, "!wan0")

    def fates(
        self, addresses: Sequence[str] = TARGETS, patience: float = 1
    ) -> dict[str, packets.Fate]:
        """What becomes of packets that a person sends to these addresses."""
        self.router.claim(addresses, self.line)
        trip = packets.Trip(*self.observers())
        return packets.fates(trip, self._send, addresses, self._markers(), patience)

    def ways(self, addresses: Sequence[str] = TARGETS, patience: float = 1) -> dict[str, str]:
        """Where packets to these addresses come out: "uplink", "tunnel" or "nowhere"."""
        return {a: fate.way for a, fate in self.fates(addresses, patience).items()}

    def _markers(self) -> list[str]:
        """The router on each uplink, and the far end of each tunnel."""
        near = [f"{plan.ROUTER6_LOCAL}%{link}" for link in self.uplinks()]
        far = [vpn.address("ipv4", 1) or vpn.address("ipv6", 1) for vpn in self._clients.all_up()]
        return near + far

    def uplinks(self) -> list[str]:
        """The computer's links to the router."""
        return [UPLINK, SECOND] if self.line.second else [UPLINK]

    def own_addresses(self) -> set[str]:
        """The computer's: what it sends there never leaves it."""
        links = json.loads(self.home.run(["ip", "-j", "address", "show"]).stdout)
        return {address.get("local") for link in links for address in link["addr_info"]}

    def routed_around(self) -> list[probes.Network]:
        """The destinations of all routes over the uplinks, whichever the kernel would choose."""
        found = []
        for family in ("-4", "-6"):
            said = self.home.run(["ip", "-j", family, "route", "show", "table", "all"]).stdout
            found += probes.ranges_of_routes(said, self.uplinks())
        return found

    def _send(self, addresses: Sequence[str]) -> subprocess.CompletedProcess[str]:
        command = ["/usr/bin/python3", self.lend(packets.SEND), *addresses]
        return self.run(command, person=True)

    def leaks(self, addresses: Sequence[str] = TARGETS) -> dict[str, bool]:
        """Whether packets to these addresses are in the clear on the home network."""
        return {address: way == "uplink" for address, way in self.ways(addresses).items()}

    def requests(self) -> list[dict[str, object]]:
        """What the web servers of the Internet were asked so far."""
        file = self.inet.folder / internet.REQUESTS
        return [json.loads(x) for x in file.read_text().splitlines()] if file.exists() else []

    # Building

    def _build(self, line: str, polkit: str) -> None:
        self._write_files(polkit)
        certificates.make(self.state.folder / "certificates")
        machines = (self.home, self.router, self.inet, self.corp)
        dns = {"home": [], "router": [plan.DNS4], "inet": [plan.DNS4], "corp": [plan.DNS4]}
        for machine in machines:
            machine.make(dns[machine.name])
        for machine in machines:
            machine.wait()
        connect(self.home, UPLINK, self.router, "lan0")
        connect(self.router, "wan0", self.inet, "isp0")
        connect(self.corp, "wan0", self.inet, "corp0")
        internet.configure_inet(self.inet)
        internet.configure_corp(self.corp)
        internet.start_inet(self.inet)
        internet.start_corp(self.corp)
        self.router.reach_internet()
        self._offer(line)
        # Down until NetworkManager takes it: where the kernel had autoconfigured it already,
        # NetworkManager would leave it as it is.
        self.home.configure("link set lo up", f"link set {UPLINK} address {plan.HOME_MAC}")
        self.manager.start_bus()
        self.manager.start()
        internet.wait_for_servers(self.inet, self.corp)
        self.manager.wait_for_uplink(self.line)

    def _write_files(self, polkit: str) -> None:
        for person in (True, False):
            for name, mode in (("", 0o755), ("home", 0o700), ("runtime", 0o700)):
                folder = self.folder_of(person) / name
                folder.mkdir(mode=mode)
                if person:
                    os.chown(folder, NOBODY, NOBODY)
        probes = {
            f: ";".join(f"https://{f}.{zone}.example/" for zone in ("lab", "other"))
            for f in ("ipv4", "ipv6")
        }
        self.policy_file.write_text(f"[Probe]\nIPv4={probes['ipv4']}\nIPv6={probes['ipv6']}\n")
        self.home.folder.mkdir(mode=0o755)
        self.manager.write(polkit)

    def _offer(self, name: str) -> None:
        """Makes the router offer this line."""
        if name not in LINES:
            raise LabError(f"no line “{name}”; there are {', '.join(LINES)}")
        self.router.offer(LINES[name], self.home)
        self.router.claim(TARGETS, LINES[name])
        (self.state.folder / "line").write_text(f"{name}\n")


def _vpn(name: str) -> Vpn:
    if name not in VPNS:
        raise LabError(f"no VPN “{name}”; there are {', '.join(VPNS)}")
    return VPNS[name]


def _check_requirements() -> None:
    if os.geteuid() != 0:
        raise LabError("the laboratory needs root")
    path = "/usr/local/sbin:/usr/sbin:/sbin:" + os.environ.get("PATH", "/usr/bin:/bin")
    missing = sorted({p for tool, p in TOOLS.items() if not shutil.which(tool, path=path)})
    for plugin in ("openvpn", "openconnect"):
        if not Path(f"/usr/lib/NetworkManager/VPN/nm-{plugin}-service.name").exists():
            missing.append(f"network-manager-{plugin}")
    if missing:
        raise LabError(f"these packages are missing: {' '.join(missing)}")
    if not Path("/dev/net/tun").exists():
        raise LabError("there is no /dev/net/tun here")
