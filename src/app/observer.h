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
 * @observation: what is known, the Internet's word aside; to be filled before it is shared
 * @bare: what it means by routes alone
 * @relevant: whether it differs from the one before in what tl_is_relevant() calls relevant; not
 *   for the first one
 * @doubtful: whether the kernel did not confirm what its tables read, which may be because they are
 *   behind: to be observed again after %TL_OBSERVER_RECHECK_MS
 * @user_data: as given to tl_observer_new()
 */
typedef void (*TlObserved) (TlObservation *observation,
                            const TlVerdict *bare,
                            gboolean relevant,
                            gboolean doubtful,
                            gpointer user_data);

/**
 * TlObserver:
 *
 * Puts what the kernel and NetworkManager say into observations, and remembers what an observation
 * alone cannot tell: which tunnels were full earlier, and since when the kernel's answers have not
 * fitted its tables.
 *
 * Tables of an ordinary size are computed at once. Large ones would hold up the main loop: a thread
 * computes them, from values that nobody changes.
 */
typedef struct _TlObserver TlObserver;

TlObserver *tl_observer_new (TlRtnl *rtnl,
                             TlNmWatch *nm_watch,
                             TlResolvConf *resolv_conf,
                             TlObserved observed,
                             gpointer user_data);
void tl_observer_free (TlObserver *self);
void tl_observer_observe (TlObserver *self, const TlPolicy *policy, const GArray *nat64);
gboolean tl_observer_is_busy (TlObserver *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TlObserver, tl_observer_free)

G_END_DECLS
