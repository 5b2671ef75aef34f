/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/verdict.h"
#include "observation-text.h"
#include "verdict-text.h"

static const VerdictCase cases[] = {
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
  { "activated-without-an-address-yet", LINE, HOME "vpn - openvpn Corp", NULL, NULL,
    "checking; local yes, tunnel ?; ipv4 bypass; ipv6 bypass 2000::/3 eth0" },
  { "activated-without-a-link", LINE, HOME "vpn 10.8.0.2 openvpn Corp", NULL, NULL,
    "unknown; local yes, tunnel ?; ipv4 bypass; ipv6 bypass 2000::/3 eth0; tunnel Corp" },
  { "activating", LINE, HOME "vpn 10.8.0.2 openvpn Corp activating", NULL, NULL,
    "checking; local yes, tunnel ?; ipv4 bypass; ipv6 bypass 2000::/3 eth0" },
  { "no-networkmanager", LINE TUN, "absent", NULL, NULL,
    "leak; local yes, tunnel no, unsafe; ipv4 tunnelled; ipv6 bypass 2000::/3 eth0; "
    "tunnel tun0 full; leak ipv6-bypass" },

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

/* IPsec has no link; a VPN that had one and has lost it is no IPsec. */
static void
test_lost_link (void)
{
  g_autoptr (TlObservation) observation =
    observation_text_parse (LINE, HOME "vpn 10.8.0.2 openvpn Corp default", NULL);
  g_autoptr (TlVerdict) unknown = tl_judge (observation, NULL);
  g_autoptr (TlVerdict) leak = NULL;

  tl_observation_add_once_full (observation, "/1", "tun0");
  leak = tl_judge (observation, NULL);
  g_assert_cmpint (unknown->state, ==, TL_STATE_UNKNOWN);
  g_assert_cmpint (leak->state, ==, TL_STATE_LEAK);
}

/* NetworkManager leaves the link of some VPNs behind, which nobody holds any more. */
static void
test_was_full_and_has_ended (void)
{
  g_autoptr (TlObservation) held =
    observation_text_parse (LINE_IPV4 "link 3 vpn0 tun; addr vpn0 fe80::2/64", HOME, NULL);
  g_autoptr (TlObservation) left = observation_text_parse (
    LINE_IPV4 "link 3 vpn0 tun no-carrier; addr vpn0 fe80::2/64", HOME, NULL);
  g_autoptr (TlVerdict) leak = NULL;
  g_autoptr (TlVerdict) no_vpn = NULL;

  tl_observation_add_once_full (held, NULL, "vpn0");
  tl_observation_add_once_full (left, NULL, "vpn0");
  leak = tl_judge (held, NULL);
  no_vpn = tl_judge (left, NULL);
  g_assert_cmpint (leak->state, ==, TL_STATE_LEAK);
  g_assert_cmpint (no_vpn->state, ==, TL_STATE_NO_VPN);
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
  summary = verdict_to_text (unknown);
  g_assert_cmpstr (summary, ==,
                   "unknown; local yes, tunnel ?; ipv4 tunnelled; ipv6 unknown; tunnel Corp full");
  g_assert_cmpint (leak->state, ==, TL_STATE_LEAK);
  g_assert_cmpint (leak->families[TL_FAMILY_IPV6].status, ==, TL_STATUS_BYPASS);
}

static void
test_shares (void)
{
  const VerdictCase half = { "", LINE TUN "6 2000::/4 dev tun0", VPN, NULL, NULL, "" };
  g_autoptr (TlVerdict) verdict = verdict_case_judge (&half);
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

  verdict_cases_add ("/verdict", cases, G_N_ELEMENTS (cases));
  g_test_add_func ("/verdict/was-full", test_was_full);
  g_test_add_func ("/verdict/lost-link", test_lost_link);
  g_test_add_func ("/verdict/was-full-and-has-ended", test_was_full_and_has_ended);
  g_test_add_func ("/verdict/not-proven", test_not_proven);
  g_test_add_func ("/verdict/shares", test_shares);
  g_test_add_func ("/verdict/names", test_names);

  return g_test_run ();
}
