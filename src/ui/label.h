/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void tl_label_set_or_hide (GtkLabel *label, const char *text);
void tl_label_set_addresses (GtkLabel *label, const char *text);
void tl_label_forbid_hyphens (GtkLabel *label);

G_END_DECLS
