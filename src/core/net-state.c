/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/net-state.h"

#include <string.h>

static void
link_clear (gpointer data)
{
  TlLink *link = data;

  g_clear_pointer (&link->name, g_free);
  g_clear_pointer (&link->kind, g_free);
}

static void
route_clear (gpointer data)
{
  TlRoute *route = data;

  g_clear_pointer (&route->more_hops, g_free);
}

static void
rule_clear (gpointer data)
{
  TlRule *rule = data;

  g_clear_pointer (&rule->iif, g_free);
  g_clear_pointer (&rule->oif, g_free);
}

static GArray *
new_array (gsize element_size, GDestroyNotify clear)
{
  GArray *array = g_array_new (FALSE, TRUE, element_size);

  if (clear != NULL)
    g_array_set_clear_func (array, clear);

  return array;
}

static void
net_state_clear (gpointer data)
{
  TlNetState *state = data;

  g_array_unref (state->links);
  g_array_unref (state->addresses);
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    g_array_unref (state->routes[family]);
    g_array_unref (state->rules[family]);
  }
}

/**
 * tl_link_swallows:
 * @link: a link
 *
 * A `dummy` link sends nothing anywhere (drivers/net/dummy.c, dummy_xmit). Some VPN programs let
 * the default route of a family lead there to block it.
 *
 * Returns: whether packets into it are dropped
 */
gboolean
tl_link_swallows (const TlLink *link)
{
  return g_str_equal (link->kind, "dummy");
}

/**
 * tl_net_state_new:
 *
 * The builder appends to the arrays, in the order that #TlNetState documents, before it shares the
 * state. The arrays own what their elements point to.
 *
 * Returns: (transfer full): a state without links, addresses, routes and rules
 */
TlNetState *
tl_net_state_new (void)
{
  TlNetState *state = g_atomic_rc_box_new0 (TlNetState);

  state->links = new_array (sizeof (TlLink), link_clear);
  state->addresses = new_array (sizeof (TlLinkAddress), NULL);
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    state->routes[family] = new_array (sizeof (TlRoute), route_clear);
    state->rules[family] = new_array (sizeof (TlRule), rule_clear);
  }

  return state;
}

/**
 * tl_net_state_expect_routes:
 * @state: a new state, not shared yet
 * @family: a family
 * @n: how many routes of it there may be; more are fine
 *
 * Makes room for them. It costs nothing until it is used, while a large row that grows is copied.
 */
void
tl_net_state_expect_routes (TlNetState *state, TlFamily family, guint n)
{
  g_array_unref (state->routes[family]);
  state->routes[family] = g_array_sized_new (FALSE, TRUE, sizeof (TlRoute), n);
  g_array_set_clear_func (state->routes[family], route_clear);
}

static void
copy_plain (GArray *to, const GArray *from)
{
  if (from->len > 0)
    g_array_append_vals (to, from->data, from->len);
}

static void
copy_links (GArray *to, const GArray *from)
{
  for (guint i = 0; i < from->len; i++) {
    TlLink link = g_array_index (from, TlLink, i);

    link.name = g_strdup (link.name);
    link.kind = g_strdup (link.kind);
    g_array_append_val (to, link);
  }
}

static void
copy_routes (GArray *to, const GArray *from)
{
  for (guint i = 0; i < from->len; i++) {
    TlRoute route = g_array_index (from, TlRoute, i);

    route.more_hops = g_memdup2 (route.more_hops, route.n_more_hops * sizeof (TlNextHop));
    g_array_append_val (to, route);
  }
}

static void
copy_rules (GArray *to, const GArray *from)
{
  for (guint i = 0; i < from->len; i++) {
    TlRule rule = g_array_index (from, TlRule, i);

    rule.iif = g_strdup (rule.iif);
    rule.oif = g_strdup (rule.oif);
    g_array_append_val (to, rule);
  }
}

/**
 * tl_net_state_copy:
 * @state: a state
 *
 * Returns: (transfer full): a state of its own with the same content, which may be changed until
 *   it is shared
 */
