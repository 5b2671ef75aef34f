/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/fix-job.h"

#include "app/describe-error.h"
#include "platform/source-util.h"

#include <glib/gi18n.h>

/* What a fix and an undo have in common: the first look, the lock, waiting, and the end. */

static void
job_free (TlFixJob *job)
{
  g_object_unref (job->task);
  g_free (job->method);
  g_free (job->undo_id);
  g_clear_pointer (&job->outcome, tl_fix_outcome_free);
  g_ptr_array_unref (job->entries);
  g_clear_pointer (&job->before, tl_observation_unref);
  g_clear_pointer (&job->verdict_before, tl_verdict_unref);
  g_free (job);
}

/*
 * tl_fix_job_new:
 * @fixer: the fixer
 * @tag: the function that was called
 * @callback: called when it has ended
 * @user_data: for @callback
 *
 * A change that was begun is brought to its end, whoever has lost interest: there is no
 * cancellable.
 *
 * Returns: (transfer full): a job; it frees itself when it has ended
 */
TlFixJob *
tl_fix_job_new (TlFixer *fixer, gpointer tag, GAsyncReadyCallback callback, gpointer user_data)
{
  TlFixJob *job = g_new0 (TlFixJob, 1);

  job->task = g_task_new (fixer, NULL, callback, user_data);
  g_task_set_source_tag (job->task, tag);
  job->fixer = fixer;
  job->outcome = g_new0 (TlFixOutcome, 1);
  job->outcome->changes = g_ptr_array_new_with_free_func ((GDestroyNotify)tl_change_free);
  job->entries = g_ptr_array_new_with_free_func ((GDestroyNotify)tl_journal_entry_free);
  return job;
}

/* The lock comes after the look: a refusal is to tell what was seen, too. */
static void
on_looked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  TlFixJob *job = user_data;
  g_autoptr (GError) error = NULL;

  if (!tl_monitor_check_finish (TL_MONITOR (source), result, &error) ||
      !tl_undo_journal_lock (job->fixer->journal, &error)) {
    tl_fix_job_fail (job, error);
    return;
  }
  job->first_step (job);
}

/*
 * tl_fix_job_start:
 * @job: a new job
 * @ask_exits: whether to ask the Internet before anything is changed, where that is permitted
 * @first_step: what to do after a first look, with the journal locked
 *
 * There is one job at a time; the others are refused.
 */
void
tl_fix_job_start (TlFixJob *job, gboolean ask_exits, TlFixStep first_step)
{
  if (job->fixer->job != NULL) {
    tl_fix_job_finish (job, TL_FIX_RESULT_REFUSED, _ ("Another change is being made right now."));
    return;
  }
  job->fixer->job = job;
  job->first_step = first_step;
  tl_fixer_emit_changed (job->fixer);
  tl_monitor_check (job->fixer->monitor, ask_exits, TL_FIX_LOOK_MS, NULL, on_looked, job);
}

static void
stop_waiting (TlFixJob *job)
{
  g_clear_signal_handler (&job->changed_id, job->fixer->monitor);
  tl_source_clear (&job->deadline);
  job->then (job);
}

static void
on_monitor_changed (TlMonitor *monitor, gpointer user_data)
{
  TlFixJob *job = user_data;

  if (job->awaited (job))
    stop_waiting (job);
}

static gboolean
on_waited_enough (gpointer user_data)
{
  stop_waiting (user_data);
  return G_SOURCE_REMOVE;
}

/*
 * tl_fix_job_await:
 * @job: a job
 * @awaited: what is waited for
 * @then: what to do when it is true, or %TL_FIX_LOOK_MS are over
 *
 * NetworkManager answers before the kernel has everything that it was told to do.
 */
void
tl_fix_job_await (TlFixJob *job, TlFixCondition awaited, TlFixStep then)
{
  if (awaited (job)) {
    then (job);
    return;
  }
  job->awaited = awaited;
  job->then = then;
  job->changed_id =
    g_signal_connect (job->fixer->monitor, "changed", G_CALLBACK (on_monitor_changed), job);
  job->deadline =
    tl_source_add_timeout (g_task_get_context (job->task), TL_FIX_LOOK_MS, on_waited_enough, job);
}

/*
 * tl_fix_job_set_changes:
 * @job: a job
 * @changes: (element-type TlChange): what its outcome tells, copied
 */
void
tl_fix_job_set_changes (TlFixJob *job, const GPtrArray *changes)
{
  g_ptr_array_set_size (job->outcome->changes, 0);
  for (guint i = 0; i < changes->len; i++)
    g_ptr_array_add (job->outcome->changes, tl_change_copy (changes->pdata[i]));
}

/*
 * tl_fix_job_entry:
 * @job: a job
 *
 * Returns: (transfer none) (nullable): the entry that is being worked on
 */
TlJournalEntry *
tl_fix_job_entry (TlFixJob *job)
{
  return job->entries->len > 0 ? job->entries->pdata[0] : NULL;
}

/*
 * tl_fix_job_note:
 * @job: a job
 * @result: how it will end
 * @reason: (nullable): why: whole sentences for people
 */
void
tl_fix_job_note (TlFixJob *job, TlFixResult result, const char *reason)
{
  job->outcome->result = result;
  g_free (job->outcome->reason);
  job->outcome->reason = g_strdup (reason);
}

/*
 * tl_fix_job_end:
 * @job: (transfer full): a job whose result was noted
 */
void
tl_fix_job_end (TlFixJob *job)
{
  g_autoptr (TlFixer) fixer = g_object_ref (job->fixer);
  const TlVerdict *verdict = tl_monitor_get_verdict (fixer->monitor);

  job->outcome->verdict = verdict != NULL ? tl_verdict_ref (verdict) : NULL;
  job->outcome->time = g_get_real_time ();
  if (fixer->job == job) {
    tl_undo_journal_unlock (fixer->journal);
    fixer->job = NULL;
    tl_fixer_emit_changed (fixer);
  }
  g_task_return_pointer (job->task, g_steal_pointer (&job->outcome),
                         (GDestroyNotify)tl_fix_outcome_free);
  job_free (job);
}

/*
 * tl_fix_job_finish:
 * @job: (transfer full): a job
 * @result: how it ended
 * @reason: (nullable): why: whole sentences for people
 */
void
tl_fix_job_finish (TlFixJob *job, TlFixResult result, const char *reason)
{
  tl_fix_job_note (job, result, reason);
  tl_fix_job_end (job);
}

/*
 * tl_fix_result_of_error:
 * @error: why something did not come to anything
 *
 * Returns: a refusal for a reason of ours, else a failure
 */
TlFixResult
tl_fix_result_of_error (const GError *error)
{
  gboolean ours = g_error_matches (error, TL_ERROR, TL_ERROR_REFUSED) ||
                  g_error_matches (error, TL_ERROR, TL_ERROR_BUSY);

  return ours ? TL_FIX_RESULT_REFUSED : TL_FIX_RESULT_FAILED;
}

/*
 * tl_fix_job_fail:
 * @job: (transfer full): a job
 * @error: why it did not come to anything
 */
void
tl_fix_job_fail (TlFixJob *job, const GError *error)
{
  g_autofree char *reason = tl_describe_error (error);

  tl_fix_job_finish (job, tl_fix_result_of_error (error), reason);
}
