/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/ipsec-hint.h"

#include "core/verdict-private.h"

#include <linux/rtnetlink.h>

/* IPsec without an interface: what tells of it, since routes do not. */

/* strongSwan keeps its routes in this table, behind a rule of the same number
 * (charon.install_routes). */
#define IPSEC_RULE_PRIORITY 220

/**
 * tl_has_ipsec_rule:
 * @net: the kernel's tables
 *
 * Returns: whether strongSwan runs, or has run
 */
gboolean
tl_has_ipsec_rule (const TlNetState *net)
{
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    const GArray *rules = net->rules[family];

    for (guint i = 0; i < rules->len; i++) {
      const TlRule *rule = &g_array_index (rules, TlRule, i);

      if (rule->priority == IPSEC_RULE_PRIORITY && rule->table == IPSEC_RULE_PRIORITY)
        return TRUE;
    }
  }

  return FALSE;
}

/*
 * A route of strongSwan's that leads out of a link as if there were no IPsec: its policy wraps the
 * packets afterwards. One into a tunnel's link (XFRM interface, kernel-libipsec) tells all.
 */
static gboolean
has_ipsec_route (const TlVerdict *verdict, const TlNetState *net)
{
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    const GArray *routes = net->routes[family];

    for (guint i = 0; i < routes->len; i++) {
      const TlRoute *route = &g_array_index (routes, TlRoute, i);

      if (route->table == IPSEC_RULE_PRIORITY && route->type == RTN_UNICAST &&
          tl_tunnel_of_link (verdict->tunnels, route->hop.ifindex) == NULL)
        return TRUE;
    }
  }

  return FALSE;
}

/*
 * tl_suspects_ipsec:
 * @verdict: the verdict so far, with its tunnels
 * @observation: what is known
 *
 * IPsec without an interface: its policies cannot be read without privileges (measured). The rule
 * alone only says that strongSwan runs: that is no reason for doubt beside another full tunnel, nor
 * where the kernel was asked and knows of no policy. A VPN that has lost its link is no IPsec: it
 * is on its way down, or broken.
 *
 * Returns: whether IPsec may carry what routes lead past the tunnels
 */
gboolean
tl_suspects_ipsec (const TlVerdict *verdict, const TlObservation *observation)
{
  gboolean has_full_tunnel = FALSE;

  for (guint i = 0; i < verdict->tunnels->len; i++) {
    const TlTunnel *tunnel = verdict->tunnels->pdata[i];

    if (tunnel->ifindex == 0 && tunnel->lost_interface == NULL)
      return TRUE;
    has_full_tunnel |= tunnel->full;
  }

  if (observation->ipsec_ruled_out[TL_FAMILY_IPV4] && observation->ipsec_ruled_out[TL_FAMILY_IPV6])
    return FALSE;

  return tl_has_ipsec_rule (observation->net) &&
         (!has_full_tunnel || has_ipsec_route (verdict, observation->net));
}
