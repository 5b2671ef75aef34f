/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/relevance.h"

#include "observation-text.h"

/* What was known before each case. */
#define NET LINE TUN
#define NM  VPN

typedef struct {
  const char *name;
  const char *net;
  const char *nm;
  gboolean relevant;
  gboolean new_tunnel;
} Case;

static const Case cases[] = {
  { "nothing", NET, NM, FALSE, FALSE },

  /* What a router advertisement brings that only renews: seen as a fall back to “Checking …”. */
  { "resolvers", NET, NM "dns 192.168.1.1; dns 9.9.9.9", FALSE, FALSE },
  { "address", NET "addr eth0 fd00::7/64", NM, FALSE, FALSE },
  { "address-flag",
    "link 2 eth0; addr eth0 192.168.1.5/24; addr eth0 2001:db8:1::5/64 tentative;"
    "addr eth0 fe80::5/64; 4 default via 192.168.1.1 dev eth0 proto dhcp metric 100;"
    "6 default via fe80::1 dev eth0 proto ra metric 100;" TUN,
    NM, FALSE, FALSE },
  { "private-route", NET "4 10.20.0.0/16 via 192.168.1.1 dev eth0", NM, FALSE, FALSE },
  { "second-default", NET "6 default via fe80::1 dev eth0 proto ra metric 1024", NM, FALSE, FALSE },
  { "other-link", NET "link 9 virbr0 bridge; addr virbr0 10.77.0.1/24", NM, FALSE, FALSE },

  /* What NetworkManager says late. */
  { "name", NET, HOME "activation tun0 tun tun0 external;vpn 10.8.0.2 openvpn Renamed default;",
    FALSE, FALSE },
  { "activation", NET, HOME "activation tun0 tun tun0 external;", TRUE, TRUE },

  { "other-gateway", NET "6 default via fe80::2 dev eth0 proto ra metric 50", NM, TRUE, FALSE },
  { "specific-route", NET "6 2600:1::/48 via fe80::1 dev eth0 proto ra", NM, TRUE, FALSE },
  { "block", NET "6 unreachable default dev lo metric 1", NM, TRUE, FALSE },
  { "mark-led-around", NET "4 default via 192.168.1.1 dev eth0 table 9; rule 9 fwmark 0x1 lookup 9",
    NM, TRUE, FALSE },
  { "uplink-gone", LINE_IPV4 TUN, NM, TRUE, FALSE },
  { "other-network", NET,
    "activation tun0 tun tun0 external;" HOME "vpn 10.8.0.2 openvpn Corp default", TRUE, FALSE },
  { "vpn-gone", LINE, HOME, TRUE, FALSE },
  { "second-vpn", NET "link 5 wg0 wireguard; addr wg0 10.9.0.2/32; 6 default dev wg0 metric 9", NM,
    TRUE, TRUE },
};

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (TlObservation) before = observation_text_parse (NET, NM, NULL);
  g_autoptr (TlObservation) now = observation_text_parse (test->net, test->nm, NULL);
  g_autoptr (TlVerdict) verdict_before = tl_judge (before, NULL);
  g_autoptr (TlVerdict) verdict_now = tl_judge (now, NULL);

  g_assert_cmpint (tl_is_relevant (before, verdict_before, now, verdict_now), ==, test->relevant);
  g_assert_cmpint (tl_has_new_tunnel (verdict_before, verdict_now), ==, test->new_tunnel);
}

/* NetworkManager sorts the DNS servers anew with each router advertisement. */
static void
test_resolvers_in_any_order (void)
{
  g_autoptr (TlObservation) one =
    observation_text_parse (NET, NM "dns 9.9.9.9; dns 2001:db8:53::1", NULL);
  g_autoptr (TlObservation) other =
    observation_text_parse (NET, NM "dns 2001:db8:53::1; dns 9.9.9.9", NULL);
  g_autoptr (TlVerdict) verdict_of_one = tl_judge (one, NULL);
  g_autoptr (TlVerdict) verdict_of_other = tl_judge (other, NULL);
  g_autoptr (TlObservation) none = observation_text_parse (NET, NM, NULL);
  g_autoptr (TlVerdict) verdict_of_none = tl_judge (none, NULL);

  g_assert_false (tl_verdict_equal (verdict_of_one, verdict_of_none));
  g_assert_true (tl_verdict_equal (verdict_of_one, verdict_of_other));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strdup_printf ("/relevance/%s", cases[i].name);

    g_test_add_data_func (path, &cases[i], test_case);
  }
  g_test_add_func ("/relevance/resolvers-in-any-order", test_resolvers_in_any_order);

  return g_test_run ();
}
