/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/prefix.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/** TL_DNS_PORT: of DNS servers (RFC 1035, 4.2). */
#define TL_DNS_PORT 53

void tl_dns_query_ask (const TlAddress *server,
                       int ifindex,
                       guint16 port,
                       const char *name,
                       guint timeout_ms,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data);
GArray *tl_dns_query_ask_finish (GAsyncResult *result, GError **error);

G_END_DECLS
