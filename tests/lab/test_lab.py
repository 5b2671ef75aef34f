# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""The laboratory does what it says: its lines, VPNs and web servers."""
from __future__ import annotations

import socket
import stat
from pathlib import Path

import pytest

from lab import LINES, VPNS, Lab, LabError, packets, plan
from lab.state import wait_for

FAMILIES = ("ipv4", "ipv6")
ANY_PUBLIC = {"ipv4": "203.0.114.7", "ipv6": "2a00:1450:4001::7"}


def seen(lab: Lab) -> dict[str, str | None]:
    return {family: lab.exit_address(family) for family in FAMILIES}


def curl(lab: Lab, *arguments: str) -> tuple[int, str]:
    done = lab.run(["curl", "-sS", "--max-time", "4", *arguments], person=True)
    return done.returncode, done.stdout if done.returncode == 0 else done.stderr


@pytest.mark.parametrize("name", LINES)
def test_line_is_what_it_says(lab: Lab, name: str) -> None:
    lab.switch_line(name)
    assert seen(lab) == lab.exit_addresses["home"]
    ipv4 = "uplink" if LINES[name].ipv4 else "nowhere"
    ipv6 = "uplink" if LINES[name].sends_ipv6 else "nowhere"
    assert lab.ways([plan.WEB4, plan.WEB6]) == {plan.WEB4: ipv4, plan.WEB6: ipv6}


def test_local_line_gives_local_addresses(lab: Lab) -> None:
    lab.switch_line("ula")
    assert "fd00:178::ff:fe00:5" in lab.run(["ip", "-6", "address"]).stdout
    assert curl(lab, f"http://[{plan.ULA_ROUTER}]:81/")[0] == 7, "the router is not reached"


def test_line_switches_under_a_vpn(lab: Lab) -> None:
    lab.vpn_up("corp4")
    lab.switch_line("ipv4", reconnect=False)
    # The router's last advertisement takes the default route away.
    wait_for(lambda: lab.ways([plan.WEB6]) == {plan.WEB6: "nowhere"}, "end of IPv6")
    assert lab.vpns_up() == ["corp4"]


@pytest.mark.parametrize("name", [name for name, vpn in VPNS.items() if vpn.late is None and not vpn.inside])
def test_vpn_is_what_it_says(lab: Lab, name: str) -> None:
    vpn = lab.vpn_up(name)
    home = lab.exit_addresses["home"]
    carried = vpn.exit_addresses
    assert seen(lab) == {f: carried[f] or home[f] for f in FAMILIES}
    addresses = dict(ANY_PUBLIC)
    assert lab.ways(list(addresses.values())) == {
        address: "tunnel" if carried[family] else "uplink" for family, address in addresses.items()
    }
    lab.vpn_down(name)
    assert seen(lab) == home


def test_leak_is_live(lab: Lab) -> None:
    """What the project is about: IPv4 is in the tunnel, IPv6 goes around it."""
    lab.vpn_up("corp4")
    assert lab.leaks() == {
        plan.WEB4: False,
        plan.WEB4_OTHER: False,
        plan.WEB6: True,
        plan.WEB6_OTHER: True,
    }


def test_blocked_packets_go_nowhere(lab: Lab) -> None:
    lab.vpn_up("corp4")
    lab.home.configure("route add unreachable 2001:db8:80::/48 metric 1")
    try:
        expected = {plan.WEB6: "nowhere", plan.WEB6_OTHER: "uplink"}
        assert lab.ways([plan.WEB6, plan.WEB6_OTHER]) == expected
    finally:
        lab.home.configure("route del unreachable 2001:db8:80::/48 metric 1")


@pytest.mark.parametrize(
    "sender, reason",
    [
        ("raise SystemExit('cannot')", "exit status 1.*cannot"),
        ("print('{}')", "{}"),
        ("print('nonsense')", "nonsense"),
        ("pass", "no answer"),
    ],
)
def test_what_was_not_sent_is_not_taken_for_blocked(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sender: str, reason: str
) -> None:
    broken = tmp_path / "send.py"
    broken.write_text(sender)
    monkeypatch.setattr(packets, "SEND", broken)
    with pytest.raises(LabError, match=reason):
        lab.ways()


