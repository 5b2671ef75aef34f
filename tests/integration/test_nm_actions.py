# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""What TlNmActions asks of NetworkManager, and what it makes of the answers."""
from __future__ import annotations

import dbus
import pytest
from conftest import address_data, array, profile, profile_uuid, settings, sv, vpn, wired

SETTINGS = "org.freedesktop.NetworkManager.Settings"
DEVICE = "org.freedesktop.NetworkManager.Device"
HOME = profile_uuid("Home")
BLOCK = {"dest": "::", "prefix": dbus.UInt32(0), "metric": dbus.UInt32(1), "type": "unreachable"}
OTHER = {"dest": "2001:db8:7::", "prefix": dbus.UInt32(48), "next-hop": "fe80::1",
         "metric": dbus.UInt32(5), "table": dbus.UInt32(77)}
PRESERVE_EXTERNAL_IP = 1
TO_DISK, KEEP = 1, 0


def block(destination, length, **more):
    return {**BLOCK, "dest": destination, "prefix": dbus.UInt32(length), **more}


def routes(*values):
    return array([sv(value) for value in values])


def plain(value):
    """D-Bus values as plain ones, to be compared."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dbus.Boolean):
        return bool(value)
    return int(value) if isinstance(value, int) else str(value)


def setting(values, family="ipv6"):
    """A family's setting, without what libnm adds: forms for old versions, and empty lists."""
    return {key: value for key, value in plain(values)[family].items()
            if key not in ("addresses", "routes", "dns-data") and value != []}


def tunnel(manager, version=7, **ipv6):
    """A tunnel's own link with an applied connection of this version."""
    device = manager.AddDevice("lo", "tun", "/", "/")
    base = {"method": "manual", "address-data": address_data("2001:db8:8::2")}
    manager.SetApplied(device, wired("tun0", "lo", ipv6={**base, **ipv6}), dbus.UInt64(version))
    return device


def reapplied(manager, device):
    (call,) = manager.calls(device, "Reapply")
    return call


# The applied connection of a link: Device.Reapply


def test_block_on_the_link(manager, change):
    manager.start()
    device = tunnel(manager)
    before = setting(manager.GetApplied(device))
    outcome = change("--link", "lo", "::/0", "2001:db8:7::/48")
    assert outcome == {"routes": ["::/0", "2001:db8:7::/48"], "from": "", "noop": False,
                       "to": "::/0 metric 1 unreachable, 2001:db8:7::/48 metric 1 unreachable"}

    after, version, flags = reapplied(manager, device)
    assert version == 7 and flags == PRESERVE_EXTERNAL_IP
    assert setting(after) == {**before, "route-data": [plain(BLOCK),
                                                       plain(block("2001:db8:7::", 48))]}


def test_block_of_ipv4(manager, change):
    manager.start()
    device = tunnel(manager)
    before = plain(manager.GetApplied(device))
    assert change("--link", "lo", "--family", "ipv4", "0.0.0.0/0")["to"] == \
        "0.0.0.0/0 metric 1 unreachable"
    after, _, _ = reapplied(manager, device)
    assert setting(after, "ipv4")["route-data"] == [plain(block("0.0.0.0", 0))]
    assert setting(after) == setting(before)


def test_others_routes_stay(manager, change):
    manager.start()
    device = tunnel(manager, **{"route-data": routes(OTHER)})
    change("--link", "lo", "::/0")
    after, _, _ = reapplied(manager, device)
    assert setting(after)["route-data"] == [plain(OTHER), plain(BLOCK)]


def test_block_that_is_there_already_is_not_ours(manager, change):
    manager.start()
    device = tunnel(manager, **{"route-data": routes(BLOCK)})
    outcome = change("--link", "lo", "::/0", "2001:db8:7::/48")
    assert outcome["routes"] == ["2001:db8:7::/48"]
    assert outcome["from"] == "::/0 metric 1 unreachable"
    assert change("--link", "lo", "::/0")["noop"] is True
    assert len(manager.calls(device, "Reapply")) == 1


