/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/net-state.h"

#include "net-text.h"

static void
test_equal (void)
{
  const char *text = "link 9 x9 bridge; addr x9 10.9.0.1/24;"
                     "4 8.0.0.0/8 src 10.9.0.1 nexthop via 10.9.0.2 dev x9 nexthop dev x9;"
                     "4 rule 10 from 10.0.0.0/8 iif lo oif x9 uidrange 1-2 lookup 100;"
                     "link 2 eth0";
  /* The same but for one word. */
  const char *const changes[][2] = {
    { "x9 bridge", "x9 dummy" },
    { "link 9 x9", "link 8 x9" },
    { "bridge;", "bridge noarp;" },
    { "10.9.0.1/24;", "10.9.0.1/25;" },
    { "0.1/24;", "0.1/24 bare;" },
    { "0.1/24;", "0.1/24 secondary;" },
    { "8.0.0.0/8", "8.0.0.0/9" },
    { "src 10.9.0.1", "src 10.9.0.2" },
    { "src 10.9.0.1", "" },
    { "src 10.9.0.1", "src 10.9.0.1 metric 1" },
    { "via 10.9.0.2 dev", "dev" },
    { "via 10.9.0.2", "via 10.9.0.3" },
    { "dev x9;", "dev x9 dead;" },
    { "nexthop dev x9", "" },
    { "iif lo", "iif x9" },
    { "oif x9", "oif x8" },
    { "oif x9", "" },
    { "uidrange 1-2", "uidrange 1-3" },
    { "uidrange 1-2", "" },
    { "from 10.0.0.0/8", "" },
    { "lookup 100;", "prohibit;" },
    { "lookup 100;", "lookup 101;" },
    { "rule 10 ", "rule 11 " },
    { "lookup 100;", "lookup 100 suppress_prefixlength 0;" },
  };
  g_autoptr (TlNetState) net = net_text_parse (text);
  g_autoptr (TlNetState) same = net_text_parse (text);
  g_autoptr (TlNetState) copy = tl_net_state_copy (net);

  g_assert_true (tl_net_state_equal (net, same));
  g_assert_true (tl_net_state_equal (net, copy));
  for (gsize i = 0; i < G_N_ELEMENTS (changes); i++) {
    g_autoptr (GString) changed = g_string_new (text);
    g_autoptr (TlNetState) other = NULL;

    g_assert_cmpuint (g_string_replace (changed, changes[i][0], changes[i][1], 1), ==, 1);
    other = net_text_parse (changed->str);
    g_assert_false (tl_net_state_equal (net, other));
  }
  g_array_index (copy->routes[TL_FAMILY_IPV4], TlRoute, 0).priority++;
  g_assert_false (tl_net_state_equal (net, copy));
}

static void
test_lookup (void)
{
  g_autoptr (TlNetState) net = net_text_parse ("link 7 eth1; link 3 tun0 tun; link 2 eth0;"
                                               "addr tun0 10.8.0.2/24; addr eth1 2001:db8::1/64");
  TlAddress own = { 0 };

  g_assert_true (tl_address_parse ("10.8.0.2", &own));
  g_assert_cmpstr (tl_net_state_link_with_address (net, &own)->name, ==, "tun0");
  g_assert_cmpstr (tl_net_state_link (net, 1)->name, ==, "lo");
  g_assert_null (tl_net_state_link (net, 4));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/net-state/equal", test_equal);
  g_test_add_func ("/net-state/lookup", test_lookup);

  return g_test_run ();
}
