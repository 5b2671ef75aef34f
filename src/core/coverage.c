/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/coverage.h"

#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <string.h>

/* To the host itself: its own addresses, and what is sent into the loopback link. */
static gboolean
is_local (const TlRoute *route, TlFamily family, const TlLink *link)
{
  return route->type == RTN_LOCAL || (route->type == RTN_ANYCAST && family == TL_FAMILY_IPV6) ||
         (link != NULL && (link->flags & IFF_LOOPBACK) != 0);
}

/* Whether packets go into it without being addressed to a neighbour. */
static gboolean
is_point_to_point (const TlLink *link)
{
  return (link->flags & (IFF_POINTOPOINT | IFF_NOARP)) != 0 || link->type == ARPHRD_NONE ||
         link->type == ARPHRD_PPP;
}

/**
 * tl_egress_init:
 * @egress: (out): what @route makes of a packet
 * @net: the kernel's tables
 * @family: the packet's family
 * @route: (nullable): the route that decides, or %NULL where there is none
 * @hop: (nullable): the next hop of @route that is taken; ignored where @route is an error
 *
 * The one place where a route becomes an egress, for computed routes and for the kernel's answer
 * to RTM_GETROUTE (with RTM_F_FIB_MATCH) alike.
 */
void
tl_egress_init (TlEgress *egress,
                const TlNetState *net,
                TlFamily family,
                const TlRoute *route,
                const TlNextHop *hop)
{
  const TlLink *link;

  *egress = (TlEgress){
    .type = TL_EGRESS_BLOCKED,
    .gateway.family = family,
    .destination.address.family = family,
  };
  if (route == NULL)
    return;

  egress->table = route->table;
  egress->destination = route->destination;
  egress->route_type = route->type;
  egress->protocol = route->protocol;
  if (hop == NULL || route->type == RTN_UNREACHABLE || route->type == RTN_BLACKHOLE ||
      route->type == RTN_PROHIBIT)
    return;

  link = tl_net_state_link (net, hop->ifindex);
  if (link != NULL && tl_link_swallows (link))
    return;
  egress->ifindex = hop->ifindex;
  egress->has_gateway = hop->has_gateway ? 1 : 0;
  if (hop->has_gateway)
    egress->gateway = hop->gateway;

  if (is_local (route, family, link))
    egress->type = TL_EGRESS_LOCAL;
  else if (route->type == RTN_UNICAST &&
           (hop->has_gateway || (link != NULL && is_point_to_point (link))))
    egress->type = TL_EGRESS_GATEWAY;
  else
    egress->type = TL_EGRESS_ON_LINK;
}

static gboolean
same_gateway (const TlEgress *a, const TlEgress *b)
{
  return !a->has_gateway == !b->has_gateway &&
         (!a->has_gateway || tl_address_compare (&a->gateway, &b->gateway) == 0);
}

/**
 * tl_egress_same_hop:
 * @a: an egress
 * @b: another
 *
 * Compares where a packet goes next: type, link and gateway. Which route says so is no part of it.
 * Of what goes to the host itself the link is none, either: a route to an own address names the
 * address's, the kernel's answer the loopback.
 *
 * Returns: whether packets go to the same next hop
 */
gboolean
tl_egress_same_hop (const TlEgress *a, const TlEgress *b)
{
  if (a->type == TL_EGRESS_LOCAL)
    return b->type == TL_EGRESS_LOCAL;

  return a->type == b->type && a->ifindex == b->ifindex && same_gateway (a, b);
}

/**
 * tl_egress_same_way:
 * @a: an egress
 * @b: another
 *
 * Compares where a packet goes next and the kind of the route that says so: its table, type and
 * protocol. Its destination is no part of it.
 *
 * Returns: whether both are the same way out by the same kind of route
 */
gboolean
tl_egress_same_way (const TlEgress *a, const TlEgress *b)
{
  return a->type == b->type && a->ifindex == b->ifindex && a->table == b->table &&
         a->route_type == b->route_type && a->protocol == b->protocol && same_gateway (a, b);
}

/**
 * tl_egress_equal:
 * @a: an egress
 * @b: another
 *
 * Returns: whether both are the same in every field
 */
gboolean
tl_egress_equal (const TlEgress *a, const TlEgress *b)
{
  return tl_egress_same_way (a, b) && tl_prefix_compare (&a->destination, &b->destination) == 0;
}

/**
 * tl_span_same_range:
 * @a: a span
 * @b: another
 *
 * Returns: whether both are of the same addresses, and packets to them go to the same next hop
 */
gboolean
tl_span_same_range (const TlSpan *a, const TlSpan *b)
{
  return tl_address_compare (&a->first, &b->first) == 0 &&
         tl_address_compare (&a->last, &b->last) == 0 &&
         tl_egress_same_hop (&a->egress, &b->egress);
}

static void
coverage_clear (gpointer data)
{
  TlCoverage *coverage = data;

  g_array_unref (coverage->spans);
}

/**
 * tl_coverage_new:
 * @family: a family
 * @n_spans: how many there may be, so that the array need not grow; more are fine
 *
 * Returns: (transfer full): a coverage without spans, which the caller appends before sharing it
 */
