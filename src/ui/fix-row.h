/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/fix-plan.h"
#include "core/verdict.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define TL_TYPE_FIX_ROW (tl_fix_row_get_type ())
G_DECLARE_FINAL_TYPE (TlFixRow, tl_fix_row, TL, FIX_ROW, GtkListBoxRow)

GtkWidget *tl_fix_row_new (void);
void
tl_fix_row_update (TlFixRow *self, const TlFixPlan *plan, const TlVerdict *verdict, gboolean idle);

G_END_DECLS