def test_undo_of_a_block_is_exact(manager, change):
    manager.start()
    shadow = block("::", 0, type="blackhole")
    mine = block("2001:db8:7::", 48)
    device = tunnel(manager, **{"route-data": routes(shadow, OTHER, BLOCK, mine)})
    before = setting(manager.GetApplied(device))
    outcome = change("--undo", "--link", "lo", "::/0")
    # an undo keeps the direction of what it takes back
    assert outcome["to"] == "::/0 metric 1 unreachable, 2001:db8:7::/48 metric 1 unreachable"
    assert outcome["from"] == "2001:db8:7::/48 metric 1 unreachable"
    after, version, flags = reapplied(manager, device)
    assert version == 7 and flags == PRESERVE_EXTERNAL_IP
    assert setting(after) == {**before, "route-data": plain([shadow, OTHER, mine])}


def test_do_and_undo_come_back_to_the_same(manager, change):
    manager.start()
    device = tunnel(manager, **{"route-data": routes(OTHER)})
    before = setting(manager.GetApplied(device))
    change("--link", "lo", "::/0")
    change("--undo", "--link", "lo", "::/0")
    assert setting(manager.GetApplied(device)) == before
    assert change("--undo", "--link", "lo", "::/0")["noop"] is True
    assert [call[1] for call in manager.calls(device, "Reapply")] == [7, 8]


def test_undo_of_an_edited_block_is_refused(manager, change):
    manager.start()
    device = tunnel(manager, **{"route-data": routes(block("::", 0, metric=dbus.UInt32(9)))})
    outcome = change("--undo", "--link", "lo", "::/0")
    assert outcome["error"] == "refused" and outcome["step"] == "prepare"
    assert "metric 9 unreachable" in outcome["message"]
    assert "metric 1 unreachable" in outcome["message"]
    assert not manager.calls(device, "Reapply")


def test_method_off_and_back(manager, change):
    manager.start()
    device = tunnel(manager, **{
        "address-data": address_data("2001:db8:8::2", "2001:db8:8::3"), "gateway": "2001:db8:8::1",
        "dns-search": array(["corp.example", "example"], "s"), "may-fail": False,
        "route-data": routes(BLOCK, OTHER), "ip6-privacy": dbus.Int32(2)})
    before = setting(manager.GetApplied(device))
    outcome = change("--link", "lo", "--to", "disabled")
    old = ("manual addresses=2001:db8:8::2/64,2001:db8:8::3/64 gateway=2001:db8:8::1 "
           "dns-search=corp.example,example may-fail=no "
           "routes=2001:db8:7::/48;via=fe80::1;metric=5;table=77")
    assert outcome["from"] == old and outcome["to"] == "disabled"
    after, _, flags = reapplied(manager, device)
    assert flags == PRESERVE_EXTERNAL_IP
    assert setting(after)["method"] == "disabled"
    assert setting(after)["route-data"] == [plain(BLOCK)], "a block needs no link, and stays"
    assert not {"gateway", "dns-search", "may-fail"} & set(setting(after))

    change("--undo", "--link", "lo", "--from", old, "--to", "disabled")
    assert setting(manager.GetApplied(device)) == before


def test_static_routes_of_ipv4_off_and_back(manager, change):
    """Whatever libnm knows of a route comes back."""
    manager.start()
    device = manager.AddDevice("lo", "tun", "/", "/")
    values = [{"dest": "10.1.2.3", "prefix": dbus.UInt32(24)},
              {"dest": "192.0.2.0", "prefix": dbus.UInt32(25), "next-hop": "10.9.0.1",
               "metric": dbus.UInt32(0), "onlink": True, "src": "10.9.0.2",
               "mtu": dbus.UInt32(1400), "lock-mtu": True, "type": "unicast"}]
    manager.SetApplied(device, wired("tun0", "lo", ipv4={
        "method": "auto", "route-data": routes(*values)}), dbus.UInt64(7))
    before = setting(manager.GetApplied(device), "ipv4")
    outcome = change("--link", "lo", "--family", "ipv4", "--to", "disabled")
    assert outcome["from"].startswith("auto routes=10.1.2.3/24,192.0.2.0/25;via=10.9.0.1;metric=0;")
    assert "route-data" not in setting(manager.GetApplied(device), "ipv4")

    change("--undo", "--link", "lo", "--family", "ipv4", "--from", outcome["from"],
           "--to", "disabled")
    assert setting(manager.GetApplied(device), "ipv4") == before


