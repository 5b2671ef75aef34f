/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/verdict-private.h"

#include <linux/if.h>
#include <linux/rtnetlink.h>

/* Which links are tunnels, and which are uplinks. */

static gboolean
route_uses_link (const TlRoute *route, int ifindex)
{
  const TlNextHop *hop;

  if (route->type != RTN_UNICAST)
    return FALSE;

  for (guint i = 0; (hop = tl_route_hop (route, i)) != NULL; i++) {
    if (hop->ifindex == ifindex)
      return TRUE;
  }

  return FALSE;
}

/*
 * tl_coverage_uses_link:
 * @coverage: a coverage
 * @ifindex: a link
 *
 * Returns: whether any packets go out of it
 */
gboolean
tl_coverage_uses_link (const TlCoverage *coverage, int ifindex)
{
  for (guint i = 0; i < coverage->spans->len; i++) {
    const TlEgress *egress = &g_array_index (coverage->spans, TlSpan, i).egress;

    if (egress->ifindex == ifindex &&
        (egress->type == TL_EGRESS_GATEWAY || egress->type == TL_EGRESS_ON_LINK))
      return TRUE;
  }

  return FALSE;
}

/* As long as the parts may be into which somebody cuts what is meant for everything. */
#define PART_LENGTH 8

/* Routes out of the link that cut the address space into such parts or less. */
static GArray *
wide_routes (const TlNetState *net, int ifindex, TlFamily family, gboolean main_only)
{
  GArray *wide = g_array_new (FALSE, FALSE, sizeof (TlPrefix));

  for (guint i = 0; i < net->routes[family]->len; i++) {
    const TlRoute *route = &g_array_index (net->routes[family], TlRoute, i);

    if (route->destination.length <= PART_LENGTH && route_uses_link (route, ifindex) &&
        (!main_only || route->table == RT_TABLE_MAIN))
      g_array_append_val (wide, route->destination);
  }

  return wide;
}

/* Whether routes make up the whole of a prefix, one alone or in parts. */
static gboolean
make_up (const GArray *wide, const TlPrefix *prefix)
{
  TlPrefix halves[2];

  for (guint i = 0; i < wide->len; i++) {
    if (tl_prefix_covers (&g_array_index (wide, TlPrefix, i), prefix))
      return TRUE;
  }
  if (prefix->length >= PART_LENGTH)
    return FALSE;

  halves[0] = halves[1] = *prefix;
  halves[0].length = halves[1].length = prefix->length + 1;
  halves[1].address.bytes[0] |= 0x80 >> prefix->length;

  return make_up (wide, &halves[0]) && make_up (wide, &halves[1]);
}

/*
 * Whether it has routes for everything, of whatever metric and in whatever table, or in the table
 * main alone. OpenVPN's redirect-gateway for IPv6 does without a default route: ::/3, 2000::/4,
 * 3000::/4, fc00::/7.
 */
static gboolean
holds_default (const TlNetState *net, int ifindex, gboolean main_only)
{
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    g_autoptr (GArray) wide = wide_routes (net, ifindex, family, main_only);

    for (guint i = 0; wide->len > 0 && i < 1 << TL_FULL_PREFIX_LENGTH; i++) {
      TlPrefix part = { { .family = family }, TL_FULL_PREFIX_LENGTH };

      part.address.bytes[0] = (guint8)(i << (8 - TL_FULL_PREFIX_LENGTH));
      if (tl_prefix_meets_public (&part) && make_up (wide, &part))
        return TRUE;
    }
  }

  return FALSE;
}

static gboolean
was_full (const TlObservation *observation, const char *interface, const char *activation)
{
  for (guint i = 0; i < observation->once_full->len; i++) {
    const TlOnceFull *once = observation->once_full->pdata[i];

    if (once->activation != NULL ? g_strcmp0 (once->activation, activation) == 0
                                 : g_strcmp0 (once->interface, interface) == 0)
      return TRUE;
  }

  return FALSE;
}

/* Returns: (transfer none) (nullable): the name of the link that it had when it carried everything
 */
static const char *
earlier_interface (const TlObservation *observation, const char *activation)
{
  for (guint i = 0; i < observation->once_full->len; i++) {
    const TlOnceFull *once = observation->once_full->pdata[i];

    if (g_strcmp0 (once->activation, activation) == 0)
      return once->interface;
  }

  return NULL;
}

