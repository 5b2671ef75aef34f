/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/verdict-private.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

/* The VPN servers: the one exception that a VPN cannot do without, its own packets to its server.
 */

static TlTri
tunnel_has_server_at (const TlNmState *nm, const TlTunnel *tunnel, const TlAddress *address)
{
  const TlActivation *activation = tl_nm_state_activation (nm, tunnel->activation);

  return activation != NULL ? tl_activation_has_server (activation, address) : TL_MAYBE;
}

/*
 * tl_may_lead_to_server:
 * @verdict: the verdict so far, with its tunnels
 * @egress: the way of some packets
 *
 * A route that came from the LAN (DHCP option 121, a router advertisement) leads to no server,
 * whatever it looks like.
 *
 * Returns: whether it is by a host route such as VPN programs make to their server
 */
gboolean
tl_may_lead_to_server (const TlVerdict *verdict, const TlEgress *egress)
{
  return (egress->type == TL_EGRESS_GATEWAY || egress->type == TL_EGRESS_ON_LINK) &&
         egress->destination.length == tl_family_bits (egress->destination.address.family) &&
         (egress->protocol == RTPROT_STATIC || egress->protocol == RTPROT_BOOT) &&
         tl_tunnel_of_link (verdict->tunnels, egress->ifindex) == NULL;
}

/* An exit service that an ordinary program has just reached there: that is hardly a VPN server. */
static gboolean
is_exit_service (const TlExit *exit, const TlAddress *address)
{
  return exit != NULL && exit->has_address && exit->has_destination &&
         tl_address_compare (&exit->destination, address) == 0;
}

/* The Internet sees this computer there: it is the gateway, whatever other services it offers. */
static gboolean
is_exit_address (const TlExit *exit, const TlAddress *address)
{
  return exit != NULL && exit->has_address && tl_address_compare (&exit->address, address) == 0;
}

static gboolean
table_leads_into (const GArray *routes, guint32 table, int ifindex)
{
  for (guint i = 0; i < routes->len; i++) {
    const TlRoute *route = &g_array_index (routes, TlRoute, i);

    if (route->table == table && route->hop.ifindex == ifindex &&
        route->destination.length <= TL_FULL_PREFIX_LENGTH)
      return TRUE;
  }

  return FALSE;
}

/*
 * Whether all packets go into it but for those with a mark, as wg-quick(8) has it: its own have
 * it, and need no route to the server.
 */
static gboolean
marks_its_packets (const TlNetState *net, int ifindex)
{
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    for (guint i = 0; i < net->rules[family]->len; i++) {
      const TlRule *rule = &g_array_index (net->rules[family], TlRule, i);

      if (rule->invert && (rule->fwmark & rule->fwmask) != 0 && rule->action == FR_ACT_TO_TBL &&
          rule->table != RT_TABLE_MAIN &&
          table_leads_into (net->routes[family], rule->table, ifindex))
        return TRUE;
    }
  }

  return FALSE;
}

/** Servers: what is found on the way through the routes. */
typedef struct {
  const TlNmState *nm;
  const TlExit *exits[2]; /* (nullable) */
  const GPtrArray *tunnels;
  GArray *known;       /* TlAddress: a tunnel is known to have its server there */
  GArray *candidates;  /* TlAddress: a tunnel may have its server there */
  GArray *doubtful;    /* TlAddress: so may it there, where an exit service stands */
  GHashTable *served;  /* TlTunnel: whose server is known */
  GHashTable *unknown; /* TlTunnel: whose server may be anywhere */
  GHashTable *marking; /* TlTunnel: that needs no route to its server */
} Servers;

static gboolean
is_only_exit_service (const Servers *servers, const TlAddress *address)
{
  return !is_exit_address (servers->exits[0], address) &&
         !is_exit_address (servers->exits[1], address) &&
         (is_exit_service (servers->exits[0], address) ||
          is_exit_service (servers->exits[1], address));
}

static void
note_route (Servers *servers, const TlAddress *address)
{
  TlTri is_server = TL_NO;

  for (guint i = 0; i < servers->tunnels->len && is_server != TL_YES; i++) {
    TlTunnel *tunnel = servers->tunnels->pdata[i];
    TlTri at = tunnel_has_server_at (servers->nm, tunnel, address);

    if (at == TL_MAYBE && g_hash_table_contains (servers->marking, tunnel))
      at = TL_NO;
    /* One server a tunnel. */
    if (at == TL_YES && !g_hash_table_add (servers->served, tunnel))
      at = TL_NO;
    if (at == TL_MAYBE)
      g_hash_table_add (servers->unknown, tunnel);
    if (at != TL_NO)
      is_server = at;
  }

  if (is_server == TL_YES)
    g_array_append_val (servers->known, *address);
  else if (is_server == TL_MAYBE && is_only_exit_service (servers, address))
    g_array_append_val (servers->doubtful, *address);
  else if (is_server == TL_MAYBE)
    g_array_append_val (servers->candidates, *address);
}

