/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "observation-text.h"
#include "verdict-text.h"

/* Which links are tunnels, and what it means where nobody says so. */

static const VerdictCase cases[] = {
  /* Tunnels that nobody told us of, and links that are none. */
  { "wg-quick",
    LINE "link 4 wg0 wireguard; addr wg0 10.9.0.2/32; addr wg0 fd00:9::2/128;"
         "4 default dev wg0 table 51820; 6 default dev wg0 table 51820;"
         "rule 32764 lookup main suppress_prefixlength 0;"
         "rule 32765 not fwmark 0xca6c lookup 51820",
    HOME, NULL, NULL,
    "safe; local yes, tunnel yes, safe; ipv4 tunnelled; ipv6 tunnelled; tunnel wg0 full" },
  { "networkmanager's-wireguard",
    LINE "link 4 wg0 wireguard; addr wg0 10.9.0.2/32; addr wg0 fd00:9::2/128;"
         "4 default dev wg0 proto static table 52345;"
         "4 rule 31292 lookup main suppress_prefixlength 0;"
         "4 rule 31293 not fwmark 0xcc79 lookup 52345",
    HOME "activation wg0 wireguard Corp default", NULL, NULL,
    "leak; local yes, tunnel no, unsafe; ipv4 tunnelled; ipv6 bypass 2000::/3 eth0; "
    "tunnel Corp full; leak ipv6-bypass" },
  { "networkmanager's-wireguard-without-routes",
    LINE "link 4 wg0 wireguard; addr wg0 10.9.0.2/32; 4 10.0.0.0/8 dev wg0 proto static metric 50",
    HOME "activation wg0 wireguard Corp", NULL, NULL,
    "split; local yes, tunnel no; ipv4 bypass; ipv6 bypass 2000::/3 eth0; tunnel Corp" },
  { "openvpn-without-default-route",
    LINE TUN "addr tun0 fd00:8::2/64; 6 ::/3 dev tun0; 6 2000::/4 dev tun0; 6 3000::/4 dev tun0;"
             "6 fc00::/7 dev tun0",
    VPN, NULL, NULL,
    "safe; local yes, tunnel yes, safe; ipv4 tunnelled; ipv6 tunnelled; tunnel Corp full" },
  { "mesh", LINE "link 4 ts0 tun; addr ts0 100.64.0.2/10; addr ts0 fd7a::2/48", HOME, NULL, NULL,
    "no-vpn; local yes, tunnel no; ipv4 bypass; ipv6 bypass 2000::/3 eth0" },
  { "virtual-machine", LINE "link 4 br0 bridge; link 5 tap0 tun tap master 4; addr br0 10.0.0.1/24",
    HOME, NULL, NULL, "no-vpn; local yes, tunnel no; ipv4 bypass; ipv6 bypass 2000::/3 eth0" },
  { "ppp-uplink",
    "link 4 ppp0 ppp; addr ppp0 203.0.113.5/32 peer 203.0.113.1; 4 default dev ppp0 metric 100", "",
    NULL, NULL, "no-vpn; local no, tunnel no; ipv4 bypass; ipv6 absent" },
  { "ppp-vpn",
    LINE "link 4 ppp0 ppp; addr ppp0 10.7.0.2/32 peer 10.7.0.1; 4 default dev ppp0 metric 50;"
         "4 198.51.100.9 via 192.168.1.1 dev eth0 proto static",
    HOME, NULL, NULL,
    "leak; local yes, tunnel no, unsafe; ipv4 tunnelled; ipv6 bypass 2000::/3 eth0; "
    "tunnel ppp0 full; leak ipv6-bypass" },
  { "ppp-uplink-of-a-providers-nat",
    LINE "link 4 ppp0 ppp; addr ppp0 100.64.7.2/32 peer 100.64.0.1; 4 default dev ppp0 metric 50;"
         "4 198.51.100.9 via 192.168.1.1 dev eth0 proto static",
    HOME, NULL, NULL, "no-vpn; local yes, tunnel no; ipv4 bypass; ipv6 bypass 2000::/3 eth0" },
  { "ppp-uplink-beside-a-lan-without-internet",
    "link 2 eth0; addr eth0 192.168.1.5/24; link 4 ppp0 ppp; addr ppp0 10.7.0.2/32 peer 10.7.0.1;"
    "4 default dev ppp0 metric 50; 4 198.51.100.9 via 192.168.1.1 dev eth0 proto static",
    HOME, NULL, NULL, "no-vpn; local no, tunnel no; ipv4 bypass; ipv6 absent" },
  { "ppp-vpn-in-the-place-of-the-default-route",
    "link 2 eth0; addr eth0 192.168.1.5/24; addr eth0 2001:db8:1::5/64;"
    "6 default via fe80::1 dev eth0 proto ra metric 100;"
    "link 4 ppp0 ppp; addr ppp0 10.7.0.2/32 peer 10.7.0.1; 4 default dev ppp0;"
    "4 198.51.100.9 via 192.168.1.1 dev eth0",
    HOME, NULL, NULL,
    "leak; local yes, tunnel no, unsafe; ipv4 tunnelled; ipv6 bypass 2000::/3 eth0; "
    "tunnel ppp0 full; leak ipv6-bypass" },
  { "ppp-vpn-in-the-place-of-the-only-default-route",
    "link 2 eth0; addr eth0 192.168.1.5/24; link 4 ppp0 ppp;"
    "addr ppp0 10.7.0.2/32 peer 10.7.0.1; 4 default dev ppp0;"
    "4 198.51.100.9 via 192.168.1.1 dev eth0",
    "activation eth0 802-3-ethernet Home default; activation ppp0 ppp ppp0 external", NULL, NULL,
    "safe; local no, tunnel no, safe; ipv4 tunnelled; ipv6 absent; tunnel ppp0 full" },
  { "pppoe-in-the-place-of-the-only-default-route",
    "link 2 eth0; addr eth0 192.168.1.5/24; link 4 ppp0 ppp;"
    "addr ppp0 203.0.113.5/32 peer 203.0.113.1; addr ppp0 2001:db8:4::5/64; 4 default dev ppp0;"
    "6 default dev ppp0",
    "activation eth0 802-3-ethernet Home default; activation ppp0 ppp ppp0 external", NULL, NULL,
    "no-vpn; local yes, tunnel no; ipv4 bypass; ipv6 bypass 2000::/3 ppp0" },
  { "pppoe-of-a-private-address-in-the-place-of-the-only-default-route",
    "link 2 eth0; addr eth0 192.168.1.5/24; link 4 ppp0 ppp;"
    "addr ppp0 10.7.0.2/32 peer 10.0.0.1; 4 default dev ppp0",
    "activation eth0 802-3-ethernet Home default; activation ppp0 ppp ppp0 external", NULL, NULL,
    "no-vpn; local no, tunnel no; ipv4 bypass; ipv6 absent" },
  { "pppoe-over-a-link-without-addresses",
    "link 2 eth0; addr eth0 fe80::5/64; link 4 ppp0 ppp; addr ppp0 10.7.0.2/32 peer 10.0.0.1;"
    "addr ppp0 fe80::7/10; addr ppp0 2001:db8:4::5/64; 4 default dev ppp0; 6 default dev ppp0",
    "", NULL, NULL, "no-vpn; local yes, tunnel no; ipv4 bypass; ipv6 bypass 2000::/3 ppp0" },
  { "pppoe-beside-a-route-to-the-modem",
    "link 2 eth0; addr eth0 192.168.100.2/24; 4 192.168.101.1 via 192.168.100.1 dev eth0;"
    "link 4 ppp0 ppp; addr ppp0 10.7.0.2/32 peer 10.0.0.1; 4 default dev ppp0",
    "absent", NULL, NULL, "no-vpn; local no, tunnel no; ipv4 bypass; ipv6 absent" },
  { "mobile-ppp-uplink",
    "link 4 ppp0 ppp; addr ppp0 10.64.7.2/32 peer 10.64.64.64; 4 default dev ppp0", "absent", NULL,
    NULL, "no-vpn; local no, tunnel no; ipv4 bypass; ipv6 absent" },
  { "networkmanager's-ppp-vpn",
    LINE "link 4 ppp0 ppp; addr ppp0 10.7.0.2/32 peer 10.7.0.1; 4 default dev ppp0 proto static "
         "metric 50; 4 198.51.100.9 via 192.168.1.1 dev eth0 proto static metric 50",
    HOME "activation ppp0 ppp ppp0 external; vpn 10.7.0.2 l2tp Corp default server 198.51.100.9",
    NULL, NULL,
    "leak; local yes, tunnel no, unsafe; ipv4 tunnelled; ipv6 bypass 2000::/3 eth0; "
    "tunnel Corp full; leak ipv6-bypass" },
  { "networkmanager's-pppoe-under-a-vpn",
    "link 2 eth0; link 4 ppp0 ppp; addr ppp0 100.64.7.2/32 peer 100.64.0.1;"
    "addr ppp0 2001:db8:4::5/64; 4 default dev ppp0 proto static metric 100;"
    "6 default dev ppp0 proto ra metric 100;"
    "link 3 tun0 tun; addr tun0 10.8.0.2/24; 4 default dev tun0 proto static metric 50;"
    "4 198.51.100.6 dev ppp0 proto static metric 50",
    "activation ppp0 pppoe Home; vpn 10.8.0.2 fortisslvpn Corp default", NULL, NULL,
    "leak; local yes, tunnel no, unsafe; ipv4 tunnelled; ipv6 bypass 2000::/3 ppp0; "
    "tunnel Corp full; leak ipv6-bypass" },
  { "ppp-uplink-beside-a-vpn",
    "link 4 ppp0 ppp; addr ppp0 2001:db8:4::5/64; 6 default dev ppp0 metric 5;" LINE_IPV4 TUN, VPN,
    NULL, NULL,
    "leak; local yes, tunnel no, unsafe; ipv4 tunnelled; ipv6 bypass 2000::/3 ppp0; "
    "tunnel Corp full; leak ipv6-bypass" },
  { "modem-beside-a-server-route",
    "link 4 ppp0 ppp; addr ppp0 203.0.113.5/32 peer 203.0.113.1; 4 default dev ppp0 metric 50;" LINE
    "4 198.51.100.9 via 192.168.1.1 dev eth0 proto static",
    HOME "activation ppp0 gsm Mobile", NULL, NULL,
    "no-vpn; local yes, tunnel no; ipv4 bypass; ipv6 bypass 2000::/3 eth0" },
  { "ppp-vpn-beside-a-virtual-machine",
    LINE "link 4 ppp0 ppp; addr ppp0 10.7.0.2/32 peer 10.7.0.1; 4 default dev ppp0 metric 50;"
         "4 198.51.100.9 via 192.168.1.1 dev eth0 proto static; link 5 tap0 tun tap",
    HOME, NULL, NULL,
    "leak; local yes, tunnel no, unsafe; ipv4 tunnelled; ipv6 bypass 2000::/3 eth0; "
    "tunnel ppp0 full; leak ipv6-bypass" },
  { "ppp-uplink-beside-a-vpn-and-a-host-route",
    "link 4 ppp0 ppp; addr ppp0 2001:db8:4::5/64; 6 default dev ppp0 metric 5;" LINE_IPV4 TUN
    "4 192.0.2.99 via 192.168.1.1 dev eth0 proto static",
    HOME "vpn 10.8.0.2 openvpn Corp default server 198.51.100.6", NULL, NULL,
    "leak; local yes, tunnel no, unsafe; ipv4 partial 192.0.2.99/32 eth0; "
    "ipv6 bypass 2000::/3 ppp0; tunnel Corp full; leak ipv4-bypass; leak ipv6-bypass" },
  { "two-ppp-vpns",
    LINE_IPV4 "link 4 ppp0 ppp; addr ppp0 10.7.0.2/32 peer 10.7.0.1; 4 0.0.0.0/1 dev ppp0;"
              "link 5 tun1 tun; addr tun1 10.6.0.2/24; 4 128.0.0.0/1 dev tun1;"
              "4 198.51.100.9 via 192.168.1.1 dev eth0 proto static;"
              "4 198.51.100.10 via 192.168.1.1 dev eth0 proto static",
    HOME, NULL, NULL,
    "safe; local no, tunnel no, safe; ipv4 tunnelled; ipv6 absent; tunnel ppp0 full; "
    "tunnel tun1 full" },
  { "vpn-address-on-the-uplink", LINE TUN "addr eth0 10.8.0.2/32", VPN, NULL, NULL,
    "leak; local yes, tunnel no, unsafe; ipv4 tunnelled; ipv6 bypass 2000::/3 eth0; "
    "tunnel Corp full; leak ipv6-bypass" },
  { "464xlat",
    "link 2 eth0; addr eth0 2001:db8:1::5/64; 6 default via fe80::1 dev eth0 proto ra;"
    "link 4 clat tun; addr clat 192.0.0.4/32; 4 default dev clat",
    HOME, NULL, NULL, "no-vpn; local yes, tunnel no; ipv4 bypass; ipv6 bypass 2000::/3 eth0" },
  { "464xlat-beside-a-vpn",
    "link 2 eth0; addr eth0 2001:db8:1::5/64; 6 2001:db8:1::/64 dev eth0;"
    "6 default via fe80::1 dev eth0 proto ra; link 4 clat tun; addr clat 192.0.0.4/32;"
    "4 default dev clat metric 2048; 6 2001:db8:1::c/128 dev clat;" TUN
    "6 default dev tun0 metric 50",
    VPN, NULL, NULL,
    "safe; local yes, tunnel yes, safe; ipv4 tunnelled; ipv6 tunnelled; "
    "tunnel Corp full" },
  { "464xlat-and-a-route-to-a-gateway",
    "link 2 eth0; addr eth0 2001:db8:1::5/64; 6 2001:db8:1::/64 dev eth0;"
    "6 default via fe80::1 dev eth0 proto ra; link 4 clat tun; addr clat 192.0.0.4/32;"
    "4 default dev clat metric 2048; 6 2001:db8:1::/112 dev clat;" TUN
    "6 default dev tun0 metric 50",
    VPN, NULL, NULL,
    "leak; local yes, tunnel yes, safe; ipv4 tunnelled; "
    "ipv6 partial 2001:db8:1::/112 clat; tunnel Corp full; leak ipv6-bypass" },
  { "switched-off", LINE "link 3 tun0 tun down; addr tun0 10.8.0.2/24", HOME, NULL, NULL,
    "no-vpn; local yes, tunnel no; ipv4 bypass; ipv6 bypass 2000::/3 eth0" },
  { "ipv6-only-vpn",
    LINE "link 3 tun0 tun; addr tun0 2001:db8:8::2/64; 6 default dev tun0 metric 50", HOME, NULL,
    NULL,
    "leak; local yes, tunnel yes, safe; ipv4 bypass; ipv6 tunnelled; tunnel tun0 full; "
    "leak ipv4-bypass" },
  { "ipv6-only-vpn-in-parts",
    LINE "link 3 tun0 tun; addr tun0 2001:db8:8::2/64; 6 2000::/4 dev tun0; 6 3000::/5 dev tun0;"
         "6 3800::/5 dev tun0 table 7",
    HOME, NULL, NULL,
    "leak; local yes, tunnel yes, safe; ipv4 bypass; ipv6 partial 3800::/5 eth0; tunnel tun0 full; "
    "leak ipv4-bypass; leak ipv6-bypass" },

  /* IPsec without an interface cannot be judged by routes. */
  { "ipsec-rule", LINE "rule 220 lookup 220", HOME, NULL, NULL,
    "unknown; local yes, tunnel ?; ipv4 bypass; ipv6 bypass 2000::/3 eth0" },
  { "ipsec-rule-beside-a-leak", LINE TUN "rule 220 lookup 220", VPN, NULL, NULL,
    "leak; local yes, tunnel no, unsafe; ipv4 tunnelled; ipv6 bypass 2000::/3 eth0; "
    "tunnel Corp full; leak ipv6-bypass" },
  { "ipsec-routes-beside-a-leak",
    LINE TUN "rule 220 lookup 220; 4 198.51.100.0/24 via 192.168.1.1 dev eth0 table 220", VPN, NULL,
    NULL,
    "unknown; local yes, tunnel ?; ipv4 partial 198.51.100.0/24 eth0; "
    "ipv6 bypass 2000::/3 eth0; tunnel Corp full" },
  { "ipsec-routes-beside-a-proven-leak",
    LINE TUN "rule 220 lookup 220; 4 198.51.100.0/24 via 192.168.1.1 dev eth0 table 220", VPN,
    "exit 2001:db8:1::5 2001:db8:1::5", NULL,
    "leak; local yes, tunnel no, unsafe; ipv4 partial 198.51.100.0/24 eth0; "
    "ipv6 bypass 2000::/3 eth0, exit uplink; tunnel Corp full; leak ipv6-exit-uplink" },
  { "ipsec-by-a-tunnel's-link",
    LINE "link 4 ipsec0 tun; addr ipsec0 10.8.4.2/32; 4 default dev ipsec0 table 220;"
         "rule 220 not fwmark 0x42 lookup 220",
    HOME, NULL, NULL,
    "leak; local yes, tunnel no, unsafe; ipv4 tunnelled; ipv6 bypass 2000::/3 eth0; "
    "tunnel ipsec0 full; leak ipv6-bypass" },
  { "networkmanager's-strongswan", /* charon-nm.routing_table = 210, an XFRM interface */
    LINE "link 4 nm-xfrm-1 xfrm; addr nm-xfrm-1 10.99.0.2/32; 4 default dev nm-xfrm-1 table 210;"
         "rule 210 not fwmark 0xd2 lookup 210",
    HOME "vpn 10.99.0.2 strongswan Corp default", NULL, NULL,
    "leak; local yes, tunnel no, unsafe; ipv4 tunnelled; ipv6 bypass 2000::/3 eth0; "
    "tunnel Corp full; leak ipv6-bypass" },
  { "vpn-without-a-link", LINE, HOME "vpn 10.99.0.2 strongswan Corp", NULL, NULL,
    "unknown; local yes, tunnel ?; ipv4 bypass; ipv6 bypass 2000::/3 eth0; tunnel Corp" },
};

