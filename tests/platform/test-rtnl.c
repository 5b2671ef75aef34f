/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

/* TlRtnl on a real kernel, in network namespaces of the test's own. */

#include "kernel-text.h"
#include "netns.h"
#include "rtnl-fixture.h"

/* Something of everything the parser reads. */
static const char *const everything =
  "link add eth0 type veth peer name eth1\n"
  "link set eth0 up\n"
  "link set eth1 up\n"
  "tuntap add tun0 mode tun\n"
  "tuntap add tap0 mode tap\n"
  "link set tun0 up\n"
  "link set tap0 group 7\n"
  "link add br0 type bridge\n"
  "link set eth1 master br0\n"
  "address add 192.168.1.5/24 dev eth0\n"
  "address add 192.168.1.4/24 dev eth0\n"
  "address add 10.8.0.2 peer 10.8.0.1 dev tun0\n"
  "address add 2001:db8:1::5/64 dev eth0 nodad\n"
  "address add 2001:db8:1::4/64 dev eth0 nodad preferred_lft 0\n"
  "address add fd00::2 peer fd00::1 dev tun0 nodad\n"
  "route add default via 192.168.1.1 dev eth0 metric 100 src 192.168.1.5\n"
  "route add 198.51.100.0/24 nexthop via 192.168.1.1 dev eth0 weight 3 nexthop dev tun0\n"
  "route add 198.51.101.0/24 via inet6 fe80::7 dev eth0\n"
  "route add 198.51.102.0/24 tos 0x10 via 192.168.1.1 dev eth0\n"
  "nexthop add id 5 via 192.168.1.9 dev eth0\n"
  "nexthop add id 6 blackhole\n"
  "nexthop add id 7 via 192.168.1.8 dev eth0\n"
  "nexthop add id 8 group 5/7,3\n"
  "route add 198.51.103.0/24 nhid 5\n"
  "route add 198.51.104.0/24 nhid 6\n"
  "route add 198.51.105.0/24 nhid 8\n"
  "route add unreachable 203.0.113.0/25 metric 1 table 5000\n"
  "route add prohibit 203.0.113.128/25 table 70000\n"
  "route add blackhole 10.99.0.0/16\n"
  "route add default via fe80::1 dev eth0 metric 100 pref high\n"
  "route add default via fe80::2 dev eth0 metric 200 pref low\n"
  "route add 2001:db8:9::/48 nexthop via fe80::1 dev eth0 weight 3 nexthop via fe80::2 dev eth0\n"
  "route add 2001:db8:a::/48 via fe80::1 dev eth0 src 2001:db8:1::5\n"
  "route add unreachable ::/0 metric 1 table 5000\n"
  "rule add not fwmark 0xca6c lookup 51820\n"
  "rule add lookup main suppress_prefixlength 0\n"
  "rule add goto 32766 pref 5 tos 0x10\n"
  "rule add prohibit from 10.0.0.1 pref 6\n"
  "rule add lookup main suppress_ifgroup 7 pref 8\n"
  "rule add fwmark 0x10/0xf0 iif eth0 lookup 5000 pref 9\n";

static void
test_dump (RtnlFixture *fixture, gconstpointer data)
{
  const TlNetState *state;

  rtnl_fixture_assert_like_kernel (fixture);
  rtnl_fixture_check_change (fixture, "-6 rule add from 2001:db8::/32 to 2000::/3 iif lo oif eth0 "
                                      "uidrange 0-0 ipproto udp sport 5-9 lookup 5000 pref 10");

  state = tl_rtnl_get_state (fixture->rtnl);
  g_assert_cmpuint (state->links->len, ==, 6);
  g_assert_cmpuint (state->routes[TL_FAMILY_IPV4]->len, >, 15);
  g_assert_cmpuint (state->rules[TL_FAMILY_IPV4]->len, ==, 9);
}

