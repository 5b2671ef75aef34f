/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/fix-job.h"

#include "app/change-runner.h"
#include "app/describe-error.h"
#include "app/undo-check.h"
#include "app/undoable.h"
#include "core/block-route.h"

#include <glib/gi18n.h>

/* Taking fixes back: exactly what they have added or changed, measured in the kernel's table. */

static void undo_next (TlFixJob *job);

/* An undo is the change the other way round. */
static void
note_undone (TlFixJob *job, const GPtrArray *changes)
{
  for (guint i = changes->len; i-- > 0;) {
    TlChange *change = tl_change_copy (changes->pdata[i]);
    char *from = change->from;

    change->from = change->to;
    change->to = from;
    g_ptr_array_add (job->outcome->changes, change);
  }
}

/* The first of @job's entries has been worked on. */
static void
next_entry (TlFixJob *job)
{
  g_ptr_array_remove_index (job->entries, 0);
  undo_next (job);
}

/*
 * It stays in the journal. Where all are to be taken back, the others still are: what is left of a
 * program that is to be removed must not depend on which of its fixes comes first. Each that is not
 * taken back is told of by its name, and the worst of them is how the whole ended.
 */
static void
give_up_entry (TlFixJob *job, TlFixResult result, const char *reason)
{
  const char *before = job->outcome->reason;
  g_autofree char *all = NULL;

  if (!job->undo_all) {
    tl_fix_job_finish (job, result, reason);
    return;
  }
  all = g_strdup_printf ("%s%s%s: %s", before != NULL ? before : "", before != NULL ? " " : "",
                         tl_fix_id_to_string (tl_fix_job_entry (job)->fix), reason);
  tl_fix_job_note (job, MAX (job->outcome->result, result), all);
  next_entry (job);
}

static void
give_up_entry_for_error (TlFixJob *job, const GError *error)
{
  g_autofree char *reason = tl_describe_error (error);

  give_up_entry (job, tl_fix_result_of_error (error), reason);
}

/* Which blocks an administrator would have to remove, and how. */
static void
give_up_block (TlFixJob *job, const TlPrefix *left)
{
  g_autofree char *prefix = tl_prefix_to_string (left);
  g_autofree char *command = tl_block_removal_command (left);
  /* Translators: a range of addresses; a command for a terminal */
  g_autofree char *reason =
    g_strdup_printf (_ ("The block of “%s” is still in the kernel, and NetworkManager cannot "
                        "remove it. An administrator can, with the command “%s”."),
                     prefix, command);

  give_up_entry (job, TL_FIX_RESULT_FAILED, reason);
}

static void
give_up_route (TlFixJob *job, const TlChange *change, const char *route)
{
  /* Translators: a range of addresses; a link, as eth0 */
  g_autofree char *reason =
    g_strdup_printf (_ ("The route to “%s” has not come back. Reconnecting “%s” brings it back."),
                     route, change->target);

  give_up_entry (job, TL_FIX_RESULT_FAILED, reason);
}

static void look_after_undo (TlFixJob *job);
static gboolean is_undone (TlFixJob *job);

static void
on_loopback_reset (GObject *source, GAsyncResult *result, gpointer user_data)
{
  TlFixJob *job = user_data;
  g_autoptr (GError) error = NULL;

  if (tl_nm_actions_reset_loopback_finish (TL_NM_ACTIONS (source), result, &error)) {
    if (job->outcome->changes->len == 0)
      note_undone (job, tl_fix_job_entry (job)->changes);
    tl_fix_job_await (job, is_undone, look_after_undo);
    return;
  }
  g_debug ("%s", error->message);
  look_after_undo (job);
}

/*
 * Blocks of this shape may as well be part of a VPN's own settings: without a journal they are ours
 * for certain only where no VPN is up.
 */
