/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/verdict-private.h"

#include <linux/if.h>

/* Where names are looked up. */

/*
 * tl_add_resolver_findings:
 * @verdict: the verdict so far, with its tunnels
 * @observation: what is known
 */
void
tl_add_resolver_findings (TlVerdict *verdict, const TlObservation *observation)
{
  const GPtrArray *resolvers = observation->nm->resolvers;

  for (guint i = 0; i < resolvers->len; i++) {
    const TlResolver *resolver = resolvers->pdata[i];
    TlEgress egress;
    const TlLink *link;
    TlFinding *finding;

    if (!tl_egress_compute (observation->net, &resolver->address, observation->uid, &egress) ||
        egress.type == TL_EGRESS_BLOCKED || egress.type == TL_EGRESS_LOCAL)
      continue;
    link = tl_net_state_link (observation->net, egress.ifindex);
    if (link == NULL || (link->flags & IFF_LOOPBACK) != 0 ||
        tl_tunnel_of_link (verdict->tunnels, egress.ifindex) != NULL)
      continue;

    finding = tl_verdict_add_finding (verdict, TL_FINDING_RESOLVER_BYPASS, TL_SEVERITY_INFO);
    finding->subject = tl_address_to_string (&resolver->address);
    finding->interface = g_strdup (link->name);
  }
}
