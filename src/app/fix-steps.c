/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/fix-job.h"

#include "app/change-runner.h"
#include "app/describe-error.h"
#include "app/describe.h"
#include "app/fix-check.h"
#include "core/fix-servers.h"
#include "platform/link-conf.h"

#include <glib/gi18n.h>

/* Doing a fix: look, read the old values, write them down, change, measure; or take back. */

/* Taking a fix back that did not help, or that failed half way. */

static void
on_looked_after_take_back (GObject *source, GAsyncResult *result, gpointer user_data)
{
  tl_monitor_check_finish (TL_MONITOR (source), result, NULL);
  tl_fix_job_end (user_data);
}

static gboolean
forget_entry (TlFixJob *job, GError **error)
{
  return tl_undo_journal_remove (job->fixer->journal, tl_fix_job_entry (job)->id, error);
}

/* NetworkManager answers before the router has given everything back. */
static gboolean
is_as_before (TlFixJob *job)
{
  return tl_monitor_get_verdict (job->fixer->monitor)->state == job->verdict_before->state;
}

static void
look_after_take_back (TlFixJob *job)
{
  tl_monitor_check (job->fixer->monitor, FALSE, TL_FIX_LOOK_MS, NULL, on_looked_after_take_back,
                    job);
}

static void
on_taken_back (GObject *source, GAsyncResult *result, gpointer user_data)
{
  TlFixJob *job = user_data;
  g_autoptr (GPtrArray) changes = NULL;
  g_autoptr (GError) error = NULL;

  if (!tl_run_changes_finish (TL_NM_ACTIONS (source), result, &changes, &error) ||
      !forget_entry (job, &error)) {
    g_autofree char *why = tl_describe_error (error);
    /* Translators: whole sentences, both: why a fix is taken back; why it could not be */
    g_autofree char *reason =
      g_strdup_printf (_ ("%s It could not be taken back. %s"), job->outcome->reason, why);

    tl_fix_job_note (job, TL_FIX_RESULT_FAILED, reason);
  }
  tl_fix_job_await (job, is_as_before, look_after_take_back);
}

static void
take_back (TlFixJob *job, TlFixResult result, const char *reason)
{
  tl_fix_job_note (job, result, reason);
  tl_run_changes (job->fixer->actions, tl_fix_job_entry (job)->changes, TL_RUN_UNDO, NULL,
                  on_taken_back, job);
}

static void
take_back_for_error (TlFixJob *job, TlFixResult result, const GError *error)
{
  g_autofree char *reason = tl_describe_error (error);

  take_back (job, result, reason);
}

/* Doing a fix. */

/*
 * `ignore` leaves IPv6 to the kernel, which brings it back with the next router advertisement
 * (measured): that nothing leaks before it comes proves nothing.
 */
static const char *
find_link_that_comes_back (const GPtrArray *changes)
{
  for (guint i = 0; i < changes->len; i++) {
    const TlChange *change = changes->pdata[i];

    if (change->target_kind == TL_TARGET_LINK && change->family == TL_FAMILY_IPV6 &&
        change->setting == TL_SETTING_METHOD && g_str_equal (change->to, "ignore") &&
        tl_link_conf_accepts_ra (change->target))
      return change->target;
  }

  return NULL;
}

/* Returns: (transfer full) (nullable): why the fix that was done is not to stay */
static char *
find_objection (TlFixJob *job)
{
  const TlVerdict *verdict = tl_monitor_get_verdict (job->fixer->monitor);
  const TlNetState *net = tl_monitor_get_observation (job->fixer->monitor)->net;
  const GPtrArray *changes = tl_fix_job_entry (job)->changes;
  const char *ended = tl_find_ended_link (net, changes);
  g_autofree char *lost = tl_find_lost (job->before->net, net, changes);
  const char *comes_back = find_link_that_comes_back (changes);
  TlFamily dead;

  if (ended != NULL || verdict->state == TL_STATE_NO_VPN)
    return g_strdup (_ ("The VPN was disconnected meanwhile."));
  if (lost != NULL)
    return g_strdup_printf (_ ("It took “%s” away, which belongs to another program."), lost);
  if (verdict->state != TL_STATE_SAFE) {
    g_autofree char *headline = tl_describe_headline (verdict, verdict->state);

    return g_strdup_printf (_ ("Still seen afterwards: %s."), headline);
  }
  if (tl_find_dead_family (job->verdict_before, verdict, &dead))
    /* Translators: IPv4 or IPv6 */
    return g_strdup_printf (_ ("The VPN carried %s before, and no longer does."),
                            tl_family_name (dead));
  if (comes_back != NULL)
    return g_strdup_printf (
      _ ("The system itself would bring IPv6 back on “%s”, with the router’s next announcement."),
      comes_back);

  return NULL;
}