TlNetState *
tl_net_state_copy (const TlNetState *state)
{
  TlNetState *copy = tl_net_state_new ();

  copy_links (copy->links, state->links);
  copy_plain (copy->addresses, state->addresses);
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    copy_routes (copy->routes[family], state->routes[family]);
    copy_rules (copy->rules[family], state->rules[family]);
    copy->incomplete[family] = state->incomplete[family];
  }

  return copy;
}

/**
 * tl_net_state_ref:
 * @state: a state
 *
 * Returns: (transfer full): @state
 */
TlNetState *
tl_net_state_ref (const TlNetState *state)
{
  return g_atomic_rc_box_acquire ((gpointer)state);
}

/**
 * tl_net_state_unref:
 * @state: (transfer full): a state
 */
void
tl_net_state_unref (TlNetState *state)
{
  g_atomic_rc_box_release_full (state, net_state_clear);
}

static gboolean
address_equal (const TlAddress *a, const TlAddress *b)
{
  return a->family == b->family && memcmp (a->bytes, b->bytes, sizeof a->bytes) == 0;
}

static gboolean
prefix_equal (const TlPrefix *a, const TlPrefix *b)
{
  return a->length == b->length && address_equal (&a->address, &b->address);
}

static gboolean
link_equal (gconstpointer data_a, gconstpointer data_b)
{
  const TlLink *a = data_a;
  const TlLink *b = data_b;

  return a->ifindex == b->ifindex && a->type == b->type && a->flags == b->flags &&
         a->group == b->group && a->master == b->master && g_strcmp0 (a->name, b->name) == 0 &&
         g_strcmp0 (a->kind, b->kind) == 0;
}

static gboolean
link_address_equal (gconstpointer data_a, gconstpointer data_b)
{
  const TlLinkAddress *a = data_a;
  const TlLinkAddress *b = data_b;

  return a->ifindex == b->ifindex && a->scope == b->scope && a->flags == b->flags &&
         address_equal (&a->address, &b->address) && prefix_equal (&a->prefix, &b->prefix);
}

static gboolean
hop_equal (const TlNextHop *a, const TlNextHop *b)
{
  return a->ifindex == b->ifindex && a->flags == b->flags && a->weight == b->weight &&
         !a->has_gateway == !b->has_gateway &&
         (!a->has_gateway || address_equal (&a->gateway, &b->gateway));
}

/**
 * tl_route_equal:
 * @a: a route
 * @b: another
 *
 * Returns: whether both say the same
 */
gboolean
tl_route_equal (const TlRoute *a, const TlRoute *b)
{
  if (!prefix_equal (&a->destination, &b->destination) || !prefix_equal (&a->source, &b->source))
    return FALSE;
  if (a->table != b->table || a->priority != b->priority || a->nexthop_id != b->nexthop_id ||
      a->type != b->type || a->protocol != b->protocol || a->scope != b->scope ||
      a->preference != b->preference || a->tos != b->tos)
    return FALSE;
  if (!a->has_preferred_source != !b->has_preferred_source ||
      (a->has_preferred_source && !address_equal (&a->preferred_source, &b->preferred_source)))
    return FALSE;
  if (!hop_equal (&a->hop, &b->hop) || a->n_more_hops != b->n_more_hops)
    return FALSE;
  for (guint i = 0; i < a->n_more_hops; i++) {
    if (!hop_equal (&a->more_hops[i], &b->more_hops[i]))
      return FALSE;
  }

  return TRUE;
}

static gboolean
route_equal (gconstpointer data_a, gconstpointer data_b)
{
  return tl_route_equal (data_a, data_b);
}

