# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""A private bus with a fake NetworkManager on it, and the programs that are tested against it.

TL_BUILD names the build folder; build/check is what ./check builds.
"""
from __future__ import annotations

import json
import os
import queue
import subprocess
import threading
import time
import uuid
from pathlib import Path
from typing import Any, Callable, Iterator

import dbus
import pytest
from dbusmock import MOCK_IFACE

HERE = Path(__file__).parent
BUILD = Path(os.environ.get("TL_BUILD", HERE.parents[1] / "build" / "check"))
TEMPLATE = HERE / "templates" / "networkmanager.py"
NAME = "org.freedesktop.NetworkManager"
PATIENCE = 10.0
Settings = dict[str, dict[str, Any]]


def wait_for(condition: Callable[[], Any], what: str) -> Any:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError(f"not in {PATIENCE:.0f} s: {what}")


class Bus:
    """A message bus of our own."""

    def __init__(self) -> None:
        # a file, not an abstract socket: it must be there in other network namespaces too
        command = ["dbus-daemon", "--session", "--address=unix:dir=/tmp", "--nofork",
                   "--print-address"]
        self.daemon = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.daemon.stdout
        self.address = self.daemon.stdout.readline().strip()
        self.connection = dbus.bus.BusConnection(self.address)

    def environment(self) -> dict[str, str]:
        sanitizers = {
            "ASAN_OPTIONS": "detect_leaks=1:intercept_tls_get_addr=0",
            "LSAN_OPTIONS": f"suppressions={HERE.parent / 'lsan.supp'}",
            "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
            "G_DEBUG": "gc-friendly,fatal-warnings",
        }
        bus = {"DBUS_SESSION_BUS_ADDRESS": self.address, "LIBNM_USE_SESSION_BUS": "1"}
        return {**os.environ, "LC_ALL": "C.UTF-8", **sanitizers, **bus}

    def stop(self) -> None:
        self.connection.close()
        self.daemon.terminate()
        self.daemon.wait()


class FakeNetworkManager:
    """The fake, from the tests' side. Every method of the template can be called by its name."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, **parameters: str) -> FakeNetworkManager:
        command = ["/usr/bin/python3", "-m", "dbusmock", "--session", "--template", str(TEMPLATE)]
        command += ["--parameters", json.dumps(parameters)]
        self.process = subprocess.Popen(command, env=self.bus.environment(),
                                        stdout=subprocess.DEVNULL)
        wait_for(self._answers, "the fake NetworkManager")
        return self

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait()
            self.process = None

    def _answers(self) -> bool:
        if not self.bus.connection.name_has_owner(NAME):
            return False
        try:
            self.object("/org/freedesktop/NetworkManager/DnsManager").Introspect()
        except dbus.exceptions.DBusException:
            return False
        return True

    def object(self, path: str) -> dbus.proxies.ProxyObject:
        return self.bus.connection.get_object(NAME, path, introspect=False)

    def __getattr__(self, method: str) -> Callable[..., Any]:
        interface = dbus.Interface(self.object("/org/freedesktop"), MOCK_IFACE)
        return getattr(interface, method)

    def calls(self, path: str, method: str) -> list[Any]:
        """Arguments of each call of a method of an object."""
        rows = dbus.Interface(self.object(path), MOCK_IFACE).GetMethodCalls(method)
        return [row[1] for row in rows]

    def unique_name(self) -> str:
        return str(self.bus.connection.get_name_owner(NAME))

    def ip_config(self, *addresses: str, routes: list[dict[str, Any]] | None = None) -> str:
        version = 6 if ":" in addresses[0] else 4
        return self.AddIpConfig(version, address_data(*addresses),
                                array([sv(route) for route in routes or []]))

    def uplink(self, interface: str = "lo", **settings: dict[str, Any]) -> tuple[str, str, str]:
        """An Ethernet that is up: device, profile and active connection. lo has a known index."""
        ip4, ip6 = self.ip_config("192.0.2.5"), self.ip_config("2001:db8:1::5")
        device = self.AddDevice(interface, "wired", ip4, ip6)
        profile = self.AddProfile(wired("Home", interface, **settings), 0)
        active = self.Activate(profile, [device], sv(
            {"Default": True, "Default6": True, "Ip4Config": ip4, "Ip6Config": ip6}), False)
        return device, profile, active


