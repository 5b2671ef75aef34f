/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "app/fixer.h"
#include "app/monitor.h"
#include "app/settings.h"

G_BEGIN_DECLS

/**
 * TlProbing: when the Internet is asked for the exit addresses; the policy can always forbid it.
 * @TL_PROBING_BY_SETTINGS: after each change if the person or the policy has said yes, and when
 *   told to
 * @TL_PROBING_ON: after each change: somebody gave a command, which is a yes
 * @TL_PROBING_ONCE: only when told to
 * @TL_PROBING_OFF: never, also when told to
 */
typedef enum {
  TL_PROBING_BY_SETTINGS,
  TL_PROBING_ON,
  TL_PROBING_ONCE,
  TL_PROBING_OFF,
} TlProbing;

#define TL_TYPE_BACKEND (tl_backend_get_type ())
G_DECLARE_FINAL_TYPE (TlBackend, tl_backend, TL, BACKEND, GObject)

TlBackend *tl_backend_new (const char *policy_file, GError **error);
void tl_backend_start (TlBackend *self, TlProbing probing);
TlSettings *tl_backend_get_settings (TlBackend *self);
TlMonitor *tl_backend_get_monitor (TlBackend *self);
TlFixer *tl_backend_get_fixer (TlBackend *self);

G_END_DECLS
