/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

/* tl_rtnl_lookup() against `ip route get`, and against what the kernel is known to mean. */

#include "core/error.h"
#include "platform/rtnl.h"

#include "netns.h"

#include <json-glib/json-glib.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

typedef struct {
  TlRtnl *rtnl;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  netns_enter_new ();
  netns_ip_batch (
    "link add eth0 type veth peer name eth1\n"
    "link set eth0 up\n"
    "link set eth1 up\n"
    "tuntap add tun0 mode tun\n"
    "link set tun0 up\n"
    "address add 192.168.1.5/24 dev eth0\n"
    "address add 10.8.0.2 peer 10.8.0.1 dev tun0\n"
    "address add 2001:db8:1::5/64 dev eth0 nodad\n"
    "address add fd00::2/64 dev tun0 nodad\n"
    "route add default via 192.168.1.1 metric 100\n"
    "route add 128.0.0.0/1 dev tun0\n"
    "route add 198.51.100.0/24 via inet6 fe80::7 dev eth0\n"
    "route add 198.51.101.0/24 nexthop via 192.168.1.1 nexthop via 192.168.1.2\n"
    "route add unreachable 192.0.2.0/26\n"
    "route add prohibit 192.0.2.64/26\n"
    "route add blackhole 192.0.2.128/26\n"
    "route add throw 192.0.2.192/26\n"
    "route add default via 2001:db8:1::1 metric 100\n"
    "route add 2001:db8:7::/48 dev tun0 table 5000\n"
    "route add unreachable 2001:db8:8::/48\n"
    "route add prohibit 2001:db8:9::/48\n"
    "route add blackhole 2001:db8:a::/48\n"
    "route add 2001:db8:b::/48 nexthop via 2001:db8:1::1 nexthop via 2001:db8:1::2\n");
  netns_wait_for_carrier ("eth0");
  netns_ip ("-6 rule add lookup 5000 pref 10");
  netns_ip ("-6 rule add from fd00::2 prohibit pref 11");
  fixture->rtnl = tl_rtnl_new (&error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_assert_finalize_object (fixture->rtnl);
}

static TlAddress
address (const char *text)
{
  TlAddress value = { 0 };
  gboolean parsed = tl_address_parse (text, &value);

  g_assert_true (parsed);
  return value;
}

static char *
text_of (const TlEgress *egress, const TlAddress *source)
{
  char gateway[TL_ADDRESS_STRLEN] = "-";
  char destination[TL_PREFIX_STRLEN];
  char from[TL_ADDRESS_STRLEN];
  char name[IF_NAMESIZE] = "-";

  if (egress->has_gateway)
    tl_address_format (&egress->gateway, gateway);
  if (egress->ifindex != 0)
    if_indextoname ((guint)egress->ifindex, name);
  tl_prefix_format (&egress->destination, destination);
  tl_address_format (source, from);
  return g_strdup_printf ("%d %s %s from %s: %s table %u type %u", (int)egress->type, name, gateway,
                          from, destination, egress->table, egress->route_type);
}

static char *
look_up (Fixture *fixture, const char *destination, const char *source)
{
  g_autoptr (GError) error = NULL;
  TlAddress to = address (destination);
  TlAddress from = source != NULL ? address (source) : to;
  TlAddress chosen;
  TlEgress egress;

  tl_rtnl_lookup (fixture->rtnl, &to, source != NULL ? &from : NULL, &egress, &chosen, &error);
  g_assert_no_error (error);
  return text_of (&egress, &chosen);
}

static void
test_table (Fixture *fixture, gconstpointer data)
{
  /* 0 blocked, 1 gateway, 2 on-link, 3 local */
  const char *const rows[][3] = {
    { "8.8.8.8", NULL, "1 eth0 192.168.1.1 from 192.168.1.5: 0.0.0.0/0 table 254 type 1" },
    { "8.8.8.8", "10.8.0.2", "1 eth0 192.168.1.1 from 10.8.0.2: 0.0.0.0/0 table 254 type 1" },
    { "203.0.113.9", NULL, "1 tun0 - from 10.8.0.2: 128.0.0.0/1 table 254 type 1" },
    { "198.51.100.1", NULL, "1 eth0 fe80::7 from 192.168.1.5: 198.51.100.0/24 table 254 type 1" },
    { "192.168.1.77", NULL, "2 eth0 - from 192.168.1.5: 192.168.1.0/24 table 254 type 1" },
    /* Without IPv4 rules of one's own, the kernel keeps tables 255 and 254 as one. */
    { "192.168.1.5", NULL, "3 lo - from 192.168.1.5: 192.168.1.5/32 table 254 type 2" },
    { "192.0.2.1", NULL, "0 - - from 0.0.0.0: 0.0.0.0/0 table 0 type 7" },
    { "192.0.2.65", NULL, "0 - - from 0.0.0.0: 0.0.0.0/0 table 0 type 8" },
    { "192.0.2.129", NULL, "0 - - from 0.0.0.0: 0.0.0.0/0 table 0 type 6" },
    { "192.0.2.129", "10.8.0.2", "0 - - from 0.0.0.0: 0.0.0.0/0 table 0 type 6" },
    { "192.0.2.193", NULL, "0 - - from 0.0.0.0: 0.0.0.0/0 table 0 type 0" },
    { "2600::1", NULL, "1 eth0 2001:db8:1::1 from 2001:db8:1::5: ::/0 table 254 type 1" },
    { "2600::1", "fd00::2", "0 - - from ::: ::/0 table 0 type 8" },
    { "2001:db8:7::1", NULL, "1 tun0 - from fd00::2: 2001:db8:7::/48 table 5000 type 1" },
    { "2001:db8:1::7", NULL, "2 eth0 - from 2001:db8:1::5: 2001:db8:1::/64 table 254 type 1" },
    { "2001:db8:1::5", NULL, "3 lo - from 2001:db8:1::5: 2001:db8:1::5/128 table 255 type 2" },
    { "2001:db8:8::1", NULL, "0 - - from ::: ::/0 table 0 type 7" },
    { "2001:db8:9::1", NULL, "0 - - from ::: ::/0 table 0 type 8" },
    { "2001:db8:a::1", NULL, "0 - - from ::: ::/0 table 0 type 6" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *found = look_up (fixture, rows[i][0], rows[i][1]);

    g_test_message ("%s", rows[i][0]);
    g_assert_cmpstr (found, ==, rows[i][2]);
  }
}

static void
test_no_route (Fixture *fixture, gconstpointer data)
{
  g_autofree char *found = NULL;

  netns_ip ("-6 route delete default");
  found = look_up (fixture, "2600::1", NULL);
  g_assert_cmpstr (found, ==, "0 - - from ::: ::/0 table 0 type 0");
}

static const char *
get_text (JsonObject *object, const char *name)
{
  return json_object_has_member (object, name) ? json_object_get_string_member (object, name) : "-";
}

/* Hundreds of addresses, every next hop of a multipath route among them. */
static void
test_like_ip (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 200; i++) {
    g_autofree char *destination =
      i % 2 == 0 ? g_strdup_printf ("198.51.%u.%u", 98 + i % 5, i + 1)
                 : g_strdup_printf ("2001:db8:%x::%x", 0xa + (i / 2) % 4 + 1, i);
    g_autofree char *arguments = g_strconcat ("-j route get ", destination, NULL);
    g_autofree char *output = netns_ip_output (arguments);
    g_autoptr (JsonNode) root = json_from_string (output, NULL);
    JsonObject *route = json_array_get_object_element (json_node_get_array (root), 0);
    TlAddress to = address (destination);
    char gateway[TL_ADDRESS_STRLEN] = "-";
    char from[TL_ADDRESS_STRLEN];
    TlAddress chosen;
    TlEgress egress;

    g_assert_true (tl_rtnl_lookup (fixture->rtnl, &to, NULL, &egress, &chosen, NULL));
    if (egress.has_gateway)
      tl_address_format (&egress.gateway, gateway);
    tl_address_format (&chosen, from);
    g_assert_cmpuint (if_nametoindex (get_text (route, "dev")), ==, egress.ifindex);
    g_assert_cmpstr (get_text (route, "prefsrc"), ==, from);
    if (!json_object_has_member (route, "via"))
      g_assert_cmpstr (get_text (route, "gateway"), ==, gateway);
  }
}

static void
test_wrong_source (Fixture *fixture, gconstpointer data)
{
  const TlAddress to = address ("8.8.8.8");
  const char *const sources[] = { "192.0.2.77", "2001:db8:1::5" };

  for (gsize i = 0; i < G_N_ELEMENTS (sources); i++) {
    g_autoptr (GError) error = NULL;
    TlAddress from = address (sources[i]);
    TlEgress egress = { .table = 77 };

    g_assert_false (tl_rtnl_lookup (fixture->rtnl, &to, &from, &egress, NULL, &error));
    g_assert_error (error, TL_ERROR, TL_ERROR_INVALID);
    g_assert_cmpuint (egress.table, ==, 77);
  }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  netns_init ();

  g_test_add ("/rtnl-lookup/table", Fixture, NULL, set_up, test_table, tear_down);
  g_test_add ("/rtnl-lookup/no-route", Fixture, NULL, set_up, test_no_route, tear_down);
  g_test_add ("/rtnl-lookup/like-ip", Fixture, NULL, set_up, test_like_ip, tear_down);
  g_test_add ("/rtnl-lookup/wrong-source", Fixture, NULL, set_up, test_wrong_source, tear_down);

  return g_test_run ();
}
