/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean tl_lists_equal (const GPtrArray *a, const GPtrArray *b, GEqualFunc equal);

G_END_DECLS
