/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "random-net.h"

static guint
below (guint n)
{
  return g_test_rand_int_range (0, n);
}

static gboolean
percent (guint n)
{
  return below (100) < n;
}

#define PICK(array) ((array)[below (G_N_ELEMENTS (array))])

/**
 * random_net_address:
 * @family: a family
 * @ret_address: (out): an address, of a few neighbourhoods, so that prefixes nest and meet
 */
void
random_net_address (TlFamily family, TlAddress *ret_address)
{
  static const char *const anchors[TL_N_FAMILIES][6] = {
    { "8.8.8.8", "1.1.1.1", "198.51.100.77", "9.255.255.255", "203.0.113.0", "172.15.3.4" },
    { "2600::1", "2001:db8:1::77", "2001:db8:2::", "2600:1:2:3::4", "3fff:ffff:ffff::1",
      "2002:101:101::1" },
  };
  gboolean parsed = tl_address_parse (PICK (anchors[family]), ret_address);
  guint bits = tl_family_bits (family);

  g_assert_true (parsed);
  /* Another one from some bit on. */
  if (percent (80)) {
    guint from = below (bits);

    for (guint bit = from; bit < bits; bit++) {
      if (percent (50))
        ret_address->bytes[bit / 8] ^= 0x80 >> bit % 8;
    }
  }
}

static char *
random_prefix (TlFamily family)
{
  TlAddress address;
  TlPrefix prefix;
  guint length;

  random_net_address (family, &address);
  length = percent (15) ? 0 : percent (50) ? below (20) : below (tl_family_bits (family) + 1);
  tl_prefix_init (&prefix, &address, length);

  return tl_prefix_to_string (&prefix);
}

static const char *
random_table (void)
{
  static const char *const tables[] = { "254", "254", "254", "100", "101", "102" };

  return PICK (tables);
}

/* Gateways first. */
static const char *const hops[TL_N_FAMILIES][7] = {
  { "via 192.168.1.1 dev v0", "via 192.168.1.2 dev v0", "via 198.51.100.1 dev w0",
    "via 198.51.100.2 dev w0", "dev v0", "dev w0", "dev t0" },
  { "via fe80::1 dev v0", "via fe80::2 dev v0", "via fe80::1 dev w0", "via fe80::2 dev w0",
    "dev v0", "dev w0", "dev t0" },
};

static const char *
random_hop (TlFamily family)
{
  return PICK (hops[family]);
}

/* Of each family: so many gateways, then so many groups of them, then one that drops, one on-link.
 */
#define N_GATEWAYS 4
#define N_GROUPS   2
#define N_NEXTHOPS (N_GATEWAYS + N_GROUPS + 2)

/* Ids are of all families at once. */
static guint
first_nexthop (TlFamily family)
{
  return family == TL_FAMILY_IPV4 ? 1 : 101;
}

static void
add_hops (TlFamily family, gboolean may_share, GString *commands)
{
  if (may_share && percent (15)) {
    g_string_append_printf (commands, " nhid %u", first_nexthop (family) + below (N_NEXTHOPS));
    return;
  }
  if (percent (88)) {
    g_string_append_printf (commands, " %s", random_hop (family));
    return;
  }
  for (guint n = 2 + below (2); n > 0; n--)
    g_string_append_printf (commands, " nexthop %s weight %u", random_hop (family), 1 + below (3));
}

static void
add_route (TlFamily family, RandomRules rules, GString *commands)
{
  static const char *const errors[] = { "unreachable", "blackhole", "prohibit", "throw" };
  static const char *const metrics[] = { "1", "50", "100", "1024" };
  static const char *const preferences[] = { "low", "medium", "high" };
  static const char *const sources[] = {
    "2001:db8:1::/64", "2001:db8::/32", "2001:db8:3::5", "::/16", "fd00::/8",
  };
  static const char *const preferred[TL_N_FAMILIES][2] = {
    { "10.8.0.2", "192.168.1.5" },
    { "2001:db8:3::5", "2001:db8:2::5" },
  };
  g_autofree char *prefix = random_prefix (family);
  g_autoptr (GString) ways = g_string_new (NULL);
  gboolean is_six = family == TL_FAMILY_IPV6;
  gboolean is_error = percent (20);
  gboolean is_local = !is_error && percent (2);
  /* Of one that is there already, refused, Linux (6.18) does not find the first any more either. */
  gboolean has_source = is_six && rules == RANDOM_RULES_SOURCE && percent (20);
  gboolean may_append, may_prefer;
  const char *type = is_error ? PICK (errors) : is_local ? "local" : "unicast";
  /* The kernel tells the protocol of only one of the hops of an IPv6 multipath route. */
  guint protocol = is_six || percent (90) ? 77 : 78;

  /*
   * IPv6 would share what is local with what is not. And of routes that share an object, what the
   * processor was asked for before decides on the source (one cached route, measured with 6.18).
   */
  if (!is_error)
    add_hops (family, !is_local && !(is_six && rules == RANDOM_RULES_SOURCE), ways);
  /*
   * Linux dumps an IPv6 multipath route in one go and leaves out what stands between its hops
   * (measured with 6.18): only what becomes a hop is put there.
   */
  may_append = is_six && g_str_has_prefix (ways->str, " via");
  /* Nor does it tell their preferred sources. */
  may_prefer = rules != RANDOM_RULES_SOURCE || !may_append;
  g_string_append_printf (commands, "route %s %s %s table %s proto %u",
                          may_append && percent (40) ? "append" : "add", type, prefix,
                          is_local ? "255" : random_table (), protocol);
  if (has_source)
    g_string_append_printf (commands, " metric %u from %s", 1 + below (1000000), PICK (sources));
  else if (percent (60))
    g_string_append_printf (commands, " metric %s", PICK (metrics));
  if (!is_six && percent (4))
    g_string_append (commands, " tos 0x10");
  if (!is_error) {
    if (may_prefer && percent (10))
      g_string_append_printf (commands, " src %s", PICK (preferred[family]));
    if (is_six && percent (30))
      g_string_append_printf (commands, " pref %s", PICK (preferences));
    g_string_append (commands, ways->str);
  }
  g_string_append_c (commands, '\n');
}

