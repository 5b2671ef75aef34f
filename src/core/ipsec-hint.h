/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/net-state.h"

G_BEGIN_DECLS

gboolean tl_has_ipsec_rule (const TlNetState *net);

G_END_DECLS