def test_routes_that_could_not_come_back(manager, change):
    manager.start()
    device = tunnel(manager, **{"route-data": routes({**OTHER, "of-a-newer-one": "x"})})
    outcome = change("--link", "lo", "--to", "disabled")
    assert outcome["error"] == "refused" and "2001:db8:7::" in outcome["message"]
    assert not manager.calls(device, "Reapply")


def test_undo_of_an_edited_method_is_refused(manager, change):
    manager.start()
    device = tunnel(manager)
    manager.SetApplied(device, wired("tun0", "lo", ipv6={"method": "link-local"}), dbus.UInt64(7))
    outcome = change("--undo", "--link", "lo", "--from", "auto", "--to", "disabled")
    assert outcome["error"] == "refused"
    assert '"link-local"' in outcome["message"] and '"disabled"' in outcome["message"]
    assert not manager.calls(device, "Reapply")


def test_undo_of_a_method_that_is_back_already(manager, change):
    manager.start()
    device = tunnel(manager)
    manager.SetApplied(device, wired("tun0", "lo"), dbus.UInt64(7))
    assert change("--undo", "--link", "lo", "--from", "auto", "--to", "disabled")["noop"] is True
    assert not manager.calls(device, "Reapply")


def test_addresses_that_could_not_come_back(manager, change):
    manager.start()
    address = sv({"address": "192.0.2.9", "prefix": dbus.UInt32(24), "label": "lo:1"})
    device = tunnel(manager)
    manager.SetApplied(device, wired("tun0", "lo", ipv4={"method": "manual",
                                                         "address-data": array([address])}), 7)
    outcome = change("--link", "lo", "--family", "ipv4", "--to", "disabled")
    assert outcome["error"] == "refused" and not manager.calls(device, "Reapply")


def test_link_changed_meanwhile(manager, change):
    manager.start()
    device = tunnel(manager)
    outcome = change("--link", "lo", "::/0", between=lambda: manager.SetApplied(
        device, wired("tun0", "lo", ipv6={"method": "auto"}), dbus.UInt64(8)))
    assert outcome["error"] == "busy" and outcome["step"] == "commit"
    assert setting(manager.GetApplied(device))["method"] == "auto"


@pytest.mark.parametrize("name, error", [
    ("org.freedesktop.NetworkManager.PermissionDenied", "denied"),
    (f"{SETTINGS}.PermissionDenied", "denied"),
    ("org.freedesktop.DBus.Error.AccessDenied", "denied"),
    (f"{DEVICE}.NotActive", "not-found"),
    (f"{DEVICE}.VersionIdMismatch", "busy"),
    (f"{DEVICE}.Failed", "failed"),
    ("org.freedesktop.DBus.Error.NoReply", "timeout"),
])
def test_errors_of_reapply(manager, change, name, error):
    manager.start()
    device = tunnel(manager)
    manager.FailWith(device, "Reapply", name, "the reason")
    outcome = change("--link", "lo", "::/0")
    assert outcome["error"] == error and outcome["step"] == "commit"
    assert outcome["message"] == "lo: the reason"


def test_errors_of_reading(manager, change):
    manager.start()
    device = tunnel(manager)
    manager.FailWith(device, "GetAppliedConnection", f"{DEVICE}.NotActive", "not active")
    outcome = change("--link", "lo", "::/0")
    assert outcome["error"] == "not-found" and outcome["step"] == "prepare"


@pytest.mark.parametrize("target", [["--link", "nothere0"], ["--profile", HOME]])
def test_target_has_gone(manager, change, target):
    manager.start()
    outcome = change(*target, "--to", "disabled")
    assert outcome["error"] == "not-found" and outcome["step"] == "prepare"


def test_networkmanager_does_not_run(change):
    """Not "not found": an undo that was not made must not be forgotten."""
    outcome = change("--undo", "--link", "lo", "::/0")
    assert outcome["error"] == "failed" and outcome["step"] == "prepare"


def test_networkmanager_goes_meanwhile(manager, change):
    manager.start()
    tunnel(manager)
    outcome = change("--link", "lo", "::/0", between=manager.stop)
    assert outcome["error"] in ("failed", "timeout") and outcome["step"] == "commit"


def test_cancelled(manager, change):
    manager.start()
    tunnel(manager)
    outcome = change("--cancel", "--link", "lo", "::/0")
    assert outcome["error"] == "cancelled" and outcome["step"] == "commit"


