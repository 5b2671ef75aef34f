# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""What TlNmWatch makes of what NetworkManager says."""
from __future__ import annotations

import os
import subprocess

import dbus
import pytest
from conftest import BUILD, address_data, array, profile, profile_uuid, settings, sv, vpn, wired

OPENVPN = {"remote": "vpn.example.com:1194:udp, 203.0.113.7"}


def activation(state, name):
    return next((a for a in state["activations"] if a["name"] == name), None)


def names(state):
    return [a["name"] for a in state["activations"]]


def start_vpn(manager, device, name="Corp", **properties):
    path = manager.AddProfile(vpn(name, data=OPENVPN), 0)
    return path, manager.Activate(path, [device], sv(properties), True)


def test_absent(dump):
    state = dump().next()
    assert state["running"] is False
    assert state["bus_name"] is None and state["version"] == 0
    assert state["activations"] == [] and state["resolvers"] == []


def test_no_bus_at_all(bus):
    environment = {**bus.environment(), "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"}
    with subprocess.Popen([BUILD / "tests/integration/nm-dump"], env=environment,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert '"running":false' in process.stdout.readline()


def test_appears_later(manager, dump):
    one = dump()
    assert one.next()["running"] is False
    manager.start(Version="1.46.0")
    state = one.until(lambda s: s["running"])
    assert state["version"] == 1 << 16 | 46 << 8
    assert state["bus_name"] == manager.unique_name()


def test_vanishes_and_restarts(manager, dump):
    manager.start()
    device, _, _ = manager.uplink()
    start_vpn(manager, device)
    one = dump()
    before = one.until(lambda s: names(s) == ["Home", "Corp"])

    manager.stop()
    gone = one.until(lambda s: not s["running"])
    assert gone["activations"] == [] and gone["bus_name"] is None

    manager.start()
    after = one.until(lambda s: s["running"])
    assert after["bus_name"] == manager.unique_name() != before["bus_name"]
    manager.uplink()
    one.until(lambda s: names(s) == ["Home"])


def test_uplink(manager, dump):
    manager.start()
    manager.uplink(ipv6={"method": "auto", "never-default": True})
    state = dump().until(lambda s: names(s) == ["Home"])
    home = activation(state, "Home")
    assert home["type"] == home["kind"] == "802-3-ethernet"
    assert home["uuid"] == profile_uuid("Home")
    assert not home["is_vpn"] and not home["external"] and not home["read_only"]
    assert home["phase"] == "activated" and home["ifindex"] == 1
    assert home["addresses"] == ["192.0.2.5", "2001:db8:1::5"]
    assert home["ipv4"] == {"method": "auto", "gave_default": True}
    assert home["ipv6"] == {"method": "auto", "gave_default": True}
    assert home["servers"] == [] and home["gateway"] is None


@pytest.mark.parametrize("when", ["before", "after"])
def test_vpn_before_and_after_start(manager, dump, when):
    manager.start()
    device, _, _ = manager.uplink()
    tunnel = manager.ip_config("10.8.0.2")
    one = None
    if when == "after":
        one = dump()
        one.until(lambda s: names(s) == ["Home"])
    _, active = start_vpn(manager, device, Ip4Config=tunnel, Default=True)
    one = one or dump()
    one.until(lambda s: names(s) == ["Home", "Corp"])
    manager.SetVpnState(active, 5)
    state = one.until(lambda s: activation(s, "Corp")["phase"] == "activated")
    corp = activation(state, "Corp")
    assert corp["is_vpn"] and corp["type"] == "vpn" and corp["kind"] == "openvpn"
    assert corp["path"] == active
    # libnm gives the uplink as its device: the tunnel's link is found by address elsewhere
    assert corp["ifindex"] == 0 and corp["addresses"] == ["10.8.0.2"]
    assert corp["ipv4"]["gave_default"] and not corp["ipv6"]["gave_default"]
    assert corp["servers"] == ["vpn.example.com", "203.0.113.7"]


def test_vpn_states(manager, dump):
    manager.start()
    device, _, _ = manager.uplink()
    _, active = start_vpn(manager, device)
    one = dump()
    one.until(lambda s: activation(s, "Corp") and activation(s, "Corp")["phase"] == "activating")
    manager.SetVpnState(active, 5)
    one.until(lambda s: activation(s, "Corp")["phase"] == "activated")
    manager.SetVpnState(active, 7)
    one.until(lambda s: activation(s, "Corp")["phase"] == "deactivating")
    manager.Deactivate(active)
    one.until(lambda s: names(s) == ["Home"])


def test_states_of_others(manager, dump):
    manager.start()
    _, _, active = manager.uplink()
    one = dump()
    one.until(lambda s: names(s) == ["Home"])
    for number, phase in ((1, "activating"), (2, "activated"), (3, "deactivating")):
        manager.SetActive(active, sv({"State": dbus.UInt32(number)}))
        one.until(lambda s, phase=phase: activation(s, "Home")["phase"] == phase)


def test_wireguard(manager, dump):
    manager.start()
    peers = array([sv({"public-key": "2HlMKq1Kz8vBrPgYIpu8GXtzRmRnr9ydJRKTvKL2GFE=",
                       "endpoint": "[2001:db8:9::1]:51820"})])
    path = manager.AddProfile(profile("WG", "wireguard", wireguard={"peers": peers},
                                      connection={"interface-name": "lo"}), 0)
    device = manager.AddDevice("lo", "wireguard", "/", "/")
    manager.Activate(path, [device], sv({}), False)
    wg = activation(dump().until(lambda s: names(s) == ["WG"]), "WG")
    assert wg["is_vpn"] and wg["kind"] == "wireguard" and wg["ifindex"] == 1
    assert wg["servers"] == ["2001:db8:9::1"] and wg["gateway"] == "2001:db8:9::1"


def test_external_tun(manager, dump):
    manager.start()
    path = manager.AddProfile(profile("tun0", "tun", tun={"mode": dbus.UInt32(1)}), 1 | 2 | 4 | 8)
    device = manager.AddDevice("lo", "tun", "/", "/")
    manager.Activate(path, [device], sv({"StateFlags": dbus.UInt32(0x80)}), False)
    tun = activation(dump().until(lambda s: names(s) == ["tun0"]), "tun0")
    assert tun["external"] and tun["read_only"] and not tun["is_vpn"]
    assert tun["ifindex"] == 1


def test_external_wireguard_is_not_our_vpn(manager, dump):
    manager.start()
    path = manager.AddProfile(profile("wg0", "wireguard", wireguard={}), 0xf)
    device = manager.AddDevice("lo", "wireguard", "/", "/")
    manager.Activate(path, [device], sv({"StateFlags": dbus.UInt32(0x80)}), False)
    assert not activation(dump().until(lambda s: names(s) == ["wg0"]), "wg0")["is_vpn"]


def test_several_at_once_in_the_order_they_came_up(manager, dump):
    manager.start()
    device, _, _ = manager.uplink()
    for number in range(10):
        start_vpn(manager, device, f"VPN {number}")
    state = dump().until(lambda s: len(s["activations"]) == 11)
    assert names(state) == ["Home"] + [f"VPN {number}" for number in range(10)]


def test_gateway_among_several(manager, dump):
    """The server in use is the one of the profile's that the uplink has a host route to."""
    manager.start()
    route = {"dest": "203.0.113.7", "prefix": dbus.UInt32(32), "next-hop": "192.0.2.1"}
    stray = {"dest": "203.0.113.99", "prefix": dbus.UInt32(32), "next-hop": "192.0.2.1"}
    config = manager.ip_config("192.0.2.5", routes=[stray])
    device = manager.AddDevice("lo", "wired", config, "/")
    path = manager.AddProfile(vpn("Corp", data={"remote": "203.0.113.6 203.0.113.7"}), 0)
    manager.Activate(path, [device], sv({}), True)
    one = dump()
    state = one.until(lambda s: names(s) == ["Corp"])
    assert activation(state, "Corp")["gateway"] is None
    manager.SetIpConfig(config, address_data("192.0.2.5"), array([sv(stray), sv(route)]))
    one.until(lambda s: activation(s, "Corp")["gateway"] == "203.0.113.7")


def test_addresses_come_and_go(manager, dump):
    manager.start()
    device, _, _ = manager.uplink()
    config = manager.ip_config("10.8.0.2")
    _, active = start_vpn(manager, device)
    one = dump()
    one.until(lambda s: names(s) == ["Home", "Corp"])
    manager.SetActive(active, sv({"Ip4Config": config}))
    one.until(lambda s: activation(s, "Corp")["addresses"] == ["10.8.0.2"])
    manager.SetIpConfig(config, address_data("10.8.0.9"), array([]))
    one.until(lambda s: activation(s, "Corp")["addresses"] == ["10.8.0.9"])


def test_default_moves(manager, dump):
    manager.start()
    device, _, home = manager.uplink()
    _, active = start_vpn(manager, device)
    one = dump()
    one.until(lambda s: names(s) == ["Home", "Corp"])
    manager.SetActive(home, sv({"Default": False}))
    manager.SetActive(active, sv({"Default": True}))
    state = one.until(lambda s: activation(s, "Corp")["ipv4"]["gave_default"])
    assert not activation(state, "Home")["ipv4"]["gave_default"]
    assert activation(state, "Home")["ipv6"]["gave_default"]


def test_profile_is_edited(manager, dump):
    manager.start()
    _, path, _ = manager.uplink()
    one = dump()
    one.until(lambda s: names(s) == ["Home"])
    manager.EditProfile(path, wired("Home", "lo", ipv6={"method": "disabled"}))
    one.until(lambda s: activation(s, "Home")["ipv6"]["method"] == "disabled")


def dns(servers, **more):
    return sv({"nameservers": array(servers, "s"), "priority": dbus.Int32(50), **more})


def test_dns(manager, dump):
    manager.start()
    one = dump()
    one.until(lambda s: s["running"])
    manager.SetDns(array([
        dns(["10.8.0.1"], interface="tun0", vpn=True),
        dns(["192.0.2.1", "fe80::1%eth0", "dns+tls://[2001:db8::53]#a.example", "nonsense"],
            interface="eth0"),
        dns(["dns+udp://192.0.2.9:53"])]))
    state = one.until(lambda s: s["resolvers"])
    assert state["resolvers"] == [["10.8.0.1", "tun0"], ["192.0.2.1", "eth0"], ["fe80::1", "eth0"],
                                  ["2001:db8::53", "eth0"], ["192.0.2.9", None]]
    manager.SetDns(array([]))
    one.until(lambda s: s["resolvers"] == [])


def test_permissions(manager, dump):
    manager.start()
    prefix = "org.freedesktop.NetworkManager."
    one = dump()
    one.until(lambda s: s["running"])
    manager.SetPermissions({prefix + "network-control": "yes",
                            prefix + "settings.modify.system": "auth",
                            prefix + "settings.modify.own": "no"})
    state = one.until(lambda s: s["network_control"] == "yes")
    assert state["modify_system"] == "password" and state["modify_own"] == "no"
    manager.SetPermissions({prefix + "network-control": "no"})
    state = one.until(lambda s: s["network_control"] == "no")
    assert state["modify_system"] == "unknown"


@pytest.mark.parametrize("users, own", [([], False), (["user:ME:"], True), (["user:other:"], False),
                                        (["user:ME:", "user:other:"], False)])
def test_own_profile(manager, dump, users, own):
    me = subprocess.run(["id", "-un"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    permissions = array([user.replace("ME", me) for user in users], "s")
    manager.start()
    manager.uplink(connection={"permissions": permissions})
    assert activation(dump().until(lambda s: names(s) == ["Home"]), "Home")["own"] is own


@pytest.mark.parametrize("flags, read_only", [(0, False), (1, False), (2, True), (4, True),
                                              (8, True)])
def test_read_only_by_flags(manager, dump, flags, read_only):
    manager.start()
    path = manager.AddProfile(wired("Home", "lo"), flags)
    device = manager.AddDevice("lo", "wired", "/", "/")
    manager.Activate(path, [device], sv({}), False)
    home = activation(dump().until(lambda s: names(s) == ["Home"]), "Home")
    assert home["read_only"] is read_only


def test_read_only_by_setting(manager, dump):
    manager.start()
    manager.uplink(connection={"read-only": True})
    assert activation(dump().until(lambda s: names(s) == ["Home"]), "Home")["read_only"]


@pytest.mark.parametrize("kind, data, servers", [
    ("openvpn", {"remote": "a.example:1194:tcp b.example,203.0.113.7:443"},
     ["a.example", "b.example", "203.0.113.7"]),
    ("openvpn", {"remote": "[2001:db8::1]:1194:udp6, 2001:db8::2"},
     ["2001:db8::1", "2001:db8::2"]),
    ("openconnect", {"gateway": "https://vpn.example.com:8443/group"}, ["vpn.example.com"]),
    ("vpnc", {"IPSec gateway": "203.0.113.8"}, ["203.0.113.8"]),
    ("strongswan", {"address": "gw.example.com"}, ["gw.example.com"]),
    ("libreswan", {"right": "gw.example.com"}, ["gw.example.com"]),
    ("l2tp", {"gateway": "l2tp.example.com"}, ["l2tp.example.com"]),
    ("openvpn", {}, []),
])
def test_kinds_and_servers(manager, dump, kind, data, servers):
    manager.start()
    path = manager.AddProfile(vpn("Corp", kind, data), 0)
    manager.Activate(path, array([], "o"), sv({}), True)
    corp = activation(dump().until(lambda s: names(s) == ["Corp"]), "Corp")
    assert corp["kind"] == kind and corp["servers"] == servers


def test_nothing_new_is_no_event(manager, dump):
    """Also a burst that ends where it began is at most one event a turn of the main loop."""
    manager.start()
    device, _, active = manager.uplink()
    one = dump()
    one.until(lambda s: names(s) == ["Home"])
    while one.next(0.3):
        pass
    manager.SetActive(active, sv({"SpecificObject": dbus.ObjectPath(device)}))
    manager.SetActive(active, sv({"State": dbus.UInt32(2)}))
    assert one.next(0.5) is None


def context_switches(pid):
    count = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/status", encoding="ascii") as status:
            count += sum(int(line.split()[1]) for line in status if "ctxt_switches" in line)
    return count


def test_idle_has_no_wake_ups(manager, dump):
    manager.start()
    device, _, _ = manager.uplink()
    start_vpn(manager, device)
    one = dump()
    one.until(lambda s: names(s) == ["Home", "Corp"])
    while one.next(1):
        pass
    before = context_switches(one.process.pid)
    assert one.next(5) is None
    assert context_switches(one.process.pid) == before


def test_no_secrets_are_asked_for(manager, dump):
    manager.start()
    device, _, _ = manager.uplink()
    path, active = start_vpn(manager, device)
    one = dump()
    manager.SetVpnState(active, 5)
    one.until(lambda s: activation(s, "Corp") and activation(s, "Corp")["phase"] == "activated")
    assert manager.calls(path, "GetSettings") and not manager.calls(path, "GetSecrets")


def test_profile_hidden_from_this_person(manager, dump):
    manager.start()
    path = manager.AddProfile(settings({"connection": {"id": "Other", "type": "vpn",
                                                       "uuid": profile_uuid("Other")}}), 0)
    denied = "org.freedesktop.NetworkManager.Settings.PermissionDenied"
    manager.FailWith(path, "GetSettings", denied, "not yours")
    manager.Activate(path, array([], "o"), sv({}), True)
    other = activation(dump().until(lambda s: names(s) == ["Other"]), "Other")
    assert other["is_vpn"] and other["read_only"] and other["servers"] == []
