/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/verdict.h"
#include "observation-text.h"

typedef struct {
  const char *name;
  const char *net;
  const char *nm;
  const char *exits;
  const char *policy;
  const char *expected;
} Case;

static const Case cases[] = {
  /* The four cases, and the fourth one closed. */
  { "no-no", LINE_IPV4 TUN, VPN, NULL, NULL,
    "safe; local no, tunnel no, safe; ipv4 tunnelled; ipv6 absent; tunnel Corp full" },
  { "no-yes", LINE_IPV4 TUN TUN_IPV6, VPN, NULL, NULL,
    "safe; local no, tunnel yes, safe; ipv4 tunnelled; ipv6 tunnelled; tunnel Corp full" },
  { "yes-yes", LINE TUN TUN_IPV6, VPN, NULL, NULL,
    "safe; local yes, tunnel yes, safe; ipv4 tunnelled; ipv6 tunnelled; tunnel Corp full" },
  { "yes-no", LINE TUN, VPN, NULL, NULL,
    "leak; local yes, tunnel no, unsafe; ipv4 tunnelled; ipv6 bypass 2000::/3 eth0; "
    "tunnel Corp full; leak ipv6-bypass" },
  { "yes-no-blocked", LINE TUN "6 unreachable default dev lo metric 1", VPN, NULL, NULL,
    "safe; local yes, tunnel no, blocked, safe; ipv4 tunnelled; ipv6 blocked; tunnel Corp full" },

  { "blocked-by-a-link-that-leads-nowhere",
    LINE TUN "link 4 ipv6leakintrf0 dummy; addr ipv6leakintrf0 fdeb:446c:912d:8da::1/64;"
             "6 default via fdeb:446c:912d:8da::2 dev ipv6leakintrf0 proto static metric 95",
    VPN, NULL, NULL,
    "safe; local yes, tunnel no, blocked, safe; ipv4 tunnelled; ipv6 blocked; tunnel Corp full" },

  { "no-vpn", LINE, HOME, NULL, NULL,
    "no-vpn; local yes, tunnel no; ipv4 bypass; ipv6 bypass 2000::/3 eth0" },
  { "orphaned-block", LINE "6 unreachable default dev lo metric 1 proto static", HOME, NULL, NULL,
    "no-vpn; local yes, tunnel no, blocked; ipv4 bypass; ipv6 blocked; warning orphaned-block" },
  { "block-of-a-profile", LINE "6 unreachable default dev lo metric 1 proto static",
    "activation eth0 802-3-ethernet Home blocks ::/0", NULL, NULL,
    "no-vpn; local yes, tunnel no, blocked; ipv4 bypass; ipv6 blocked" },
  { "block-beside-one-of-a-profile",
    LINE "6 unreachable default dev lo metric 1 proto static;"
         "6 unreachable 2000::/4 dev lo metric 1 proto static",
    "activation eth0 802-3-ethernet Home blocks ::/0", NULL, NULL,
    "no-vpn; local yes, tunnel no, blocked; ipv4 bypass; ipv6 blocked; warning orphaned-block" },
  { "activating", LINE, HOME "vpn 10.8.0.2 openvpn Corp activating", NULL, NULL,
    "checking; local yes, tunnel ?; ipv4 bypass; ipv6 bypass 2000::/3 eth0" },
  { "no-networkmanager", LINE TUN, "absent", NULL, NULL,
    "leak; local yes, tunnel no, unsafe; ipv4 tunnelled; ipv6 bypass 2000::/3 eth0; "
    "tunnel tun0 full; leak ipv6-bypass" },

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

  /* Full or split. */
  { "half-of-what-openvpn-pushes",
    LINE "link 3 tun0 tun; addr tun0 2001:db8:8::2/64; 6 ::/3 dev tun0; 6 2000::/4 dev tun0", HOME,
    NULL, NULL,
    "split; local yes, tunnel yes; ipv4 bypass; ipv6 partial 3000::/4 eth0; tunnel tun0" },
  { "split", LINE "link 3 tun0 tun; addr tun0 10.8.0.2/24; 4 198.51.100.0/24 dev tun0",
    HOME "vpn 10.8.0.2 openvpn Corp", NULL, NULL,
    "split; local yes, tunnel no; ipv4 partial; ipv6 bypass 2000::/3 eth0; tunnel Corp" },
  { "private-only", LINE "link 3 tun0 tun; addr tun0 10.8.0.2/24; 4 10.0.0.0/8 dev tun0",
    HOME "vpn 10.8.0.2 openvpn Corp", NULL, NULL,
    "split; local yes, tunnel no; ipv4 bypass; ipv6 bypass 2000::/3 eth0; tunnel Corp" },
  { "split-that-must-be-full",
    LINE_IPV4 "link 3 tun0 tun; addr tun0 10.8.0.2/24; 4 198.51.100.0/24 dev tun0",
    HOME "vpn 10.8.0.2 openvpn Corp", NULL, "full",
    "leak; local no, tunnel no, safe; ipv4 partial; ipv6 absent; tunnel Corp; leak ipv4-bypass" },
  { "full-that-may-be-split", LINE TUN, VPN, NULL, "split",
    "split; local yes, tunnel no; ipv4 tunnelled; ipv6 bypass 2000::/3 eth0; tunnel Corp full" },
  { "lost-its-routes", LINE_IPV4 "link 3 tun0 tun; addr tun0 10.8.0.2/24",
    HOME "vpn 10.8.0.2 openvpn Corp default", NULL, NULL,
    "leak; local no, tunnel no, safe; ipv4 bypass; ipv6 absent; tunnel Corp full; leak "
    "ipv4-bypass" },
  { "lost-half", LINE_IPV4 "link 3 tun0 tun; addr tun0 10.8.0.2/24; 4 0.0.0.0/1 dev tun0", HOME,
    NULL, NULL,
    "leak; local no, tunnel no, safe; ipv4 partial 128.0.0.0/2 eth0 192.0.0.0/3 eth0; ipv6 absent; "
    "tunnel tun0 full; leak ipv4-bypass" },

  /* What pulls traffic out of a tight tunnel. */
  { "route-information-option", LINE TUN TUN_IPV6 "6 2600:1::/48 via fe80::1 dev eth0 proto ra",
    VPN, NULL, NULL,
    "leak; local yes, tunnel yes, safe; ipv4 tunnelled; ipv6 partial 2600:1::/48 eth0; "
    "tunnel Corp full; leak ipv6-bypass" },
  { "on-link-48", LINE TUN TUN_IPV6 "6 2600:1::/48 dev eth0 proto kernel", VPN, NULL, NULL,
    "leak; local yes, tunnel yes, safe; ipv4 tunnelled; ipv6 partial 2600:1::/48 eth0; "
    "tunnel Corp full; leak ipv6-bypass" },
  { "on-link-64-without-an-address", LINE TUN TUN_IPV6 "6 2600:1:2:3::/64 dev eth0 proto kernel",
    VPN, NULL, NULL,
    "leak; local yes, tunnel yes, safe; ipv4 tunnelled; ipv6 partial 2600:1:2:3::/64 eth0; "
    "tunnel Corp full; leak ipv6-bypass" },
  { "nat64-past-the-tunnel", LINE TUN "addr tun0 2001:db8:8::2/64; 6 2000::/3 dev tun0", VPN,
    "nat64 64:ff9b::/96", NULL,
    "leak; local yes, tunnel yes, safe; ipv4 tunnelled; ipv6 partial 64:ff9b::/96 eth0; "
    "tunnel Corp full; leak ipv6-bypass" },
  { "nat64-in-the-tunnel", LINE TUN TUN_IPV6, VPN, "nat64 64:ff9b::/96", NULL,
    "safe; local yes, tunnel yes, safe; ipv4 tunnelled; ipv6 tunnelled; tunnel Corp full" },
  { "no-nat64-past-the-tunnel", LINE TUN "addr tun0 2001:db8:8::2/64; 6 2000::/3 dev tun0", VPN,
    NULL, NULL,
    "safe; local yes, tunnel yes, safe; ipv4 tunnelled; ipv6 tunnelled; tunnel Corp full" },
  { "nat64-and-the-leak-are-two-ranges", LINE TUN, VPN, "nat64 64:ff9b::/96", NULL,
    "leak; local yes, tunnel no, unsafe; ipv4 tunnelled; "
    "ipv6 bypass 64:ff9b::/96 eth0 2000::/3 eth0; tunnel Corp full; leak ipv6-bypass" },
  { "lan-claims-public-ipv4",
    "link 2 eth0; addr eth0 203.0.113.5/24; 4 default via 203.0.113.1 dev eth0 metric 100;"
    "link 3 tun0 tun; addr tun0 10.8.0.2/24; 4 default dev tun0 metric 50",
    HOME, NULL, NULL,
    "leak; local no, tunnel no, safe; ipv4 partial 203.0.113.0/24 eth0; ipv6 absent; "
    "tunnel tun0 full; leak ipv4-bypass" },
  { "option-121", LINE_IPV4 TUN "4 9.0.0.0/8 via 192.168.1.1 dev eth0 proto dhcp", VPN, NULL, NULL,
    "leak; local no, tunnel no, safe; ipv4 partial 9.0.0.0/8 eth0; ipv6 absent; "
    "tunnel Corp full; leak ipv4-bypass" },

  /* The host route to the server, and what looks like it. */
  { "server-route-from-dhcp", LINE_IPV4 TUN "4 9.9.9.9 via 192.168.1.1 dev eth0 proto dhcp", VPN,
    NULL, NULL,
    "leak; local no, tunnel no, safe; ipv4 partial 9.9.9.9/32 eth0; ipv6 absent; "
    "tunnel Corp full; leak ipv4-bypass" },
  { "a-second-server-route", LINE_IPV4 TUN "4 9.9.9.9 via 192.168.1.1 dev eth0 proto static",
    HOME "vpn 10.8.0.2 openvpn Corp default server 198.51.100.6", NULL, NULL,
    "leak; local no, tunnel no, safe; ipv4 partial 9.9.9.9/32 eth0; ipv6 absent; "
    "tunnel Corp full; leak ipv4-bypass" },
  { "server-route-to-somewhere-else", LINE_IPV4 TUN,
    HOME "vpn 10.8.0.2 openvpn Corp default server 203.0.113.77", NULL, NULL,
    "leak; local no, tunnel no, safe; ipv4 partial 198.51.100.6/32 eth0; ipv6 absent; "
    "tunnel Corp full; leak ipv4-bypass" },
  { "server-by-name", LINE_IPV4 TUN, HOME "vpn 10.8.0.2 openvpn Corp default server vpn.example",
    NULL, NULL, "safe; local no, tunnel no, safe; ipv4 tunnelled; ipv6 absent; tunnel Corp full" },

  { "one-of-two-is-the-server",
    LINE_IPV4 "link 3 tun0 tun; addr tun0 10.8.0.2/24; 4 default dev tun0 metric 50;"
              "4 198.51.100.6 via 192.168.1.1 dev eth0 proto boot;"
              "4 192.0.2.99 via 192.168.1.1 dev eth0 proto boot",
    HOME, NULL, NULL,
    "leak; local no, tunnel no, safe; ipv4 partial 192.0.2.99/32 eth0 198.51.100.6/32 eth0; ipv6 "
    "absent; tunnel tun0 full; leak ipv4-bypass" },
  /* Two uplinks are kept apart by the address that packets come from. */
  { "rules-by-source",
    LINE TUN TUN_IPV6 "rule 100 from 192.168.1.0/24 lookup 77; rule 100 from 2001:db8:1::/64 "
                      "lookup 77; 4 default via 192.168.1.1 dev eth0 table 77;"
                      "6 default via fe80::1 dev eth0 table 77; 6 2001:db8:1::/64 dev eth0",
    VPN, NULL, NULL,
    "safe; local yes, tunnel yes, safe; ipv4 tunnelled; ipv6 tunnelled; tunnel Corp full" },

  /* The policy. */
  { "expected-bypass", LINE_IPV4 TUN "4 9.0.0.0/8 via 192.168.1.1 dev eth0 proto static", VPN, NULL,
    "bypass 9.0.0.0/8",
    "safe; local no, tunnel no, safe; ipv4 partial 9.0.0.0/8 eth0; ipv6 absent; tunnel Corp full" },

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
  { "vpn-without-a-link", LINE, HOME "vpn 10.99.0.2 strongswan Corp", NULL, NULL,
    "unknown; local yes, tunnel ?; ipv4 bypass; ipv6 bypass 2000::/3 eth0; tunnel Corp" },

  /*
   * A router that advertises itself and no prefix: packets leave with a link-local source, for
   * whoever calls himself router to read, though no answer ever comes.
   */
  { "link-local-only",
    "link 2 eth0; addr eth0 192.168.1.5/24; addr eth0 fe80::5/64;"
    "4 default via 192.168.1.1 dev eth0 metric 100; 6 default via fe80::1 dev eth0 proto ra;" TUN,
    VPN, NULL, NULL,
    "leak; local no, tunnel no, safe; ipv4 tunnelled; ipv6 bypass 2000::/3 eth0; "
    "tunnel Corp full; leak ipv6-bypass" },
};

