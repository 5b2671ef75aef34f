/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/fix-servers.h"

/* The ways to the VPN servers, which no fix may cut. */

/*
 * tl_fix_has_server_over:
 * @verdict: the present verdict
 * @nm: NetworkManager's word
 * @family: a family
 *
 * Returns: whether a tunnel's own packets go over this family, now or when it connects again
 */
gboolean
tl_fix_has_server_over (const TlVerdict *verdict, const TlNmState *nm, TlFamily family)
{
  const GPtrArray *findings = verdict->findings;
  const GPtrArray *activations = nm->activations;

  for (guint i = 0; i < findings->len; i++) {
    const TlFinding *finding = findings->pdata[i];

    if (finding->id == TL_FINDING_SERVER_ROUTE && finding->family == family)
      return TRUE;
  }
  for (guint i = 0; i < activations->len; i++) {
    const TlActivation *activation = activations->pdata[i];

    if (!activation->is_vpn)
      continue;
    if (activation->has_gateway && activation->gateway.family == family)
      return TRUE;
    for (guint j = 0; activation->servers[j] != NULL; j++) {
      TlAddress server;

      if (tl_address_parse (activation->servers[j], &server) && server.family == family)
        return TRUE;
    }
  }

  return FALSE;
}

/* Whether NetworkManager says where the tunnel's server is. A host name may mean either family. */
static gboolean
is_server_told (const TlNmState *nm, const TlTunnel *tunnel)
{
  const TlActivation *activation = tl_nm_state_activation (nm, tunnel->activation);

  if (activation == NULL || activation->has_gateway)
    return activation != NULL;
  for (guint i = 0; activation->servers[i] != NULL; i++) {
    TlAddress server;

    if (!tl_address_parse (activation->servers[i], &server))
      return FALSE;
  }

  return activation->servers[0] != NULL;
}

/*
 * tl_fix_has_hidden_server:
 * @verdict: the present verdict
 * @nm: NetworkManager's word
 *
 * Neither wg-quick nor openvpn pins a route to a server that is reached over a family which the
 * tunnel does not carry (measured): such a server may be anywhere, and is found by the default
 * route, which a fix would take away.
 *
 * Returns: whether a tunnel's server may be over either family
 */
gboolean
tl_fix_has_hidden_server (const TlVerdict *verdict, const TlNmState *nm)
{
  g_autoptr (GHashTable) routes = g_hash_table_new (g_str_hash, g_str_equal);
  guint untold = 0;

  for (guint i = 0; i < verdict->tunnels->len; i++)
    untold += is_server_told (nm, verdict->tunnels->pdata[i]) ? 0 : 1;
  for (guint i = 0; i < verdict->findings->len; i++) {
    const TlFinding *finding = verdict->findings->pdata[i];
    TlAddress server;

    if (finding->id == TL_FINDING_SERVER_ROUTE && tl_address_parse (finding->subject, &server) &&
        !tl_nm_state_has_server (nm, &server))
      g_hash_table_add (routes, finding->subject);
  }

  return untold > g_hash_table_size (routes);
}

static gboolean
goes_somewhere (const TlObservation *observation, const TlAddress *address)
{
  TlEgress egress;

  return tl_egress_compute (observation->net, address, observation->uid, &egress) &&
         egress.type != TL_EGRESS_BLOCKED;
}

static gboolean
is_cut (const TlObservation *before, const TlObservation *after, const TlAddress *server)
{
  return goes_somewhere (before, server) && !goes_somewhere (after, server);
}

/* The server in use, where that is certain, else every one that NetworkManager names. */
static gboolean
keeps_servers_of (const TlActivation *activation,
                  const TlObservation *before,
                  const TlObservation *after)
{
  if (activation->has_gateway)
    return !is_cut (before, after, &activation->gateway);

  for (guint i = 0; activation->servers[i] != NULL; i++) {
    TlAddress server;

    if (tl_address_parse (activation->servers[i], &server) && is_cut (before, after, &server))
      return FALSE;
  }

  return TRUE;
}

/*
 * tl_fix_keeps_servers:
 * @verdict: what @before means
 * @before: what is known
 * @after: what would be known after a fix
 *
 * Returns: whether every server that was reached is reached
 */
gboolean
tl_fix_keeps_servers (const TlVerdict *verdict,
                      const TlObservation *before,
                      const TlObservation *after)
{
  const GPtrArray *activations = before->nm->activations;
  g_autoptr (GHashTable) by_route = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < verdict->findings->len; i++) {
    const TlFinding *finding = verdict->findings->pdata[i];
    TlAddress server;

    if (finding->id != TL_FINDING_SERVER_ROUTE || !tl_address_parse (finding->subject, &server))
      continue;
    if (is_cut (before, after, &server))
      return FALSE;
    for (guint j = 0; j < activations->len; j++) {
      if (tl_activation_has_server (activations->pdata[j], &server) == TL_YES)
        g_hash_table_add (by_route, activations->pdata[j]);
    }
  }

  for (guint i = 0; i < activations->len; i++) {
    const TlActivation *activation = activations->pdata[i];

    if (activation->is_vpn && !g_hash_table_contains (by_route, activation) &&
        !keeps_servers_of (activation, before, after))
      return FALSE;
  }

  return TRUE;
}
