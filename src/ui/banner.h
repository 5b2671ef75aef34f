/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "ui/snapshot.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define TL_TYPE_BANNER (tl_banner_get_type ())
G_DECLARE_FINAL_TYPE (TlBanner, tl_banner, TL, BANNER, GtkBox)

void tl_banner_update (TlBanner *self, const TlSnapshot *snapshot);

G_END_DECLS