def test_split_vpn_reaches_the_company(lab: Lab) -> None:
    assert curl(lab, f"http://{plan.INTRANET_WEB}/")[1] != "10.8.3.2\n"
    lab.vpn_up("corp-split")
    assert curl(lab, f"http://{plan.INTRANET_WEB}/") == (0, "10.8.3.2\n")


def test_late_ipv6_comes_late(lab: Lab) -> None:
    for _ in range(2):
        lab.vpn_up("corp-late6", late=3)
        assert lab.ways([plan.WEB6]) == {plan.WEB6: "uplink"}
        wait_for(lambda: lab.ways([plan.WEB6]) == {plan.WEB6: "tunnel"}, "the tunnel's IPv6")
        assert seen(lab) == VPNS["corp-late6"].exit_addresses
        lab.vpn_down("corp-late6")


def test_nat64_is_not_what_a_vpn_of_global_addresses_carries(lab: Lab) -> None:
    lab.switch_line("nat64")
    said = lab.run(["getent", "ahosts", "ipv4only.arpa"], person=True).stdout
    assert {x.split()[0] for x in said.splitlines()} == {"192.0.0.170", plan.NAT64_ADDRESS}
    lab.vpn_up("corp-2000")
    expected = {plan.WEB4: "tunnel", plan.WEB6: "tunnel", plan.NAT64_WEB: "uplink"}
    assert lab.ways(list(expected)) == expected
    lab.switch_line("dual")
    said = lab.run(["getent", "ahosts", "ipv4only.arpa"], person=True)
    assert said.returncode != 0


def test_two_vpns_at_once(lab: Lab) -> None:
    lab.vpn_up("corp-split")
    lab.vpn_up("wg4")
    assert set(lab.vpns_up()) == {"corp-split", "wg4"}
    assert lab.ways([plan.WEB4, plan.WEB6]) == {plan.WEB4: "tunnel", plan.WEB6: "uplink"}


def test_vpn_names_the_companys_dns_server(lab: Lab) -> None:
    lab.vpn_up("corp46")
    assert plan.INTRANET_DNS in lab.run(["cat", "/etc/resolv.conf"]).stdout
    found = lab.run(["getent", "ahostsv4", "intranet.corp.example"]).stdout
    assert plan.INTRANET_WEB in found


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("scheme", ("http", "https"))
def test_web_says_the_address(lab: Lab, family: str, scheme: str) -> None:
    home = lab.exit_addresses["home"][family]
    for zone in ("lab", "other"):
        assert curl(lab, f"{scheme}://{family}.{zone}.example/") == (0, f"{home}\n")
    assert curl(lab, f"{scheme}://{family}.lab.example/json")[1] == f'{{"ip": "{home}"}}'
    flag = f"-{family[-1]}"
    assert curl(lab, flag, f"{scheme}://www.lab.example/") == (0, f"{home}\n")


def test_names_have_one_family(lab: Lab) -> None:
    ask = "import socket, sys; print(socket.getaddrinfo(sys.argv[1], 443, int(sys.argv[2])))"
    for name, family in (("ipv4", socket.AF_INET6), ("ipv6", socket.AF_INET)):
        command = ["/usr/bin/python3", "-c", ask, f"{name}.lab.example", str(int(family))]
        assert "No address associated" in lab.run(command).stderr


def test_every_public_address_answers(lab: Lab) -> None:
    home = lab.exit_addresses["home"]
    for family, address in ANY_PUBLIC.items():
        url = f"http://[{address}]/" if family == "ipv6" else f"http://{address}/"
        assert curl(lab, url) == (0, f"{home[family]}\n")


@pytest.mark.parametrize("family", FAMILIES)
def test_web_misbehaves(lab: Lab, family: str) -> None:
    base = f"https://{family}.lab.example"
    home = str(lab.exit_addresses["home"][family])
    assert "<!DOCTYPE html>" in curl(lab, f"{base}/html")[1]
    assert len(curl(lab, f"{base}/five-megabytes")[1]) == 5 << 20
    assert curl(lab, f"{base}/nothing") == (0, "")
    assert (":" in curl(lab, f"{base}/wrong-family")[1]) == (family == "ipv4")
    assert curl(lab, f"{base}/private")[1].startswith(("192.168.", "fd00:"))
    assert curl(lab, f"{base}/two")[1] == f"{home}\n{home}\n"
    assert curl(lab, "--location", f"{base}/redirect-loop")[0] == 47
    assert curl(lab, "--fail", f"{base}/error")[0] == 22
    assert curl(lab, f"{base}/closes")[0] == 52
    assert curl(lab, "--max-time", "1", f"{base}/slow")[0] == 28


