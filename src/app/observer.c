/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/observer.h"

#include "app/ipsec-check.h"
#include "app/kernel-check.h"
#include "app/relevance.h"
#include "core/ipsec-hint.h"

#include <unistd.h>

/* More routes than this are computed by a thread: some two milliseconds. */
#define MOST_AT_ONCE 1000

struct _TlObserver {
  TlRtnl *rtnl;
  TlNmWatch *nm_watch;
  TlResolvConf *resolv_conf;
  TlObserved observed;
  gpointer user_data;
  TlObservation *observation; /* nullable: the latest */
  TlVerdict *bare;            /* nullable: of it; its tunnels know whether they were full */
  gint64 unconfirmed_since;   /* monotonic, or 0 */

  GCancellable *running; /* while a thread computes */
  gboolean again;        /* something has happened since it began */
  TlPolicy *policy;      /* the latest that was asked with */
  GArray *nat64;         /* the same; (element-type TlPrefix) */
};

/** Job: all that one observation is made of, and what came of it. */
typedef struct {
  TlRtnl *rtnl;
  TlNetState *net;
  TlNmState *nm;
  TlPolicy *policy;
  GArray *nat64;
  GPtrArray *resolvers;  /* nullable */
  TlObservation *before; /* nullable */
  TlVerdict *bare_before;
  gboolean unconfirmed_counts;

  TlObservation *observation;
  TlVerdict *bare;
  gboolean relevant;
  gboolean confirmed;
} Job;

static void
job_free (Job *job)
{
  g_clear_object (&job->rtnl);
  tl_net_state_unref (job->net);
  tl_nm_state_unref (job->nm);
  tl_policy_unref (job->policy);
  g_array_unref (job->nat64);
  g_clear_pointer (&job->resolvers, g_ptr_array_unref);
  g_clear_pointer (&job->before, tl_observation_unref);
  g_clear_pointer (&job->bare_before, tl_verdict_unref);
  g_clear_pointer (&job->observation, tl_observation_unref);
  g_clear_pointer (&job->bare, tl_verdict_unref);
  g_free (job);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Job, job_free)

static gboolean
ask_kernel (const TlAddress *address, TlEgress *ret_egress, gpointer user_data)
{
  return tl_rtnl_lookup (user_data, address, NULL, ret_egress, NULL, NULL);
}

static void
check_with_kernel (Job *job)
{
  TlObservation *observation = job->observation;

  job->confirmed = TRUE;
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    TlCoverage **coverage = &observation->coverage[family];
    TlKernelWord word = tl_kernel_compare (*coverage, ask_kernel, job->rtnl);
    TlCoverage *told;

    if (word == TL_KERNEL_CONFIRMS)
      continue;
    job->confirmed = FALSE;
    if (!job->unconfirmed_counts)
      continue;
    observation->kernel[family] = word;
    if (word != TL_KERNEL_DIFFERS)
      continue;
    told = tl_kernel_enumerate (*coverage, job->net, ask_kernel, job->rtnl,
                                &observation->kernel[family]);
    tl_coverage_unref (*coverage);
    *coverage = told;
  }
}

/*
 * Tunnels stay known as full for their life: one that has lost its routes leaks, it is no split
 * tunnel.
 */
static void
add_once_full (TlObservation *observation, const TlVerdict *verdict)
{
  for (guint i = 0; i < verdict->tunnels->len; i++) {
    const TlTunnel *tunnel = verdict->tunnels->pdata[i];

    if (tunnel->stays_full)
      tl_observation_add_once_full (observation, tunnel->activation, tunnel->interface);
  }
}

/* Only where something tells of IPsec: to ask makes one that waits for demand come up. */
static void
check_ipsec (TlObservation *observation)
{
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++)
    observation->ipsec_ruled_out[family] =
      tl_has_ipsec_rule (observation->net) && tl_ipsec_is_ruled_out (observation, family);
}

/* In whatever thread. */
static void
job_run (Job *job)
{
  job->observation = tl_observation_new (job->net, job->nm, getuid (), job->nat64);
  job->observation->resolvers = job->resolvers != NULL ? g_ptr_array_ref (job->resolvers) : NULL;
  check_with_kernel (job);
  check_ipsec (job->observation);
  if (job->bare_before != NULL)
    add_once_full (job->observation, job->bare_before);
  job->bare = tl_judge (job->observation, job->policy);
  g_ptr_array_set_size (job->observation->once_full, 0);
  add_once_full (job->observation, job->bare);
  job->relevant = job->before != NULL &&
                  tl_is_relevant (job->before, job->bare_before, job->observation, job->bare);
  /* Others still have them, and free_in_thread() is to be the last. */
  g_clear_pointer (&job->before, tl_observation_unref);
  g_clear_pointer (&job->bare_before, tl_verdict_unref);
}

/*
 * The tables that were read and the kernel's answers are not of the same moment. What the kernel
 * does not confirm counts only when it is still so a little later.
 */
