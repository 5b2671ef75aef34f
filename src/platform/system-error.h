/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

void tl_system_error_take (GError **error, GError *foreign);
gboolean tl_system_error_set (GError **error, int error_number, const char *what);

G_END_DECLS
