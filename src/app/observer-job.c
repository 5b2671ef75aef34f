/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/observer-job.h"

#include "app/ipsec-check.h"
#include "app/kernel-check.h"
#include "app/relevance.h"
#include "core/ipsec-hint.h"

#include <unistd.h>

/**
 * tl_observer_job_free:
 * @job: (transfer full): a job
 */
void
tl_observer_job_free (TlObserverJob *job)
{
  g_clear_object (&job->rtnl);
  tl_net_state_unref (job->net);
  tl_nm_state_unref (job->nm);
  tl_policy_unref (job->policy);
  g_array_unref (job->nat64);
  g_clear_pointer (&job->resolvers, g_ptr_array_unref);
  tl_answers_clear (&job->answers);
  g_clear_pointer (&job->before, tl_observation_unref);
  g_clear_pointer (&job->bare_before, tl_verdict_unref);
  g_clear_pointer (&job->observation, tl_observation_unref);
  g_clear_pointer (&job->bare, tl_verdict_unref);
  g_clear_pointer (&job->verdict, tl_verdict_unref);
  g_free (job);
}

static gboolean
ask_kernel (const TlAddress *address, TlEgress *ret_egress, gpointer user_data)
{
  return tl_rtnl_lookup (user_data, address, NULL, ret_egress, NULL, NULL);
}

static void
check_with_kernel (TlObserverJob *job)
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
      tl_observation_add_once_full (
        observation, tunnel->activation,
        tunnel->interface != NULL ? tunnel->interface : tunnel->lost_interface);
  }
}

/* Only where something tells of IPsec: to ask makes one that waits for demand come up. */
static void
check_ipsec (TlObserverJob *job)
{
  TlObservation *observation = job->observation;

  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++)
    observation->ipsec_ruled_out[family] = tl_has_ipsec_rule (observation->net) &&
                                           tl_ipsec_is_ruled_out (observation, job->rtnl, family);
}

static void
observe (TlObserverJob *job)
{
  job->observation = tl_observation_new (job->net, job->nm, getuid (), job->nat64);
  job->observation->resolvers = job->resolvers != NULL ? g_ptr_array_ref (job->resolvers) : NULL;
  check_with_kernel (job);
  check_ipsec (job);
  if (job->bare_before != NULL)
    add_once_full (job->observation, job->bare_before);
  job->bare = tl_judge (job->observation, job->policy);
  g_ptr_array_set_size (job->observation->once_full, 0);
  add_once_full (job->observation, job->bare);
  job->relevant = job->before != NULL &&
                  tl_is_relevant (job->before, job->bare_before, job->observation, job->bare);
  /* They were given in another network. */
  if (job->relevant)
    tl_answers_forget (&job->answers);
}

static void
take_known (TlObserverJob *job)
{
  job->observation = tl_observation_copy (job->before);
  job->bare = tl_verdict_ref (job->bare_before);
}

/**
 * tl_observer_job_run:
 * @job: a job
 *
 * Does it, in whatever thread. Where nobody was asked, routes alone have the word.
 */
void
tl_observer_job_run (TlObserverJob *job)
{
  if (job->task == TL_OBSERVER_OBSERVE)
    observe (job);
  else
    take_known (job);
  tl_answers_set (&job->observation->answers, &job->answers);
  job->verdict = tl_observation_is_bare (job->observation)
                   ? tl_verdict_ref (job->bare)
                   : tl_judge (job->observation, job->policy);
  /* Others still have them, and free_in_thread() is to be the last. */
  g_clear_pointer (&job->before, tl_observation_unref);
  g_clear_pointer (&job->bare_before, tl_verdict_unref);
}
