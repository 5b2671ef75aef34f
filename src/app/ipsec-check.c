/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/ipsec-check.h"

#include "platform/ipsec-probe.h"

#include <linux/if.h>

/* Ranges beyond this leave the question open. */
#define SAMPLES_MAX 64

static gboolean
leaves_plainly (const TlObservation *observation, TlRtnl *rtnl, const TlAddress *address)
{
  TlEgress egress;
  const TlLink *link;

  if (!tl_egress_compute (observation->net, address, observation->uid, &egress) ||
      egress.type == TL_EGRESS_BLOCKED || egress.type == TL_EGRESS_LOCAL)
    return TRUE;
  link = tl_net_state_link (observation->net, egress.ifindex);
  if (link == NULL)
    return FALSE;

  return (link->flags & IFF_LOOPBACK) != 0 || tl_ipsec_probe_is_plain (rtnl, address, link->name);
}

/**
 * tl_ipsec_is_ruled_out:
 * @observation: what is known
 * @rtnl: the kernel
 * @family: a family
 *
 * Asks the kernel about one address in each range that goes another way. No packet is sent.
 *
 * Returns: whether all of them leave as routes say, no IPsec policy having any part in it
 */
gboolean
tl_ipsec_is_ruled_out (const TlObservation *observation, TlRtnl *rtnl, TlFamily family)
{
  g_autoptr (GArray) samples = g_array_new (FALSE, FALSE, sizeof (TlAddress));

  tl_coverage_samples (observation->coverage[family], SAMPLES_MAX, samples);
  for (guint i = 0; i < samples->len; i++) {
    if (!leaves_plainly (observation, rtnl, &g_array_index (samples, TlAddress, i)))
      return FALSE;
  }

  return samples->len < SAMPLES_MAX;
}
