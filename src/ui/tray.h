/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "ui/snapshot.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define TL_TYPE_TRAY (tl_tray_get_type ())
G_DECLARE_FINAL_TYPE (TlTray, tl_tray, TL, TRAY, GObject)

TlTray *tl_tray_new (GActionGroup *actions);
void tl_tray_update (TlTray *self, const TlSnapshot *snapshot);
gboolean tl_tray_get_hosted (TlTray *self);

G_END_DECLS
