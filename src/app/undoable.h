/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/verdict.h"
#include "platform/undo-journal.h"

G_BEGIN_DECLS

GPtrArray *tl_undoable_entries (const GPtrArray *written,
                                const TlObservation *observation,
                                const TlVerdict *verdict);
TlJournalEntry *tl_undoable_by_shape (const GPtrArray *written,
                                      const TlObservation *observation,
                                      const TlVerdict *verdict);
gboolean tl_has_full_tunnel (const TlVerdict *verdict);

G_END_DECLS
