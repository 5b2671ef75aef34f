/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/observer.h"

#include "app/observer-job.h"

/* More routes than this are computed by a thread: some two milliseconds. */
#define MOST_AT_ONCE 1000

struct _TlObserver {
  TlRtnl *rtnl;
  TlNmWatch *nm_watch;
  TlResolvConf *resolv_conf;
  TlObserved observed;
  TlJudged judged;
  gpointer user_data;
  TlObservation *observation; /* nullable: the latest */
  TlVerdict *bare;            /* nullable: of it; its tunnels know whether they were full */
  TlVerdict *verdict;         /* nullable: the latest, answers included */
  gint64 unconfirmed_since;   /* monotonic, or 0 */

  GCancellable *running; /* while a thread computes */
  TlObserverTask task;   /* what it does */
  TlObserverTask again;  /* what is to be done since it began */
  TlPolicy *policy;      /* the latest that was asked with */
  GArray *nat64;         /* the same; (element-type TlPrefix) */
  TlAnswers answers;     /* the latest */
};

/*
 * The tables that were read and the kernel's answers are not of the same moment. What the kernel
 * does not confirm counts only when it is still so a little later.
 */
static TlObserverJob *
job_new (TlObserver *self, TlObserverTask task)
{
  const TlNmState *nm = tl_nm_watch_get_state (self->nm_watch);
  GPtrArray *resolvers = tl_resolv_conf_get_resolvers (self->resolv_conf);
  TlObserverJob *job = g_new0 (TlObserverJob, 1);

  job->task = task;
  job->rtnl = g_object_ref (self->rtnl);
  job->net = tl_net_state_ref (tl_rtnl_get_state (self->rtnl));
  job->nm = nm != NULL ? tl_nm_state_ref (nm) : tl_nm_state_new ();
  job->policy = tl_policy_ref (self->policy);
  job->nat64 = g_array_ref (self->nat64);
  job->resolvers = resolvers != NULL ? g_ptr_array_ref (resolvers) : NULL;
  tl_answers_set (&job->answers, &self->answers);
  if (self->observation != NULL) {
    job->before = tl_observation_ref (self->observation);
    job->bare_before = tl_verdict_ref (self->bare);
  }
  job->unconfirmed_counts =
    self->unconfirmed_since != 0 && g_get_monotonic_time () - self->unconfirmed_since >=
                                      TL_OBSERVER_RECHECK_MS * G_TIME_SPAN_MILLISECOND;
  return job;
}

/* Returns whether something was not confirmed that does not count yet. */
static gboolean
note_confirmed (TlObserver *self, const TlObserverJob *job)
{
  if (job->confirmed)
    self->unconfirmed_since = 0;
  if (job->confirmed || self->unconfirmed_since != 0)
    return !job->confirmed && !job->unconfirmed_counts;

  self->unconfirmed_since = g_get_monotonic_time ();
  tl_rtnl_refresh (self->rtnl);
  return TRUE;
}

/** Old: what was known before. */
typedef struct {
  TlObservation *observation; /* nullable */
  TlVerdict *bare;            /* nullable */
  TlVerdict *verdict;         /* nullable */
} Old;

static void
old_clear (Old *old)
{
  g_clear_pointer (&old->observation, tl_observation_unref);
  g_clear_pointer (&old->bare, tl_verdict_unref);
  g_clear_pointer (&old->verdict, tl_verdict_unref);
}

static void
free_old (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  old_clear (data);
  g_task_return_boolean (task, TRUE);
}

/* Large tables take their time to be freed, too. */
static void
free_in_thread (Old *old)
{
  g_autoptr (GTask) task = NULL;

  if (old->verdict == NULL)
    return;

  task = g_task_new (NULL, NULL, NULL, NULL);
  g_task_set_source_tag (task, free_in_thread);
  g_task_set_task_data (task, g_memdup2 (old, sizeof *old), g_free);
  g_task_run_in_thread (task, free_old);
}

static void
job_run_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  tl_observer_job_run (data);
  g_task_return_boolean (task, TRUE);
}

static void start_thread (TlObserver *self, TlObserverTask task);

/* Returns: (transfer full): what was known before */
static Old
remember (TlObserver *self, const TlObserverJob *job)
{
  Old old = { .verdict = self->verdict };

  self->verdict = tl_verdict_ref (job->verdict);
  if (job->task == TL_OBSERVER_OBSERVE) {
    old.observation = self->observation;
    old.bare = self->bare;
    self->observation = tl_observation_ref (job->observation);
    self->bare = tl_verdict_ref (job->bare);
  }
  /* The same that whoever is told of it will do. */
  if (job->relevant)
    tl_answers_forget (&self->answers);
  return old;
}

static void
tell (TlObserver *self, const TlObserverJob *job, gboolean doubtful)
{
  if (job->task == TL_OBSERVER_OBSERVE)
    self->observed (job->observation, job->bare, job->verdict, job->relevant, doubtful,
                    self->user_data);
  else
    self->judged (job->observation, job->verdict, self->user_data);
}

static void
on_job_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  TlObserver *self;
  TlObserverJob *job = g_task_get_task_data (G_TASK (result));
  gboolean doubtful;
  Old old;

  /* The worker may be the last to let go of the task; sockets and sources belong to this thread. */
  g_clear_object (&job->rtnl);
  /* Called off: there is no observer any more. */
  if (g_cancellable_is_cancelled (g_task_get_cancellable (G_TASK (result))))
    return;

  self = user_data;
  g_clear_object (&self->running);
  doubtful = job->task == TL_OBSERVER_OBSERVE && note_confirmed (self, job);
  old = remember (self, job);
  /* Before anybody hears of it: what is known by now is not the latest. */
  if (self->again != TL_OBSERVER_NOTHING)
    start_thread (self, self->again);
  tell (self, job, doubtful);
  /* Only now has everybody let go of it. */
  free_in_thread (&old);
}

