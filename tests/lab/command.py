# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""The command line of the laboratory."""
from __future__ import annotations

import argparse
import os
import subprocess
import sys

from . import matrix, moving
from .laboratory import TARGETS, Lab
from .lines import LINES
from .scenarios import SCENARIOS
from .scenarios.moving import MOVING
from .state import LabError, State, clear_orphans
from .vpns import VPNS

MEANING = {
    "uplink": "straight out of the home router, around any tunnel",
    "tunnel": "through a tunnel",
    "nowhere": "does not leave the computer",
}


def main(arguments: list[str]) -> int:
    parser = _parser()
    asked = parser.parse_args(arguments)
    try:
        return asked.run(asked) or 0
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lab", description="A home network and a company VPN.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, about: str, run: object) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=about, description=about)
        command.set_defaults(run=run)
        if name not in ("vpns", "lines", "matrix"):
            command.add_argument("--name", help="which one (default: the only one, or “lab”)")
        return command

    up = add("up", "build a laboratory, which stays until “lab down”", _up)
    up.add_argument("--line", default="dual", choices=LINES)
    up.add_argument("--install", metavar="DIR", help="a tree filled by “meson install --destdir”")
    up.add_argument(
        "--polkit", default="false", choices=("false", "root-only"), help="who may change settings"
    )
    add("status", "what is up", _status)
    run = add("run", "run a command on the computer at home", _run)
    run.add_argument("--person", action="store_true", help="as a person without privileges")
    run.add_argument("argv", nargs=argparse.REMAINDER, metavar="CMD")
    enter = add("enter", "a shell on the computer at home", _enter)
    enter.add_argument("--person", action="store_true", help="as a person without privileges")
    line = add("line", "switch the home line", _line)
    line.add_argument("line", choices=LINES, metavar="LINE")
    line.add_argument("--stay", action="store_true", help="do not join the home network anew")
    vpn = add("vpn", "connect or disconnect a VPN", _vpn)
    vpn.add_argument("direction", choices=("up", "down"))
    vpn.add_argument("vpn", choices=VPNS, metavar="VPN")
    vpn.add_argument("--late", type=float, metavar="SECONDS", help="delay of a late IPv6")
    add("vpns", "list the VPNs", _vpns)
    add("lines", "list the home lines", _lines)
    leak = add("leak", "show by packets what goes around the tunnel", _leak)
    leak.add_argument("addresses", nargs="*", default=TARGETS, metavar="ADDRESS")
    every = add("matrix", "hold the program's word against packets in all scenarios", _matrix)
    every.add_argument("names", nargs="*", metavar="NAME", help="a part of a scenario's name")
    every.add_argument("--install", metavar="DIR", help="as of “lab up”")
    every.add_argument("--seed", help="of an earlier run, to send to the same addresses")
    down = add("down", "take a laboratory down", _down)
    down.add_argument("--all", action="store_true", help="every one whose owner is gone")
    return parser


def _up(asked: argparse.Namespace) -> None:
    name = asked.name or "lab"
    lab = Lab.up(name, asked.line, asked.install, asked.polkit)
    # From here on nobody owns it: it stays when this program ends.
    lab.state.set_owner(None)
    print(f"Laboratory “{name}” is up on line “{asked.line}”. Next: lab vpn up corp4; lab leak")


def _status(_asked: argparse.Namespace) -> None:
    states = State.all()
    if not states:
        print("No laboratory is up.")
    for state in states:
        owner = state.owner()
        kept = "stays until “lab down”" if owner is None else f"belongs to process {owner.pid}"
        kept += ", which is gone" if state.orphaned() else ""
        print(f"{state.name}: {kept}, {len(state.processes())} processes")
        if not state.orphaned():
            print(_what_is_up(state))


def _what_is_up(state: State) -> str:
    try:
        lab = Lab(state)
        return f"  line: {lab.line_name}\n  VPNs: {', '.join(lab.vpns_up()) or 'none'}"
    except (LabError, FileNotFoundError):
        return "  being built or taken down"


def _run(asked: argparse.Namespace) -> int:
    argv = asked.argv[1:] if asked.argv[:1] == ["--"] else asked.argv
    if not argv:
        raise LabError("run what?")
    lab = _open(asked)
    command = lab.command(argv, asked.person)
    return subprocess.run(command, env=lab.environment(asked.person), check=False).returncode


def _enter(asked: argparse.Namespace) -> None:
    lab = _open(asked)
    person = "nobody" if asked.person else "root"
    environment = lab.environment(asked.person, {"PS1": f"{person}@{lab.name}-home:\\w\\$ "})
    os.execvpe("nsenter", lab.command(["bash", "--norc"], asked.person), environment)


def _line(asked: argparse.Namespace) -> None:
    _open(asked).switch_line(asked.line, reconnect=not asked.stay)


def _vpn(asked: argparse.Namespace) -> None:
    lab = _open(asked)
    if asked.direction == "up":
        lab.vpn_up(asked.vpn, asked.late)
    else:
        lab.vpn_down(asked.vpn)


def _vpns(_asked: argparse.Namespace) -> None:
    for vpn in VPNS.values():
        print(f"{vpn.name:15}{vpn.title and f'“{vpn.title}”: '}{vpn.about}")


def _lines(_asked: argparse.Namespace) -> None:
    width = max(map(len, LINES)) + 1
    for name, line in LINES.items():
        print(f"{name:{width}}{line.about}")


def _leak(asked: argparse.Namespace) -> None:
    lab = _open(asked)
    print(f"line: {lab.line_name}, VPNs: {', '.join(lab.vpns_up()) or 'none'}")
    for address, way in lab.ways(asked.addresses).items():
        print(f"packets to {address:24}{MEANING[way]}")
    for family in ("ipv4", "ipv6"):
        print(f"web sites see over {family:17}{lab.exit_address(family) or 'nothing'}")


def _matrix(asked: argparse.Namespace) -> int:
    good = True
    unknown = [n for n in asked.names if not any(n in s.name for s in (*SCENARIOS, *MOVING))]
    if unknown:
        raise LabError(f"no scenario has in its name: {', '.join(unknown)}")
    for kind, every in ((matrix, SCENARIOS), (moving, MOVING)):
        chosen = [s for s in every if any(name in s.name for name in asked.names or [""])]
        if not chosen:
            continue
        played = kind.series(chosen, asked.seed, asked.install)
        try:
            good = played.print_faults() and good
        finally:
            played.close()
        print(kind.table(played), end="\n\n")
    return 0 if good else 1


def _down(asked: argparse.Namespace) -> None:
    if asked.all:
        print(f"cleared: {', '.join(clear_orphans()) or 'nothing'}")
    else:
        _open(asked).down()


def _open(asked: argparse.Namespace) -> Lab:
    # Those of running tests are touched only if they are named.
    names = [state.name for state in State.all() if state.owner() is None]
    if asked.name is None and len(names) != 1 and "lab" not in names:
        up = f"up are {', '.join(names)}; choose with --name" if names else "none is up"
        raise LabError(f"which laboratory? {up}")
    return Lab.open(asked.name or ("lab" if "lab" in names else names[0]))