static TlTunnel *
tunnel_new (const TlLink *link, const TlActivation *activation)
{
  TlTunnel *tunnel = g_new0 (TlTunnel, 1);

  tunnel->name = g_strdup (activation != NULL ? activation->name : link->name);
  tunnel->kind = g_strdup (activation != NULL ? activation->kind : link->kind);
  if (link != NULL) {
    tunnel->interface = g_strdup (link->name);
    tunnel->ifindex = link->ifindex;
  }
  if (activation != NULL) {
    tunnel->managed = TRUE;
    tunnel->activation = g_strdup (activation->path);
    for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++)
      tunnel->full |= activation->ip[family].gave_default;
    tunnel->stays_full = tunnel->full;
  }
  return tunnel;
}

static void
tunnel_free (gpointer data)
{
  TlTunnel *tunnel = data;

  g_free (tunnel->name);
  g_free (tunnel->kind);
  g_free (tunnel->interface);
  g_free (tunnel->lost_interface);
  g_free (tunnel->activation);
  g_free (tunnel);
}

static void
add_link_if_vpn (const TlObservation *observation, const TlLink *link, GPtrArray *tunnels)
{
  const TlActivation *activation = tl_vpn_activation_of_link (observation, link);
  gboolean carries[TL_N_FAMILIES];
  gboolean once, full;
  TlTunnel *tunnel;

  /* Set down, it is switched off: the kernel has taken its routes, and nothing goes in. */
  if (activation == NULL && ((link->flags & IFF_UP) == 0 || !tl_link_is_tunnel (observation, link)))
    return;

  /* A tun link has a carrier while a program holds it: without one, its VPN has ended. */
  once = (activation != NULL || (link->flags & IFF_LOWER_UP) != 0) &&
         was_full (observation, link->name, activation != NULL ? activation->path : NULL);
  full = once || holds_default (observation->net, link->ifindex, FALSE);
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++)
    carries[family] = tl_coverage_uses_link (observation->coverage[family], link->ifindex);

  /* A tunnel of nobody known that carries nothing public is a mesh, a container or a machine. */
  if (!full && !carries[TL_FAMILY_IPV4] && !carries[TL_FAMILY_IPV6] &&
      (activation == NULL || activation->phase != TL_PHASE_ACTIVATED))
    return;

  tunnel = tunnel_new (link, activation);
  tunnel->full |= full;
  tunnel->stays_full |= once || holds_default (observation->net, link->ifindex, TRUE);
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++)
    tunnel->carries[family] = carries[family];
  g_ptr_array_add (tunnels, tunnel);
}

static gboolean
has_tunnel_of_activation (const GPtrArray *tunnels, const char *path)
{
  for (guint i = 0; i < tunnels->len; i++) {
    const TlTunnel *tunnel = tunnels->pdata[i];

    if (g_strcmp0 (tunnel->activation, path) == 0)
      return TRUE;
  }

  return FALSE;
}

/* NetworkManager takes no configuration without an address from a plugin (1.42,
 * nm-vpn-connection.c, "invalid IP4 config received"), but tells of it a moment after the VPN is
 * activated (measured). */
static void
add_without_link (const TlObservation *observation,
                  const TlActivation *activation,
                  GPtrArray *tunnels)
{
  const char *lost_interface = earlier_interface (observation, activation->path);
  TlTunnel *tunnel;

  if (lost_interface == NULL && !tl_activation_is_complete (activation))
    return;

  tunnel = tunnel_new (NULL, activation);
  tunnel->lost_interface = g_strdup (lost_interface);
  g_ptr_array_add (tunnels, tunnel);
}

/*
 * tl_find_tunnels:
 * @observation: an observation
 *
 * All VPNs count, also those that NetworkManager did not start. An activated VPN whose link is
 * not to be found (IPsec has none) is listed without one.
 *
 * Returns: (transfer full) (element-type TlTunnel): VPNs that are up
 */
GPtrArray *
tl_find_tunnels (const TlObservation *observation)
{
  GPtrArray *tunnels = g_ptr_array_new_with_free_func (tunnel_free);

  for (guint i = 0; i < observation->net->links->len; i++) {
    const TlLink *link = &g_array_index (observation->net->links, TlLink, i);

    if ((link->flags & IFF_LOOPBACK) == 0)
      add_link_if_vpn (observation, link, tunnels);
  }

  for (guint i = 0; i < observation->nm->activations->len; i++) {
    const TlActivation *activation = observation->nm->activations->pdata[i];

    if (activation->is_vpn && activation->phase == TL_PHASE_ACTIVATED &&
        !has_tunnel_of_activation (tunnels, activation->path))
      add_without_link (observation, activation, tunnels);
  }

  return tunnels;
}

