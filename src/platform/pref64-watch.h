/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/prefix.h"

#include <glib-object.h>

G_BEGIN_DECLS

#define TL_TYPE_PREF64_WATCH (tl_pref64_watch_get_type ())
G_DECLARE_FINAL_TYPE (TlPref64Watch, tl_pref64_watch, TL, PREF64_WATCH, GObject)

TlPref64Watch *tl_pref64_watch_new (void);
void tl_pref64_watch_note_network (TlPref64Watch *self, int ifindex, const char *network);
void tl_pref64_watch_add_prefixes (TlPref64Watch *self, GArray *prefixes);

G_END_DECLS
