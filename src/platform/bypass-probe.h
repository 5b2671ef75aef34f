/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/firewall.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/** TL_BYPASS_PROBE_TIMEOUT_MS: what a question takes at most. */
#define TL_BYPASS_PROBE_TIMEOUT_MS 1500

void tl_bypass_probe_ask (TlCoverage *const coverage[TL_N_FAMILIES],
                          const GArray *ranges,
                          const GArray *resolvers,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data);
GArray *tl_bypass_probe_ask_finish (GAsyncResult *result, GError **error);

G_END_DECLS