static gboolean
rule_equal (gconstpointer data_a, gconstpointer data_b)
{
  const TlRule *a = data_a;
  const TlRule *b = data_b;

  if (!prefix_equal (&a->from, &b->from) || !prefix_equal (&a->to, &b->to))
    return FALSE;
  if (a->priority != b->priority || a->action != b->action || !a->invert != !b->invert ||
      a->table != b->table || a->goto_priority != b->goto_priority || a->fwmark != b->fwmark ||
      a->fwmask != b->fwmask || !a->l3mdev != !b->l3mdev || a->tos != b->tos ||
      a->ip_protocol != b->ip_protocol || !a->has_ports != !b->has_ports ||
      a->suppress_prefix_length != b->suppress_prefix_length ||
      a->suppress_group != b->suppress_group)
    return FALSE;
  if (!a->has_uid_range != !b->has_uid_range ||
      (a->has_uid_range && (a->uid_first != b->uid_first || a->uid_last != b->uid_last)))
    return FALSE;

  return g_strcmp0 (a->iif, b->iif) == 0 && g_strcmp0 (a->oif, b->oif) == 0;
}

static gboolean
array_equal (const GArray *a, const GArray *b, GEqualFunc equal)
{
  guint size = g_array_get_element_size ((GArray *)a);

  if (a == b)
    return TRUE;
  if (a->len != b->len)
    return FALSE;
  for (gsize i = 0; i < a->len; i++) {
    if (!equal (a->data + i * size, b->data + i * size))
      return FALSE;
  }

  return TRUE;
}

/**
 * tl_net_state_equal:
 * @a: a state
 * @b: another
 *
 * Order counts: among rules of one priority and among IPv6 routes of one metric the kernel takes
 * the first.
 *
 * Returns: whether both say the same
 */
gboolean
tl_net_state_equal (const TlNetState *a, const TlNetState *b)
{
  if (a == b)
    return TRUE;
  if (!array_equal (a->links, b->links, link_equal) ||
      !array_equal (a->addresses, b->addresses, link_address_equal))
    return FALSE;
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    if (a->incomplete[family] != b->incomplete[family] ||
        !array_equal (a->rules[family], b->rules[family], rule_equal) ||
        !array_equal (a->routes[family], b->routes[family], route_equal))
      return FALSE;
  }

  return TRUE;
}

/**
 * tl_route_hop:
 * @route: a route
 * @i: 0 for the first next hop
 *
 * Returns: (nullable) (transfer none): the next hop, or %NULL where there are no more
 */
const TlNextHop *
tl_route_hop (const TlRoute *route, guint i)
{
  if (i == 0)
    return &route->hop;

  return i <= route->n_more_hops ? &route->more_hops[i - 1] : NULL;
}

/**
 * tl_net_state_link:
 * @state: a state
 * @ifindex: the kernel's index
 *
 * Returns: (nullable) (transfer none): the link, or %NULL where there is none
 */
const TlLink *
tl_net_state_link (const TlNetState *state, int ifindex)
{
  gsize from = 0;
  gsize until = state->links->len;

  while (from < until) {
    gsize middle = from + (until - from) / 2;
    const TlLink *link = &g_array_index (state->links, TlLink, middle);

    if (link->ifindex == ifindex)
      return link;
    if (link->ifindex < ifindex)
      from = middle + 1;
    else
      until = middle;
  }

  return NULL;
}

/**
 * tl_net_state_has_address:
 * @state: a state
 * @ifindex: a link
 * @address: an address
 *
 * Returns: whether @address is an own one on this link
 */
gboolean
tl_net_state_has_address (const TlNetState *state, int ifindex, const TlAddress *address)
{
  for (guint i = 0; i < state->addresses->len; i++) {
    const TlLinkAddress *own = &g_array_index (state->addresses, TlLinkAddress, i);

    if (own->ifindex == ifindex && address_equal (&own->address, address))
      return TRUE;
  }

  return FALSE;
}

/**
 * tl_net_state_link_with_address:
 * @state: a state
 * @address: an address
 *
 * Returns: (nullable) (transfer none): the first link that has @address as its own, or %NULL
 */
const TlLink *
tl_net_state_link_with_address (const TlNetState *state, const TlAddress *address)
{
  for (guint i = 0; i < state->addresses->len; i++) {
    const TlLinkAddress *own = &g_array_index (state->addresses, TlLinkAddress, i);

    if (address_equal (&own->address, address))
      return tl_net_state_link (state, own->ifindex);
  }

  return NULL;
}