static const char *
tri (TlTri value)
{
  return value == TL_MAYBE ? "?" : value == TL_YES ? "yes" : "no";
}

static void
add_family (GString *text, const TlVerdict *verdict, TlFamily family)
{
  const TlFamilyVerdict *result = &verdict->families[family];

  g_string_append_printf (text, "; %s %s", tl_family_to_string (family),
                          tl_status_to_string (result->status));
  for (guint i = 0; result->bypass->len <= 2 && i < result->bypass->len; i++) {
    const TlBypass *bypass = result->bypass->pdata[i];
    g_autofree char *prefix = tl_prefix_to_string (&bypass->prefix);

    g_string_append_printf (text, " %s %s", prefix, bypass->interface);
  }
  if (result->exit != NULL)
    g_string_append_printf (text, ", exit %s", tl_exit_owner_to_string (result->exit_owner));
}

/* What matters of a verdict in one line; findings of severity info are left out. */
static char *
summarise (const TlVerdict *verdict)
{
  GString *text = g_string_new (tl_state_to_string (verdict->state));
  const TlCase *present = &verdict->four_case;

  g_string_append_printf (text, "; local %s, tunnel %s%s%s", tri (present->local),
                          tri (present->tunnel), present->blocked ? ", blocked" : "",
                          present->unsafe == TL_MAYBE ? ""
                          : present->unsafe == TL_YES ? ", unsafe"
                                                      : ", safe");
  add_family (text, verdict, TL_FAMILY_IPV4);
  add_family (text, verdict, TL_FAMILY_IPV6);
  for (guint i = 0; i < verdict->tunnels->len; i++) {
    const TlTunnel *tunnel = verdict->tunnels->pdata[i];

    g_string_append_printf (text, "; tunnel %s%s", tunnel->name, tunnel->full ? " full" : "");
  }
  for (guint i = 0; i < verdict->findings->len; i++) {
    const TlFinding *finding = verdict->findings->pdata[i];
    g_autofree char *name = tl_finding_name (finding);

    if (finding->severity > TL_SEVERITY_INFO)
      g_string_append_printf (text, "; %s %s", tl_severity_to_string (finding->severity), name);
  }
  return g_string_free (text, FALSE);
}

