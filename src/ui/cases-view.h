/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/verdict.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define TL_TYPE_CASES_VIEW (tl_cases_view_get_type ())
G_DECLARE_FINAL_TYPE (TlCasesView, tl_cases_view, TL, CASES_VIEW, GtkBox)

void tl_cases_view_update (TlCasesView *self, const TlVerdict *verdict, TlState light);

G_END_DECLS
