/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/verdict.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define TL_TYPE_FAMILY_VIEW (tl_family_view_get_type ())
G_DECLARE_FINAL_TYPE (TlFamilyView, tl_family_view, TL, FAMILY_VIEW, GtkBox)

void tl_family_view_update (TlFamilyView *self,
                            const TlVerdict *verdict,
                            TlFamily family,
                            TlState light);

G_END_DECLS