static gboolean
may_reset_loopback (TlFixJob *job)
{
  TlMonitor *monitor = job->fixer->monitor;
  const TlVerdict *verdict = tl_monitor_get_verdict (monitor);

  return !job->tried_loopback &&
         (tl_fix_job_entry (job)->id != NULL || !tl_has_full_tunnel (verdict)) &&
         tl_may_reset_loopback (tl_monitor_get_observation (monitor));
}

static void
go_on (TlFixJob *job)
{
  const char *id = tl_fix_job_entry (job)->id;
  g_autoptr (GError) error = NULL;

  if (id != NULL && !tl_undo_journal_remove (job->fixer->journal, id, &error) &&
      !g_error_matches (error, TL_ERROR, TL_ERROR_NOT_FOUND)) {
    give_up_entry_for_error (job, error);
    return;
  }
  next_entry (job);
}

static void
on_looked_after_undo (GObject *source, GAsyncResult *result, gpointer user_data)
{
  TlFixJob *job = user_data;
  const TlObservation *observation;
  const GPtrArray *changes = tl_fix_job_entry (job)->changes;
  const TlPrefix *left;
  const TlChange *not_restored;
  g_autofree char *route = NULL;
  g_autoptr (GError) error = NULL;

  if (!tl_monitor_check_finish (TL_MONITOR (source), result, &error)) {
    give_up_entry_for_error (job, error);
    return;
  }
  observation = tl_monitor_get_observation (job->fixer->monitor);
  left = tl_find_left_behind (observation, changes);
  not_restored = tl_find_not_restored (observation, changes, &route);
  if (left == NULL && not_restored == NULL) {
    go_on (job);
  } else if (left == NULL) {
    give_up_route (job, not_restored, route);
  } else if (may_reset_loopback (job)) {
    job->tried_loopback = TRUE;
    tl_nm_actions_reset_loopback (job->fixer->actions, on_loopback_reset, job);
  } else {
    give_up_block (job, left);
  }
}

static gboolean
is_undone (TlFixJob *job)
{
  const TlObservation *observation = tl_monitor_get_observation (job->fixer->monitor);
  const TlVerdict *verdict = tl_monitor_get_verdict (job->fixer->monitor);
  const GPtrArray *changes = tl_fix_job_entry (job)->changes;
  g_autofree char *route = NULL;

  /* A family that was switched off comes back with the next router advertisement. */
  for (guint i = 0; i < changes->len; i++) {
    const TlChange *change = changes->pdata[i];

    if (change->setting == TL_SETTING_METHOD && !verdict->families[change->family].local)
      return FALSE;
  }

  return tl_find_left_behind (observation, changes) == NULL &&
         tl_find_not_restored (observation, changes, &route) == NULL;
}

static void
look_after_undo (TlFixJob *job)
{
  tl_monitor_check (job->fixer->monitor, FALSE, TL_FIX_LOOK_MS, NULL, on_looked_after_undo, job);
}

/* Nothing of this shape is applied to the VPN's link: then it is in the VPN's own settings. */
static gboolean
is_of_others (TlFixJob *job)
{
  return tl_fix_job_entry (job)->id == NULL &&
         tl_has_full_tunnel (tl_monitor_get_verdict (job->fixer->monitor));
}

static void
on_undone (GObject *source, GAsyncResult *result, gpointer user_data)
{
  TlFixJob *job = user_data;
  g_autoptr (GPtrArray) changes = NULL;
  g_autoptr (GError) error = NULL;

  if (!tl_run_changes_finish (TL_NM_ACTIONS (source), result, &changes, &error)) {
    give_up_entry_for_error (job, error);
    return;
  }
  note_undone (job, changes);
  if (changes->len > 0)
    tl_fix_job_await (job, is_undone, look_after_undo);
  else if (is_of_others (job))
    go_on (job);
  else
    look_after_undo (job);
}