def test_old_version_would_delete_what_others_made(manager, change):
    manager.start(Version="1.40.18")
    device = tunnel(manager)
    outcome = change("--link", "lo", "::/0")
    assert outcome["error"] == "unsupported" and outcome["step"] == "prepare"
    assert not manager.calls(device, "GetAppliedConnection")


def foreign(manager, *addresses, flags=0x80, routes_of=()):
    """A link that somebody else made, as NetworkManager shows it."""
    config = manager.ip_config("fe80::1", *addresses, routes=list(routes_of))
    device = manager.AddDevice("lo", "tun", "/", config)
    path = manager.AddProfile(profile("tun0", "tun", tun={"mode": dbus.UInt32(1)}), 0xf)
    active = manager.Activate(path, [device], sv({"StateFlags": dbus.UInt32(flags)}), False)
    manager.SetDeviceActive(device, active)
    manager.SetApplied(device, wired("tun0", "lo", ipv6={"method": "link-local"}), dbus.UInt64(1))
    return device


@pytest.mark.parametrize("undo", [[], ["--undo"]])
@pytest.mark.parametrize("addresses, destinations", [(["2001:db8:8::2"], []), ([], ["2000::"])])
def test_foreign_ipv6_would_be_deleted(manager, change, undo, addresses, destinations):
    """NetworkManager 1.42 deletes it in spite of preserve-external-ip: measured."""
    manager.start()
    destinations = [{"dest": d, "prefix": dbus.UInt32(4)} for d in destinations]
    device = foreign(manager, *addresses, routes_of=destinations)
    outcome = change(*undo, "--link", "lo", "::/0")
    assert outcome["error"] == "refused" and outcome["step"] == "prepare"
    assert not manager.calls(device, "Reapply")


@pytest.mark.parametrize("addresses, flags, version", [
    (["fe80::2", "::1"], 0x80, "1.42.4"),   # a tunnel that carries IPv4 alone; lo
    (["2001:db8:8::2"], 0, "1.42.4"),       # NetworkManager's own link
    (["2001:db8:8::2"], 0x80, "1.54.0"),
])
def test_nothing_foreign_would_be_deleted(manager, change, addresses, flags, version):
    manager.start(Version=version)
    device = foreign(manager, *addresses, flags=flags)
    assert "error" not in change("--link", "lo", "::/0")
    assert len(manager.calls(device, "Reapply")) == 1


# Saved profiles: Update2


def home(manager, flags=0, **more):
    manager.AddDevice("lo", "wired", "/", "/")
    values = wired("Home", "lo", **more)
    # what this libnm does not know must go back to the letter
    values["ipv6"]["from-the-future"] = dbus.UInt32(42)
    values["futuristic"] = sv({"a": "b"})
    return manager.AddProfile(values, flags)


def test_method_in_the_profile(manager, change):
    manager.start()
    path = home(manager, **{"802-3-ethernet": {"mtu": dbus.UInt32(1400)}})
    before = plain(manager.GetProfile(path))
    outcome = change("--profile", HOME, "--to", "disabled")
    assert outcome["from"] == "auto" and outcome["to"] == "disabled" and not outcome["noop"]

    ((after, flags, arguments),) = manager.calls(path, "Update2")
    assert flags == TO_DISK and not arguments
    changed = plain(after)
    assert changed["ipv6"].pop("method") == "disabled"
    assert changed["ipv6"]["from-the-future"] == 42 and changed["futuristic"] == {"a": "b"}
    for name in before:
        if name != "ipv6":
            assert changed[name] == before[name]


@pytest.mark.parametrize("data", [{}, {"dns-data": array(["::1"], "s")}])
def test_undo_in_the_profile(manager, change, data):
    """NetworkManager sends DNS servers in one or two forms; none may be left or lost."""
    manager.start()
    path = home(manager, ipv6={"method": "auto", "never-default": True,
                               "dns": array([dbus.ByteArray(bytes(15) + b"\1")], "ay"), **data})
    before = setting(manager.GetProfile(path))
    outcome = change("--profile", HOME, "--to", "ignore")
    assert outcome["from"] == "auto dns=::1"
    assert not {"dns", "dns-data"} & set(plain(manager.GetProfile(path))["ipv6"])
    change("--undo", "--profile", HOME, "--from", outcome["from"], "--to", "ignore")
    after = plain(manager.GetProfile(path))["ipv6"]
    assert after["dns-data"] == ["::1"] and after["dns"] == before["dns"]
    assert setting({"ipv6": after}) == before