TlCoverage *
tl_coverage_new (TlFamily family, guint n_spans)
{
  TlCoverage *coverage = g_atomic_rc_box_new0 (TlCoverage);

  coverage->family = family;
  coverage->spans = g_array_sized_new (FALSE, FALSE, sizeof (TlSpan), n_spans);

  return coverage;
}

/**
 * tl_coverage_ref:
 * @coverage: a coverage
 *
 * Returns: (transfer full): @coverage
 */
TlCoverage *
tl_coverage_ref (const TlCoverage *coverage)
{
  return g_atomic_rc_box_acquire ((gpointer)coverage);
}

/**
 * tl_coverage_unref:
 * @coverage: (transfer full): a coverage
 */
void
tl_coverage_unref (TlCoverage *coverage)
{
  g_atomic_rc_box_release_full (coverage, coverage_clear);
}

static const TlSpan *
span_at (const TlCoverage *coverage, guint i)
{
  return &g_array_index (coverage->spans, TlSpan, i);
}

/* The first of the spans over the same addresses as the last one. */
static guint
find_latest (const GArray *spans)
{
  guint first = spans->len - 1;

  while (first > 0 && tl_address_compare (&g_array_index (spans, TlSpan, first - 1).first,
                                          &g_array_index (spans, TlSpan, first).first) == 0)
    first--;

  return first;
}

/* Whether the spans from @index on, up to the end, end right before @first with @egresses. */
static gboolean
continues (const GArray *spans,
           guint index,
           const TlAddress *first,
           const TlEgress *egresses,
           guint n)
{
  TlAddress after = g_array_index (spans, TlSpan, index).last;

  if (spans->len - index != n)
    return FALSE;
  for (guint i = 0; i < n; i++) {
    if (!tl_egress_equal (&g_array_index (spans, TlSpan, index + i).egress, &egresses[i]))
      return FALSE;
  }

  return tl_address_next (&after) && tl_address_compare (&after, first) == 0;
}

/**
 * tl_coverage_append:
 * @coverage: a coverage in the making
 * @first: first address of a range, after all that were appended before
 * @last: its last address
 * @egresses: (array length=n_egresses): the ways that packets to it may take
 * @n_egresses: how many, at least one
 *
 * A range that goes on where the one before ended, with the same ways, is one with it.
 */
void
tl_coverage_append (TlCoverage *coverage,
                    const TlAddress *first,
                    const TlAddress *last,
                    const TlEgress *egresses,
                    guint n_egresses)
{
  GArray *spans = coverage->spans;
  guint latest = spans->len > 0 ? find_latest (spans) : 0;

  if (spans->len > 0 && continues (spans, latest, first, egresses, n_egresses)) {
    for (guint i = latest; i < spans->len; i++)
      g_array_index (spans, TlSpan, i).last = *last;
    return;
  }

  for (guint i = 0; i < n_egresses; i++) {
    TlSpan span = { .first = *first, .last = *last, .egress = egresses[i] };

    g_array_append_val (spans, span);
  }
}

/**
 * tl_coverage_equal:
 * @a: a coverage
 * @b: another
 *
 * Returns: whether both say the same of every address
 */
gboolean
tl_coverage_equal (const TlCoverage *a, const TlCoverage *b)
{
  if (a == b)
    return TRUE;
  if (a->family != b->family || a->spans->len != b->spans->len)
    return FALSE;
  for (guint i = 0; i < a->spans->len; i++) {
    const TlSpan *span_a = span_at (a, i);
    const TlSpan *span_b = span_at (b, i);

    if (tl_address_compare (&span_a->first, &span_b->first) != 0 ||
        tl_address_compare (&span_a->last, &span_b->last) != 0 ||
        !tl_egress_equal (&span_a->egress, &span_b->egress))
      return FALSE;
  }

  return TRUE;
}

/* The first of the spans that hold @address, or the number of spans. */
static guint
find_span (const TlCoverage *coverage, const TlAddress *address)
{
  guint n = coverage->spans->len;
  guint from = 0;
  guint until = n;

  if (address->family != coverage->family)
    return n;
  while (from < until) {
    guint middle = from + (until - from) / 2;

    if (tl_address_compare (&span_at (coverage, middle)->last, address) < 0)
      from = middle + 1;
    else
      until = middle;
  }
  if (from < n && tl_address_compare (&span_at (coverage, from)->first, address) > 0)
    return n;

  return from;
}

/**
 * tl_coverage_ways:
 * @coverage: a coverage
 * @address: an address
 * @ret_n: (out): how many
 *
 * Returns: (transfer none) (array length=ret_n) (nullable): the spans that hold @address, one for
 *   each way that packets to it may take; none where it is not public or of the other family
 */
const TlSpan *
tl_coverage_ways (const TlCoverage *coverage, const TlAddress *address, guint *ret_n)
{
  guint first = find_span (coverage, address);
  guint last = first;

  while (last < coverage->spans->len &&
         tl_address_compare (&span_at (coverage, last)->first, address) <= 0)
    last++;

  *ret_n = last - first;
  return *ret_n > 0 ? span_at (coverage, first) : NULL;
}
