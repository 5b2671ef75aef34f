# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""A fake NetworkManager for python-dbusmock.

It has the objects, properties, methods and signals that libnm's NMClient and Tunnel Light use,
named and typed as in NetworkManager's D-Bus reference (1.42): ActiveConnections with
VPN.Connection, IP configurations, DnsManager, GetPermissions, Device.Reapply and
GetAppliedConnection, Update2.

A fake proves the client's logic only: that the right call is made with the right content, and that
each answer and signal is understood. It says nothing about what NetworkManager does with a call;
that is proved in the laboratory with a real one.

An object is complete, with all its interfaces, before InterfacesAdded tells of it; else NMClient
never makes an NMVpnConnection of it.
"""

import subprocess

import dbus
from dbusmock import MOCK_IFACE, get_object, get_objects

BUS_NAME = "org.freedesktop.NetworkManager"
MAIN_OBJ = "/org/freedesktop"
MAIN_IFACE = "org.freedesktop.DBus.Mock.Main"
SYSTEM_BUS = False
IS_OBJECT_MANAGER = True

NM = "org.freedesktop.NetworkManager"
MANAGER = "/org/freedesktop/NetworkManager"
SETTINGS = MANAGER + "/Settings"
DNS = MANAGER + "/DnsManager"
ACTIVE = NM + ".Connection.Active"
VPN = NM + ".VPN.Connection"
DEVICE = NM + ".Device"
PROFILE = NM + ".Settings.Connection"
NONE = dbus.ObjectPath("/")
KINDS = {"wired": (1, ".Wired"), "generic": (14, ".Generic"), "tun": (16, ".Tun"),
         "wireguard": (29, ".WireGuard"), "loopback": (32, ".Loopback")}


class State:
    """What the fake remembers beside its properties."""

    def __init__(self):
        self.numbers = {}
        self.permissions = {}
        self.settings = {}
        self.applied = {}
        self.versions = {}
        self.errors = {}
        self.dropped = {}
        self.kernels = {}

    def number(self, kind):
        self.numbers[kind] = self.numbers.get(kind, 0) + 1
        return self.numbers[kind]


STATE = State()


def typed(properties):
    return dbus.Dictionary(properties, signature="sv")


def paths(values=()):
    return dbus.Array([dbus.ObjectPath(value) for value in values], signature="o")


def publish(manager, path, interfaces, methods=()):
    """Makes an object with all its interfaces, then tells of it."""
    first = next(iter(interfaces))
    manager.AddObject(path, first, typed(interfaces[first]), list(methods))
    for interface, properties in interfaces.items():
        get_object(path).props[interface] = typed(properties)
    manager.object_manager_emit_added(path)
    return dbus.ObjectPath(path)


def withdraw(manager, path):
    manager.object_manager_emit_removed(path)
    manager.RemoveObject(path)


def change(path, interface, properties):
    """Sets properties and tells of them; dbusmock's own UpdateProperties fails on object paths."""
    obj = get_object(path)
    obj.props[interface].update(properties)
    obj.EmitSignal(dbus.PROPERTIES_IFACE, "PropertiesChanged", "sa{sv}as",
                   [interface, typed(properties), dbus.Array([], signature="s")])


def raise_if_told(path, method):
    name, message = STATE.errors.get((path, method), (None, None))
    if name:
        raise dbus.exceptions.DBusException(message, name=name)


def get_settings(self):
    raise_if_told(self.path, "GetSettings")
    return STATE.settings[self.path]


def get_secrets(self, _setting):
    raise AssertionError("GetSecrets makes a real NetworkManager ask the person")


def update2(self, settings, _flags, _arguments):
    raise_if_told(self.path, "Update2")
    for setting, name in STATE.dropped.get(self.path, []):
        settings.get(setting, {}).pop(name, None)
    STATE.settings[self.path] = settings
    self.EmitSignal(PROFILE, "Updated", "", [])
    return typed({})


def get_applied_connection(self, _flags):
    raise_if_told(self.path, "GetAppliedConnection")
    return STATE.applied[self.path], dbus.UInt64(STATE.versions[self.path])


def reapply(self, settings, version, _flags):
    raise_if_told(self.path, "Reapply")
    if version not in (0, STATE.versions[self.path]):
        raise dbus.exceptions.DBusException("Reapply failed because device changed in the meantime",
                                            name=DEVICE + ".VersionIdMismatch")
    if self.path in STATE.kernels:
        mirror(self.path, STATE.applied[self.path], settings)
    STATE.applied[self.path] = settings
    STATE.versions[self.path] += 1


