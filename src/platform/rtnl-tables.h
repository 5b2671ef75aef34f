/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/net-state.h"

G_BEGIN_DECLS

/*
 * Which of the arrays of a #TlNetState the kernel hands out in one dump, and what is done with them
 * as a whole while a state is being built and when it goes.
 */

/**
 * TlRtnlTables:
 * @TL_RTNL_LINKS: links
 * @TL_RTNL_ADDRESSES: addresses of both families
 * @TL_RTNL_ROUTES_IPV4: IPv4 routes of every table
 * @TL_RTNL_ROUTES_IPV6: IPv6 routes of every table
 * @TL_RTNL_RULES_IPV4: IPv4 rules
 * @TL_RTNL_RULES_IPV6: IPv6 rules
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

void tl_rtnl_tables_share (TlNetState *to, TlNetState *from, guint tables);
void tl_rtnl_tables_sort (TlNetState *state);
void tl_rtnl_tables_set_first_rules (TlNetState *state, TlFamily family);
void tl_rtnl_tables_unref (TlNetState *state);

G_END_DECLS
