/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "ui/snapshot.h"

#include <handy.h>

G_BEGIN_DECLS

#define TL_TYPE_WINDOW (tl_window_get_type ())
G_DECLARE_FINAL_TYPE (TlWindow, tl_window, TL, WINDOW, HdyApplicationWindow)

TlWindow *tl_window_new (GtkApplication *application);
void tl_window_update (TlWindow *self, const TlSnapshot *snapshot);

G_END_DECLS
