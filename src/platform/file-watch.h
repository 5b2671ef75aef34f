/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TL_TYPE_FILE_WATCH (tl_file_watch_get_type ())
G_DECLARE_FINAL_TYPE (TlFileWatch, tl_file_watch, TL, FILE_WATCH, GObject)

TlFileWatch *tl_file_watch_new (const char *file_name);

G_END_DECLS
