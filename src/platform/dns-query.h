/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/prefix.h"

#include <gio/gio.h>

G_BEGIN_DECLS

void tl_dns_query_ask (GSocketAddress *server,
                       const char *name,
                       guint timeout_ms,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data);
GArray *tl_dns_query_ask_finish (GAsyncResult *result, GError **error);

G_END_DECLS
