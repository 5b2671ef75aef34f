/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/verdict.h"

G_BEGIN_DECLS

gboolean tl_has_new_tunnel (const TlVerdict *before, const TlVerdict *now);
gboolean tl_is_relevant (const TlObservation *before,
                         const TlVerdict *verdict_before,
                         const TlObservation *now,
                         const TlVerdict *verdict_now);

G_END_DECLS
