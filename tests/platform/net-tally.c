/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "net-tally.h"

#include <linux/fib_rules.h>
#include <linux/icmpv6.h>
#include <linux/rtnetlink.h>

#define N_KINDS 64

/* Kinds in the order of their first mention: all are mentioned with every route and rule. */
struct _NetTally {
  const char *names[N_KINDS];
  guint counts[N_KINDS];
  guint n_kinds;
};

/**
 * net_tally_new:
 *
 * Returns: (transfer full): a tally of nothing
 */
NetTally *
net_tally_new (void)
{
  return g_new0 (NetTally, 1);
}

/**
 * net_tally_free:
 * @self: (transfer full): a tally
 */
void
net_tally_free (NetTally *self)
{
  g_free (self);
}

static void
count (NetTally *self, const char *name, gboolean is_one)
{
  guint i = 0;

  while (i < self->n_kinds && !g_str_equal (self->names[i], name))
    i++;
  g_assert_cmpuint (i, <, N_KINDS);
  if (i == self->n_kinds)
    self->names[self->n_kinds++] = name;
  self->counts[i] += is_one ? 1 : 0;
}

static void
count_route (NetTally *self, const TlRoute *route)
{
  gboolean dead = FALSE;
  gboolean linkdown = FALSE;
  const TlNextHop *hop;

  for (guint i = 0; (hop = tl_route_hop (route, i)) != NULL; i++) {
    dead |= (hop->flags & RTNH_F_DEAD) != 0;
    linkdown |= (hop->flags & (RTNH_F_LINKDOWN | RTNH_F_DEAD)) == RTNH_F_LINKDOWN;
  }
  count (self, "unreachable", route->type == RTN_UNREACHABLE);
  count (self, "blackhole", route->type == RTN_BLACKHOLE && route->nexthop_id == 0);
  count (self, "prohibit", route->type == RTN_PROHIBIT);
  count (self, "throw", route->type == RTN_THROW);
  count (self, "local", route->type == RTN_LOCAL);
  count (self, "on-link", route->type == RTN_UNICAST && !route->hop.has_gateway);
  count (self, "multipath", route->n_more_hops > 0 && route->nexthop_id == 0);
  count (self, "nexthop object", route->nexthop_id != 0 && route->n_more_hops == 0);
  count (self, "nexthop group", route->nexthop_id != 0 && route->n_more_hops > 0);
  count (self, "blackhole nexthop", route->type == RTN_BLACKHOLE && route->nexthop_id != 0);
  count (self, "dead hop", dead);
  count (self, "hop without carrier", linkdown);
  count (self, "preference low", route->preference == ICMPV6_ROUTER_PREF_LOW);
  count (self, "preference high", route->preference == ICMPV6_ROUTER_PREF_HIGH);
  count (self, "preferred source", route->has_preferred_source);
  count (self, "type of service", route->tos != 0);
  count (self, "from a source", route->source.length > 0);
}

static void
count_rule (NetTally *self, const TlRule *rule)
{
  count (self, "rule to", rule->to.length > 0);
  count (self, "rule not", rule->invert);
  count (self, "rule fwmark", rule->fwmask != 0);
  count (self, "rule iif lo", g_strcmp0 (rule->iif, "lo") == 0);
  count (self, "rule iif", rule->iif != NULL && !g_str_equal (rule->iif, "lo"));
  count (self, "rule oif", rule->oif != NULL);
  count (self, "rule uidrange", rule->has_uid_range);
  count (self, "rule tos", rule->tos != 0);
  count (self, "rule l3mdev", rule->l3mdev);
  count (self, "rule not l3mdev", rule->l3mdev && rule->invert);
  count (self, "rule suppress_prefixlength", rule->suppress_prefix_length >= 0);
  count (self, "rule suppress_ifgroup", rule->suppress_group >= 0);
  count (self, "rule goto", rule->action == FR_ACT_GOTO);
  count (self, "rule nop", rule->action == FR_ACT_NOP);
  count (self, "rule blackhole", rule->action == FR_ACT_BLACKHOLE);
  count (self, "rule unreachable", rule->action == FR_ACT_UNREACHABLE);
  count (self, "rule prohibit", rule->action == FR_ACT_PROHIBIT);
  count (self, "rule from", rule->from.length > 0);
  count (self, "rule for protocol or port", rule->ip_protocol != 0 || rule->has_ports);
}

/**
 * net_tally_add:
 * @self: a tally
 * @net: tables
 */
void
net_tally_add (NetTally *self, const TlNetState *net)
{
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    for (guint i = 0; i < net->routes[family]->len; i++)
      count_route (self, &g_array_index (net->routes[family], TlRoute, i));
    for (guint i = 0; i < net->rules[family]->len; i++)
      count_rule (self, &g_array_index (net->rules[family], TlRule, i));
  }
}

/**
 * net_tally_to_string:
 * @self: a tally
 *
 * Returns: (transfer full): all kinds with their numbers
 */
char *
net_tally_to_string (const NetTally *self)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < self->n_kinds; i++)
    g_string_append_printf (text, "%s%s %u", i > 0 ? ", " : "", self->names[i], self->counts[i]);

  return g_string_free (text, FALSE);
}

/**
 * net_tally_missing:
 * @self: a tally
 * @not_expected: kinds that need not occur
 *
 * Returns: (transfer full): the other kinds of which there was none, or an empty text
 */
char *
net_tally_missing (const NetTally *self, const char *const *not_expected)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < self->n_kinds; i++) {
    if (self->counts[i] == 0 && !g_strv_contains (not_expected, self->names[i]))
      g_string_append_printf (text, "[%s]", self->names[i]);
  }

  return g_string_free (text, FALSE);
}
