/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

GSource *
tl_source_add_timeout (GMainContext *context, guint ms, GSourceFunc callback, gpointer user_data);
void tl_source_clear (GSource **source);

G_END_DECLS