def test_routes_in_a_vpn_profile_keep_what_is_not_ours(manager, change):
    manager.start()
    data = {"remote": "vpn.example.com", "password-flags": "0"}
    path = manager.AddProfile(vpn("Corp", data=data, ipv6={"route-data": routes(OTHER)}), 0)
    change("--profile", profile_uuid("Corp"), "::/0")
    ((after, _, _),) = manager.calls(path, "Update2")
    assert setting(after)["route-data"] == plain([OTHER, BLOCK])
    assert plain(after)["vpn"]["data"] == data
    # NetworkManager keeps a profile's secrets if an update has none at all
    assert "secrets" not in after["vpn"]
    assert not manager.calls(path, "GetSecrets")


def test_profile_kept_in_memory_stays_there(manager, change):
    manager.start()
    path = home(manager, flags=1)
    change("--profile", HOME, "--to", "disabled")
    ((_, flags, _),) = manager.calls(path, "Update2")
    assert flags == KEEP


@pytest.mark.parametrize("flags", [2, 4, 8])
def test_generated_profile_is_refused(manager, change, flags):
    manager.start()
    path = home(manager, flags=flags)
    outcome = change("--profile", HOME, "--to", "disabled")
    assert outcome["error"] == "refused" and not manager.calls(path, "Update2")


def test_profile_edited_before_undo(manager, change):
    manager.start()
    path = home(manager, ipv6={"method": "link-local"})
    outcome = change("--undo", "--profile", HOME, "--from", "auto", "--to", "disabled")
    assert outcome["error"] == "refused" and '"link-local"' in outcome["message"]
    assert not manager.calls(path, "Update2")


def test_profile_edited_between(manager, change):
    manager.start()
    path = home(manager)
    outcome = change("--profile", HOME, "--to", "disabled", between=lambda: manager.EditProfile(
        path, wired("Home", "lo", ipv4={"method": "link-local"})))
    assert outcome["error"] == "busy" and outcome["step"] == "commit"
    assert not manager.calls(path, "Update2")


def test_time_stamp_is_no_edit(manager, change):
    manager.start()
    path = home(manager)
    outcome = change("--profile", HOME, "--to", "disabled", between=lambda: manager.EditProfile(
        path, wired("Home", "lo", connection={"timestamp": dbus.UInt64(1790000000)},
                    ipv6={"from-the-future": dbus.UInt32(42)})))
    assert "error" not in outcome and len(manager.calls(path, "Update2")) == 1


def test_what_was_not_kept_is_named(manager, change):
    manager.start()
    path = home(manager)
    manager.DropAtUpdate(path, "ipv6", "route-data")
    manager.DropAtUpdate(path, "ipv6", "routes")
    outcome = change("--profile", HOME, "::/0")
    assert outcome["error"] == "failed" and outcome["step"] == "commit"
    assert "ipv6.routes" in outcome["message"]


@pytest.mark.parametrize("name, error", [
    (f"{SETTINGS}.PermissionDenied", "denied"),
    (f"{SETTINGS}.ReadOnlyConnection", "denied"),
    (f"{SETTINGS}.InvalidConnection", "invalid"),
    (f"{SETTINGS}.Failed", "failed"),
])
def test_errors_of_update(manager, change, name, error):
    manager.start()
    path = home(manager)
    before = plain(manager.GetProfile(path))
    manager.FailWith(path, "Update2", name, "the reason")
    outcome = change("--profile", HOME, "--to", "disabled")
    assert outcome["error"] == error and outcome["step"] == "commit"
    assert outcome["message"] == f"{HOME}: the reason"
    assert plain(manager.GetProfile(path)) == before


def test_profile_without_the_family(manager, change):
    manager.start()
    manager.AddProfile(settings({"connection": {
        "id": "Home", "uuid": HOME, "type": "802-3-ethernet", "master": "br0",
        "slave-type": "bridge"}, "802-3-ethernet": {}}), 0)
    assert change("--profile", HOME, "::/0")["error"] == "unsupported"
