/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/net-state.h"

G_BEGIN_DECLS

/** TL_BLOCK_METRIC: of an unreachable route, and our mark: better than any uplink's and any
 * tunnel's metric (measured: 50 and 100). */
#define TL_BLOCK_METRIC 1

gboolean tl_route_is_block (const TlRoute *route);
char *tl_block_removal_command (const TlPrefix *destination);

G_END_DECLS
