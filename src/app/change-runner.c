/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/change-runner.h"

#include "core/error.h"

/** Run: one call of tl_run_changes() on its way. */
typedef struct {
  GPtrArray *todo; /* copies, in the order in which they are run */
  GPtrArray *done; /* as NetworkManager had them, in the order of the caller's list */
  TlNetState *net; /* (nullable) */
  TlRunMode mode;
  guint next;
  TlNmEdit *edit;
} Run;

static void
run_free (Run *run)
{
  g_ptr_array_unref (run->todo);
  g_ptr_array_unref (run->done);
  g_clear_pointer (&run->net, tl_net_state_unref);
  g_clear_pointer (&run->edit, tl_nm_edit_unref);
  g_free (run);
}

static void prepare_next (GTask *task);

static void
keep (Run *run)
{
  g_ptr_array_insert (run->done, run->mode == TL_RUN_UNDO ? 0 : -1,
                      tl_change_copy (tl_nm_edit_get_change (run->edit)));
}

static void
go_on (GTask *task)
{
  Run *run = g_task_get_task_data (task);

  g_clear_pointer (&run->edit, tl_nm_edit_unref);
  run->next++;
  prepare_next (task);
}

/* After the other errors nothing has changed; after these it may have. */
static gboolean
is_uncertain (const GError *error)
{
  return g_error_matches (error, TL_ERROR, TL_ERROR_FAILED) ||
         g_error_matches (error, TL_ERROR, TL_ERROR_TIMEOUT);
}

static void
on_commit_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  Run *run = g_task_get_task_data (task);

  if (!tl_nm_actions_commit_finish (TL_NM_ACTIONS (source), result, &error)) {
    if (is_uncertain (error))
      keep (run);
    g_task_return_error (task, g_steal_pointer (&error));
    return;
  }
  keep (run);
  go_on (g_steal_pointer (&task));
}

static gboolean
takes_foreign (const Run *run, GError **error)
{
  g_autofree char *foreign =
    run->net != NULL ? tl_nm_edit_find_foreign (run->edit, run->net) : NULL;

  if (foreign == NULL)
    return FALSE;

  g_set_error (error, TL_ERROR, TL_ERROR_REFUSED,
               "%s: would lose %s, which NetworkManager did not set and would not bring back",
               tl_nm_edit_get_change (run->edit)->target, foreign);
  return TRUE;
}

static void
on_prepare_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  Run *run = g_task_get_task_data (task);

  run->edit = tl_nm_actions_prepare_finish (TL_NM_ACTIONS (source), result, &error);
  if (run->edit == NULL) {
    /* What is gone has taken our change with it. */
    if (run->mode == TL_RUN_UNDO && g_error_matches (error, TL_ERROR, TL_ERROR_NOT_FOUND))
      go_on (g_steal_pointer (&task));
    else
      g_task_return_error (task, g_steal_pointer (&error));
    return;
  }

  if (tl_nm_edit_is_noop (run->edit)) {
    go_on (g_steal_pointer (&task));
  } else if (takes_foreign (run, &error)) {
    g_task_return_error (task, g_steal_pointer (&error));
  } else if (run->mode == TL_RUN_READ) {
    keep (run);
    go_on (g_steal_pointer (&task));
  } else {
    tl_nm_actions_commit (TL_NM_ACTIONS (source), run->edit, NULL, on_commit_ready,
                          g_object_ref (task));
  }
}

/* One after the other: each Reapply of a device moves the version id that the next one needs. */
static void
prepare_next (GTask *task)
{
  Run *run = g_task_get_task_data (task);

  if (run->next == run->todo->len) {
    g_task_return_boolean (task, TRUE);
    g_object_unref (task);
    return;
  }
  tl_nm_actions_prepare (g_task_get_source_object (task), run->todo->pdata[run->next],
                         run->mode == TL_RUN_UNDO, NULL, on_prepare_ready, task);
}

/**
 * tl_run_changes:
 * @actions: NetworkManager
 * @changes: (element-type TlChange): changes, which are copied
 * @mode: what to do with them
 * @net: (nullable): the kernel's tables: a change that would take from a link what others have put
 *   there is then refused
 * @callback: called when all are run, or one failed
 * @user_data: for @callback
 *
 * Runs changes one after the other. What is already as it shall be is left out: it is nobody's
 * change.
 */
void
tl_run_changes (TlNmActions *actions,
                const GPtrArray *changes,
                TlRunMode mode,
                const TlNetState *net,
                GAsyncReadyCallback callback,
                gpointer user_data)
{
  GTask *task = g_task_new (actions, NULL, callback, user_data);
  Run *run = g_new0 (Run, 1);

  g_task_set_source_tag (task, tl_run_changes);
  run->todo = g_ptr_array_new_with_free_func ((GDestroyNotify)tl_change_free);
  run->done = g_ptr_array_new_with_free_func ((GDestroyNotify)tl_change_free);
  run->net = net != NULL ? tl_net_state_ref (net) : NULL;
  run->mode = mode;
  for (guint i = 0; i < changes->len; i++)
    g_ptr_array_insert (run->todo, mode == TL_RUN_UNDO ? 0 : -1,
                        tl_change_copy (changes->pdata[i]));
  g_task_set_task_data (task, run, (GDestroyNotify)run_free);

  prepare_next (task);
}

/**
 * tl_run_changes_finish:
 * @actions: NetworkManager
 * @result: the result
 * @ret_changes: (out) (transfer full) (element-type TlChange): the changes that were run, with the
 *   values as NetworkManager had them; on failure those that were made until then, and the one that
 *   failed where it may have been made nevertheless
 * @error: the error of the change that failed: those of tl_nm_actions_prepare() and
 *   tl_nm_actions_commit()
 *
 * Returns: whether all were run
 */
gboolean
tl_run_changes_finish (TlNmActions *actions,
                       GAsyncResult *result,
                       GPtrArray **ret_changes,
                       GError **error)
{
  Run *run;

  g_return_val_if_fail (g_task_is_valid (result, actions), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, tl_run_changes), FALSE);

  run = g_task_get_task_data (G_TASK (result));
  *ret_changes = g_ptr_array_ref (run->done);
  return g_task_propagate_boolean (G_TASK (result), error);
}
