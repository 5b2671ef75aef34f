/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/net-state.h"

G_BEGIN_DECLS

/** NetTally: how often each kind of route and rule occurred, so that a random test shows it. */
typedef struct _NetTally NetTally;

NetTally *net_tally_new (void);
void net_tally_free (NetTally *self);
void net_tally_add (NetTally *self, const TlNetState *net);
char *net_tally_to_string (const NetTally *self);
char *net_tally_missing (const NetTally *self, const char *const *not_expected);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (NetTally, net_tally_free)

G_END_DECLS
