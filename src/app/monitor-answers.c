/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/monitor-private.h"

/* What was asked, of the Internet and of the firewall of this computer, and is answered. */

/*
 * tl_monitor_collect_answers:
 * @self: a monitor
 * @answers: set to all that was answered
 */
void
tl_monitor_collect_answers (TlMonitor *self, TlAnswers *answers)
{
  tl_exit_watch_fill (self->exit_watch, answers);
  tl_firewall_watch_fill (self->firewall_watch, answers);
}

/* While the firewall is asked anew, its old word does not count. */
static void
note_closed (TlMonitor *self, const TlVerdict *verdict)
{
  gboolean asking = tl_firewall_watch_get_asking (self->firewall_watch);

  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++)
    tl_exit_watch_note_closed (self->exit_watch, family,
                               !asking && verdict->families[family].status == TL_STATUS_BLOCKED);
}

/*
 * tl_monitor_adopt:
 * @self: a monitor
 * @observation: becomes the present one
 * @verdict: what it means
 *
 * Returns: whether the firewall says another thing than before of what routes let bypass
 */
gboolean
tl_monitor_adopt (TlMonitor *self, const TlObservation *observation, const TlVerdict *verdict)
{
  const GArray *now = observation->answers.firewall;
  const GArray *before = self->observation != NULL ? self->observation->answers.firewall : NULL;
  gboolean turned = now != NULL && before != NULL &&
                    tl_firewall_has_blocked (now) != tl_firewall_has_blocked (before);

  tl_exit_watch_note_verdict (self->exit_watch, observation, verdict);
  note_closed (self, verdict);
  g_clear_pointer (&self->observation, tl_observation_unref);
  self->observation = tl_observation_ref (observation);
  g_clear_pointer (&self->verdict, tl_verdict_unref);
  self->verdict = tl_verdict_ref (verdict);
  return turned;
}

/*
 * tl_monitor_ask_exits_again:
 * @self: a monitor whose firewall says another thing than before
 *
 * What the Internet said under another firewall is of yesterday: it is asked again. Its old answer
 * stays until then, since it may be the one that is right.
 */
void
tl_monitor_ask_exits_again (TlMonitor *self)
{
  if (self->probing && !self->settling.active)
    tl_exit_watch_ask (self->exit_watch, TL_EXIT_PROBE_TIMEOUT_MS);
}

/*
 * tl_monitor_take_judged:
 * @observation: the latest one, with new answers
 * @verdict: what it means
 * @user_data: a monitor
 *
 * What settling waited for may have come with it.
 */
void
tl_monitor_take_judged (const TlObservation *observation,
                        const TlVerdict *verdict,
                        gpointer user_data)
{
  g_autoptr (TlMonitor) self = g_object_ref (TL_MONITOR (user_data));
  gboolean turned = tl_monitor_adopt (self, observation, verdict);

  g_signal_emit_by_name (self, "changed");
  tl_monitor_advance_checks (self);
  if (self->settling.active) {
    tl_monitor_settle (self);
    g_signal_emit_by_name (self, "changed");
    tl_monitor_advance_checks (self);
  }
  if (turned)
    tl_monitor_ask_exits_again (self);
  tl_monitor_plan_firewall (self);
}

/* What they mean is told to tl_monitor_take_judged(). */
static void
judge_answers (TlMonitor *self)
{
  g_auto (TlAnswers) answers = TL_ANSWERS_NONE;

  self->awaits_tables = FALSE;
  tl_monitor_collect_answers (self, &answers);
  tl_observer_judge (self->observer, &answers);
}

/* An answer may have come by a way that the tables do not have yet: a VPN that has just gone down
 * would leak. They are read first; where they are others, the answer is forgotten. */
static void
take_answers (TlMonitor *self)
{
  if (tl_rtnl_is_current (self->rtnl))
    judge_answers (self);
  else
    self->awaits_tables = TRUE;
}

/*
 * tl_monitor_take_waiting_answers:
 * @self: a monitor; the kernel's tables have been read
 */
void
tl_monitor_take_waiting_answers (TlMonitor *self)
{
  if (self->awaits_tables)
    judge_answers (self);
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

static void
on_firewall_changed (TlFirewallWatch *firewall_watch, gpointer user_data)
{
  g_autoptr (TlMonitor) self = g_object_ref (TL_MONITOR (user_data));

  tl_check_list_note_answered (self->checks, TL_CHECK_FIREWALL);
  take_answers (self);
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
