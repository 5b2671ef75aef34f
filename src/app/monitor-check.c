/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/monitor-private.h"
#include "core/error.h"

#include <glib/gi18n.h>

/* Full observations that somebody asks the monitor for. */

static void
on_check_asks (TlCheckQuestion questions, guint timeout_ms, gpointer user_data)
{
  TlMonitor *self = TL_MONITOR (user_data);

  if ((questions & TL_CHECK_EXITS) != 0)
    tl_exit_watch_ask (self->exit_watch, MIN (timeout_ms, TL_EXIT_PROBE_TIMEOUT_MS));
  if ((questions & TL_CHECK_FIREWALL) != 0 && !tl_monitor_ask_firewall (self))
    tl_check_list_note_answered (self->checks, TL_CHECK_FIREWALL);
}

/* Whether the verdict is of the tables as they were last read, and no change is under way. */
static gboolean
is_settled (TlMonitor *self)
{
  return !self->settling.active && self->doubt_source == NULL &&
         !tl_observer_is_observing (self->observer);
}

/* Whether it is of all the answers, too. */
static gboolean
is_at_rest (TlMonitor *self)
{
  return is_settled (self) && !tl_observer_is_busy (self->observer);
}

static void
return_verdict (TlMonitor *self, GTask *task)
{
  if (!is_settled (self)) {
    g_task_return_new_error (task, TL_ERROR, TL_ERROR_TIMEOUT, "%s",
                             _ ("The network kept changing while it was checked."));
    return;
  }

  self->checked_at = g_get_real_time ();
  g_task_return_boolean (task, TRUE);
}

/* Those who wait for no more than the judgement of what was answered. */
static void
return_judged (TlMonitor *self)
{
  g_autoptr (GPtrArray) tasks = NULL;

  if (self->unjudged->len == 0 || (is_settled (self) && tl_observer_is_busy (self->observer)))
    return;

  tasks = g_steal_pointer (&self->unjudged);
  self->unjudged = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < tasks->len; i++)
    return_verdict (self, tasks->pdata[i]);
}

static void
on_check_ended (GTask *task, gboolean fresh, gboolean answered, gpointer user_data)
{
  TlMonitor *self = TL_MONITOR (user_data);

  if (g_cancellable_is_cancelled (g_task_get_cancellable (task))) {
    g_task_return_new_error (task, TL_ERROR, TL_ERROR_CANCELLED, "The check was called off");
  } else if (!fresh || self->verdict == NULL) {
    g_task_return_new_error (task, TL_ERROR, TL_ERROR_TIMEOUT, "%s",
                             _ ("The routes of this computer could not be read in time."));
  } else {
    /* What the Internet did not say in time, it did not say. */
    if (!answered && is_settled (self))
      tl_exit_watch_give_up (self->exit_watch);
    g_ptr_array_add (self->unjudged, g_object_ref (task));
    return_judged (self);
  }
}

/*
 * tl_monitor_check_list_new:
 * @self: a monitor
 *
 * Returns: (transfer full): the list of its checks
 */
TlCheckList *
tl_monitor_check_list_new (TlMonitor *self)
{
  return tl_check_list_new (on_check_asks, on_check_ended, self);
}

/*
 * tl_monitor_advance_checks:
 * @self: a monitor
 *
 * Ends the checks that have what they were waiting for.
 */
void
tl_monitor_advance_checks (TlMonitor *self)
{
  if (self->verdict != NULL && is_at_rest (self))
    tl_check_list_advance (self->checks);
  return_judged (self);
}

/**
 * tl_monitor_check:
 * @self: a monitor
 * @ask_exits: whether to ask the Internet too, a yes for this once; not where
 *   tl_monitor_set_may_ask() forbids it
 * @timeout_ms: how long the whole may take
 * @cancellable: (nullable): a cancellable
 * @callback: called when the verdict is fresh and settled, cancelled, or time is over
 * @user_data: for @callback
 *
 * Takes one full observation.
 */
void
tl_monitor_check (TlMonitor *self,
                  gboolean ask_exits,
                  guint timeout_ms,
                  GCancellable *cancellable,
                  GAsyncReadyCallback callback,
                  gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  TlCheckQuestion questions = TL_CHECK_FIREWALL;

  g_task_set_source_tag (task, tl_monitor_check);
  g_task_set_check_cancellable (task, FALSE); /* on_check_ended() has our own error for it */
  /* What asks the firewall goes no further than the home router. */
  if (ask_exits && self->may_ask)
    questions |= TL_CHECK_EXITS;
  tl_check_list_add (self->checks, task, questions, timeout_ms);
  tl_rtnl_refresh (self->rtnl);
}

/**
 * tl_monitor_check_finish:
 * @self: a monitor
 * @result: the result
 * @error: %TL_ERROR_TIMEOUT, %TL_ERROR_CANCELLED
 *
 * Out of time is a check during which the tables were not read, or did not come to rest: there may
 * be a verdict nevertheless, from before or from the way. An exit address that is missing is no
 * failure: the verdict's exit says so.
 *
 * Returns: whether the verdict is of after the check's begin, and settled
 */
gboolean
tl_monitor_check_finish (TlMonitor *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, tl_monitor_check), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
