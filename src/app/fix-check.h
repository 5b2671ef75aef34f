/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/fix-plan.h"

G_BEGIN_DECLS

char *tl_find_lost (const TlNetState *before, const TlNetState *after, const GPtrArray *changes);
const char *tl_find_ended_link (const TlNetState *net, const GPtrArray *changes);
gboolean
tl_find_dead_family (const TlVerdict *before, const TlVerdict *after, TlFamily *ret_family);

G_END_DECLS
