/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "app/fix-outcome.h"
#include "app/monitor.h"
#include "platform/nm-actions.h"
#include "platform/undo-journal.h"

G_BEGIN_DECLS

#define TL_TYPE_FIXER (tl_fixer_get_type ())
G_DECLARE_FINAL_TYPE (TlFixer, tl_fixer, TL, FIXER, GObject)

TlFixer *tl_fixer_new (TlMonitor *monitor, TlNmActions *actions, TlUndoJournal *journal);
GPtrArray *tl_fixer_get_undoable (TlFixer *self);

void tl_fixer_fix (TlFixer *self,
                   TlFixId id,
                   const char *method,
                   GAsyncReadyCallback callback,
                   gpointer user_data);
TlFixOutcome *tl_fixer_fix_finish (TlFixer *self, GAsyncResult *result);

void tl_fixer_undo (TlFixer *self,
                    const char *fix_id,
                    gboolean all,
                    GAsyncReadyCallback callback,
                    gpointer user_data);
TlFixOutcome *tl_fixer_undo_finish (TlFixer *self, GAsyncResult *result);

G_END_DECLS
