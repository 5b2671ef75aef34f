/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/monitor-private.h"
#include "platform/source-util.h"

/* When what is known counts: the network has come to rest, and the kernel has confirmed it. */

static gboolean
on_settle_timeout (gpointer user_data)
{
  g_autoptr (TlMonitor) self = g_object_ref (TL_MONITOR (user_data));

  tl_source_clear (&self->settle_source);
  tl_monitor_update (self);
  return G_SOURCE_REMOVE;
}

/*
 * tl_monitor_settle:
 * @self: a monitor
 *
 * Waits for silence, or declares it. Where a firewall closed what routes let bypass before, where
 * it may mark packets, and at the start, its first answer for these routes belongs to it:
 * %TL_BYPASS_PROBE_TIMEOUT_MS more at most, and the time to judge it.
 */
void
tl_monitor_settle (TlMonitor *self)
{
  guint wait = tl_settling_wait (&self->settling, self->bare->state, g_get_monotonic_time ());

  tl_source_clear (&self->settle_source);
  if (wait > 0) {
    self->settle_source = tl_source_add_timeout (NULL, wait, on_settle_timeout, self);
    return;
  }
  if (self->settling.active && self->awaits_firewall &&
      self->observation->answers.firewall == NULL) {
    if (tl_observer_is_busy (self->observer))
      return;
    tl_monitor_plan_firewall (self);
    if (tl_firewall_watch_get_asking (self->firewall_watch))
      return;
  }
  self->settling.active = FALSE;
  self->awaits_firewall = FALSE;
  if (self->checked_at == 0)
    self->checked_at = g_get_real_time ();
  if (self->probing && !tl_exit_watch_get_asked (self->exit_watch))
    tl_exit_watch_ask (self->exit_watch, TL_EXIT_PROBE_TIMEOUT_MS);
}

static gboolean
on_doubt_timeout (gpointer user_data)
{
  g_autoptr (TlMonitor) self = g_object_ref (TL_MONITOR (user_data));

  tl_source_clear (&self->doubt_source);
  tl_monitor_update (self);
  return G_SOURCE_REMOVE;
}

/*
 * tl_monitor_note_doubt:
 * @self: a monitor
 * @doubtful: whether the kernel did not confirm what was observed
 *
 * Tables that are merely behind the kernel are no change: what is known stays, is looked at again
 * soon, and no check ends meanwhile. Before anything is known, there is nothing to stay.
 */
void
tl_monitor_note_doubt (TlMonitor *self, gboolean doubtful)
{
  tl_source_clear (&self->doubt_source);
  if (!doubtful)
    return;

  self->doubt_source = tl_source_add_timeout (NULL, TL_OBSERVER_RECHECK_MS, on_doubt_timeout, self);
  if (self->observation == NULL)
    tl_settling_note_change (&self->settling, g_get_monotonic_time ());
}
