/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/net-state.h"

#include <linux/netlink.h>

G_BEGIN_DECLS

/*
 * From the bytes of rtnetlink(7) to the values of core/net-state.h. No sockets, no state.
 */

/**
 * TlRtnlParsed:
 * @TL_RTNL_PARSED: a value was read
 * @TL_RTNL_SKIPPED: well formed, but not one of our tables: another family, a cached route, a
 *   bridge's view of its port
 * @TL_RTNL_UNKNOWN: a type of message that is not known here
 * @TL_RTNL_MALFORMED: it breaks off, or a length or number in it is wrong
 */
typedef enum {
  TL_RTNL_PARSED,
  TL_RTNL_SKIPPED,
  TL_RTNL_UNKNOWN,
  TL_RTNL_MALFORMED,
} TlRtnlParsed;

TlRtnlParsed tl_rtnl_parse_link (const struct nlmsghdr *message, TlLink *ret_link);
TlRtnlParsed tl_rtnl_parse_address (const struct nlmsghdr *message, TlLinkAddress *ret_address);
TlRtnlParsed tl_rtnl_parse_route (const struct nlmsghdr *message, TlRoute *ret_route);
TlRtnlParsed tl_rtnl_parse_route_mtu (const struct nlmsghdr *message, guint32 *ret_mtu);
TlRtnlParsed
tl_rtnl_parse_rule (const struct nlmsghdr *message, TlFamily *ret_family, TlRule *ret_rule);
TlRtnlParsed tl_rtnl_parse_append (const struct nlmsghdr *message, TlNetState *state);

G_END_DECLS
