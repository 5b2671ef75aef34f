/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/net-state.h"

#include <NetworkManager.h>

G_BEGIN_DECLS

gboolean tl_ip_route_get_destination (NMIPRoute *route, TlPrefix *ret_destination);
const char *tl_ip_route_get_type (NMIPRoute *route);
gboolean tl_ip_route_needs_link (NMIPRoute *route);
char *tl_ip_route_to_string (NMIPRoute *route);
NMIPRoute *tl_ip_route_from_string (const char *text, TlFamily family);
gboolean tl_ip_route_is_set (NMIPRoute *route, const TlNetState *net, int ifindex);

G_END_DECLS
