/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/fix-check.h"

#include <linux/rtnetlink.h>

/* What a fix must leave as it was: by the kernel's tables. */

static gboolean
is_same_hop (const TlNextHop *a, const TlNextHop *b)
{
  return a->ifindex == b->ifindex && a->has_gateway == b->has_gateway &&
         (!a->has_gateway || tl_address_compare (&a->gateway, &b->gateway) == 0);
}

/* By its hop alone: a route can have others, and they may be on links that are to change. The
 * metric may move: Reapply adds a second default with another one (measured). */
static gboolean
has_route (const TlNetState *net, const TlRoute *wanted, const TlNextHop *wanted_hop)
{
  const GArray *routes = net->routes[wanted->destination.address.family];

  for (guint i = 0; i < routes->len; i++) {
    const TlRoute *route = &g_array_index (routes, TlRoute, i);
    const TlNextHop *hop;

    if (route->table != wanted->table || route->type != wanted->type ||
        tl_prefix_compare (&route->destination, &wanted->destination) != 0)
      continue;
    for (guint j = 0; (hop = tl_route_hop (route, j)) != NULL; j++) {
      if (is_same_hop (hop, wanted_hop))
        return TRUE;
    }
  }

  return FALSE;
}

/* Whether this family of this link is meant to go: then nothing of it is lost. */
static gboolean
is_switched_off (const GPtrArray *changes, int ifindex, TlFamily family)
{
  for (guint i = 0; i < changes->len; i++) {
    const TlChange *change = changes->pdata[i];

    if (change->setting == TL_SETTING_METHOD && change->ifindex == ifindex &&
        change->family == family)
      return TRUE;
  }

  return FALSE;
}

static gboolean
is_touched (const GPtrArray *changes, int ifindex)
{
  for (guint i = 0; i < changes->len; i++) {
    const TlChange *change = changes->pdata[i];

    if (change->target_kind == TL_TARGET_LINK && change->ifindex == ifindex)
      return TRUE;
  }

  return FALSE;
}

/* Whether all of this family of this link must still be there. */
static gboolean
is_to_stay (const GPtrArray *changes, int ifindex, TlFamily family)
{
  return is_touched (changes, ifindex) && !is_switched_off (changes, ifindex, family);
}

/* Link-local ones come and go with the kernel's own configuration of the link. */
static gboolean
is_lost_address (const TlLinkAddress *own, const TlNetState *after, const GPtrArray *changes)
{
  return own->scope == RT_SCOPE_UNIVERSE &&
         is_to_stay (changes, own->ifindex, own->address.family) &&
         !tl_net_state_has_address (after, own->ifindex, &own->address);
}

static gboolean
is_lost_route (const TlRoute *route, const TlNetState *after, const GPtrArray *changes)
{
  const TlNextHop *hop;

  if (route->type != RTN_UNICAST || route->protocol == RTPROT_KERNEL)
    return FALSE;
  for (guint i = 0; (hop = tl_route_hop (route, i)) != NULL; i++) {
    if (is_to_stay (changes, hop->ifindex, route->destination.address.family) &&
        !has_route (after, route, hop))
      return TRUE;
  }

  return FALSE;
}

/**
 * tl_find_lost:
 * @before: the kernel's tables before a fix
 * @after: the same after it
 * @changes: (element-type TlChange): what the fix changed
 *
 * Foreign routes and addresses on a link that was reapplied must all still be there: a VPN that
 * NetworkManager did not start lives by them (measured).
 *
 * Returns: (transfer full) (nullable): the first one that is not, as text
 */
char *
tl_find_lost (const TlNetState *before, const TlNetState *after, const GPtrArray *changes)
{
  for (guint i = 0; i < before->addresses->len; i++) {
    const TlLinkAddress *own = &g_array_index (before->addresses, TlLinkAddress, i);

    if (is_lost_address (own, after, changes))
      return tl_address_to_string (&own->address);
  }
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    for (guint i = 0; i < before->routes[family]->len; i++) {
      const TlRoute *route = &g_array_index (before->routes[family], TlRoute, i);

      if (is_lost_route (route, after, changes))
        return tl_prefix_to_string (&route->destination);
    }
  }

  return NULL;
}

/**
 * tl_find_ended_link:
 * @net: the kernel's tables after a fix
 * @changes: (element-type TlChange): what the fix changed
 *
 * Returns: (transfer none) (nullable): the name of a link that is not there any more
 */
const char *
tl_find_ended_link (const TlNetState *net, const GPtrArray *changes)
{
  for (guint i = 0; i < changes->len; i++) {
    const TlChange *change = changes->pdata[i];

    if (change->target_kind == TL_TARGET_LINK && tl_net_state_link (net, change->ifindex) == NULL)
      return change->target;
  }

  return NULL;
}

static gboolean
is_asked (const TlVerdict *verdict)
{
  return verdict->families[TL_FAMILY_IPV4].exit != NULL ||
         verdict->families[TL_FAMILY_IPV6].exit != NULL;
}

static gboolean
is_answered (const TlFamilyVerdict *family)
{
  return family->exit != NULL && family->exit->has_address;
}

/**
 * tl_find_dead_family:
 * @before: the verdict before a fix
 * @after: the verdict after it
 * @ret_family: (out): the family; untouched if there is none
 *
 * A block can close the way to a VPN server that nobody knows. Then the routes still lead into the
 * tunnel, and nothing comes out of it: where the Internet was asked, it must still answer.
 *
 * Returns: whether the VPN carried a family before and does not any more
 */
gboolean
tl_find_dead_family (const TlVerdict *before, const TlVerdict *after, TlFamily *ret_family)
{
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    const TlFamilyVerdict *old = &before->families[family];
    gboolean answered = is_answered (old) && old->exit_owner == TL_EXIT_OWNER_TUNNEL;

    if (old->tunnel &&
        (!after->families[family].tunnel ||
         (answered && is_asked (after) && !is_answered (&after->families[family])))) {
      *ret_family = family;
      return TRUE;
    }
  }

  return FALSE;
}
