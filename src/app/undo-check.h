/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "platform/journal-entry.h"

G_BEGIN_DECLS

const TlPrefix *tl_find_left_behind (const TlObservation *observation, const GPtrArray *changes);
const TlChange *
tl_find_not_restored (const TlObservation *observation, const GPtrArray *changes, char **ret_route);
const TlLink *tl_find_loopback (const TlNetState *net);
gboolean tl_may_reset_loopback (const TlObservation *observation);
gboolean tl_entry_is_gone (const TlJournalEntry *entry, const TlObservation *observation);
gboolean tl_change_has_route (const TlChange *change, const TlPrefix *destination);

G_END_DECLS
