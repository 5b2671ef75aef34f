/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "net-text.h"

/**
 * net_text_egress:
 * @net: the kernel's tables
 * @egress: an egress
 *
 * Returns: (transfer full): `blocked`, `local`, `tun0`, `eth0 via fe80::1` or `eth0 on-link`
 */
char *
net_text_egress (const TlNetState *net, const TlEgress *egress)
{
  const TlLink *link = tl_net_state_link (net, egress->ifindex);
  g_autofree char *name = NULL;
  g_autofree char *gateway = NULL;

  if (egress->type == TL_EGRESS_BLOCKED)
    return g_strdup ("blocked");
  if (egress->type == TL_EGRESS_LOCAL)
    return g_strdup ("local");

  name = link != NULL ? g_strdup (link->name) : g_strdup_printf ("%d", egress->ifindex);
  if (egress->type == TL_EGRESS_ON_LINK)
    return g_strdup_printf ("%s on-link", name);
  if (!egress->has_gateway)
    return g_steal_pointer (&name);

  gateway = tl_address_to_string (&egress->gateway);
  return g_strdup_printf ("%s via %s", name, gateway);
}

/**
 * net_text_ways:
 * @net: the kernel's tables
 * @coverage: a coverage
 * @address: an address
 *
 * Returns: (transfer full): each egress of packets to @address, with ` | ` between them; `outside`
 *   where there is none
 */
char *
net_text_ways (const TlNetState *net, const TlCoverage *coverage, const TlAddress *address)
{
  GString *ways = g_string_new (NULL);

  for (guint i = 0; i < coverage->spans->len; i++) {
    const TlSpan *span = &g_array_index (coverage->spans, TlSpan, i);

    if (span->first.family == address->family && tl_address_compare (&span->first, address) <= 0 &&
        tl_address_compare (address, &span->last) <= 0) {
      g_autofree char *way = net_text_egress (net, &span->egress);

      g_string_append_printf (ways, "%s%s", ways->len > 0 ? " | " : "", way);
    }
  }

  return g_string_free (ways->len > 0 ? ways : g_string_append (ways, "outside"), FALSE);
}

/**
 * net_text_coverage:
 * @net: the kernel's tables
 * @coverage: a coverage
 *
 * Returns: (transfer full): a line `FIRST - LAST EGRESS` for each span
 */
char *
net_text_coverage (const TlNetState *net, const TlCoverage *coverage)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < coverage->spans->len; i++) {
    const TlSpan *span = &g_array_index (coverage->spans, TlSpan, i);
    g_autofree char *first = tl_address_to_string (&span->first);
    g_autofree char *last = tl_address_to_string (&span->last);
    g_autofree char *way = net_text_egress (net, &span->egress);

    g_string_append_printf (text, "%s - %s %s\n", first, last, way);
  }

  return g_string_free (text, FALSE);
}
