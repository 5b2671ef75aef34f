/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "platform/nm-actions.h"

G_BEGIN_DECLS

/**
 * TlRunMode:
 * @TL_RUN_READ: nothing is changed; the old values are read
 * @TL_RUN_DO: the changes are made, in order
 * @TL_RUN_UNDO: the changes are taken back, in reverse order
 */
typedef enum {
  TL_RUN_READ,
  TL_RUN_DO,
  TL_RUN_UNDO,
} TlRunMode;

void tl_run_changes (TlNmActions *actions,
                     const GPtrArray *changes,
                     TlRunMode mode,
                     const TlNetState *net,
                     GAsyncReadyCallback callback,
                     gpointer user_data);
gboolean tl_run_changes_finish (TlNmActions *actions,
                                GAsyncResult *result,
                                GPtrArray **ret_changes,
                                GError **error);

G_END_DECLS
