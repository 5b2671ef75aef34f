/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/monitor-private.h"
#include "platform/source-util.h"

/* When the firewall is asked. */

/*
 * tl_monitor_ask_firewall:
 * @self: a monitor
 *
 * Returns: whether there was anything to ask
 */
gboolean
tl_monitor_ask_firewall (TlMonitor *self)
{
  tl_source_clear (&self->firewall_source);
  return tl_firewall_watch_ask (self->firewall_watch, self->observation, self->bare);
}

static gboolean
on_due (gpointer user_data)
{
  TlMonitor *self = TL_MONITOR (user_data);

  tl_source_clear (&self->firewall_source);
  tl_monitor_ask_firewall (self);
  return G_SOURCE_REMOVE;
}

/*
 * tl_monitor_plan_firewall:
 * @self: a monitor that has observed something
 *
 * Asks the firewall now or later, if at all. A young tunnel may still be settling: the question
 * comes as soon as the routes are quiet, so that one that is closed by a firewall never shows as a
 * leak; what routes say is not held back for it.
 */
void
tl_monitor_plan_firewall (TlMonitor *self)
{
  gint64 now = g_get_monotonic_time ();
  gint64 quiet = self->settling.active
                   ? self->settling.last + TL_SETTLE_QUIET_MS * G_TIME_SPAN_MILLISECOND
                   : now;
  gint64 due;

  tl_source_clear (&self->firewall_source);
  if (self->bare == NULL || !tl_has_firewall_question (self->bare))
    return;

  due = tl_firewall_watch_get_due (self->firewall_watch, self->probing, quiet);
  if (due <= now)
    tl_monitor_ask_firewall (self);
  else if (due != G_MAXINT64)
    self->firewall_source = tl_source_add_timeout (
      NULL, (guint)((due - now) / G_TIME_SPAN_MILLISECOND + 1), on_due, self);
}
