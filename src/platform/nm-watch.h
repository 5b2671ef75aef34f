/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/observation.h"

#include <NetworkManager.h>

G_BEGIN_DECLS

#define TL_TYPE_NM_WATCH (tl_nm_watch_get_type ())
G_DECLARE_FINAL_TYPE (TlNmWatch, tl_nm_watch, TL, NM_WATCH, GObject)

TlNmWatch *tl_nm_watch_new (void);
void tl_nm_watch_start (TlNmWatch *self);
const TlNmState *tl_nm_watch_get_state (TlNmWatch *self);
NMClient *tl_nm_watch_get_client (TlNmWatch *self);

G_END_DECLS
