/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/verdict.h"

#include "core/list-equal.h"

/* Whether two verdicts tell a person the same, shares aside: they are for show. */

static gboolean
finding_equal (gconstpointer first, gconstpointer second)
{
  const TlFinding *a = first;
  const TlFinding *b = second;

  return a->id == b->id && a->severity == b->severity && a->has_family == b->has_family &&
         a->family == b->family && g_strcmp0 (a->subject, b->subject) == 0 &&
         g_strcmp0 (a->interface, b->interface) == 0 && g_strcmp0 (a->detail, b->detail) == 0 &&
         a->n_ranges == b->n_ranges;
}

static gboolean
tunnel_equal (gconstpointer first, gconstpointer second)
{
  const TlTunnel *a = first;
  const TlTunnel *b = second;

  return g_strcmp0 (a->name, b->name) == 0 && g_strcmp0 (a->kind, b->kind) == 0 &&
         g_strcmp0 (a->interface, b->interface) == 0 && a->ifindex == b->ifindex &&
         a->managed == b->managed && g_strcmp0 (a->activation, b->activation) == 0 &&
         a->full == b->full && a->carries[TL_FAMILY_IPV4] == b->carries[TL_FAMILY_IPV4] &&
         a->carries[TL_FAMILY_IPV6] == b->carries[TL_FAMILY_IPV6];
}

static gboolean
uplink_equal (gconstpointer first, gconstpointer second)
{
  const TlUplink *a = first;
  const TlUplink *b = second;

  return g_strcmp0 (a->name, b->name) == 0 && g_strcmp0 (a->interface, b->interface) == 0 &&
         a->ifindex == b->ifindex && g_strcmp0 (a->activation, b->activation) == 0 &&
         a->offers[TL_FAMILY_IPV4] == b->offers[TL_FAMILY_IPV4] &&
         a->offers[TL_FAMILY_IPV6] == b->offers[TL_FAMILY_IPV6];
}

static gboolean
bypass_equal (const TlBypass *a, const TlBypass *b)
{
  return tl_prefix_compare (&a->prefix, &b->prefix) == 0 && a->ifindex == b->ifindex &&
         g_strcmp0 (a->interface, b->interface) == 0 && a->has_gateway == b->has_gateway &&
         (!a->has_gateway || tl_address_compare (&a->gateway, &b->gateway) == 0) &&
         a->table == b->table && a->mark == b->mark && a->expected == b->expected &&
         a->firewall == b->firewall;
}

static gboolean
bypasses_equal (const GArray *a, const GArray *b)
{
  if (a->len != b->len)
    return FALSE;
  for (guint i = 0; i < a->len; i++) {
    if (!bypass_equal (&g_array_index (a, TlBypass, i), &g_array_index (b, TlBypass, i)))
      return FALSE;
  }

  return TRUE;
}

static gboolean
exit_equal (const TlExit *a, const TlExit *b)
{
  if (a == NULL || b == NULL)
    return a == b;

  return a->has_address == b->has_address &&
         (!a->has_address || tl_address_compare (&a->address, &b->address) == 0) &&
         g_strcmp0 (a->error, b->error) == 0 && g_strcmp0 (a->url, b->url) == 0;
}

static gboolean
family_equal (const TlFamilyVerdict *a, const TlFamilyVerdict *b)
{
  return a->local == b->local && a->tunnel == b->tunnel && a->closed == b->closed &&
         a->status == b->status && bypasses_equal (a->bypass, b->bypass) &&
         exit_equal (a->exit, b->exit) && a->exit_owner == b->exit_owner &&
         exit_equal (a->other_exit, b->other_exit) && a->other_owner == b->other_owner;
}

/**
 * tl_verdict_equal:
 * @a: (nullable): a verdict
 * @b: (nullable): another
 *
 * Returns: whether both say the same; shares are for show and not compared
 */
gboolean
tl_verdict_equal (const TlVerdict *a, const TlVerdict *b)
{
  if (a == NULL || b == NULL)
    return a == b;

  return a->state == b->state && a->four_case.local == b->four_case.local &&
         a->four_case.tunnel == b->four_case.tunnel &&
         a->four_case.blocked == b->four_case.blocked &&
         a->four_case.unsafe == b->four_case.unsafe &&
         tl_lists_equal (a->tunnels, b->tunnels, tunnel_equal) &&
         tl_lists_equal (a->uplinks, b->uplinks, uplink_equal) &&
         family_equal (&a->families[TL_FAMILY_IPV4], &b->families[TL_FAMILY_IPV4]) &&
         family_equal (&a->families[TL_FAMILY_IPV6], &b->families[TL_FAMILY_IPV6]) &&
         tl_lists_equal (a->findings, b->findings, finding_equal);
}
