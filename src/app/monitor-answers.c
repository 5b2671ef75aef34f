/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/monitor-private.h"

/* What was asked, of the Internet and of the firewall of this computer, and is answered. */

static void
take_answers (TlMonitor *self)
{
  g_autoptr (TlObservation) observation = tl_observation_copy (self->observation);

  tl_exit_watch_fill (self->exit_watch, observation);
  tl_firewall_watch_fill (self->firewall_watch, observation);
  tl_monitor_adopt (self, observation);
  g_signal_emit_by_name (self, "changed");
  tl_monitor_advance_checks (self);
}

static void
on_exit_watch_changed (TlExitWatch *exit_watch, gpointer user_data)
{
  g_autoptr (TlMonitor) self = g_object_ref (TL_MONITOR (user_data));

  /* A router may advertise NAT64 before anything else is known; the first look will see it. */
  if (self->observation == NULL)
    return;
  /* What counts as public space has changed, and the coverage with it. */
  if (!tl_prefixes_equal (tl_exit_watch_get_nat64 (exit_watch), self->observation->nat64)) {
    tl_monitor_update (self);
    if (!tl_exit_watch_get_asked (exit_watch))
      return;
  }

  if (!tl_exit_watch_get_asking (exit_watch)) {
    self->checked_at = g_get_real_time ();
    tl_check_list_note_answered (self->checks, TL_CHECK_EXITS);
  }
  take_answers (self);
}

/*
 * What the Internet said under another firewall is of yesterday: it is asked again. Its old answer
 * stays until then, since it may be the one that is right.
 */
static void
on_firewall_changed (TlFirewallWatch *firewall_watch, gpointer user_data)
{
  g_autoptr (TlMonitor) self = g_object_ref (TL_MONITOR (user_data));
  gboolean is_first = self->observation->firewall == NULL;
  gboolean was_blocked = tl_firewall_has_blocked (self->observation->firewall);

  tl_check_list_note_answered (self->checks, TL_CHECK_FIREWALL);
  take_answers (self);
  if (self->settling.active) {
    tl_monitor_settle (self);
    g_signal_emit_by_name (self, "changed");
    tl_monitor_advance_checks (self);
  }
  if (self->probing && !self->settling.active && !is_first &&
      was_blocked != tl_firewall_has_blocked (self->observation->firewall))
    tl_exit_watch_ask (self->exit_watch, TL_EXIT_PROBE_TIMEOUT_MS);
  tl_monitor_plan_firewall (self);
}

/*
 * tl_monitor_watch_answers:
 * @self: a monitor
 *
 * Takes answers from now on.
 */
void
tl_monitor_watch_answers (TlMonitor *self)
{
  g_signal_connect (self->exit_watch, "changed", G_CALLBACK (on_exit_watch_changed), self);
  g_signal_connect (self->firewall_watch, "changed", G_CALLBACK (on_firewall_changed), self);
}
