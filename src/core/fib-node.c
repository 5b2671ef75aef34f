/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/fib-node.h"

#include <linux/rtnetlink.h>

/**
 * tl_route_compare:
 * @a: a route
 * @b: another of the same family
 *
 * Orders by destination, table, source prefix (longest first, any last) and metric: the routes of
 * one table to one destination come together, best first. To be used with a stable sort: among
 * equals the kernel takes the first of the dump.
 *
 * Returns: less than, equal to or greater than zero
 */
int
tl_route_compare (const TlRoute *a, const TlRoute *b)
{
  int order = tl_prefix_compare (&a->destination, &b->destination);

  if (order != 0)
    return order;
  if (a->table != b->table)
    return a->table < b->table ? -1 : 1;
  if (a->source.length != b->source.length)
    return (int)b->source.length - (int)a->source.length;
  if (a->source.length > 0 && (order = tl_prefix_compare (&a->source, &b->source)) != 0)
    return order;
  if (a->priority != b->priority)
    return a->priority < b->priority ? -1 : 1;

  return 0;
}

/**
 * tl_route_rejects:
 * @route: a route
 *
 * Returns: whether the route is an answer without a next hop: an error for the program, or, for
 *   `throw`, for the table
 */
gboolean
tl_route_rejects (const TlRoute *route)
{
  switch (route->type) {
  case RTN_UNICAST:
  case RTN_LOCAL:
  case RTN_BROADCAST:
  case RTN_ANYCAST:
  case RTN_MULTICAST:
    return FALSE;
  default:
    return TRUE;
  }
}

/**
 * tl_next_hop_is_live:
 * @hop: a next hop
 *
 * A hop on a link without carrier is live, unless the sysctl ignore_routes_with_linkdown is set:
 * then the kernel tells of it as dead.
 *
 * Returns: whether the kernel uses it
 */
gboolean
tl_next_hop_is_live (const TlNextHop *hop)
{
  return (hop->flags & RTNH_F_DEAD) == 0;
}

static gboolean
route_is_live (const TlRoute *route)
{
  const TlNextHop *hop;

  if (tl_route_rejects (route))
    return TRUE;
  for (guint i = 0; (hop = tl_route_hop (route, i)) != NULL; i++) {
    if (tl_next_hop_is_live (hop))
      return TRUE;
  }

  return FALSE;
}

static gboolean
may_replace_default (const TlRoute *route, const TlRoute *chosen)
{
  return route->type == RTN_UNICAST && route->tos == 0 && route->scope == chosen->scope &&
         route->priority == chosen->priority && route->hop.has_gateway && route_is_live (route);
}

/*
 * Linux fib_table_lookup(): by metric; a route for a type of service does not fit an ordinary
 * packet. Among default routes of one metric fib_select_default() looks for a gateway that
 * answers ARP, so each of them may be taken.
 */
static gboolean
select_ipv4 (const TlFibNode *node, GPtrArray *routes)
{
  const TlRoute *chosen = NULL;

  for (guint i = 0; i < node->n_routes; i++) {
    const TlRoute *route = node->routes[i];

    if (chosen == NULL && route->tos == 0 && route_is_live (route)) {
      g_ptr_array_add (routes, (gpointer)route);
      if (route->destination.length > 0 || route->n_more_hops > 0 || route->type != RTN_UNICAST)
        return TRUE;
      chosen = route;
    } else if (chosen != NULL && may_replace_default (route, chosen)) {
      g_ptr_array_add (routes, (gpointer)route);
    }
  }

  return chosen != NULL;
}

/*
 * RFC 4191: high before medium before low, as Linux ranks the two bits (IPV6_DECODE_PREF). Of a
 * multipath route this is the least: each hop has a preference of its own, the best of the live
 * ones counts, and the kernel tells only that of the first.
 */
static guint
preference_rank (const TlRoute *route)
{
  if (route->n_more_hops > 0 && !tl_next_hop_is_live (&route->hop))
    return 0;

  return (route->preference ^ 2) & 3;
}