static TlVerdict *
judge (const Case *test)
{
  g_autoptr (TlObservation) observation = observation_text_parse (test->net, test->nm, test->exits);
  g_autoptr (TlPolicy) policy = test->policy != NULL ? policy_text_parse (test->policy) : NULL;

  return tl_judge (observation, policy);
}

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (TlVerdict) verdict = judge (test);
  g_autoptr (TlVerdict) again = judge (test);
  g_autofree char *summary = summarise (verdict);

  g_assert_cmpstr (summary, ==, test->expected);
  g_assert_true (tl_verdict_equal (verdict, again));
}

/* A full tunnel that has lost all its routes is no split tunnel: it was full in this activation. */
static void
test_was_full (void)
{
  g_autoptr (TlObservation) observation = observation_text_parse (
    LINE_IPV4 "link 3 tun0 tun; addr tun0 10.8.0.2/24; 4 198.51.100.0/24 dev tun0",
    HOME "vpn 10.8.0.2 openvpn Corp", NULL);
  g_autoptr (TlVerdict) split = tl_judge (observation, NULL);
  g_autoptr (TlVerdict) leak = NULL;

  tl_observation_add_once_full (observation, "/1", NULL);
  leak = tl_judge (observation, NULL);
  g_assert_cmpint (split->state, ==, TL_STATE_SPLIT);
  g_assert_cmpint (leak->state, ==, TL_STATE_LEAK);
}

