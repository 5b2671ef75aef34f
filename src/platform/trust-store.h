/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/** TlTrustStoreReady: called once. */
typedef void (*TlTrustStoreReady) (gpointer user_data);

GTlsDatabase *tl_trust_store_new (const char *file_name, GError **error);
void tl_trust_store_hold (TlTrustStoreReady ready, gpointer user_data);
void tl_trust_store_release (void);

G_END_DECLS