@pytest.mark.parametrize("port", (plan.PORT_UNKNOWN_CA, plan.PORT_WRONG_NAME))
def test_bad_certificates(lab: Lab, port: int) -> None:
    url = f"https://ipv4.lab.example:{port}/"
    assert curl(lab, url)[0] == 60
    assert curl(lab, "--insecure", url) == (0, f"{plan.HOME_EXIT4}\n")


def test_requests_are_noted(lab: Lab) -> None:
    before = len(lab.requests())
    curl(lab, "https://ipv6.lab.example/noted")
    (request,) = lab.requests()[before:]
    expected = {"address": plan.HOME6_ADDRESS, "path": "/noted", "secure": True}
    assert expected.items() <= request.items()


def test_person_has_no_privileges(lab: Lab) -> None:
    said = lab.run(["sh", "-c", "id -u; stat -c '%a %U' $XDG_RUNTIME_DIR; pwd"], person=True).stdout
    uid, runtime, folder = said.splitlines()
    assert (uid, runtime, folder) == ("65534", "700 nobody", f"{lab.folder_of(True)}/home")
    assert lab.run(["ip", "link", "set", "eth0", "down"], person=True).returncode != 0
    key = lab.state.folder / "certificates/ca.key"
    assert lab.run(["cat", key], person=True).returncode != 0
    assert "Home network" in lab.run(["nmcli", "connection"], person=True).stdout


def test_environment_is_clean(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://192.0.2.1:3128")
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere")
    said = lab.run(["env"], env={"MINE": "1"}).stdout
    assert "192.0.2.1" not in said and "nowhere" not in said and "MINE=1" in said


def test_advertisement_renews_lifetimes(lab: Lab) -> None:
    def lifetimes() -> list[str]:
        said = lab.run(["ip", "-6", "address", "show", "dev", "eth0", "scope", "global"]).stdout
        return [x.strip() for x in said.splitlines() if "valid_lft" in x]

    wait_for(lambda: "86400sec" not in " ".join(lifetimes()), "a second of lifetime gone")
    lab.router.advertise()
    wait_for(lambda: "86400sec" in " ".join(lifetimes()), "renewed lifetimes", 2)


def test_network_manager_restarts(lab: Lab) -> None:
    lab.manager.stop(kill=True)
    assert lab.run(["nmcli", "general"]).returncode != 0
    lab.manager.start()
    lab.manager.wait_for_uplink(lab.line)
    assert seen(lab) == lab.exit_addresses["home"]


def test_changes_are_noticed(lab: Lab) -> None:
    """What the fixture relies on to give the next test a laboratory that nobody changed."""
    before = lab.fingerprint()
    lab.vpn_up("corp4")
    assert lab.fingerprint() != before
    lab.vpn_down("corp4")
    wait_for(lambda: lab.fingerprint() == before, "the state before")
    lab.nmcli("connection", "modify", lab.uplink_title, "ipv6.method", "disabled")
    assert lab.fingerprint() != before


def test_ipv6_comes_back(lab: Lab) -> None:
    lab.nmcli("device", "modify", "eth0", "ipv6.method", "disabled")
    assert lab.exit_address("ipv6") is None
    lab.nmcli("device", "modify", "eth0", "ipv6.method", "auto")
    lab.wait_for_ipv6()
    assert lab.exit_address("ipv6") == plan.HOME6_ADDRESS


def test_unknown_names(lab: Lab) -> None:
    with pytest.raises(LabError, match="corp46"):
        lab.vpn_up("corp5")
    with pytest.raises(LabError, match="dual"):
        lab.switch_line("triple")
    assert stat.S_IMODE(lab.policy_file.stat().st_mode) & 0o004