static void
start_thread (TlObserver *self, TlObserverTask what)
{
  g_autoptr (GTask) task = NULL;

  self->task = what;
  self->again = TL_OBSERVER_NOTHING;
  self->running = g_cancellable_new ();
  task = g_task_new (NULL, self->running, on_job_ready, self);
  g_task_set_source_tag (task, start_thread);
  g_task_set_task_data (task, job_new (self, what), (GDestroyNotify)tl_observer_job_free);
  g_task_run_in_thread (task, job_run_in_thread);
}

static void
run_at_once (TlObserver *self, TlObserverTask task)
{
  g_autoptr (TlObserverJob) job = job_new (self, task);
  gboolean doubtful;
  Old old;

  tl_observer_job_run (job);
  doubtful = task == TL_OBSERVER_OBSERVE && note_confirmed (self, job);
  old = remember (self, job);
  old_clear (&old);
  tell (self, job, doubtful);
}

/* After what runs already, or in a thread of its own, or at once. */
static void
run (TlObserver *self, TlObserverTask task, gboolean takes_long)
{
  if (self->running != NULL)
    self->again = MAX (self->again, task);
  else if (takes_long)
    start_thread (self, task);
  else
    run_at_once (self, task);
}

static gboolean
is_large (const TlNetState *net)
{
  return net->routes[TL_FAMILY_IPV4]->len + net->routes[TL_FAMILY_IPV6]->len > MOST_AT_ONCE;
}

/**
 * tl_observer_new:
 * @rtnl: the kernel
 * @nm_watch: NetworkManager
 * @resolv_conf: the C library's DNS servers
 * @observed: told each observation
 * @judged: told what new answers make of the latest one
 * @user_data: for both
 *
 * Returns: (transfer full): an observer
 */
TlObserver *
tl_observer_new (TlRtnl *rtnl,
                 TlNmWatch *nm_watch,
                 TlResolvConf *resolv_conf,
                 TlObserved observed,
                 TlJudged judged,
                 gpointer user_data)
{
  TlObserver *self = g_new0 (TlObserver, 1);

  self->rtnl = g_object_ref (rtnl);
  self->nm_watch = g_object_ref (nm_watch);
  self->resolv_conf = g_object_ref (resolv_conf);
  self->observed = observed;
  self->judged = judged;
  self->answers = TL_ANSWERS_NONE;
  self->user_data = user_data;
  return self;
}

/**
 * tl_observer_free:
 * @self: (transfer full): an observer
 *
 * What is being computed is told to nobody any more.
 */
void
tl_observer_free (TlObserver *self)
{
  g_cancellable_cancel (self->running);
  g_clear_object (&self->running);
  g_object_unref (self->rtnl);
  g_object_unref (self->nm_watch);
  g_object_unref (self->resolv_conf);
  g_clear_pointer (&self->observation, tl_observation_unref);
  g_clear_pointer (&self->bare, tl_verdict_unref);
  g_clear_pointer (&self->verdict, tl_verdict_unref);
  g_clear_pointer (&self->policy, tl_policy_unref);
  g_clear_pointer (&self->nat64, g_array_unref);
  tl_answers_clear (&self->answers);
  g_free (self);
}

/**
 * tl_observer_observe:
 * @self: an observer; the kernel's tables must have been read
 * @policy: what IT has set
 * @nat64: (element-type TlPrefix): where the uplinks have NAT64 translators
 * @answers: what those have said who were asked
 *
 * Puts what is known now into an observation, and has it judged. Tells it before it returns, or,
 * where the tables are large, later; what happens until then is observed after that.
 */
void
tl_observer_observe (TlObserver *self,
                     const TlPolicy *policy,
                     const GArray *nat64,
                     const TlAnswers *answers)
{
  TlPolicy *kept = tl_policy_ref (policy);
  gboolean takes_long;

  g_clear_pointer (&self->policy, tl_policy_unref);
  g_clear_pointer (&self->nat64, g_array_unref);
  self->policy = kept;
  self->nat64 = g_array_copy ((GArray *)nat64);
  tl_answers_set (&self->answers, answers);

  /* The kernel is asked thousands of questions where it has not confirmed what was computed. */
  takes_long = self->unconfirmed_since != 0 || is_large (tl_rtnl_get_state (self->rtnl));
  run (self, TL_OBSERVER_OBSERVE, takes_long);
}

/**
 * tl_observer_judge:
 * @self: an observer that has told an observation
 * @answers: what those have said who were asked
 *
 * Has the latest observation judged with new answers, at once or later as tl_observer_observe()
 * does.
 */
void
tl_observer_judge (TlObserver *self, const TlAnswers *answers)
{
  tl_answers_set (&self->answers, answers);
  run (self, TL_OBSERVER_JUDGE, is_large (self->observation->net));
}

/**
 * tl_observer_is_observing:
 * @self: an observer
 *
 * Returns: whether something was to be observed that was not told yet
 */
gboolean
tl_observer_is_observing (TlObserver *self)
{
  return self->running != NULL &&
         (self->task == TL_OBSERVER_OBSERVE || self->again == TL_OBSERVER_OBSERVE);
}

/**
 * tl_observer_is_busy:
 * @self: an observer
 *
 * Returns: whether something was to be observed or judged that was not told yet
 */
gboolean
tl_observer_is_busy (TlObserver *self)
{
  return self->running != NULL;
}
