/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "app/fixer.h"
#include "ui/snapshot.h"

G_BEGIN_DECLS

#define TL_TYPE_RUNNER (tl_runner_get_type ())
G_DECLARE_FINAL_TYPE (TlRunner, tl_runner, TL, RUNNER, GObject)

TlRunner *tl_runner_new (TlMonitor *monitor, TlFixer *fixer);
void tl_runner_check (TlRunner *self);
void tl_runner_fix (TlRunner *self, TlFixId id);
void tl_runner_fix_first (TlRunner *self);
void tl_runner_undo (TlRunner *self);
TlJob tl_runner_get_job (TlRunner *self);
const char *tl_runner_get_outcome (TlRunner *self);
void tl_runner_forget_outcome (TlRunner *self);

G_END_DECLS
