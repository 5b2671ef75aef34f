/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define TL_TYPE_APPLICATION (tl_application_get_type ())
G_DECLARE_FINAL_TYPE (TlApplication, tl_application, TL, APPLICATION, GtkApplication)

TlApplication *tl_application_new (GApplicationFlags flags, gboolean background);
gboolean tl_application_get_failed (TlApplication *self);

G_END_DECLS
