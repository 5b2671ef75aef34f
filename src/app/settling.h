/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/verdict.h"

G_BEGIN_DECLS

/** TL_SETTLE_QUIET_MS: milliseconds without a relevant change after which things have settled. */
#define TL_SETTLE_QUIET_MS 300
/** TL_SETTLE_MOST_MS: milliseconds after which things count as settled in any case. */
#define TL_SETTLE_MOST_MS 2000

/**
 * TlSettling:
 * @active: whether relevant changes are still arriving
 * @begin: when it began, microseconds of the monotonic clock
 * @last: when the last relevant change came
 * @tunnel_since: when the youngest tunnel came up, or 0 where none is known to be young
 *
 * Whether what is known is still about to change. Has no clock of its own: it is told the time.
 */
typedef struct {
  gboolean active;
  gint64 begin;
  gint64 last;
  gint64 tunnel_since;
} TlSettling;

void tl_settling_note_change (TlSettling *settling, gint64 now);
void tl_settling_note_tunnel (TlSettling *settling, gint64 now);
guint tl_settling_wait (const TlSettling *settling, TlState state, gint64 now);

G_END_DECLS
