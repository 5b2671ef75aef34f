/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/verdict.h"

G_BEGIN_DECLS

/* What a fix would do to the ways to the VPN servers. */

gboolean tl_fix_has_server_over (const TlVerdict *verdict, const TlNmState *nm, TlFamily family);
gboolean tl_fix_has_hidden_server (const TlVerdict *verdict, const TlNmState *nm);
gboolean tl_fix_keeps_servers (const TlVerdict *verdict,
                               const TlObservation *before,
                               const TlObservation *after);

G_END_DECLS