/* Routes of the family that look like one to a server that nobody knows. */
static guint
count_candidates (const TlVerdict *verdict, const TlObservation *observation, TlFamily family)
{
  const GArray *spans = observation->coverage[family]->spans;
  g_autoptr (GHashTable) seen = g_hash_table_new (tl_prefix_hash, tl_prefix_equal);

  for (guint i = 0; i < spans->len; i++) {
    const TlEgress *egress = &g_array_index (spans, TlSpan, i).egress;

    if (tl_may_lead_to_server (verdict, egress) &&
        !tl_nm_state_has_server (observation->nm, &egress->destination.address))
      g_hash_table_add (seen, (gpointer)&egress->destination);
  }

  return g_hash_table_size (seen);
}

/*
 * Takes those for servers for which there are tunnels enough. A VPN's server may have an exit
 * service on it; but only where no other route of either family could be the one to it.
 */
static void
choose (Servers *servers, guint n_of_other_family)
{
  guint n_tunnels = g_hash_table_size (servers->unknown);
  guint n_candidates = servers->candidates->len;
  guint n_in_all = n_candidates + servers->doubtful->len + n_of_other_family;

  if (n_candidates <= n_tunnels)
    g_array_append_vals (servers->known, servers->candidates->data, n_candidates);
  if (n_in_all <= n_tunnels)
    g_array_append_vals (servers->known, servers->doubtful->data, servers->doubtful->len);
}

/*
 * tl_find_servers:
 * @verdict: the verdict so far, with its tunnels
 * @observation: what is known
 * @family: the family
 *
 * Where more routes look like one to a server than there are tunnels whose server nobody knows,
 * none of them is certain, and none is excepted.
 *
 * Returns: (transfer full) (element-type TlAddress): the VPN servers, as far as a host route past
 *   the tunnels leads there
 */
GArray *
tl_find_servers (const TlVerdict *verdict, const TlObservation *observation, TlFamily family)
{
  const GArray *spans = observation->coverage[family]->spans;
  TlFamily other = family == TL_FAMILY_IPV4 ? TL_FAMILY_IPV6 : TL_FAMILY_IPV4;
  g_autoptr (GArray) candidates = g_array_new (FALSE, FALSE, sizeof (TlAddress));
  g_autoptr (GArray) doubtful = g_array_new (FALSE, FALSE, sizeof (TlAddress));
  g_autoptr (GHashTable) seen = g_hash_table_new (tl_prefix_hash, tl_prefix_equal);
  g_autoptr (GHashTable) served = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) unknown = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) marking = g_hash_table_new (NULL, NULL);
  GArray *known = g_array_new (FALSE, FALSE, sizeof (TlAddress));
  Servers servers = {
    .nm = observation->nm,
    .exits = { observation->answers.exits[family], observation->answers.second_exits[family] },
    .tunnels = verdict->tunnels,
    .known = known,
    .candidates = candidates,
    .doubtful = doubtful,
    .served = served,
    .unknown = unknown,
    .marking = marking,
  };

  for (guint i = 0; i < verdict->tunnels->len; i++) {
    if (marks_its_packets (observation->net, ((TlTunnel *)verdict->tunnels->pdata[i])->ifindex))
      g_hash_table_add (marking, verdict->tunnels->pdata[i]);
  }
  for (guint i = 0; i < spans->len; i++) {
    const TlEgress *egress = &g_array_index (spans, TlSpan, i).egress;

    if (tl_may_lead_to_server (verdict, egress) &&
        g_hash_table_add (seen, (gpointer)&egress->destination))
      note_route (&servers, &egress->destination.address);
  }

  for (guint i = 0; i < verdict->tunnels->len; i++) {
    if (g_hash_table_contains (served, verdict->tunnels->pdata[i]))
      g_hash_table_remove (unknown, verdict->tunnels->pdata[i]);
  }
  choose (&servers, count_candidates (verdict, observation, other));

  return known;
}

/*
 * tl_is_server_route:
 * @verdict: the verdict so far, with its tunnels
 * @servers: (element-type TlAddress): what tl_find_servers() has found
 * @egress: the way of some packets
 *
 * Returns: whether they are the VPN's own to its server
 */
gboolean
tl_is_server_route (const TlVerdict *verdict, const GArray *servers, const TlEgress *egress)
{
  return tl_may_lead_to_server (verdict, egress) &&
         tl_addresses_contain (servers, &egress->destination.address);
}