static void
on_verified (GObject *source, GAsyncResult *result, gpointer user_data)
{
  TlFixJob *job = user_data;
  g_autofree char *objection = NULL;
  g_autoptr (GError) error = NULL;

  if (!tl_monitor_check_finish (TL_MONITOR (source), result, &error)) {
    g_autofree char *why = tl_describe_error (error);
    /* Translators: a whole sentence: why */
    g_autofree char *reason =
      g_strdup_printf (_ ("Whether it helped could not be checked. %s"), why);

    take_back (job, TL_FIX_RESULT_REVERTED, reason);
    return;
  }
  objection = find_objection (job);
  if (objection != NULL) {
    take_back (job, TL_FIX_RESULT_REVERTED, objection);
    return;
  }

  tl_fix_job_entry (job)->done = TRUE;
  if (!tl_undo_journal_put (job->fixer->journal, tl_fix_job_entry (job), &error))
    take_back_for_error (job, TL_FIX_RESULT_FAILED, error);
  else
    tl_fix_job_finish (job, TL_FIX_RESULT_VERIFIED, NULL);
}

static void
verify (TlFixJob *job)
{
  tl_monitor_check (job->fixer->monitor, TRUE, TL_FIX_ANSWER_MS, NULL, on_verified, job);
}

static gboolean
is_safe (TlFixJob *job)
{
  return tl_monitor_get_verdict (job->fixer->monitor)->state == TL_STATE_SAFE;
}

/* What was not done is not ours to take back: somebody else may have done the same meanwhile. */
static void
keep_only (TlFixJob *job, GPtrArray *changes)
{
  TlJournalEntry *entry = tl_fix_job_entry (job);

  g_ptr_array_unref (entry->changes);
  entry->changes = g_ptr_array_ref (changes);
}

static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  TlFixJob *job = user_data;
  g_autoptr (GPtrArray) changes = NULL;
  g_autoptr (GError) error = NULL;
  gboolean done = tl_run_changes_finish (TL_NM_ACTIONS (source), result, &changes, &error);

  keep_only (job, changes);
  if (done) {
    tl_fix_job_await (job, is_safe, verify);
  } else if (changes->len > 0) {
    tl_undo_journal_put (job->fixer->journal, tl_fix_job_entry (job), NULL);
    take_back_for_error (job, TL_FIX_RESULT_FAILED, error);
  } else {
    forget_entry (job, NULL);
    tl_fix_job_fail (job, error);
  }
}

static TlJournalEntry *
entry_new (TlFixJob *job, GPtrArray *changes)
{
  TlJournalEntry *entry = tl_journal_entry_new (job->id);

  g_ptr_array_unref (entry->changes);
  entry->changes = g_ptr_array_ref (changes);
  entry->nm_bus_name = g_strdup (job->before->nm->bus_name);
  return entry;
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  TlFixJob *job = user_data;
  g_autoptr (GPtrArray) changes = NULL;
  g_autoptr (GError) error = NULL;

  if (!tl_run_changes_finish (TL_NM_ACTIONS (source), result, &changes, &error)) {
    tl_fix_job_fail (job, error);
    return;
  }
  tl_fix_job_set_changes (job, changes);
  g_ptr_array_add (job->entries, entry_new (job, changes));
  if (!tl_undo_journal_put (job->fixer->journal, tl_fix_job_entry (job), &error)) {
    tl_fix_job_fail (job, error);
    return;
  }
  tl_run_changes (job->fixer->actions, changes, TL_RUN_DO, NULL, on_done, job);
}

static gboolean
is_answered_through_tunnel (const TlVerdict *verdict)
{
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    const TlFamilyVerdict *result = &verdict->families[family];

    if (result->exit != NULL && result->exit->has_address &&
        result->exit_owner == TL_EXIT_OWNER_TUNNEL)
      return TRUE;
  }

  return FALSE;
}

/*
 * A block closes the way to a VPN server that is reached over the family that leaks, and nobody
 * knows where it is. Whether the tunnel still works afterwards shows only if it is seen to work
 * now.
 */
static gboolean
may_go_unnoticed (TlFixId id, const TlVerdict *verdict, const TlNmState *nm)
{
  return id == TL_FIX_BLOCK_NOW && tl_fix_has_hidden_server (verdict, nm) &&
         !is_answered_through_tunnel (verdict);
}

/*
 * tl_fix_first_step:
 * @job: a fix, after the first look
 */
void
tl_fix_first_step (TlFixJob *job)
{
  TlMonitor *monitor = job->fixer->monitor;
  const TlVerdict *verdict = tl_monitor_get_verdict (monitor);
  g_autoptr (GPtrArray) plans = tl_monitor_get_fix_plans (monitor, job->method);
  const TlFixPlan *plan = tl_fix_plans_find (plans, job->id);

  tl_fix_job_set_changes (job, plan->changes);
  if (!plan->available) {
    tl_fix_job_finish (job, TL_FIX_RESULT_REFUSED, tl_describe_fix_reason (plan->reason, verdict));
    return;
  }
  job->before = tl_observation_ref (tl_monitor_get_observation (monitor));
  if (may_go_unnoticed (job->id, verdict, job->before->nm)) {
    tl_fix_job_finish (job, TL_FIX_RESULT_REFUSED,
                       tl_describe_fix_reason (TL_FIX_REASON_SERVER_UNKNOWN, verdict));
    return;
  }
  job->verdict_before = tl_verdict_ref (verdict);
  tl_run_changes (job->fixer->actions, plan->changes, TL_RUN_READ, job->before->net, on_read, job);
}
