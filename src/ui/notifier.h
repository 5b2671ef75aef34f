/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "ui/snapshot.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define TL_TYPE_NOTIFIER (tl_notifier_get_type ())
G_DECLARE_FINAL_TYPE (TlNotifier, tl_notifier, TL, NOTIFIER, GObject)

TlNotifier *tl_notifier_new (GApplication *application);
void tl_notifier_set_enabled (TlNotifier *self, gboolean enabled);
void tl_notifier_update (TlNotifier *self, const TlSnapshot *snapshot);
void tl_notifier_send_outcome (TlNotifier *self, const char *text, gboolean can_undo);
void tl_notifier_send_no_tray (TlNotifier *self);
void tl_notifier_withdraw_no_tray (TlNotifier *self);

G_END_DECLS
