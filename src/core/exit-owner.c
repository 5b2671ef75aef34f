/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/verdict-private.h"

#include <linux/rtnetlink.h>

/* Whose address does the Internet see? */

static gboolean
is_uplink (const TlVerdict *verdict, int ifindex)
{
  for (guint i = 0; i < verdict->uplinks->len; i++) {
    if (((const TlUplink *)verdict->uplinks->pdata[i])->ifindex == ifindex)
      return TRUE;
  }

  return FALSE;
}

/*
 * tl_is_of_vpn:
 * @nm: NetworkManager's word
 * @address: an own address
 *
 * IPsec without an interface puts its address on the uplink.
 *
 * Returns: whether it is a VPN's own address
 */
gboolean
tl_is_of_vpn (const TlNmState *nm, const TlAddress *address)
{
  for (guint i = 0; i < nm->activations->len; i++) {
    const TlActivation *activation = nm->activations->pdata[i];

    if (activation->is_vpn && tl_addresses_contain (activation->addresses, address))
      return TRUE;
  }

  return FALSE;
}

/*
 * What lies in a prefix of the home and yet is not of the home: a VPN's server on the same network
 * shows its own address, and a home router that is the VPN's server may give the tunnel one of its
 * network's.
 */
static gboolean
is_other_end (const TlVerdict *verdict, const TlObservation *observation, const TlAddress *address)
{
  g_autoptr (GArray) servers = tl_find_servers (verdict, observation, address->family);

  for (guint i = 0; i < verdict->tunnels->len; i++) {
    const TlTunnel *tunnel = verdict->tunnels->pdata[i];

    if (tunnel->ifindex != 0 &&
        tl_net_state_has_address (observation->net, tunnel->ifindex, address))
      return TRUE;
  }

  return tl_addresses_contain (servers, address) ||
         tl_nm_state_has_server (observation->nm, address);
}

static gboolean
is_on_link_of_uplink (const TlVerdict *verdict,
                      const TlObservation *observation,
                      const TlAddress *address)
{
  const GArray *routes = observation->net->routes[address->family];

  for (guint i = 0; i < routes->len; i++) {
    const TlRoute *route = &g_array_index (routes, TlRoute, i);
    TlEgress egress;

    if (route->type != RTN_UNICAST || route->destination.length <= TL_FULL_PREFIX_LENGTH ||
        !is_uplink (verdict, route->hop.ifindex) ||
        !tl_prefix_contains (&route->destination, address))
      continue;
    tl_egress_init (&egress, observation->net, address->family, route, &route->hop);
    if (egress.type == TL_EGRESS_ON_LINK)
      return TRUE;
  }

  return FALSE;
}

/*
 * tl_exit_is_of_uplink:
 * @verdict: the verdict so far, with its tunnels and uplinks
 * @observation: what is known
 * @address: an exit address
 *
 * The prefix counts beyond the addresses: a temporary address (RFC 8981) may be gone by now, and
 * one from DHCPv6 comes without a prefix.
 *
 * Returns: whether it is an uplink's own address, or one out of a prefix that lies on an uplink:
 *   the person's home
 */
gboolean
tl_exit_is_of_uplink (const TlVerdict *verdict,
                      const TlObservation *observation,
                      const TlAddress *address)
{
  const GArray *addresses = observation->net->addresses;
  gboolean in_prefix = FALSE;

  for (guint i = 0; i < addresses->len; i++) {
    const TlLinkAddress *own = &g_array_index (addresses, TlLinkAddress, i);

    if (!is_uplink (verdict, own->ifindex) || tl_is_of_vpn (observation->nm, &own->address))
      continue;
    if (tl_address_compare (&own->address, address) == 0)
      return TRUE;
    in_prefix |= tl_prefix_contains (&own->prefix, address);
  }

  return (in_prefix || is_on_link_of_uplink (verdict, observation, address)) &&
         !is_other_end (verdict, observation, address);
}

/*
 * tl_exit_owner_of_link:
 * @verdict: the verdict so far, with its tunnels and uplinks
 * @ifindex: a link
 *
 * Returns: what it is
 */
TlExitOwner
tl_exit_owner_of_link (const TlVerdict *verdict, int ifindex)
{
  if (tl_tunnel_of_link (verdict->tunnels, ifindex) != NULL)
    return TL_EXIT_OWNER_TUNNEL;

  return is_uplink (verdict, ifindex) ? TL_EXIT_OWNER_UPLINK : TL_EXIT_OWNER_UNKNOWN;
}

/*
 * tl_exit_find_way:
 * @verdict: the verdict so far, with its tunnels and uplinks
 * @observation: what is known
 * @exit: an answer
 * @ret_way: (out): the way of the packets to the service: what the kernel said of it when the
 *   answer came, else what the routes say now
 *
 * Returns: whether it is known: where rules choose by source, routes do not say one thing
 */
gboolean
tl_exit_find_way (const TlVerdict *verdict,
                  const TlObservation *observation,
                  const TlExit *exit,
                  TlEgress *ret_way)
{
  const TlSpan *ways;
  guint n;

  if (exit->has_egress)
    *ret_way = exit->egress;
  if (exit->has_egress || !exit->has_destination)
    return exit->has_egress;

  ways = tl_coverage_ways (observation->coverage[exit->family], &exit->destination, &n);
  if (ways == NULL)
    return tl_egress_compute (observation->net, &exit->destination, observation->uid, ret_way);
  for (guint i = 1; i < n; i++) {
    if (tl_exit_owner_of_link (verdict, ways[i].egress.ifindex) !=
        tl_exit_owner_of_link (verdict, ways[0].egress.ifindex))
      return FALSE;
  }

  *ret_way = ways[0].egress;
  return TRUE;
}

/*
 * tl_exit_find_owner:
 * @verdict: the verdict so far, with its tunnels and uplinks
 * @observation: what is known
 * @exit: an answer with an address that is not the uplink's, see tl_exit_is_of_uplink()
 *
 * Returns: whose link the service was reached by
 */
TlExitOwner
tl_exit_find_owner (const TlVerdict *verdict, const TlObservation *observation, const TlExit *exit)
{
  TlExitOwner owner = TL_EXIT_OWNER_UNKNOWN;
  const TlLink *link;
  TlEgress way;

  if (tl_exit_find_way (verdict, observation, exit, &way))
    owner = tl_exit_owner_of_link (verdict, way.ifindex);
  if (owner != TL_EXIT_OWNER_UNKNOWN || !exit->has_source)
    return owner;

  link = tl_net_state_link_with_address (observation->net, &exit->source);
  return link != NULL ? tl_exit_owner_of_link (verdict, link->ifindex) : TL_EXIT_OWNER_UNKNOWN;
}
