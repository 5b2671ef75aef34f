/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/verdict.h"
#include "platform/rtnl.h"

G_BEGIN_DECLS

/* What TlObserver does in one go. */

/** TlObserverTask: what a job does, or has to do after the one that runs; each includes the one
 * before. */
typedef enum {
  TL_OBSERVER_NOTHING,
  TL_OBSERVER_JUDGE,   /* what is known already, with new answers */
  TL_OBSERVER_OBSERVE, /* all that is there to be known */
} TlObserverTask;

/** TlObserverJob: all that one observation is made of, and what came of it. */
typedef struct {
  TlObserverTask task;
  TlRtnl *rtnl;
  TlNetState *net;
  TlNmState *nm;
  TlPolicy *policy;
  GArray *nat64;
  GPtrArray *resolvers; /* nullable */
  TlAnswers answers;
  TlObservation *before;  /* nullable; what is judged anew where nothing is observed */
  TlVerdict *bare_before; /* nullable: of it */
  gboolean unconfirmed_counts;

  TlObservation *observation;
  TlVerdict *bare;
  TlVerdict *verdict;
  gboolean relevant;
  gboolean confirmed;
} TlObserverJob;

void tl_observer_job_run (TlObserverJob *job);
void tl_observer_job_free (TlObserverJob *job);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TlObserverJob, tl_observer_job_free)

G_END_DECLS
