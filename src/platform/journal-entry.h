/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/fix-plan.h"

G_BEGIN_DECLS

/**
 * TlJournalEntry:
 * @id: (nullable): unique name of the entry; %NULL: it is in no journal
 * @fix: which fix
 * @changes: (element-type TlChange): what it changes, with the old values
 * @boot_id: of the boot it was done in: what is in memory only does not outlive it
 * @nm_bus_name: (nullable): NetworkManager's unique bus name then, for the same reason
 * @time: when, microseconds since the epoch
 * @done: whether the change was made and verified; %FALSE while it is under way
 *
 * A fix that was begun, and how to take it back.
 */
typedef struct {
  char *id;
  TlFixId fix;
  GPtrArray *changes;
  char *boot_id;
  char *nm_bus_name;
  gint64 time;
  gboolean done;
} TlJournalEntry;

TlJournalEntry *tl_journal_entry_new (TlFixId fix);
TlJournalEntry *tl_journal_entry_copy (const TlJournalEntry *entry);
void tl_journal_entry_free (TlJournalEntry *entry);
gboolean tl_journal_entry_is_of_this_boot (const TlJournalEntry *entry);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TlJournalEntry, tl_journal_entry_free)

G_END_DECLS