static void
undo_next (TlFixJob *job)
{
  TlJournalEntry *entry = tl_fix_job_entry (job);

  if (entry == NULL) {
    if (job->outcome->reason != NULL)
      tl_fix_job_end (job);
    else if (job->outcome->changes->len > 0)
      tl_fix_job_finish (job, TL_FIX_RESULT_VERIFIED, NULL);
    else
      tl_fix_job_finish (job, TL_FIX_RESULT_REFUSED, _ ("There is nothing left to undo."));
    return;
  }
  job->tried_loopback = FALSE;
  job->outcome->has_fix = TRUE;
  job->outcome->fix = entry->fix;
  tl_run_changes (job->fixer->actions, entry->changes, TL_RUN_UNDO, NULL, on_undone, job);
}

/* What has gone by itself is struck out. */
static void
strike_gone (TlFixJob *job, const GPtrArray *written)
{
  const TlObservation *observation = tl_monitor_get_observation (job->fixer->monitor);

  for (guint i = 0; i < written->len; i++) {
    const TlJournalEntry *entry = written->pdata[i];

    if (tl_entry_is_gone (entry, observation))
      tl_undo_journal_remove (job->fixer->journal, entry->id, NULL);
  }
}

static gboolean
is_meant (const TlFixJob *job, TlFixId fix)
{
  return job->undo_id == NULL || g_str_equal (job->undo_id, tl_fix_id_to_string (fix));
}

/* The entries that are meant: all, or the latest, or the latest of the fix that was named. */
static void
select_entries (TlFixJob *job, const GPtrArray *entries)
{
  for (guint i = 0; i < entries->len && (job->undo_all || job->entries->len == 0); i++) {
    const TlJournalEntry *entry = entries->pdata[i];

    if (is_meant (job, entry->fix))
      g_ptr_array_add (job->entries, tl_journal_entry_copy (entry));
  }
}

/* A journal that was lost or damaged must not leave anybody without a way back. */
static void
select_by_shape (TlFixJob *job, const GPtrArray *entries)
{
  TlMonitor *monitor = job->fixer->monitor;
  TlJournalEntry *entry;

  if (!is_meant (job, TL_FIX_BLOCK_NOW) || (job->entries->len > 0 && !job->undo_all))
    return;
  entry = tl_undoable_by_shape (entries, tl_monitor_get_observation (monitor),
                                tl_monitor_get_verdict (monitor));
  if (entry != NULL)
    g_ptr_array_add (job->entries, entry);
}

/* Returns: (transfer full) (nullable) */
static GPtrArray *
read_journal (TlFixJob *job, GError **error)
{
  g_autoptr (GError) wrong = NULL;
  GPtrArray *written = tl_undo_journal_list (job->fixer->journal, &wrong);

  if (written == NULL && g_error_matches (wrong, TL_ERROR, TL_ERROR_INVALID))
    return tl_undo_journal_set_aside (job->fixer->journal, error)
             ? tl_undo_journal_list (job->fixer->journal, error)
             : NULL;
  if (written == NULL)
    g_propagate_error (error, g_steal_pointer (&wrong));
  return written;
}

/*
 * tl_undo_first_step:
 * @job: an undo, after the first look
 */
void
tl_undo_first_step (TlFixJob *job)
{
  TlMonitor *monitor = job->fixer->monitor;
  g_autoptr (GPtrArray) written = NULL;
  g_autoptr (GPtrArray) entries = NULL;
  g_autoptr (GError) error = NULL;

  written = read_journal (job, &error);
  if (written == NULL) {
    tl_fix_job_fail (job, error);
    return;
  }
  entries = tl_undoable_entries (written, tl_monitor_get_observation (monitor),
                                 tl_monitor_get_verdict (monitor));
  strike_gone (job, written);
  select_entries (job, entries);
  select_by_shape (job, entries);
  if (job->entries->len == 0) {
    tl_fix_job_finish (job, TL_FIX_RESULT_REFUSED, _ ("There is nothing to undo."));
    return;
  }
  undo_next (job);
}
