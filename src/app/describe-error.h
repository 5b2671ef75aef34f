/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *tl_describe_error (const GError *error);
char *tl_describe_technical (const char *message);

G_END_DECLS