/**
 * random_net_groups:
 * @commands: commands that add nexthop objects are appended, of both families, for the routes that
 *   come after them; to be run without saying a family, which groups do not have
 */
void
random_net_groups (GString *commands)
{
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    guint id = first_nexthop (family);

    for (guint n = 0; n < N_GATEWAYS; n++)
      g_string_append_printf (commands, "nexthop add id %u %s\n", id + n,
                              hops[family][below (N_GATEWAYS)]);
    for (guint n = 0; n < N_GROUPS; n++)
      g_string_append_printf (commands, "nexthop add id %u group %u/%u,2\n", id + N_GATEWAYS + n,
                              id + below (2), id + 2 + below (2));
  }
}

static void
add_nexthops (TlFamily family, GString *commands)
{
  guint id = first_nexthop (family) + N_GATEWAYS + N_GROUPS;
  guint first_on_link = N_GATEWAYS;

  g_string_append_printf (commands, "nexthop add id %u blackhole\n", id);
  g_string_append_printf (
    commands, "nexthop add id %u %s\n", id + 1,
    hops[family][first_on_link + below (G_N_ELEMENTS (hops[family]) - first_on_link)]);
}

/**
 * random_net_routes:
 * @family: a family
 * @rules: what may be selected by
 * @commands: commands that add routes are appended, after random_net_groups(); the kernel will
 * refuse some of them
 */
void
random_net_routes (TlFamily family, RandomRules rules, GString *commands)
{
  add_nexthops (family, commands);
  for (guint n = 3 + below (40); n > 0; n--)
    add_route (family, rules, commands);
}

static void
add_selectors (TlFamily family, RandomRules rules, GString *commands)
{
  static const char *const selectors[] = {
    "fwmark 0xca6c", "fwmark 0x1/0x2", "iif lo",       "iif v0",
    "oif t0",        "uidrange 0-999", "uidrange 0-0", "tos 0x10",
  };
  static const char *const of_some[] = {
    "ipproto 6", "ipproto 17", "dport 53 ipproto 17", "dport 53", "dport 54-99 ipproto 6",
  };
  static const char *const sources[TL_N_FAMILIES][3] = {
    { "192.168.1.5", "10.8.0.0/24", "198.51.100.0/24" },
    { "2001:db8:1::5", "2001:db8:3::/64", "2001:db8:2::/63" },
  };

  if (percent (25))
    g_string_append (commands, " not");
  if (rules == RANDOM_RULES_SOURCE && percent (40))
    g_string_append_printf (commands, " from %s", PICK (sources[family]));
  if (percent (30)) {
    g_autofree char *prefix = random_prefix (family);

    g_string_append_printf (commands, " to %s", prefix);
  }
  if (percent (40))
    g_string_append_printf (commands, " %s", PICK (selectors));
  if (rules == RANDOM_RULES_PROTOCOL && percent (40))
    g_string_append_printf (commands, " %s", PICK (of_some));
}

static void
add_action (guint priority, GString *commands)
{
  static const char *const actions[] = { "nop", "blackhole", "unreachable", "prohibit" };

  if (percent (8)) {
    g_string_append_printf (commands, " %s", PICK (actions));
  } else if (percent (8)) {
    g_string_append (commands, " l3mdev");
  } else if (percent (8)) {
    g_string_append_printf (commands, " goto %u", priority + 1 + below (40));
  } else {
    g_string_append_printf (commands, " lookup %s", percent (5) ? "999" : random_table ());
    if (percent (20))
      g_string_append_printf (commands, " suppress_prefixlength %u", below (3) * 8);
    if (percent (10))
      g_string_append (commands, " suppress_ifgroup 7");
  }
}

/**
 * random_net_rules:
 * @family: a family
 * @rules: what may be selected by
 * @commands: commands that add rules are appended; the kernel will refuse some of them
 */
void
random_net_rules (TlFamily family, RandomRules rules, GString *commands)
{
  for (guint n = below (8); n > 0; n--) {
    guint priority = 10 + below (30);

    g_string_append_printf (commands, "rule add pref %u", priority);
    add_selectors (family, rules, commands);
    add_action (priority, commands);
    g_string_append_c (commands, '\n');
  }
}
