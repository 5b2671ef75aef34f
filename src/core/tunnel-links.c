/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/verdict-private.h"

#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>

/* Which kinds of links are tunnels, and which link is a VPN activation's. */

/*
 * Packets into these come out elsewhere, wrapped in others. The transition mechanisms sit (6in4)
 * and ip6tnl (DS-Lite) are not among them: they bring a family to a home that lacks it.
 */
static gboolean
is_of_tunnel_kind (const TlLink *link)
{
  static const char *const kinds[] = { "tun", "wireguard", "xfrm",  "vti",       "vti6", "ipip",
                                       "gre", "ip6gre",    "ipsec", "amneziawg", NULL };

  return link->type != ARPHRD_PPP &&
         (g_strv_contains (kinds, link->kind) || g_str_has_prefix (link->kind, "ovpn"));
}

/* Whether NetworkManager has brought it up as something else than a tunnel: Ethernet, a modem. */
static gboolean
is_activated_as_uplink (const TlObservation *observation, int ifindex)
{
  static const char *const tunnel_types[] = { "tun", "ip-tunnel", NULL };
  const TlActivation *activation = tl_nm_state_activation_of_link (observation->nm, ifindex);

  return activation != NULL && !activation->is_vpn && !activation->external &&
         !g_strv_contains (tunnel_types, activation->type);
}

/*
 * A plugin's activation names no link; its link has the addresses the plugin was given. An IPsec
 * VPN has no link, and its addresses are on the uplink.
 */
static gboolean
activation_is_on_link (const TlActivation *activation,
                       const TlObservation *observation,
                       const TlLink *link)
{
  if (activation->ifindex != 0)
    return activation->ifindex == link->ifindex;
  if ((link->type != ARPHRD_PPP && !is_of_tunnel_kind (link)) ||
      is_activated_as_uplink (observation, link->ifindex))
    return FALSE;

  for (guint i = 0; i < activation->addresses->len; i++) {
    if (tl_net_state_has_address (observation->net, link->ifindex,
                                  &g_array_index (activation->addresses, TlAddress, i)))
      return TRUE;
  }

  return FALSE;
}

/*
 * tl_vpn_activation_of_link:
 * @observation: an observation
 * @link: one of its links
 *
 * Returns: (transfer none) (nullable): the VPN activation whose tunnel this is
 */
const TlActivation *
tl_vpn_activation_of_link (const TlObservation *observation, const TlLink *link)
{
  for (guint i = 0; i < observation->nm->activations->len; i++) {
    const TlActivation *activation = observation->nm->activations->pdata[i];

    if (activation->is_vpn && activation_is_on_link (activation, observation, link))
      return activation;
  }

  return NULL;
}

static gboolean
has_address_in (const TlNetState *net, int ifindex, const char *text)
{
  TlPrefix prefix;

  tl_prefix_parse (text, &prefix);
  for (guint i = 0; i < net->addresses->len; i++) {
    const TlLinkAddress *own = &g_array_index (net->addresses, TlLinkAddress, i);

    if (own->ifindex == ifindex && tl_prefix_contains (&prefix, &own->address))
      return TRUE;
  }

  return FALSE;
}

/*
 * tl_link_is_clat:
 * @net: the kernel's tables
 * @ifindex: a link
 *
 * Returns: whether it leads to a translator on this computer, the customer side of 464XLAT: the
 *   addresses for it are reserved (RFC 7335)
 */
gboolean
tl_link_is_clat (const TlNetState *net, int ifindex)
{
  return has_address_in (net, ifindex, "192.0.0.0/29");
}

/* Transition mechanisms in user space: 464XLAT's own side and Teredo (RFC 4380). */
static gboolean
is_transition_link (const TlNetState *net, int ifindex)
{
  return tl_link_is_clat (net, ifindex) || has_address_in (net, ifindex, "2001::/32");
}

/* A host route to a gateway, as a VPN's program sets it for its server. */
static gboolean
may_lead_to_server (const TlRoute *route, int ifindex)
{
  return route->type == RTN_UNICAST && route->hop.has_gateway && route->hop.ifindex == ifindex &&
         route->destination.length == tl_family_bits (route->destination.address.family) &&
         (route->protocol == RTPROT_STATIC || route->protocol == RTPROT_BOOT) &&
         tl_address_is_public (&route->destination.address);
}

