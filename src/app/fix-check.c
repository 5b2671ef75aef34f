/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/fix-check.h"

#include "core/block-route.h"

#include <linux/if.h>
#include <linux/rtnetlink.h>

/* What a fix must leave as it was, and an undo must not leave behind: by the kernel's tables. */

static gboolean
has_address (const TlNetState *net, const TlLinkAddress *wanted)
{
  for (guint i = 0; i < net->addresses->len; i++) {
    const TlLinkAddress *own = &g_array_index (net->addresses, TlLinkAddress, i);

    if (own->ifindex == wanted->ifindex &&
        tl_address_compare (&own->address, &wanted->address) == 0)
      return TRUE;
  }

  return FALSE;
}

/* The metric may move: Reapply adds a second default with another one (measured). */
static gboolean
has_route (const TlNetState *net, TlFamily family, const TlRoute *wanted)
{
  for (guint i = 0; i < net->routes[family]->len; i++) {
    const TlRoute *route = &g_array_index (net->routes[family], TlRoute, i);

    if (route->table == wanted->table && route->type == wanted->type &&
        route->hop.ifindex == wanted->hop.ifindex &&
        tl_prefix_compare (&route->destination, &wanted->destination) == 0 &&
        route->hop.has_gateway == wanted->hop.has_gateway &&
        (!route->hop.has_gateway ||
         tl_address_compare (&route->hop.gateway, &wanted->hop.gateway) == 0))
      return TRUE;
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

static char *
find_lost_address (const TlNetState *before, const TlNetState *after, const GPtrArray *changes)
{
  for (guint i = 0; i < before->addresses->len; i++) {
    const TlLinkAddress *own = &g_array_index (before->addresses, TlLinkAddress, i);

    /* Link-local ones come and go with the kernel's own configuration of the link. */
    if (own->scope == RT_SCOPE_UNIVERSE && is_touched (changes, own->ifindex) &&
        !is_switched_off (changes, own->ifindex, own->address.family) && !has_address (after, own))
      return tl_address_to_string (&own->address);
  }

  return NULL;
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
  char *lost = find_lost_address (before, after, changes);

  for (TlFamily family = 0; family < TL_N_FAMILIES && lost == NULL; family++) {
    for (guint i = 0; i < before->routes[family]->len && lost == NULL; i++) {
      const TlRoute *route = &g_array_index (before->routes[family], TlRoute, i);

      if (route->type == RTN_UNICAST && route->protocol != RTPROT_KERNEL &&
          is_touched (changes, route->hop.ifindex) &&
          !is_switched_off (changes, route->hop.ifindex, family) &&
          !has_route (after, family, route))
        lost = tl_prefix_to_string (&route->destination);
    }
  }

  return lost;
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
  for (TlFamily family = 0; family < TL_N_FAMILIES; family++) {
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

static gboolean
has_block (const TlNetState *net, const TlPrefix *destination)
{
  TlFamily family = destination->address.family;

  for (guint i = 0; i < net->routes[family]->len; i++) {
    const TlRoute *route = &g_array_index (net->routes[family], TlRoute, i);

    if (tl_route_is_block (route) && tl_prefix_compare (&route->destination, destination) == 0)
      return TRUE;
  }

  return FALSE;
}

/**
 * tl_find_left_behind:
 * @net: the kernel's tables after an undo
 * @changes: (element-type TlChange): what was to be taken back
 *
 * A restarted NetworkManager forgets an unreachable route and leaves it in the kernel (measured):
 * its answer proves nothing.
 *
 * Returns: (transfer none) (nullable): the first block that is still there
 */
const TlPrefix *
tl_find_left_behind (const TlNetState *net, const GPtrArray *changes)
{
  for (guint i = 0; i < changes->len; i++) {
    const TlChange *change = changes->pdata[i];

    for (guint j = 0; change->setting == TL_SETTING_ROUTES && j < change->routes->len; j++) {
      const TlPrefix *destination = &g_array_index (change->routes, TlPrefix, j);

      if (has_block (net, destination))
        return destination;
    }
  }

  return NULL;
}

/* The host's own addresses are the kernel's; so is what it made of them. */
static gboolean
is_foreign_to_loopback (const TlRoute *route, int ifindex)
{
  return route->hop.ifindex == ifindex && route->protocol != RTPROT_KERNEL &&
         !tl_route_is_block (route);
}

/**
 * tl_find_loopback:
 * @net: the kernel's tables
 *
 * Returns: (transfer none) (nullable): the loopback link; the kernel keeps IPv6's unreachable
 *   routes there
 */
const TlLink *
tl_find_loopback (const TlNetState *net)
{
  for (guint i = 0; i < net->links->len; i++) {
    const TlLink *link = &g_array_index (net->links, TlLink, i);

    if ((link->flags & IFF_LOOPBACK) != 0)
      return link;
  }

  return NULL;
}

/* The kernel's own two. */
static gboolean
is_loopback_address (const TlAddress *address)
{
  TlAddress loopback;

  tl_address_parse (address->family == TL_FAMILY_IPV4 ? "127.0.0.1" : "::1", &loopback);
  return tl_address_compare (address, &loopback) == 0;
}

/**
 * tl_may_reset_loopback:
 * @net: the kernel's tables
 *
 * tl_nm_actions_reset_loopback() takes from the link whatever NetworkManager did not put there.
 *
 * Returns: whether only blocks would go
 */
gboolean
tl_may_reset_loopback (const TlNetState *net)
{
  const TlLink *loopback = tl_find_loopback (net);

  if (loopback == NULL)
    return FALSE;
  for (guint i = 0; i < net->addresses->len; i++) {
    const TlLinkAddress *own = &g_array_index (net->addresses, TlLinkAddress, i);

    if (own->ifindex == loopback->ifindex && !is_loopback_address (&own->address))
      return FALSE;
  }
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    for (guint i = 0; i < net->routes[family]->len; i++) {
      if (is_foreign_to_loopback (&g_array_index (net->routes[family], TlRoute, i),
                                  loopback->ifindex))
        return FALSE;
    }
  }

  return TRUE;
}

static gboolean
has_activation (const TlNmState *nm, const char *path)
{
  for (guint i = 0; i < nm->activations->len; i++) {
    if (g_strcmp0 (((const TlActivation *)nm->activations->pdata[i])->path, path) == 0)
      return TRUE;
  }

  return FALSE;
}

/* Of a restarted NetworkManager all activations are new, and all that was applied is as saved. */
static gboolean
is_of_other_nm (const TlJournalEntry *entry, const TlNmState *nm)
{
  return nm->running && entry->nm_bus_name != NULL &&
         g_strcmp0 (entry->nm_bus_name, nm->bus_name) != 0;
}

/* A block that NetworkManager has forgotten is still in the kernel, and ours to take back. */
static gboolean
is_gone (const TlJournalEntry *entry, const TlChange *change, const TlObservation *observation)
{
  const TlNmState *nm = observation->nm;

  if (change->target_kind == TL_TARGET_PROFILE)
    return FALSE;
  if (!tl_journal_entry_is_of_this_boot (entry))
    return TRUE;
  if (change->setting == TL_SETTING_ROUTES) {
    for (guint i = 0; i < change->routes->len; i++) {
      if (has_block (observation->net, &g_array_index (change->routes, TlPrefix, i)))
        return FALSE;
    }
    return TRUE;
  }
  if (tl_net_state_link (observation->net, change->ifindex) == NULL || is_of_other_nm (entry, nm))
    return TRUE;

  return nm->running && change->activation != NULL && !has_activation (nm, change->activation);
}

/**
 * tl_entry_is_gone:
 * @entry: a fix that was done
 * @observation: what is known
 *
 * Returns: whether all of it has gone by itself: with its link, its activation, NetworkManager or
 *   the boot. A block has when the kernel has nothing of it any more; what is in a profile never
 *   goes by itself.
 */
gboolean
tl_entry_is_gone (const TlJournalEntry *entry, const TlObservation *observation)
{
  for (guint i = 0; i < entry->changes->len; i++) {
    if (!is_gone (entry, entry->changes->pdata[i], observation))
      return FALSE;
  }

  return TRUE;
}

/**
 * tl_change_has_route:
 * @change: a change
 * @destination: of a block
 *
 * Returns: whether @change makes it
 */
gboolean
tl_change_has_route (const TlChange *change, const TlPrefix *destination)
{
  for (guint i = 0; change->setting == TL_SETTING_ROUTES && i < change->routes->len; i++) {
    if (tl_prefix_compare (&g_array_index (change->routes, TlPrefix, i), destination) == 0)
      return TRUE;
  }

  return FALSE;
}
