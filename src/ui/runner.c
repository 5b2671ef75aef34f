/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "ui/runner.h"

#include "app/describe-error.h"
#include "app/describe.h"

#include <glib/gi18n.h>

/* What a look may take before something is done on its strength. */
#define CHECK_TIMEOUT_MS 10000

/**
 * TlRunner:
 *
 * Does what the person asks for, one thing at a time: a check, a fix, an undo. A fix looks again
 * before it acts, since the click may be hours late.
 */

enum {
  SIGNAL_CHANGED,
  SIGNAL_DONE,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

struct _TlRunner {
  GObject parent_instance;

  TlMonitor *monitor;
  TlFixer *fixer;

  TlJob job;
  char *outcome;
};

G_DEFINE_FINAL_TYPE (TlRunner, tl_runner, G_TYPE_OBJECT)

static gboolean
begin (TlRunner *self, TlJob job)
{
  if (self->job != TL_JOB_NONE)
    return FALSE;

  self->job = job;
  g_clear_pointer (&self->outcome, g_free);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
  return TRUE;
}

static void
end (TlRunner *self, char *outcome)
{
  TlJob job = self->job;

  self->job = TL_JOB_NONE;
  self->outcome = outcome;
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
  if (outcome != NULL)
    g_signal_emit (self, signals[SIGNAL_DONE], 0, (guint)job);
}

static void
on_check_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TlRunner) self = TL_RUNNER (user_data);
  g_autoptr (GError) error = NULL;

  if (tl_monitor_check_finish (TL_MONITOR (source), result, &error))
    end (self, NULL);
  else
    end (self, tl_describe_error (error));
}

static void
on_fix_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TlRunner) self = TL_RUNNER (user_data);
  g_autoptr (TlFixOutcome) outcome = tl_fixer_fix_finish (TL_FIXER (source), result);

  end (self, tl_describe_outcome (outcome, FALSE));
}

static void
on_undo_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TlRunner) self = TL_RUNNER (user_data);
  g_autoptr (TlFixOutcome) outcome = tl_fixer_undo_finish (TL_FIXER (source), result);

  end (self, tl_describe_outcome (outcome, TRUE));
}

static void
on_first_plan_known (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TlRunner) self = TL_RUNNER (user_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) plans = NULL;
  const TlFixPlan *plan;

  if (!tl_monitor_check_finish (TL_MONITOR (source), result, &error)) {
    end (self, tl_describe_error (error));
    return;
  }

  plans = tl_monitor_get_fix_plans (self->monitor, NULL);
  plan = tl_fix_plans_first (plans);
  if (plan != NULL)
    tl_fixer_fix (self->fixer, plan->id, NULL, on_fix_ready, g_object_ref (self));
  else
    end (self, g_strdup (_ ("There is nothing to fix now.")));
}

static void
tl_runner_dispose (GObject *object)
{
  TlRunner *self = TL_RUNNER (object);

  g_clear_object (&self->monitor);
  g_clear_object (&self->fixer);
  g_clear_pointer (&self->outcome, g_free);

  G_OBJECT_CLASS (tl_runner_parent_class)->dispose (object);
}

static void
tl_runner_class_init (TlRunnerClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = tl_runner_dispose;

  /**
   * TlRunner::changed:
   *
   * A job has begun or ended, or its outcome was forgotten.
   */
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", TL_TYPE_RUNNER, G_SIGNAL_RUN_LAST, 0, NULL,
                                          NULL, NULL, G_TYPE_NONE, 0);
  /**
   * TlRunner::done:
   * @job: a #TlJob
   *
   * A job has ended with words for the person: tl_runner_get_outcome().
   */
  signals[SIGNAL_DONE] = g_signal_new ("done", TL_TYPE_RUNNER, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                       NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
tl_runner_init (TlRunner *self)
{
}

/**
 * tl_runner_new:
 * @monitor: who looks
 * @fixer: who fixes
 *
 * Returns: (transfer full): a runner with nothing to do
 */
TlRunner *
tl_runner_new (TlMonitor *monitor, TlFixer *fixer)
{
  TlRunner *self = g_object_new (TL_TYPE_RUNNER, NULL);

  self->monitor = g_object_ref (monitor);
  self->fixer = g_object_ref (fixer);
  return self;
}

/**
 * tl_runner_check:
 * @self: the runner
 *
 * Looks again, and asks for the exit addresses where the policy does not forbid it: the click is
 * the person's yes for this once. Nothing happens while another job is under way.
 */
void
tl_runner_check (TlRunner *self)
{
  if (begin (self, TL_JOB_CHECK))
    tl_monitor_check (self->monitor, TRUE, CHECK_TIMEOUT_MS, NULL, on_check_ready,
                      g_object_ref (self));
}

/**
 * tl_runner_fix:
 * @self: the runner
 * @id: which fix
 *
 * Looks again, and does the fix if it is still available. Nothing happens while another job is
 * under way.
 */
void
tl_runner_fix (TlRunner *self, TlFixId id)
{
  if (!begin (self, TL_JOB_FIX))
    return;

  tl_fixer_fix (self->fixer, id, NULL, on_fix_ready, g_object_ref (self));
}

/**
 * tl_runner_fix_first:
 * @self: the runner
 *
 * Looks again, and does the fix that is offered first then, if there is one. Nothing happens while
 * another job is under way.
 */
void
tl_runner_fix_first (TlRunner *self)
{
  if (!begin (self, TL_JOB_FIX))
    return;

  tl_monitor_check (self->monitor, FALSE, CHECK_TIMEOUT_MS, NULL, on_first_plan_known,
                    g_object_ref (self));
}

/**
 * tl_runner_undo:
 * @self: the runner
 *
 * Takes the last fix back. Nothing happens while another job is under way.
 */
void
tl_runner_undo (TlRunner *self)
{
  if (begin (self, TL_JOB_UNDO))
    tl_fixer_undo (self->fixer, NULL, FALSE, on_undo_ready, g_object_ref (self));
}

/**
 * tl_runner_get_job:
 * @self: the runner
 *
 * Returns: what is under way
 */
TlJob
tl_runner_get_job (TlRunner *self)
{
  return self->job;
}

/**
 * tl_runner_get_outcome:
 * @self: the runner
 *
 * Returns: (nullable) (transfer none): how the last job ended, in words, until the next begins
 */
const char *
tl_runner_get_outcome (TlRunner *self)
{
  return self->outcome;
}

/**
 * tl_runner_forget_outcome:
 * @self: the runner
 *
 * The words no longer describe how things are.
 */
void
tl_runner_forget_outcome (TlRunner *self)
{
  if (self->outcome == NULL)
    return;

  g_clear_pointer (&self->outcome, g_free);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}