static Job *
job_new (TlObserver *self)
{
  const TlNmState *nm = tl_nm_watch_get_state (self->nm_watch);
  GPtrArray *resolvers = tl_resolv_conf_get_resolvers (self->resolv_conf);
  Job *job = g_new0 (Job, 1);

  job->rtnl = g_object_ref (self->rtnl);
  job->net = tl_net_state_ref (tl_rtnl_get_state (self->rtnl));
  job->nm = nm != NULL ? tl_nm_state_ref (nm) : tl_nm_state_new ();
  job->policy = tl_policy_ref (self->policy);
  job->nat64 = g_array_ref (self->nat64);
  job->resolvers = resolvers != NULL ? g_ptr_array_ref (resolvers) : NULL;
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
note_confirmed (TlObserver *self, const Job *job)
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
} Old;

static void
old_clear (Old *old)
{
  g_clear_pointer (&old->observation, tl_observation_unref);
  g_clear_pointer (&old->bare, tl_verdict_unref);
}

/* Returns: (transfer full): what was known before */
static Old
remember (TlObserver *self, const Job *job)
{
  Old old = { self->observation, self->bare };

  self->observation = tl_observation_ref (job->observation);
  self->bare = tl_verdict_ref (job->bare);
  return old;
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
  g_autoptr (GTask) task = g_task_new (NULL, NULL, NULL, NULL);

  g_task_set_source_tag (task, free_in_thread);
  g_task_set_task_data (task, g_memdup2 (old, sizeof *old), g_free);
  g_task_run_in_thread (task, free_old);
}

static void
job_run_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  job_run (data);
  g_task_return_boolean (task, TRUE);
}

static void start_thread (TlObserver *self);

static void
on_job_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  TlObserver *self;
  Job *job = g_task_get_task_data (G_TASK (result));
  gboolean doubtful;
  Old old;

  /* The worker may be the last to let go of the task; sockets and sources belong to this thread. */
  g_clear_object (&job->rtnl);
  /* Called off: there is no observer any more. */
  if (g_cancellable_is_cancelled (g_task_get_cancellable (G_TASK (result))))
    return;

  self = user_data;
  g_clear_object (&self->running);
  doubtful = note_confirmed (self, job);
  old = remember (self, job);
  /* Before anybody hears of it: what is known by now is not the latest. */
  if (self->again)
    start_thread (self);
  self->observed (job->observation, job->bare, job->relevant, doubtful, self->user_data);
  /* Only now has everybody let go of it. */
  free_in_thread (&old);
}

static void
start_thread (TlObserver *self)
{
  g_autoptr (GTask) task = NULL;

  self->again = FALSE;
  self->running = g_cancellable_new ();
  task = g_task_new (NULL, self->running, on_job_ready, self);
  g_task_set_source_tag (task, start_thread);
  g_task_set_task_data (task, job_new (self), (GDestroyNotify)job_free);
  g_task_run_in_thread (task, job_run_in_thread);
}

/**
 * tl_observer_new:
 * @rtnl: the kernel
 * @nm_watch: NetworkManager
 * @resolv_conf: the C library's DNS servers
 * @observed: told each observation
 * @user_data: for @observed
 *
 * Returns: (transfer full): an observer
 */
TlObserver *
tl_observer_new (TlRtnl *rtnl,
                 TlNmWatch *nm_watch,
                 TlResolvConf *resolv_conf,
                 TlObserved observed,
                 gpointer user_data)
{
  TlObserver *self = g_new0 (TlObserver, 1);

  self->rtnl = g_object_ref (rtnl);
  self->nm_watch = g_object_ref (nm_watch);
  self->resolv_conf = g_object_ref (resolv_conf);
  self->observed = observed;
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
  g_clear_pointer (&self->policy, tl_policy_unref);
  g_clear_pointer (&self->nat64, g_array_unref);
  g_free (self);
}

/* The kernel is asked thousands of questions where it has not confirmed what was computed. */
static gboolean
takes_long (const TlObserver *self)
{
  const TlNetState *net = tl_rtnl_get_state (self->rtnl);

  return self->unconfirmed_since != 0 ||
         net->routes[TL_FAMILY_IPV4]->len + net->routes[TL_FAMILY_IPV6]->len > MOST_AT_ONCE;
}

/**
 * tl_observer_observe:
 * @self: an observer; the kernel's tables must have been read
 * @policy: what IT has set
 * @nat64: (element-type TlPrefix): where the uplinks have NAT64 translators
 *
 * Puts what is known now into an observation, and has it judged. Tells it before it returns, or,
 * where the tables are large, later; what happens until then is observed after that.
 */
void
tl_observer_observe (TlObserver *self, const TlPolicy *policy, const GArray *nat64)
{
  TlPolicy *kept = tl_policy_ref (policy);

  g_clear_pointer (&self->policy, tl_policy_unref);
  g_clear_pointer (&self->nat64, g_array_unref);
  self->policy = kept;
  self->nat64 = g_array_copy ((GArray *)nat64);

  if (self->running != NULL) {
    self->again = TRUE;
  } else if (takes_long (self)) {
    start_thread (self);
  } else {
    g_autoptr (Job) job = job_new (self);
    gboolean doubtful;
    Old old;

    job_run (job);
    doubtful = note_confirmed (self, job);
    old = remember (self, job);
    old_clear (&old);
    self->observed (job->observation, job->bare, job->relevant, doubtful, self->user_data);
  }
}

/**
 * tl_observer_is_busy:
 * @self: an observer
 *
 * Returns: whether something was to be observed that was not told yet
 */
gboolean
tl_observer_is_busy (TlObserver *self)
{
  return self->running != NULL;
}
