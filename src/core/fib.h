/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/coverage.h"

G_BEGIN_DECLS

/*
 * Internal to coverage: what the kernel's rules and tables make of a packet. The caller pushes the
 * prefixes that hold the destination (the shorter first) and pops them in reverse order.
 */

typedef struct _TlFib TlFib;

TlFib *tl_fib_new (const TlNetState *net, TlFamily family, guint32 uid, guint32 mark);
void tl_fib_free (TlFib *self);
gboolean tl_fib_depends_on_source (const TlFib *self);
int tl_fib_slot (TlFib *self, guint32 table);
void tl_fib_push (TlFib *self, int slot, const TlRoute *const *routes, guint n_routes);
void tl_fib_pop (TlFib *self, int slot);
void tl_fib_evaluate (TlFib *self, const TlAddress *destination, GArray *egresses);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TlFib, tl_fib_free)

G_END_DECLS
