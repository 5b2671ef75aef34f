/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Waiting for what happens in the main context, with a deadline. */

void wait_count (gpointer instance, guint *n);
void wait_run_for (guint ms);
void wait_for_some (const guint *n);
void wait_for_one (guint *n);

G_END_DECLS