/*
 * tl_tunnel_of_link:
 * @tunnels: (element-type TlTunnel): tunnels
 * @ifindex: a link
 *
 * Returns: (transfer none) (nullable): the tunnel whose link this is
 */
TlTunnel *
tl_tunnel_of_link (const GPtrArray *tunnels, int ifindex)
{
  for (guint i = 0; i < tunnels->len; i++) {
    TlTunnel *tunnel = tunnels->pdata[i];

    if (ifindex != 0 && tunnel->ifindex == ifindex)
      return tunnel;
  }

  return NULL;
}

static void
uplink_free (gpointer data)
{
  TlUplink *uplink = data;

  g_free (uplink->name);
  g_free (uplink->interface);
  g_free (uplink->activation);
  g_free (uplink);
}

static gboolean
has_global_address (const TlNetState *net, int ifindex, TlFamily family)
{
  for (guint i = 0; i < net->addresses->len; i++) {
    const TlLinkAddress *own = &g_array_index (net->addresses, TlLinkAddress, i);

    if (own->ifindex == ifindex && own->address.family == family && own->scope == RT_SCOPE_UNIVERSE)
      return TRUE;
  }

  return FALSE;
}

/* Of whatever metric and in whatever table: it is what would be used were there no VPN. */
static gboolean
has_public_route (const TlNetState *net, int ifindex, TlFamily family)
{
  for (guint i = 0; i < net->routes[family]->len; i++) {
    const TlRoute *route = &g_array_index (net->routes[family], TlRoute, i);

    if (route_uses_link (route, ifindex) && tl_prefix_meets_public (&route->destination)) {
      /* A host route leads to a VPN server, an on-link prefix to neighbours: no Internet yet. */
      if (route->destination.length < tl_family_bits (family) && route->hop.has_gateway)
        return TRUE;
      if (route->destination.length <= TL_FULL_PREFIX_LENGTH)
        return TRUE;
    }
  }

  return FALSE;
}

/*
 * tl_link_offers:
 * @net: the kernel's tables
 * @ifindex: a link that is no tunnel
 * @family: the family
 *
 * Returns: whether it offers the family to the Internet: a global address there, and a route
 */
gboolean
tl_link_offers (const TlNetState *net, int ifindex, TlFamily family)
{
  return has_global_address (net, ifindex, family) && has_public_route (net, ifindex, family);
}

static void
add_link_if_uplink (const TlObservation *observation, const TlLink *link, GPtrArray *uplinks)
{
  const TlNetState *net = observation->net;
  const TlActivation *activation;
  gboolean offers[TL_N_FAMILIES];
  gboolean used = FALSE;
  TlUplink *uplink;

  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    offers[family] = tl_link_offers (net, link->ifindex, family);
    used |= offers[family] || tl_coverage_uses_link (observation->coverage[family], link->ifindex);
  }
  if (!used)
    return;

  activation = tl_nm_state_activation_of_link (observation->nm, link->ifindex);
  uplink = g_new0 (TlUplink, 1);
  uplink->name = g_strdup (activation != NULL ? activation->name : link->name);
  uplink->interface = g_strdup (link->name);
  uplink->ifindex = link->ifindex;
  uplink->activation = g_strdup (activation != NULL ? activation->path : NULL);
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++)
    uplink->offers[family] = offers[family];
  g_ptr_array_add (uplinks, uplink);
}

/*
 * tl_find_uplinks:
 * @observation: an observation
 * @tunnels: (element-type TlTunnel): its tunnels
 *
 * Returns: (transfer full) (element-type TlUplink): links that reach the Internet without a VPN
 */
GPtrArray *
tl_find_uplinks (const TlObservation *observation, const GPtrArray *tunnels)
{
  GPtrArray *uplinks = g_ptr_array_new_with_free_func (uplink_free);

  for (guint i = 0; i < observation->net->links->len; i++) {
    const TlLink *link = &g_array_index (observation->net->links, TlLink, i);

    if ((link->flags & IFF_LOOPBACK) == 0 && !tl_link_swallows (link) &&
        tl_tunnel_of_link (tunnels, link->ifindex) == NULL)
      add_link_if_uplink (observation, link, uplinks);
  }

  return uplinks;
}
