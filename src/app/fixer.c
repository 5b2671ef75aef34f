/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/fixer.h"

#include "app/fix-job.h"
#include "app/undoable.h"

/**
 * TlFixer:
 *
 * Does fixes and takes them back, one at a time: looks anew, writes the old values down, makes the
 * change, measures, and takes back what did not help. Only what is measured counts.
 *
 * `changed` is emitted when what can be undone has changed.
 */
enum { SIGNAL_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (TlFixer, tl_fixer, G_TYPE_OBJECT)

static void
on_journal_changed (TlUndoJournal *journal, gpointer user_data)
{
  tl_fixer_emit_changed (TL_FIXER (user_data));
}

static void
tl_fixer_dispose (GObject *object)
{
  TlFixer *self = TL_FIXER (object);

  if (self->journal != NULL)
    g_signal_handlers_disconnect_by_data (self->journal, self);
  g_clear_object (&self->journal);
  g_clear_object (&self->actions);
  g_clear_object (&self->monitor);

  G_OBJECT_CLASS (tl_fixer_parent_class)->dispose (object);
}

static void
tl_fixer_class_init (TlFixerClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = tl_fixer_dispose;

  /**
   * TlFixer::changed:
   *
   * What can be undone has changed, or a fix or an undo has begun or ended.
   */
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tl_fixer_init (TlFixer *self)
{
}

/*
 * tl_fixer_emit_changed:
 * @self: a fixer
 */
void
tl_fixer_emit_changed (TlFixer *self)
{
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/**
 * tl_fixer_new:
 * @monitor: what measures
 * @actions: what changes
 * @journal: what remembers
 *
 * Returns: (transfer full): a fixer
 */
TlFixer *
tl_fixer_new (TlMonitor *monitor, TlNmActions *actions, TlUndoJournal *journal)
{
  TlFixer *self = g_object_new (TL_TYPE_FIXER, NULL);

  self->monitor = g_object_ref (monitor);
  self->actions = g_object_ref (actions);
  self->journal = g_object_ref (journal);
  g_signal_connect (self->journal, "changed", G_CALLBACK (on_journal_changed), self);
  return self;
}

/**
 * tl_fixer_get_undoable:
 * @self: a fixer
 *
 * What has gone with its VPN or its connection needs no undo and is left out; before the first look
 * at the network nothing is known of that, and there is nothing.
 *
 * Returns: (transfer full) (element-type TlJournalEntry): what can be undone, newest first
 */
GPtrArray *
tl_fixer_get_undoable (TlFixer *self)
{
  const TlVerdict *verdict = tl_monitor_get_verdict (self->monitor);
  g_autoptr (GPtrArray) written = tl_undo_journal_list (self->journal, NULL);

  if (written == NULL || verdict == NULL)
    return g_ptr_array_new_with_free_func ((GDestroyNotify)tl_journal_entry_free);

  return tl_undoable_entries (written, tl_monitor_get_observation (self->monitor), verdict);
}

/**
 * tl_fixer_fix:
 * @self: a fixer
 * @id: which fix
 * @method: (nullable): see tl_fix_plans()
 * @callback: called when it was done and measured, or why not is known
 * @user_data: for @callback
 *
 * Looks anew, does the fix if it is still the right thing, measures, and takes it back if it did
 * not help. What was begun is brought to its end; it cannot be cancelled.
 */
void
tl_fixer_fix (TlFixer *self,
              TlFixId id,
              const char *method,
              GAsyncReadyCallback callback,
              gpointer user_data)
{
  TlFixJob *job = tl_fix_job_new (self, tl_fixer_fix, callback, user_data);

  job->id = id;
  job->method = g_strdup (method);
  job->outcome->has_fix = TRUE;
  job->outcome->fix = id;
  /* The click was a yes to asking the Internet this once. */
  tl_fix_job_start (job, TRUE, tl_fix_first_step);
}

/**
 * tl_fixer_fix_finish:
 * @self: a fixer
 * @result: the result
 *
 * Returns: (transfer full): how it ended
 */
TlFixOutcome *
tl_fixer_fix_finish (TlFixer *self, GAsyncResult *result)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, tl_fixer_fix), NULL);

  return g_task_propagate_pointer (G_TASK (result), NULL);
}

/**
 * tl_fixer_undo:
 * @self: a fixer
 * @fix_id: (nullable): the name of the fix to take back; %NULL: the latest
 * @all: take back all of them
 * @callback: called when it was taken back and measured, or why not is known
 * @user_data: for @callback
 *
 * Takes back exactly what a fix has added or changed. What somebody else has changed meanwhile is
 * left alone, and said. Of all, those that cannot be taken back do not hold up the others. What was
 * begun is brought to its end; it cannot be cancelled.
 */
void
tl_fixer_undo (TlFixer *self,
               const char *fix_id,
               gboolean all,
               GAsyncReadyCallback callback,
               gpointer user_data)
{
  TlFixJob *job = tl_fix_job_new (self, tl_fixer_undo, callback, user_data);

  job->undo_id = g_strdup (fix_id);
  job->undo_all = all;
  job->outcome->has_fix = fix_id != NULL && tl_fix_id_from_string (fix_id, &job->outcome->fix);
  tl_fix_job_start (job, FALSE, tl_undo_first_step);
}

/**
 * tl_fixer_undo_finish:
 * @self: a fixer
 * @result: the result
 *
 * Returns: (transfer full): how it ended
 */
TlFixOutcome *
tl_fixer_undo_finish (TlFixer *self, GAsyncResult *result)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, tl_fixer_undo), NULL);

  return g_task_propagate_pointer (G_TASK (result), NULL);
}
