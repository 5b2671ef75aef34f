/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/net-state.h"

G_BEGIN_DECLS

/**
 * TlRtnlTables:
 * @TL_RTNL_LINKS: links
 * @TL_RTNL_ADDRESSES: addresses of both families
 * @TL_RTNL_ROUTES_IPV4: IPv4 routes of every table
 * @TL_RTNL_ROUTES_IPV6: IPv6 routes of every table
 * @TL_RTNL_RULES_IPV4: IPv4 rules
 * @TL_RTNL_RULES_IPV6: IPv6 rules
 *
 * What the kernel hands out in one dump each.
 */
typedef enum {
  TL_RTNL_LINKS = 1 << 0,
  TL_RTNL_ADDRESSES = 1 << 1,
  TL_RTNL_ROUTES_IPV4 = 1 << 2,
  TL_RTNL_ROUTES_IPV6 = 1 << 3,
  TL_RTNL_RULES_IPV4 = 1 << 4,
  TL_RTNL_RULES_IPV6 = 1 << 5,
} TlRtnlTables;

#define TL_RTNL_ROUTES     (TL_RTNL_ROUTES_IPV4 | TL_RTNL_ROUTES_IPV6)
#define TL_RTNL_RULES      (TL_RTNL_RULES_IPV4 | TL_RTNL_RULES_IPV6)
#define TL_RTNL_ALL_TABLES ((1 << 6) - 1)

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
