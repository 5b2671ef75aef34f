/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/net-state.h"

G_BEGIN_DECLS

/* Internal to coverage: the source address the kernel gives a packet that has none. */

void tl_source_candidates (const TlNetState *net,
                           const TlAddress *destination,
                           const TlRoute *route,
                           const TlNextHop *hop,
                           GArray *sources);
const TlPrefix *tl_source_boundaries (TlFamily family, gsize *ret_n_prefixes);

G_END_DECLS
