/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

/*
 * tl_ipsec_probe_is_plain() against the real kernel. Where it has no ESP, no keys ever come: that a
 * policy wraps packets is not run here, only that it waits for keys.
 */

#include "platform/ipsec-probe.h"
#include "platform/link-conf.h"

#include "netns.h"

static gboolean
is_plain (const char *destination)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TlRtnl) rtnl = tl_rtnl_new (&error);
  TlAddress address;
  gboolean parsed = tl_address_parse (destination, &address);

  g_assert_no_error (error);
  g_assert_true (parsed);
  return tl_ipsec_probe_is_plain (rtnl, &address, "eth0");
}

static void
set_up (void)
{
  netns_enter_new ();
  netns_ip_batch ("link add eth0 type veth peer name eth1\n"
                  "link set eth0 up\n"
                  "link set eth1 up\n"
                  "address add 192.168.1.5/24 dev eth0\n"
                  "address add 2001:db8:1::5/64 dev eth0 nodad\n"
                  "route add default via 192.168.1.1\n"
                  "route add default via 2001:db8:1::1\n");
  netns_wait_for_carrier ("eth0");
}

static void
test_no_policy (void)
{
  set_up ();
  g_assert_true (is_plain ("192.0.2.80"));
  g_assert_true (is_plain ("2001:db8:80::1"));

  netns_ip ("link set eth0 mtu 1400");
  g_assert_true (is_plain ("192.0.2.80"));
  g_assert_true (is_plain ("2001:db8:80::1"));

  /* As a router advertisement does. */
  g_assert_true (g_file_set_contents_full ("/proc/sys/net/ipv6/conf/eth0/mtu", "1300", -1,
                                           G_FILE_SET_CONTENTS_NONE, 0, NULL));
  g_assert_cmpint (tl_link_conf_mtu6 ("eth0"), ==, 1300);
  g_assert_true (is_plain ("2001:db8:80::1"));
}

/* The kernel goes by the route's own MTU, be it less or more than the link's. */
static void
test_route_with_an_mtu (void)
{
  set_up ();
  for (guint mtu = 1400; mtu < 10000; mtu += 7600) {
    netns_ip ("route replace default via 192.168.1.1 mtu %u", mtu);
    netns_ip ("route replace default via 2001:db8:1::1 mtu %u", mtu);
    g_assert_true (is_plain ("192.0.2.80"));
    g_assert_true (is_plain ("2001:db8:80::1"));
  }
}

static void
test_policy_beside_a_route_with_an_mtu (void)
{
  set_up ();
  netns_ip ("route replace default via 192.168.1.1 mtu 1400");
  netns_ip ("xfrm policy add src 0.0.0.0/0 dst 192.0.2.0/24 dir out tmpl src 192.168.1.5 "
            "dst 198.51.100.6 proto esp mode tunnel");
  g_assert_false (is_plain ("192.0.2.80"));
  g_assert_true (is_plain ("198.51.100.6"));
}

static void
test_no_route (void)
{
  set_up ();
  netns_ip ("route del default");
  g_assert_false (is_plain ("192.0.2.80"));
}

static void
test_policy (void)
{
  set_up ();
  netns_ip ("xfrm policy add src 0.0.0.0/0 dst 192.0.2.0/24 dir out tmpl src 192.168.1.5 "
            "dst 198.51.100.6 proto esp mode tunnel");
  g_assert_false (is_plain ("192.0.2.80"));
  g_assert_true (is_plain ("198.51.100.6"));
  g_assert_true (is_plain ("2001:db8:80::1"));

  netns_ip ("xfrm policy add src ::/0 dst 2001:db8:80::/48 dir out tmpl src 2001:db8:1::5 "
            "dst 2001:db8:51::6 proto esp mode tunnel");
  g_assert_false (is_plain ("2001:db8:80::1"));
  g_assert_true (is_plain ("2001:db8:81::1"));
}

static void
test_refusing_policy (void)
{
  set_up ();
  netns_ip ("xfrm policy add src 0.0.0.0/0 dst 192.0.2.0/24 dir out action block");
  g_assert_false (is_plain ("192.0.2.80"));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  netns_init ();
  g_test_add_func ("/ipsec-probe/no-policy", test_no_policy);
  g_test_add_func ("/ipsec-probe/route-with-an-mtu", test_route_with_an_mtu);
  g_test_add_func ("/ipsec-probe/policy-beside-a-route-with-an-mtu",
                   test_policy_beside_a_route_with_an_mtu);
  g_test_add_func ("/ipsec-probe/no-route", test_no_route);
  g_test_add_func ("/ipsec-probe/policy", test_policy);
  g_test_add_func ("/ipsec-probe/refusing-policy", test_refusing_policy);

  return g_test_run ();
}
