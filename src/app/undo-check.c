/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/undo-check.h"

#include "core/block-route.h"
#include "platform/ip-method.h"

#include <linux/if.h>
#include <linux/rtnetlink.h>

/* What is still there to take back, and what an undo must not leave behind: by the kernel's tables.
 */

/* Whether it blocks, and is no setting of a profile: that is not ours to take back. */
static gboolean
has_block (const TlObservation *observation, const TlPrefix *destination)
{
  const TlNetState *net = observation->net;
  TlFamily family = destination->address.family;

  if (tl_nm_state_sets_block (observation->nm, destination))
    return FALSE;

  for (guint i = 0; i < net->routes[family]->len; i++) {
    const TlRoute *route = &g_array_index (net->routes[family], TlRoute, i);

    if (tl_route_is_block (route) && tl_prefix_compare (&route->destination, destination) == 0)
      return TRUE;
  }

  return FALSE;
}

/**
 * tl_find_left_behind:
 * @observation: what is known after an undo
 * @changes: (element-type TlChange): what was to be taken back
 *
 * A restarted NetworkManager forgets an unreachable route and leaves it in the kernel (measured):
 * its answer proves nothing.
 *
 * Returns: (transfer none) (nullable): the first block that is still there
 */
const TlPrefix *
tl_find_left_behind (const TlObservation *observation, const GPtrArray *changes)
{
  for (guint i = 0; i < changes->len; i++) {
    const TlChange *change = changes->pdata[i];

    for (guint j = 0; change->setting == TL_SETTING_ROUTES && j < change->routes->len; j++) {
      const TlPrefix *destination = &g_array_index (change->routes, TlPrefix, j);

      if (has_block (observation, destination))
        return destination;
    }
  }

  return NULL;
}

/* What was applied to an activation goes with it. */
static gboolean
is_activated (const TlChange *change, const TlNmState *nm)
{
  return change->activation == NULL || tl_nm_state_activation (nm, change->activation) != NULL;
}

/**
 * tl_find_not_restored:
 * @observation: what is known after an undo
 * @changes: (element-type TlChange): what was to be taken back
 * @ret_route: (out) (transfer full): the first route that is missing, as text
 *
 * Routes of a family that was switched off went with it, and NetworkManager's answer does not prove
 * that they are back: what it has applied lists them also where the kernel does not have them
 * (measured).
 *
 * Returns: (transfer none) (nullable): the change that has not brought back all of the old value
 */
const TlChange *
tl_find_not_restored (const TlObservation *observation, const GPtrArray *changes, char **ret_route)
{
  for (guint i = 0; i < changes->len; i++) {
    const TlChange *change = changes->pdata[i];

    if (change->setting != TL_SETTING_METHOD || change->target_kind != TL_TARGET_LINK ||
        change->from == NULL || !is_activated (change, observation->nm))
      continue;
    *ret_route = tl_ip_method_find_missing_route (change->from, change->family, observation->net,
                                                  change->ifindex);
    if (*ret_route != NULL)
      return change;
  }

  return NULL;
}

/* The host's own addresses are the kernel's; so is what it made of them. */
static gboolean
is_foreign_to_loopback (const TlRoute *route, const TlNmState *nm, int ifindex)
{
  return route->hop.ifindex == ifindex && route->protocol != RTPROT_KERNEL &&
         (!tl_route_is_block (route) || tl_nm_state_sets_block (nm, &route->destination));
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
 * @observation: what is known
 *
 * tl_nm_actions_reset_loopback() takes from the link whatever is not in the link's own profile:
 * also IPv6's unreachable routes that the profile of another link sets.
 *
 * Returns: whether only blocks would go that nobody has set
 */
gboolean
tl_may_reset_loopback (const TlObservation *observation)
{
  const TlNetState *net = observation->net;
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
      if (is_foreign_to_loopback (&g_array_index (net->routes[family], TlRoute, i), observation->nm,
                                  loopback->ifindex))
        return FALSE;
    }
  }

  return TRUE;
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
      if (has_block (observation, &g_array_index (change->routes, TlPrefix, i)))
        return FALSE;
    }
    return TRUE;
  }
  if (tl_net_state_link (observation->net, change->ifindex) == NULL || is_of_other_nm (entry, nm))
    return TRUE;

  return nm->running && change->activation != NULL &&
         tl_nm_state_activation (nm, change->activation) == NULL;
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
  return change->setting == TL_SETTING_ROUTES && tl_prefixes_contain (change->routes, destination);
}