static void
test_events (RtnlFixture *fixture, gconstpointer data)
{
  const char *const commands[] = {
    "route add 198.51.100.0/24 via 192.168.1.1",
    "route replace 198.51.100.0/24 via 192.168.1.2",
    "route delete 198.51.100.0/24",
    "route add unreachable default metric 1 table 5000",
    "-6 route add 2001:db8:7::/48 via 2001:db8:1::1",
    "-6 route append 2001:db8:7::/48 via 2001:db8:1::2",
    "-6 route delete 2001:db8:7::/48 via 2001:db8:1::1",
    "-6 route add unreachable default metric 1",
    "rule add fwmark 1 lookup 5000",
    "rule delete fwmark 1",
    "-6 rule add from 2001:db8::/32 lookup 5000",
    "-6 rule delete from 2001:db8::/32",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    rtnl_fixture_check_change (fixture, commands[i]);
}

/* A nexthop object alone is no route; what happens to it happens to its routes. */
static void
test_nexthop_objects (RtnlFixture *fixture, gconstpointer data)
{
  netns_ip ("nexthop add id 5 via 192.168.1.9 dev eth0");
  rtnl_fixture_check_change (fixture, "route add 198.51.103.0/24 nhid 5");
  rtnl_fixture_check_change (fixture, "nexthop replace id 5 via 192.168.1.8 dev eth0");
  rtnl_fixture_check_change (fixture, "nexthop delete id 5");
}

/* A route may be told without its next hops: then not everything is known. */
static void
test_hidden_next_hops (RtnlFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_file_set_contents_full ("/proc/sys/net/ipv4/nexthop_compat_mode", "0", 1,
                            G_FILE_SET_CONTENTS_NONE, 0644, &error);
  g_assert_no_error (error);
  rtnl_fixture_settle (fixture);
  g_assert_false (tl_rtnl_get_state (fixture->rtnl)->incomplete[TL_FAMILY_IPV4]);

  fixture->n_changed = 0;
  netns_ip_batch ("nexthop add id 5 via 192.168.1.9 dev eth0\n"
                  "route add 198.51.103.0/24 nhid 5\n");
  rtnl_fixture_wait_for_changes (fixture, 1);
  g_assert_true (tl_rtnl_get_state (fixture->rtnl)->incomplete[TL_FAMILY_IPV4]);
  g_assert_false (tl_rtnl_get_state (fixture->rtnl)->incomplete[TL_FAMILY_IPV6]);
}

static void
test_steps (RtnlFixture *fixture, gconstpointer data)
{
  const char *const commands[] = {
    "address add 192.168.2.5/24 dev eth0",
    "address delete 192.168.2.5/24 dev eth0",
    "-6 address add 2001:db8:2::5/64 dev eth0 nodad",
    "-6 address delete 2001:db8:2::5/64 dev eth0",
    "link set eth1 down",
    "link set eth1 up",
    "link set eth0 group 9",
    "link set eth1 name eth7",
    "tuntap add tun0 mode tun",
    "link set tun0 up",
    "link delete tun0",
    "link delete eth0",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    rtnl_fixture_check_steps (fixture, commands[i]);
}

/* IPv4 routes go without a word with their source address, and when their link goes down. */
static void
test_silent (RtnlFixture *fixture, gconstpointer data)
{
  const TlNetState *state;

  netns_ip_batch ("address add 192.168.2.5/24 dev eth0\n"
                  "route add 198.51.100.0/24 via 192.168.1.1 src 192.168.2.5\n");
  rtnl_fixture_settle (fixture);
  rtnl_fixture_check_steps (fixture, "address delete 192.168.2.5/24 dev eth0");
  rtnl_fixture_check_change (fixture, "route add 198.51.100.0/24 via 192.168.1.1");
  rtnl_fixture_check_steps (fixture, "link set eth0 down");

  state = tl_rtnl_get_state (fixture->rtnl);
  for (guint i = 0; i < state->routes[TL_FAMILY_IPV4]->len; i++)
    g_assert_cmpuint (g_array_index (state->routes[TL_FAMILY_IPV4], TlRoute, i).destination.length,
                      !=, 24);
}

static void
test_burst (RtnlFixture *fixture, gconstpointer data)
{
  g_autoptr (GString) commands = g_string_new (NULL);

  for (guint i = 0; i < 1000; i++)
    g_string_append_printf (commands, "route add 10.%u.%u.0/24 via 192.168.1.1\n", i / 250,
                            i % 250);
  netns_ip_batch (commands->str);

  rtnl_fixture_wait_for_changes (fixture, 1);
  rtnl_fixture_run_for (50);
  rtnl_fixture_assert_like_kernel (fixture);
  g_assert_cmpuint (fixture->n_changed, ==, 1);
}

static void
on_timeout (gpointer data)
{
  *(gboolean *)data = TRUE;
}

/* As test_burst(), with the main loop running all the while. */
static void
test_stream (RtnlFixture *fixture, gconstpointer data)
{
  g_autoptr (GString) script = g_string_new ("i=0; while test $i -lt 250; do ip route replace "
                                             "10.0.$i.0/24 via 192.168.1.1; i=$((i+1)); done");
  const char *const argv[] = { "/bin/sh", "-c", script->str, NULL };
  g_autoptr (GError) error = NULL;
  gboolean late = FALSE;
  guint id = g_timeout_add_once (20000, on_timeout, &late);
  guint n_routes = 0;

  g_spawn_async (NULL, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  while (n_routes < 250 && !late) {
    const TlNetState *state = tl_rtnl_get_state (fixture->rtnl);

    n_routes = 0;
    for (guint i = 0; i < state->routes[TL_FAMILY_IPV4]->len; i++)
      n_routes +=
        g_array_index (state->routes[TL_FAMILY_IPV4], TlRoute, i).destination.address.bytes[0] ==
        10;
    if (n_routes < 250)
      g_main_context_iteration (NULL, TRUE);
  }
  g_assert_false (late);
  g_source_remove (id);
  rtnl_fixture_assert_like_kernel (fixture);
  g_assert_cmpuint (fixture->n_changed, >, 1);
  g_assert_cmpuint (fixture->n_changed, <=, 250);
}

static void
test_lifetimes (RtnlFixture *fixture, gconstpointer data)
{
  netns_ip_batch ("address change 2001:db8:1::5/64 dev eth0 valid_lft 900 preferred_lft 800\n"
                  "route add 2001:db8:7::/48 via fe80::1 dev eth0 expires 900\n");
  rtnl_fixture_wait_for_changes (fixture, 1);
  rtnl_fixture_run_for (20);

  fixture->n_changed = 0;
  netns_ip_batch ("address change 2001:db8:1::5/64 dev eth0 valid_lft 700 preferred_lft 600\n"
                  "route replace 2001:db8:7::/48 via fe80::1 dev eth0 expires 700\n");
  g_assert_cmpuint (rtnl_fixture_run_for (50), >, 1); /* it did wake up */
  g_assert_cmpuint (fixture->n_changed, ==, 0);
  rtnl_fixture_check_change (fixture, "-6 route add 2001:db8:8::/48 via 2001:db8:1::1");
}

static void
test_idle (RtnlFixture *fixture, gconstpointer data)
{
  rtnl_fixture_run_for (50);
  g_assert_cmpuint (rtnl_fixture_run_for (500), ==, 1); /* the timeout itself */
}

static void
test_refresh (RtnlFixture *fixture, gconstpointer data)
{
  tl_rtnl_refresh (fixture->rtnl);
  g_assert_cmpuint (rtnl_fixture_run_for (50), >, 1);
  g_assert_cmpuint (fixture->n_changed, ==, 0);
}

/* The kernel has told of a change before anybody has looked for it. */
static void
test_current (RtnlFixture *fixture, gconstpointer data)
{
  rtnl_fixture_settle (fixture);
  g_assert_true (tl_rtnl_is_current (fixture->rtnl));
  netns_ip ("route add 203.0.113.0/24 dev eth0");
  g_assert_false (tl_rtnl_is_current (fixture->rtnl));
  g_assert_cmpuint (fixture->n_changed, ==, 0);

  rtnl_fixture_wait_for_changes (fixture, 1);
  g_assert_true (tl_rtnl_is_current (fixture->rtnl));
  rtnl_fixture_assert_like_kernel (fixture);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  netns_init ();

  g_test_add ("/rtnl/dump", RtnlFixture, everything, rtnl_fixture_set_up, test_dump,
              rtnl_fixture_tear_down);
  g_test_add ("/rtnl/events", RtnlFixture, NULL, rtnl_fixture_set_up, test_events,
              rtnl_fixture_tear_down);
  g_test_add ("/rtnl/nexthop-objects", RtnlFixture, NULL, rtnl_fixture_set_up, test_nexthop_objects,
              rtnl_fixture_tear_down);
  g_test_add ("/rtnl/hidden-next-hops", RtnlFixture, NULL, rtnl_fixture_set_up,
              test_hidden_next_hops, rtnl_fixture_tear_down);
  g_test_add ("/rtnl/steps", RtnlFixture, NULL, rtnl_fixture_set_up, test_steps,
              rtnl_fixture_tear_down);
  g_test_add ("/rtnl/silent", RtnlFixture, NULL, rtnl_fixture_set_up, test_silent,
              rtnl_fixture_tear_down);
  g_test_add ("/rtnl/burst", RtnlFixture, NULL, rtnl_fixture_set_up, test_burst,
              rtnl_fixture_tear_down);
  g_test_add ("/rtnl/stream", RtnlFixture, NULL, rtnl_fixture_set_up, test_stream,
              rtnl_fixture_tear_down);
  g_test_add ("/rtnl/lifetimes", RtnlFixture, NULL, rtnl_fixture_set_up, test_lifetimes,
              rtnl_fixture_tear_down);
  g_test_add ("/rtnl/idle", RtnlFixture, NULL, rtnl_fixture_set_up, test_idle,
              rtnl_fixture_tear_down);
  g_test_add ("/rtnl/refresh", RtnlFixture, NULL, rtnl_fixture_set_up, test_refresh,
              rtnl_fixture_tear_down);
  g_test_add ("/rtnl/current", RtnlFixture, NULL, rtnl_fixture_set_up, test_current,
              rtnl_fixture_tear_down);

  return g_test_run ();
}
