/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/verdict.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/** TL_MARK_PROBE_TIMEOUT_MS: what a question takes at most. */
#define TL_MARK_PROBE_TIMEOUT_MS 600

void tl_mark_probe_ask (const TlObservation *observation,
                        const GArray *ranges,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data);
GArray *tl_mark_probe_ask_finish (GAsyncResult *result, GError **error);

G_END_DECLS