/* strongSwan's daemon runs; that it has no policy is known where each family was asked about. */
static void
test_ipsec_ruled_out (void)
{
  g_autoptr (TlObservation) observation =
    observation_text_parse (LINE "rule 220 lookup 220", HOME, NULL);
  g_autoptr (TlVerdict) unknown = NULL;
  g_autoptr (TlVerdict) clear = NULL;

  observation->ipsec_ruled_out[TL_FAMILY_IPV4] = TRUE;
  unknown = tl_judge (observation, NULL);
  observation->ipsec_ruled_out[TL_FAMILY_IPV6] = TRUE;
  clear = tl_judge (observation, NULL);
  g_assert_cmpint (unknown->state, ==, TL_STATE_UNKNOWN);
  g_assert_cmpint (clear->state, ==, TL_STATE_NO_VPN);
}

/* Routes in main may be taken away by others, those in a table of its own only by its program. */
static void
test_stays_full (void)
{
  g_autoptr (TlObservation) in_main =
    observation_text_parse (LINE "link 4 ts0 tun; 4 default dev ts0", HOME, NULL);
  g_autoptr (TlObservation) apart = observation_text_parse (
    LINE "link 4 ts0 tun; 4 default dev ts0 table 52; rule 5270 lookup 52", HOME, NULL);
  g_autoptr (TlVerdict) stays = tl_judge (in_main, NULL);
  g_autoptr (TlVerdict) passes = tl_judge (apart, NULL);
  const TlTunnel *one = stays->tunnels->pdata[0];
  const TlTunnel *other = passes->tunnels->pdata[0];

  g_assert_true (one->full && one->stays_full);
  g_assert_true (other->full && !other->stays_full);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  verdict_cases_add ("/tunnels", cases, G_N_ELEMENTS (cases));
  g_test_add_func ("/tunnels/ipsec-ruled-out", test_ipsec_ruled_out);
  g_test_add_func ("/tunnels/stays-full", test_stays_full);

  return g_test_run ();
}
