/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/observation.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/** TL_EXIT_PROBE_TIMEOUT_MS: what a question may take at most, all services together. */
#define TL_EXIT_PROBE_TIMEOUT_MS 5000

#define TL_TYPE_EXIT_PROBE (tl_exit_probe_get_type ())
G_DECLARE_FINAL_TYPE (TlExitProbe, tl_exit_probe, TL, EXIT_PROBE, GObject)

TlExitProbe *tl_exit_probe_new (TlFamily family, const char *const *urls);
void tl_exit_probe_set_urls (TlExitProbe *self, const char *const *urls);
void tl_exit_probe_ask (TlExitProbe *self,
                        guint timeout_ms,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data);
void tl_exit_probe_ask_second (TlExitProbe *self,
                               guint timeout_ms,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
void tl_exit_probe_give_up_connecting (TlExitProbe *self);
gboolean tl_exit_probe_has_second (TlExitProbe *self);
char *tl_exit_probe_dup_name (TlExitProbe *self);
TlExit *tl_exit_probe_ask_finish (TlExitProbe *self, GAsyncResult *result, GError **error);

G_END_DECLS