def sv(values: dict[str, Any]) -> dbus.Dictionary:
    return dbus.Dictionary(values, signature="sv")


def array(values: list[Any], signature: str = "a{sv}") -> dbus.Array:
    return dbus.Array(values, signature=signature)


def address_data(*addresses: str) -> dbus.Array:
    lengths = {address: 64 if ":" in address else 24 for address in addresses}
    return array([sv({"address": address, "prefix": dbus.UInt32(length)})
                  for address, length in lengths.items()])


def profile_uuid(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, name))


def settings(values: Settings) -> dbus.Dictionary:
    return dbus.Dictionary({name: sv(value) for name, value in values.items()}, signature="sa{sv}")


def profile(name: str, kind: str, **more: dict[str, Any]) -> dbus.Dictionary:
    base: Settings = {
        "connection": {"id": name, "uuid": profile_uuid(name), "type": kind},
        "ipv4": {"method": "auto"},
        "ipv6": {"method": "auto"},
    }
    for setting, values in more.items():
        base.setdefault(setting, {}).update(values)
    return settings(base)


def wired(name: str, interface: str, **more: dict[str, Any]) -> dbus.Dictionary:
    more.setdefault("connection", {})["interface-name"] = interface
    return profile(name, "802-3-ethernet", **{"802-3-ethernet": {}, **more})


def vpn(name: str, kind: str = "openvpn", data: dict[str, str] | None = None,
        **more: dict[str, Any]) -> dbus.Dictionary:
    values = {"service-type": f"{NAME}.{kind}", "data": dbus.Dictionary(data or {}, signature="ss")}
    return profile(name, "vpn", vpn=values, **more)


class Dump:
    """nm-dump, and every state it has printed."""

    def __init__(self, environment: dict[str, str]) -> None:
        program = BUILD / "tests" / "integration" / "nm-dump"
        self.process = subprocess.Popen([program], env=environment, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.states: list[dict[str, Any]] = []
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self._lines.put(line)

    def next(self, seconds: float = PATIENCE) -> dict[str, Any] | None:
        """The next state, or None where there is none in time."""
        try:
            self.states.append(json.loads(self._lines.get(timeout=seconds)))
        except queue.Empty:
            return None
        return self.states[-1]

    def until(self, condition: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """The first state, from the last one seen on, of which the condition is true."""
        if self.states and condition(self.states[-1]):
            return self.states[-1]
        while (state := self.next()) is not None:
            if condition(state):
                return state
        raise AssertionError(f"did not come; last: {self.states[-1:]}")

    def stop(self) -> int:
        assert self.process.stdin
        self.process.stdin.close()
        return self.process.wait(PATIENCE)


@pytest.fixture
def bus() -> Iterator[Bus]:
    private = Bus()
    yield private
    private.stop()


@pytest.fixture
def manager(bus: Bus) -> Iterator[FakeNetworkManager]:
    fake = FakeNetworkManager(bus)
    yield fake
    fake.stop()


@pytest.fixture
def dump(bus: Bus) -> Iterator[Callable[[], Dump]]:
    """Starts nm-dump; it must end well, without leaks."""
    started: list[Dump] = []

    def start() -> Dump:
        started.append(Dump(bus.environment()))
        return started[-1]

    yield start
    assert [one.stop() for one in started] == [0] * len(started)


@pytest.fixture
def change(bus: Bus) -> Callable[..., dict[str, Any]]:
    """Runs nm-change to its end and returns what it printed."""
    def run(*arguments: str, between: Callable[[], None] | None = None) -> dict[str, Any]:
        command = [str(BUILD / "tests" / "integration" / "nm-change"), *arguments]
        command += ["--pause"] if between else []
        process = subprocess.Popen(command, env=bus.environment(), stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)
        assert process.stdin and process.stdout
        if between:
            assert process.stdout.readline() == "prepared\n"
            between()
        output, _ = process.communicate("\n", timeout=PATIENCE)
        assert process.returncode == 0
        return json.loads(output)

    return run
