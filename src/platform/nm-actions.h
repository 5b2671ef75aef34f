/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "platform/nm-edit.h"
#include "platform/nm-watch.h"

G_BEGIN_DECLS

#define TL_TYPE_NM_ACTIONS (tl_nm_actions_get_type ())
G_DECLARE_FINAL_TYPE (TlNmActions, tl_nm_actions, TL, NM_ACTIONS, GObject)

TlNmActions *tl_nm_actions_new (TlNmWatch *watch);

void tl_nm_actions_prepare (TlNmActions *self,
                            const TlChange *change,
                            gboolean undo,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
TlNmEdit *tl_nm_actions_prepare_finish (TlNmActions *self, GAsyncResult *result, GError **error);

void tl_nm_actions_commit (TlNmActions *self,
                           TlNmEdit *edit,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
gboolean tl_nm_actions_commit_finish (TlNmActions *self, GAsyncResult *result, GError **error);

void
tl_nm_actions_reset_loopback (TlNmActions *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean
tl_nm_actions_reset_loopback_finish (TlNmActions *self, GAsyncResult *result, GError **error);

G_END_DECLS