/* What the kernel did not confirm is never green; a bypass that is seen is one all the same. */
static void
test_not_proven (void)
{
  g_autoptr (TlObservation) tight = observation_text_parse (LINE TUN TUN_IPV6, VPN, NULL);
  g_autoptr (TlObservation) leaky = observation_text_parse (LINE TUN, VPN, NULL);
  g_autoptr (TlNetState) net = tl_net_state_copy (tight->net);
  g_autoptr (TlObservation) half_read = NULL;
  g_autoptr (TlVerdict) unknown = NULL;
  g_autoptr (TlVerdict) leak = NULL;
  g_autoptr (TlVerdict) half_known = NULL;
  g_autofree char *summary = NULL;

  net->incomplete[TL_FAMILY_IPV4] = TRUE;
  half_read = tl_observation_new (net, tight->nm, tight->uid, NULL);
  half_known = tl_judge (half_read, NULL);
  g_assert_cmpint (half_known->state, ==, TL_STATE_UNKNOWN);
  g_assert_cmpint (half_known->families[TL_FAMILY_IPV4].status, ==, TL_STATUS_UNKNOWN);

  tight->kernel[TL_FAMILY_IPV6] = TL_KERNEL_SILENT;
  leaky->kernel[TL_FAMILY_IPV6] = TL_KERNEL_SILENT;
  unknown = tl_judge (tight, NULL);
  leak = tl_judge (leaky, NULL);
  summary = summarise (unknown);
  g_assert_cmpstr (summary, ==,
                   "unknown; local yes, tunnel ?; ipv4 tunnelled; ipv6 unknown; tunnel Corp full");
  g_assert_cmpint (leak->state, ==, TL_STATE_LEAK);
  g_assert_cmpint (leak->families[TL_FAMILY_IPV6].status, ==, TL_STATUS_BYPASS);
}

