/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/undoable.h"

#include "app/undo-check.h"
#include "core/block-route.h"

/**
 * tl_has_full_tunnel:
 * @verdict: a verdict
 *
 * Returns: whether a VPN is up that is meant to carry everything
 */
gboolean
tl_has_full_tunnel (const TlVerdict *verdict)
{
  for (guint i = 0; i < verdict->tunnels->len; i++) {
    if (((const TlTunnel *)verdict->tunnels->pdata[i])->full)
      return TRUE;
  }

  return FALSE;
}

static gboolean
is_written (const GPtrArray *written, const TlPrefix *destination)
{
  for (guint i = 0; i < written->len; i++) {
    const GPtrArray *changes = ((const TlJournalEntry *)written->pdata[i])->changes;

    for (guint j = 0; j < changes->len; j++) {
      if (tl_change_has_route (changes->pdata[j], destination))
        return TRUE;
    }
  }

  return FALSE;
}

static GArray *
find_unwritten_blocks (const GPtrArray *written, const TlObservation *observation, TlFamily family)
{
  const TlNetState *net = observation->net;
  GArray *blocks = g_array_new (FALSE, FALSE, sizeof (TlPrefix));

  for (guint i = 0; i < net->routes[family]->len; i++) {
    const TlRoute *route = &g_array_index (net->routes[family], TlRoute, i);

    if (tl_route_is_block (route) && !is_written (written, &route->destination) &&
        !tl_nm_state_sets_block (observation->nm, &route->destination))
      g_array_append_val (blocks, route->destination);
  }

  return blocks;
}

static void
add_change (TlJournalEntry *entry, const GArray *blocks, const char *interface, int ifindex)
{
  TlFamily family = g_array_index (blocks, TlPrefix, 0).address.family;
  TlChange *change = tl_change_new (TL_TARGET_LINK, TL_SETTING_ROUTES, family);

  change->target = g_strdup (interface);
  change->ifindex = ifindex;
  g_array_append_vals (change->routes, blocks->data, blocks->len);
  change->from = g_strdup ("");
  change->to = tl_change_routes_to_string (blocks);
  g_ptr_array_add (entry->changes, change);
}

static void
add_tunnel_changes (TlJournalEntry *entry, const GArray *blocks, const TlVerdict *verdict)
{
  for (guint i = 0; i < verdict->tunnels->len; i++) {
    const TlTunnel *tunnel = verdict->tunnels->pdata[i];

    if (tunnel->full && tunnel->ifindex > 0)
      add_change (entry, blocks, tunnel->interface, tunnel->ifindex);
  }
}

/**
 * tl_undoable_by_shape:
 * @written: (element-type TlJournalEntry): the journal
 * @observation: what is known
 * @verdict: what it means
 *
 * What the journal does not know: it was lost, or another NetworkManager than the present one set
 * the routes and left them behind. What a profile sets is none of it. With a VPN that is meant to
 * carry everything they may be on its link; or the VPN's own settings have them: that shows when
 * they are taken back.
 *
 * Returns: (transfer full) (nullable): the blocks that are there all the same, without a name
 */
TlJournalEntry *
tl_undoable_by_shape (const GPtrArray *written,
                      const TlObservation *observation,
                      const TlVerdict *verdict)
{
  const TlLink *loopback = tl_find_loopback (observation->net);
  g_autoptr (TlJournalEntry) entry = tl_journal_entry_new (TL_FIX_BLOCK_NOW);

  g_clear_pointer (&entry->id, g_free);
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    g_autoptr (GArray) blocks = find_unwritten_blocks (written, observation, family);

    if (blocks->len == 0)
      continue;
    if (tl_has_full_tunnel (verdict))
      add_tunnel_changes (entry, blocks, verdict);
    else if (loopback != NULL)
      add_change (entry, blocks, loopback->name, loopback->ifindex);
  }

  return entry->changes->len > 0 ? g_steal_pointer (&entry) : NULL;
}

/**
 * tl_undoable_entries:
 * @written: (element-type TlJournalEntry): the journal, oldest first
 * @observation: what is known
 * @verdict: what it means
 *
 * What has gone with its VPN or its connection needs no undo and is left out. A later fix may rest
 * on an earlier one, so they are taken back in the opposite order. A block that has no VPN to
 * belong to needs no journal to be ours.
 *
 * Returns: (transfer full) (element-type TlJournalEntry): what can be undone, newest first
 */
GPtrArray *
tl_undoable_entries (const GPtrArray *written,
                     const TlObservation *observation,
                     const TlVerdict *verdict)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func ((GDestroyNotify)tl_journal_entry_free);
  TlJournalEntry *orphan = NULL;

  for (guint i = written->len; i-- > 0;) {
    const TlJournalEntry *entry = written->pdata[i];

    if (!tl_entry_is_gone (entry, observation))
      g_ptr_array_add (entries, tl_journal_entry_copy (entry));
  }
  if (!tl_has_full_tunnel (verdict))
    orphan = tl_undoable_by_shape (entries, observation, verdict);
  if (orphan != NULL)
    g_ptr_array_add (entries, orphan);

  return entries;
}
