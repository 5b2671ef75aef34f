/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "platform/rtnl-tables.h"

G_BEGIN_DECLS

/**
 * TlRtnlDump:
 *
 * Copies of the kernel's tables, and the dumps that renew them, a few datagrams at a time. A table
 * in which something is malformed is read again; where that does not help, the state says that it
 * is incomplete.
 */
typedef struct _TlRtnlDump TlRtnlDump;

TlRtnlDump *tl_rtnl_dump_new (GError **error);
void tl_rtnl_dump_free (TlRtnlDump *self);
int tl_rtnl_dump_get_fd (TlRtnlDump *self);
void tl_rtnl_dump_invalidate (TlRtnlDump *self, guint tables);
gboolean tl_rtnl_dump_is_stale (TlRtnlDump *self);
gboolean tl_rtnl_dump_is_running (TlRtnlDump *self);
gboolean tl_rtnl_dump_is_complete (TlRtnlDump *self);
void tl_rtnl_dump_start (TlRtnlDump *self);
gboolean tl_rtnl_dump_continue (TlRtnlDump *self, gint64 deadline);
TlNetState *tl_rtnl_dump_get_state (TlRtnlDump *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TlRtnlDump, tl_rtnl_dump_free)

G_END_DECLS
