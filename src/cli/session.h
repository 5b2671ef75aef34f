/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "app/backend.h"
#include "cli/options.h"

G_BEGIN_DECLS

/**
 * TlSession:
 * @backend: the backend
 * @loop: the main loop
 * @cancellable: cancelled by SIGINT and SIGTERM
 * @result: (nullable): what the call that is waited for has ended with
 *
 * One run of a command: what is asked is awaited, one thing after the other.
 */
typedef struct {
  TlBackend *backend;
  GMainLoop *loop;
  GCancellable *cancellable;
  GAsyncResult *result;
  guint signals[2];
} TlSession;

TlSession *tl_session_new (const TlOptions *options, TlProbing probing);
void tl_session_free (TlSession *self);
void tl_session_on_ready (GObject *source, GAsyncResult *result, gpointer user_data);
GAsyncResult *tl_session_wait (TlSession *self);
gboolean tl_session_check (TlSession *self, const TlOptions *options, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TlSession, tl_session_free)

G_END_DECLS
