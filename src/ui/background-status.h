/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TL_TYPE_BACKGROUND_STATUS (tl_background_status_get_type ())
G_DECLARE_FINAL_TYPE (TlBackgroundStatus, tl_background_status, TL, BACKGROUND_STATUS, GObject)

TlBackgroundStatus *tl_background_status_new (GDBusConnection *bus);
void tl_background_status_set_message (TlBackgroundStatus *self, const char *message);

G_END_DECLS