/* Routes out of the link to what may be a server, of tunnels that NetworkManager does not know. */
static guint
count_server_routes (const TlObservation *observation, int ifindex)
{
  guint n = 0;

  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    const GArray *routes = observation->net->routes[family];

    for (guint i = 0; i < routes->len; i++) {
      const TlRoute *route = &g_array_index (routes, TlRoute, i);

      if (may_lead_to_server (route, ifindex) &&
          !tl_nm_state_has_server (observation->nm, &route->destination.address))
        n++;
    }
  }

  return n;
}

/* A mesh, a container or a virtual machine has no server, and carries nothing public. */
static gboolean
carries_any (const TlObservation *observation, const TlLink *link)
{
  return tl_coverage_uses_link (observation->coverage[TL_FAMILY_IPV4], link->ifindex) ||
         tl_coverage_uses_link (observation->coverage[TL_FAMILY_IPV6], link->ifindex);
}

/* Other tunnels that may have set a route to their server, whose address nobody tells. */
static guint
count_other_tunnels (const TlObservation *observation, int ifindex)
{
  guint n = 0;

  for (guint i = 0; i < observation->net->links->len; i++) {
    const TlLink *link = &g_array_index (observation->net->links, TlLink, i);
    const TlActivation *activation = tl_vpn_activation_of_link (observation, link);

    if (link->ifindex != ifindex && is_of_tunnel_kind (link) && carries_any (observation, link) &&
        (activation == NULL || !activation->has_gateway))
      n++;
  }

  return n;
}

/*
 * An Internet provider gives a public address, or a shared one of its own NAT (RFC 6598). A VPN
 * hardly ever does.
 */
static gboolean
has_providers_address (const TlNetState *net, int ifindex)
{
  TlPrefix shared;

  tl_prefix_parse ("100.64.0.0/10", &shared);
  for (guint i = 0; i < net->addresses->len; i++) {
    const TlLinkAddress *own = &g_array_index (net->addresses, TlLinkAddress, i);

    if (own->ifindex == ifindex &&
        (tl_address_is_public (&own->address) || tl_prefix_contains (&shared, &own->address)))
      return TRUE;
  }

  return FALSE;
}

/*
 * A link with the Internet behind it. pppd (replacedefaultroute) puts its default route in the
 * place of the link's; that NetworkManager gave the link one stays true (measured with 1.42).
 */
static gboolean
reaches_internet (const TlObservation *observation, int ifindex)
{
  const TlActivation *activation = tl_nm_state_activation_of_link (observation->nm, ifindex);

  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    if (tl_link_offers (observation->net, ifindex, family) ||
        (activation != NULL && activation->ip[family].gave_default))
      return TRUE;
  }

  return FALSE;
}

/*
 * SSTP, L2TP and Fortinet VPNs are ppp links, and so are PPPoE and mobile uplinks. A VPN's server
 * is reached over some other uplink, by a host route that its program has set; one that may be
 * another tunnel's proves nothing, and one over a link without the Internet leads to no server.
 * Where pppd has put its default route in the place of the only other one, and NetworkManager does
 * not tell of that, nothing tells the two apart, and it is taken for an uplink.
 */
static gboolean
ppp_has_server_elsewhere (const TlObservation *observation, int ifindex)
{
  const TlNetState *net = observation->net;
  guint n_candidates = 0;

  if (has_providers_address (net, ifindex))
    return FALSE;
  for (guint i = 0; i < net->links->len; i++) {
    int other = g_array_index (net->links, TlLink, i).ifindex;

    if (other != ifindex && reaches_internet (observation, other))
      n_candidates += count_server_routes (observation, other);
  }

  return n_candidates > count_other_tunnels (observation, ifindex);
}

/*
 * tl_link_is_tunnel:
 * @observation: an observation
 * @link: one of its links, of which no VPN activation says anything
 *
 * Returns: whether it is a tunnel all the same
 */
gboolean
tl_link_is_tunnel (const TlObservation *observation, const TlLink *link)
{
  if (is_activated_as_uplink (observation, link->ifindex))
    return FALSE;
  if (link->type == ARPHRD_PPP)
    return ppp_has_server_elsewhere (observation, link->ifindex);
  if (g_str_equal (link->kind, "tun") && link->master != 0)
    return FALSE; /* in a bridge it is a virtual machine's */

  return is_of_tunnel_kind (link) && !is_transition_link (observation->net, link->ifindex);
}
