/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/relevance.h"

/* Which changes of the network are worth waiting for what else comes, and asking the Internet. */

/* One connection on one link; a new connection on the same link is another. */
static gboolean
same_connection (int ifindex_a, const char *activation_a, int ifindex_b, const char *activation_b)
{
  return ifindex_a == ifindex_b && g_strcmp0 (activation_a, activation_b) == 0;
}

static gboolean
same_tunnels (const GPtrArray *before, const GPtrArray *now)
{
  if (before->len != now->len)
    return FALSE;
  for (guint i = 0; i < before->len; i++) {
    const TlTunnel *a = before->pdata[i];
    const TlTunnel *b = now->pdata[i];

    if (!same_connection (a->ifindex, a->activation, b->ifindex, b->activation) ||
        a->full != b->full)
      return FALSE;
  }

  return TRUE;
}

static gboolean
same_uplinks (const GPtrArray *before, const GPtrArray *now)
{
  if (before->len != now->len)
    return FALSE;
  for (guint i = 0; i < before->len; i++) {
    const TlUplink *a = before->pdata[i];
    const TlUplink *b = now->pdata[i];

    if (!same_connection (a->ifindex, a->activation, b->ifindex, b->activation) ||
        a->offers[TL_FAMILY_IPV4] != b->offers[TL_FAMILY_IPV4] ||
        a->offers[TL_FAMILY_IPV6] != b->offers[TL_FAMILY_IPV6])
      return FALSE;
  }

  return TRUE;
}

static gboolean
same_marked (const GArray *before, const GArray *now)
{
  if (before->len != now->len)
    return FALSE;
  for (guint i = 0; i < before->len; i++) {
    if (!tl_span_same_range (&g_array_index (before, TlMarkedRange, i).span,
                             &g_array_index (now, TlMarkedRange, i).span))
      return FALSE;
  }

  return TRUE;
}

/**
 * tl_has_new_tunnel:
 * @before: a verdict
 * @now: the one after it
 *
 * Returns: whether a VPN came up between them
 */
gboolean
tl_has_new_tunnel (const TlVerdict *before, const TlVerdict *now)
{
  for (guint i = 0; i < now->tunnels->len; i++) {
    const TlTunnel *tunnel = now->tunnels->pdata[i];
    gboolean known = FALSE;

    for (guint j = 0; j < before->tunnels->len && !known; j++) {
      const TlTunnel *other = before->tunnels->pdata[j];

      known =
        same_connection (tunnel->ifindex, tunnel->activation, other->ifindex, other->activation);
    }
    if (!known)
      return TRUE;
  }

  return FALSE;
}

/**
 * tl_is_relevant:
 * @before: an observation
 * @verdict_before: what it means by routes alone
 * @now: the one after it
 * @verdict_now: what that means by routes alone
 *
 * Relevant is what changes the way of any packet, or what that way means: the coverage, which links
 * are tunnels and uplinks, what a mark would make of it, and the light. All else is not, though it
 * may read differently: names, DNS servers (NetworkManager sorts them anew with each router
 * advertisement), addresses, and whatever is listed for information.
 *
 * Returns: whether it is relevant
 */
gboolean
tl_is_relevant (const TlObservation *before,
                const TlVerdict *verdict_before,
                const TlObservation *now,
                const TlVerdict *verdict_now)
{
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    if (!tl_coverage_equal (before->coverage[family], now->coverage[family]) ||
        !same_marked (verdict_before->families[family].marked,
                      verdict_now->families[family].marked) ||
        verdict_before->families[family].status != verdict_now->families[family].status)
      return TRUE;
  }

  return verdict_before->state != verdict_now->state ||
         !same_tunnels (verdict_before->tunnels, verdict_now->tunnels) ||
         !same_uplinks (verdict_before->uplinks, verdict_now->uplinks);
}
