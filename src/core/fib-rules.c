/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/fib-rules.h"

#include "core/fib-node.h"

#include <string.h>

/**
 * tl_fib_rules_init:
 * @self: (out): what rules look at
 * @net: the kernel's tables; must outlive @self
 * @family: a family
 * @uid: the user whose programs send
 * @mark: the packets' firewall mark, or 0
 */
void
tl_fib_rules_init (TlFibRules *self,
                   const TlNetState *net,
                   TlFamily family,
                   guint32 uid,
                   guint32 mark)
{
  const GArray *routes = net->routes[family];

  *self = (TlFibRules){
    .net = net, .family = family, .uid = uid, .mark = mark, .shortest_shared = G_MAXUINT
  };
  for (guint i = 0; i < routes->len; i++) {
    const TlRoute *route = &g_array_index (routes, TlRoute, i);

    if (route->nexthop_id != 0) {
      self->shortest_shared = MIN (self->shortest_shared, route->destination.length);
      self->longest_shared = MAX (self->longest_shared, route->destination.length);
    }
  }
}

/*
 * Linux fib_rule_match(), for a packet without a type of service, of a socket that is not bound to
 * a link: IPv4 compares a source not chosen yet as 0.0.0.0, for IPv6 it fits no prefix.
 */
static gboolean
selectors_fit (const TlFibRules *self,
               const TlRule *rule,
               const TlAddress *destination,
               const TlAddress *source)
{
  if (rule->l3mdev || rule->tos != 0 || rule->oif != NULL ||
      ((self->mark ^ rule->fwmark) & rule->fwmask) != 0)
    return FALSE;
  if (rule->iif != NULL && strcmp (rule->iif, "lo") != 0)
    return FALSE;
  if (rule->has_uid_range && (self->uid < rule->uid_first || self->uid > rule->uid_last))
    return FALSE;
  if (rule->to.length > 0 && !tl_prefix_contains (&rule->to, destination))
    return FALSE;
  if (rule->from.length > 0 && ((self->family == TL_FAMILY_IPV6 && tl_address_is_zero (source)) ||
                                !tl_prefix_contains (&rule->from, source)))
    return FALSE;

  return TRUE;
}

/**
 * tl_fib_rules_apply:
 * @self: what rules look at
 * @rule: a rule
 * @destination: where to
 * @source: where from; zero while it is not chosen
 *
 * A rule that selects by protocol or port applies to some packets and not to others: both are
 * followed, since a program may send either.
 *
 * Returns: whether @rule applies
 */
TlApplies
tl_fib_rules_apply (const TlFibRules *self,
                    const TlRule *rule,
                    const TlAddress *destination,
                    const TlAddress *source)
{
  gboolean fit = selectors_fit (self, rule, destination, source);

  if (fit && (rule->ip_protocol != 0 || rule->has_ports))
    return TL_APPLIES_SOME;

  return !fit == !rule->invert ? TL_APPLIES_NO : TL_APPLIES_YES;
}

static gboolean
is_in_group (const TlFibRules *self, const TlNextHop *hop, gint64 group)
{
  const TlLink *link = tl_net_state_link (self->net, hop->ifindex);

  return link != NULL && link->group == group;
}

/*
 * What Linux compares for IPv6 is the cached route of a nexthop object, which may be that of any
 * route that shares the object, by itself or in a group (measured with 6.18).
 */
static TlApplies
is_too_short (const TlFibRules *self, const TlRule *rule, const TlRoute *route)
{
  int length = rule->suppress_prefix_length;

  if (length >= 0 && self->family == TL_FAMILY_IPV6 && route->nexthop_id != 0 &&
      (int)self->shortest_shared <= length && (int)self->longest_shared > length)
    return TL_APPLIES_SOME;

  return (int)route->destination.length <= length ? TL_APPLIES_YES : TL_APPLIES_NO;
}

/**
 * tl_fib_rules_suppress:
 * @self: what rules look at
 * @rule: a rule
 * @route: what its table has found
 *
 * Linux fib4_rule_suppress() and fib6_rule_suppress(): never suppresses an error. IPv4 looks at
 * the first next hop, IPv6 at the one that was picked.
 *
 * Returns: whether @route does not count for @rule
 */
TlApplies
tl_fib_rules_suppress (const TlFibRules *self, const TlRule *rule, const TlRoute *route)
{
  const TlNextHop *hop;
  guint n_live = 0;
  guint n_in_group = 0;
  TlApplies too_short;

  if (tl_route_rejects (route))
    return TL_APPLIES_NO;
  too_short = is_too_short (self, rule, route);
  if (too_short == TL_APPLIES_YES || rule->suppress_group < 0)
    return too_short;
  if (self->family == TL_FAMILY_IPV4)
    return is_in_group (self, &route->hop, rule->suppress_group) ? TL_APPLIES_YES : TL_APPLIES_NO;

  for (guint i = 0; (hop = tl_route_hop (route, i)) != NULL; i++) {
    if (tl_next_hop_is_live (hop)) {
      n_live++;
      n_in_group += is_in_group (self, hop, rule->suppress_group) ? 1 : 0;
    }
  }
  if (n_in_group == 0)
    return too_short;

  return n_in_group == n_live ? TL_APPLIES_YES : TL_APPLIES_SOME;
}