def blocks(settings, family):
    """The unreachable routes of one family as ip(8) writes them."""
    return {f"{route['dest']}/{route['prefix']}"
            for route in settings.get(family, {}).get("route-data", [])
            if route.get("type") == "unreachable"}


def mirror(path, old, new):
    """Puts blocks into the kernel and takes them out again, and does what else was asked for."""
    ip, then = STATE.kernels[path]
    for family in ("ipv4", "ipv6"):
        before, after = blocks(old, family), blocks(new, family)
        for verb, destinations in (("add", after - before), ("del", before - after)):
            for destination in sorted(destinations):
                subprocess.run([*ip, f"-{family[-1]}", "route", verb, "unreachable", destination,
                                "metric", "1", "proto", "static"], check=verb == "add")
    for line in then:
        subprocess.run([*ip, *line.split()], check=False)


def load(mock, parameters):
    """parameters: Version (text)"""
    STATE.__init__()
    version = parameters.get("Version", "1.42.4")
    publish(mock, MANAGER, {NM: {
        "Devices": paths(), "AllDevices": paths(), "ActiveConnections": paths(),
        "PrimaryConnection": NONE, "ActivatingConnection": NONE, "NetworkingEnabled": True,
        "Startup": False, "Version": version, "State": dbus.UInt32(70),
        "Connectivity": dbus.UInt32(0)}},
        [("GetPermissions", "", "a{ss}", lambda self: dbus.Dictionary(STATE.permissions, "ss"))])
    publish(mock, SETTINGS, {NM + ".Settings": {
        "Connections": paths(), "Hostname": "home", "CanModify": True}})
    publish(mock, DNS, {NM + ".DnsManager": {
        "Mode": "default", "RcManager": "file",
        "Configuration": dbus.Array([], signature="a{sv}")}})


def fake(in_signature="", out_signature=""):
    return dbus.service.method(MOCK_IFACE, in_signature=in_signature, out_signature=out_signature)


@fake("a{ss}")
def SetPermissions(_self, permissions):
    """permissions: what GetPermissions answers, by name"""
    STATE.permissions = permissions
    get_object(MANAGER).EmitSignal(NM, "CheckPermissions", "", [])


@fake("aa{sv}")
def SetDns(_self, entries):
    """entries: DnsManager.Configuration"""
    change(DNS, NM + ".DnsManager", {"Configuration": dbus.Array(entries, signature="a{sv}")})


@fake("iaa{sv}aa{sv}", "o")
def AddIpConfig(self, version, addresses, routes):
    """version: 4 or 6; addresses, routes: AddressData and RouteData"""
    path = f"{MANAGER}/IP{version}Config/{STATE.number(version)}"
    return publish(self, path, {f"{NM}.IP{version}Config": {
        "AddressData": dbus.Array(addresses, signature="a{sv}"), "Gateway": "",
        "RouteData": dbus.Array(routes, signature="a{sv}")}})


@fake("oaa{sv}aa{sv}")
def SetIpConfig(_self, path, addresses, routes):
    change(path, f"{NM}.{path.split('/')[-2]}", {
        "AddressData": dbus.Array(addresses, signature="a{sv}"),
        "RouteData": dbus.Array(routes, signature="a{sv}")})


@fake("ssoo", "o")
def AddDevice(self, interface, kind, ip4, ip6):
    """kind: a key of KINDS; ip4, ip6: IP configurations or /"""
    number, suffix = KINDS[kind]
    path = f"{MANAGER}/Devices/{STATE.number('device')}"
    publish(self, path, {DEVICE: {
        "Udi": interface, "Interface": interface, "IpInterface": interface, "Driver": "fake",
        "State": dbus.UInt32(100), "StateReason": (dbus.UInt32(100), dbus.UInt32(0)),
        "ActiveConnection": NONE, "Ip4Config": ip4, "Ip6Config": ip6, "Managed": True,
        "DeviceType": dbus.UInt32(number), "AvailableConnections": paths(), "Real": True},
        DEVICE + suffix: {}},
        [("GetAppliedConnection", "u", "a{sa{sv}}t", get_applied_connection),
         ("Reapply", "a{sa{sv}}tu", "", reapply)])
    devices = paths(p for p in get_objects() if "/Devices/" in p)
    change(MANAGER, NM, {"Devices": devices, "AllDevices": devices})
    return dbus.ObjectPath(path)


