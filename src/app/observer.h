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
 * TlObserver:
 *
 * Puts what the kernel and NetworkManager say into observations, and remembers what an observation
 * alone cannot tell: which tunnels were full earlier, and since when the kernel's answers have not
 * fitted its tables.
 */
typedef struct _TlObserver TlObserver;

TlObserver *tl_observer_new (TlRtnl *rtnl, TlNmWatch *nm_watch, TlResolvConf *resolv_conf);
void tl_observer_free (TlObserver *self);
TlObservation *tl_observer_observe (TlObserver *self, const GArray *nat64, gboolean *ret_doubtful);
void
tl_observer_remember_full (TlObserver *self, TlObservation *observation, const TlVerdict *verdict);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TlObserver, tl_observer_free)

G_END_DECLS