static void
test_shares (void)
{
  const Case half = { "", LINE TUN "6 2000::/4 dev tun0", VPN, NULL, NULL, "" };
  g_autoptr (TlVerdict) verdict = judge (&half);
  const TlShare *share = &verdict->families[TL_FAMILY_IPV6].share;

  g_assert_cmpfloat_with_epsilon (share->tunnel, 0.5, 1e-9);
  g_assert_cmpfloat_with_epsilon (share->bypass, 0.5, 1e-9);
  g_assert_cmpfloat_with_epsilon (share->blocked, 0, 1e-9);
  g_assert_cmpfloat_with_epsilon (verdict->families[TL_FAMILY_IPV4].share.tunnel, 1, 1e-6);
}

/* The names are a contract. */
static void
test_names (void)
{
  g_assert_cmpstr (tl_state_to_string (TL_STATE_NO_VPN), ==, "no-vpn");
  g_assert_cmpstr (tl_state_to_string (TL_STATE_CHECKING), ==, "checking");
  g_assert_cmpstr (tl_state_to_string (TL_STATE_SAFE), ==, "safe");
  g_assert_cmpstr (tl_state_to_string (TL_STATE_LEAK), ==, "leak");
  g_assert_cmpstr (tl_state_to_string (TL_STATE_SPLIT), ==, "split");
  g_assert_cmpstr (tl_state_to_string (TL_STATE_UNKNOWN), ==, "unknown");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strdup_printf ("/verdict/%s", cases[i].name);

    g_test_add_data_func (path, &cases[i], test_case);
  }
  g_test_add_func ("/verdict/was-full", test_was_full);
  g_test_add_func ("/verdict/not-proven", test_not_proven);
  g_test_add_func ("/verdict/shares", test_shares);
  g_test_add_func ("/verdict/names", test_names);

  return g_test_run ();
}
