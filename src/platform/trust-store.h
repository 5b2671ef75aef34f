/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

GTlsDatabase *tl_trust_store_new (const char *file_name, GError **error);
void tl_trust_store_hold (void);
void tl_trust_store_release (void);

G_END_DECLS