#define HIGHEST_RANK 3

/*
 * Linux __find_rr_leaf(): a nexthop object that drops everything ends the search, whatever its
 * preference, unless the search had begun behind it (measured with 6.18).
 */
static gboolean
may_end_search (const TlRoute *route)
{
  return route->type == RTN_BLACKHOLE && route->nexthop_id != 0;
}

/*
 * Linux find_rr_leaf(): the preferred one of the best metric; only where none of that metric is
 * live, the preferred one of all others, whatever their metrics. Routes that the kernel balances
 * between arrive as one multipath route. That a gateway does not answer neighbour discovery
 * (rt6_check_neigh()) is not known here: then the kernel is asked and is right.
 */
static gboolean
select_ipv6 (const TlRoute *const *group, guint n, GPtrArray *routes)
{
  const TlRoute *best = NULL;

  for (guint i = 0; i < n; i++) {
    if (best != NULL && group[i]->priority != group[0]->priority &&
        best->priority == group[0]->priority) {
      n = i;
      break;
    }
    if (!route_is_live (group[i]))
      continue;
    if (best == NULL || preference_rank (group[i]) > preference_rank (best))
      best = group[i];
  }
  if (best == NULL)
    return FALSE;

  g_ptr_array_add (routes, (gpointer)best);
  for (guint i = 0; i < n; i++) {
    /* A multipath route may be preferred for a hop whose preference is not told. */
    gboolean may_be_better = preference_rank (best) < HIGHEST_RANK && group[i]->n_more_hops > 0 &&
                             route_is_live (group[i]);

    if (group[i] != best && (may_be_better || may_end_search (group[i])))
      g_ptr_array_add (routes, (gpointer)group[i]);
  }

  return TRUE;
}

/*
 * Linux fib6_node_lookup_1() and fib6_backtrack(): destination first, source second. Where a
 * destination has source-specific routes and none fits the source, its other routes are skipped
 * as well, unless the destination is ::/0 or a longer one had fitted but was dead (measured).
 */
static gboolean
select_by_source (const TlFibNode *node,
                  const TlAddress *source,
                  gboolean *backtracking,
                  GPtrArray *routes)
{
  const TlRoute *const *all = node->routes;
  gboolean fitted = FALSE;
  guint i = 0;

  while (i < node->n_routes && all[i]->source.length > 0) {
    guint end = i;

    while (end < node->n_routes && all[end]->source.length == all[i]->source.length &&
           tl_prefix_compare (&all[end]->source, &all[i]->source) == 0)
      end++;
    if (tl_prefix_contains (&all[i]->source, source)) {
      if (select_ipv6 (all + i, end - i, routes))
        return TRUE;
      fitted = TRUE;
    }
    i = end;
  }

  if (i > 0 && !fitted && !*backtracking && all[0]->destination.length > 0)
    return FALSE;
  if (fitted || i < node->n_routes)
    *backtracking = TRUE;

  return i < node->n_routes && select_ipv6 (all + i, node->n_routes - i, routes);
}

/**
 * tl_fib_nodes_lookup:
 * @nodes: (element-type TlFibNode): a table's prefixes that hold the destination, longest last
 * @source: the source address, or zero while it is not chosen
 * @routes: (element-type TlRoute): the route that decides is appended, or nothing where the table
 *   has none. More than one where the tables do not tell which of them it is.
 */
void
tl_fib_nodes_lookup (const GArray *nodes, const TlAddress *source, GPtrArray *routes)
{
  gboolean backtracking = FALSE;

  for (guint i = nodes->len; i-- > 0;) {
    const TlFibNode *node = &g_array_index (nodes, TlFibNode, i);
    gboolean found = source->family == TL_FAMILY_IPV4
                       ? select_ipv4 (node, routes)
                       : select_by_source (node, source, &backtracking, routes);

    if (found)
      return;
  }
}