@fake("oo")
def SetDeviceActive(_self, device, active):
    change(device, DEVICE, {"ActiveConnection": dbus.ObjectPath(active)})


@fake("oa{sa{sv}}t")
def SetApplied(_self, device, settings, version):
    STATE.applied[device] = settings
    STATE.versions[device] = int(version)


@fake("o", "a{sa{sv}}")
def GetApplied(_self, device):
    return STATE.applied[device]


@fake("a{sa{sv}}u", "o")
def AddProfile(self, settings, flags):
    """flags: NMSettingsConnectionFlags"""
    path = f"{SETTINGS}/{STATE.number('profile')}"
    STATE.settings[path] = settings
    publish(self, path, {PROFILE: {"Unsaved": bool(flags & 1), "Flags": dbus.UInt32(flags),
                                   "Filename": ""}},
            [("GetSettings", "", "a{sa{sv}}", get_settings),
             ("GetSecrets", "s", "a{sa{sv}}", get_secrets),
             ("Update2", "a{sa{sv}}ua{sv}", "a{sv}", update2)])
    profiles = paths(p for p in get_objects() if p.startswith(SETTINGS + "/"))
    change(SETTINGS, NM + ".Settings", {"Connections": profiles})
    get_object(SETTINGS).EmitSignal(NM + ".Settings", "NewConnection", "o", [path])
    return dbus.ObjectPath(path)


@fake("oa{sa{sv}}")
def EditProfile(_self, path, settings):
    """Somebody else changes a profile."""
    STATE.settings[path] = settings
    get_object(path).EmitSignal(PROFILE, "Updated", "", [])


@fake("o", "a{sa{sv}}")
def GetProfile(_self, path):
    return STATE.settings[path]


@fake("oss")
def DropAtUpdate(_self, path, setting, name):
    """Like storage that does not keep a property."""
    STATE.dropped.setdefault(path, []).append((setting, name))


@fake("osss")
def FailWith(_self, path, method, error, message):
    """The method of this object answers with this D-Bus error from now on."""
    STATE.errors[(path, method)] = (error, message)


@fake("oasas")
def SetKernel(_self, device, ip, then):
    """Each Reapply of this device changes the kernel too: ip: how to call ip(8), no words: not any
    more; then: what goes wrong with it, as arguments of ip(8)."""
    STATE.kernels[device] = (list(ip), list(then))
    if not ip:
        del STATE.kernels[device]


@fake("oaoa{sv}b", "o")
def Activate(self, profile, devices, properties, vpn):
    """properties: of Connection.Active, those that differ from the usual"""
    connection = STATE.settings[profile]["connection"]
    path = f"{MANAGER}/ActiveConnection/{STATE.number('active')}"
    values = {
        "Connection": profile, "SpecificObject": NONE, "Id": connection["id"],
        "Uuid": connection["uuid"], "Type": connection["type"], "Devices": paths(devices),
        "State": dbus.UInt32(2), "StateFlags": dbus.UInt32(0), "Default": False, "Default6": False,
        "Ip4Config": NONE, "Ip6Config": NONE, "Dhcp4Config": NONE, "Dhcp6Config": NONE,
        "Vpn": vpn, "Master": NONE, **properties}
    interfaces = {ACTIVE: values}
    if vpn:
        interfaces[VPN] = {"VpnState": dbus.UInt32(3), "Banner": ""}
    publish(self, path, interfaces)
    # newest first, which is one of the orders NetworkManager may have
    before = get_object(MANAGER).props[NM]["ActiveConnections"]
    change(MANAGER, NM, {"ActiveConnections": paths([path, *before])})
    return dbus.ObjectPath(path)


@fake("oa{sv}")
def SetActive(_self, path, properties):
    change(path, ACTIVE, properties)


@fake("ou")
def SetVpnState(_self, path, state):
    change(path, VPN, {"VpnState": dbus.UInt32(state)})
    get_object(path).EmitSignal(VPN, "VpnStateChanged", "uu", [state, 0])


@fake("o")
def Deactivate(self, path):
    active = get_object(MANAGER).props[NM]["ActiveConnections"]
    change(MANAGER, NM, {"ActiveConnections": paths(p for p in active if p != path)})
    withdraw(self, path)
