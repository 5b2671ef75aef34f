/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/block-route.h"

#include "core/verdict-private.h"

#include <linux/rtnetlink.h>

/**
 * tl_route_is_block:
 * @route: a route of the kernel
 *
 * Our own routes are known by their shape, also where nothing else is left to know them by: the
 * kernel does not say who asked NetworkManager for them.
 *
 * Returns: whether it is made as the fix `block-now` makes its routes
 */
gboolean
tl_route_is_block (const TlRoute *route)
{
  return route->type == RTN_UNREACHABLE && route->priority == TL_BLOCK_METRIC &&
         route->protocol == RTPROT_STATIC && route->table == RT_TABLE_MAIN &&
         tl_prefix_meets_public (&route->destination);
}

/**
 * tl_block_removal_command:
 * @destination: of a block
 *
 * Returns: (transfer full): what an administrator can type to remove it
 */
char *
tl_block_removal_command (const TlPrefix *destination)
{
  char text[TL_PREFIX_STRLEN];

  tl_prefix_format (destination, text);
  return g_strdup_printf ("ip -%c route del unreachable %s metric %d",
                          destination->address.family == TL_FAMILY_IPV4 ? '4' : '6',
                          destination->length == 0 ? "default" : text, TL_BLOCK_METRIC);
}

/*
 * tl_add_orphan_findings:
 * @verdict: a verdict in the making, where no tunnel is meant to carry everything
 * @observation: what is known
 *
 * A NetworkManager that is restarted forgets the unreachable routes it made, and leaves them in the
 * kernel (measured). What a profile sets is there because somebody wants it.
 */
void
tl_add_orphan_findings (TlVerdict *verdict, const TlObservation *observation)
{
  const TlNetState *net = observation->net;

  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    for (guint i = 0; i < net->routes[family]->len; i++) {
      const TlRoute *route = &g_array_index (net->routes[family], TlRoute, i);
      TlFinding *finding;

      if (!tl_route_is_block (route) ||
          tl_nm_state_sets_block (observation->nm, &route->destination))
        continue;
      finding = tl_verdict_add_finding (verdict, TL_FINDING_ORPHANED_BLOCK, TL_SEVERITY_WARNING);
      finding->subject = tl_prefix_to_string (&route->destination);
      finding->detail = tl_block_removal_command (&route->destination);
    }
  }
}
