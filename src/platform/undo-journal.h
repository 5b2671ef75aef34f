/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "platform/journal-entry.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define TL_TYPE_UNDO_JOURNAL (tl_undo_journal_get_type ())
G_DECLARE_FINAL_TYPE (TlUndoJournal, tl_undo_journal, TL, UNDO_JOURNAL, GObject)

TlUndoJournal *tl_undo_journal_new (const char *file_name);
gboolean tl_undo_journal_lock (TlUndoJournal *self, GError **error);
void tl_undo_journal_unlock (TlUndoJournal *self);
GPtrArray *tl_undo_journal_list (TlUndoJournal *self, GError **error);
gboolean tl_undo_journal_set_aside (TlUndoJournal *self, GError **error);
gboolean tl_undo_journal_put (TlUndoJournal *self, const TlJournalEntry *entry, GError **error);
gboolean tl_undo_journal_remove (TlUndoJournal *self, const char *id, GError **error);

G_END_DECLS
