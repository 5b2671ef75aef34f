/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "platform/undo-journal.h"

G_BEGIN_DECLS

/* For TlUndoJournal alone. */
GPtrArray *tl_journal_parse (const char *text, gsize length, GError **error);
char *tl_journal_format (const GPtrArray *entries, gsize *ret_length, GError **error);

G_END_DECLS
