/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/verdict.h"
#include "platform/nm-watch.h"
#include "platform/resolv-conf.h"
#include "platform/rtnl.h"

G_BEGIN_DECLS

/** TL_OBSERVER_RECHECK_MS: how much later what the kernel did not confirm counts. */
#define TL_OBSERVER_RECHECK_MS 100

/**
 * TlObserved:
 * @observation: what is known
 * @bare: what it means by routes alone
 * @verdict: what it means
 * @relevant: whether it differs from the one before in what tl_is_relevant() calls relevant; not
 *   for the first one; @observation has no answers then, which were of another network
 * @doubtful: whether the kernel did not confirm what its tables read, which may be because they are
 *   behind: to be observed again after %TL_OBSERVER_RECHECK_MS
 * @user_data: as given to tl_observer_new()
 */
typedef void (*TlObserved) (const TlObservation *observation,
                            const TlVerdict *bare,
                            const TlVerdict *verdict,
                            gboolean relevant,
                            gboolean doubtful,
                            gpointer user_data);

/**
 * TlJudged:
 * @observation: the latest one, with new answers
 * @verdict: what it means
 * @user_data: as given to tl_observer_new()
 */
typedef void (*TlJudged) (const TlObservation *observation,
                          const TlVerdict *verdict,
                          gpointer user_data);

/**
 * TlObserver:
 *
 * Puts what the kernel, NetworkManager and those who were asked say into observations, has them
 * judged, and remembers what an observation alone cannot tell: which tunnels were full earlier, and
 * since when the kernel's answers have not fitted its tables.
 *
 * Tables of an ordinary size are computed at once. Large ones would hold up the main loop: a thread
 * computes and judges them, from values that nobody changes. One thing after another: what is told
 * is never older than what was told before.
 */
typedef struct _TlObserver TlObserver;

TlObserver *tl_observer_new (TlRtnl *rtnl,
                             TlNmWatch *nm_watch,
                             TlResolvConf *resolv_conf,
                             TlObserved observed,
                             TlJudged judged,
                             gpointer user_data);
void tl_observer_free (TlObserver *self);
void tl_observer_observe (TlObserver *self,
                          const TlPolicy *policy,
                          const GArray *nat64,
                          const TlAnswers *answers);
void tl_observer_judge (TlObserver *self, const TlAnswers *answers);
gboolean tl_observer_is_observing (TlObserver *self);
gboolean tl_observer_is_busy (TlObserver *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TlObserver, tl_observer_free)

G_END_DECLS
