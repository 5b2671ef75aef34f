/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/settling.h"

/* Microseconds. */
#define MS G_TIME_SPAN_MILLISECOND

/**
 * tl_settling_note_change:
 * @settling: the settling
 * @now: microseconds of the monotonic clock
 *
 * A relevant change has come.
 */
void
tl_settling_note_change (TlSettling *settling, gint64 now)
{
  if (!settling->active)
    settling->begin = now;
  settling->active = TRUE;
  settling->last = now;
}

/**
 * tl_settling_note_tunnel:
 * @settling: the settling
 * @now: microseconds of the monotonic clock
 *
 * A tunnel has come up.
 */
void
tl_settling_note_tunnel (TlSettling *settling, gint64 now)
{
  settling->tunnel_since = now;
}

/**
 * tl_settling_wait:
 * @settling: the settling
 * @state: what is known so far
 * @now: microseconds of the monotonic clock
 *
 * A young tunnel is given all the time there is before it is called leaking: a good dual-stack
 * VPN's IPv6 routes can come a second after its IPv4 routes (a router advertisement inside the
 * tunnel, an up script). Everything else needs only a short silence.
 *
 * Returns: milliseconds until things have settled, 0 when they have
 */
guint
tl_settling_wait (const TlSettling *settling, TlState state, gint64 now)
{
  gint64 until;

  if (!settling->active)
    return 0;

  until = MIN (settling->last + TL_SETTLE_QUIET_MS * MS, settling->begin + TL_SETTLE_MOST_MS * MS);
  if (settling->tunnel_since != 0 && state == TL_STATE_LEAK)
    until = MAX (until, settling->tunnel_since + TL_SETTLE_MOST_MS * MS);

  return until <= now ? 0 : (guint)((until - now + MS - 1) / MS);
}
