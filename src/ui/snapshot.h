/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/fix-plan.h"
#include "core/verdict.h"

G_BEGIN_DECLS

/** TlJob: what the person has asked for and is under way. */
typedef enum {
  TL_JOB_NONE,
  TL_JOB_CHECK,
  TL_JOB_FIX,
  TL_JOB_UNDO,
} TlJob;

/**
 * TlSnapshot:
 * @verdict: (nullable): the verdict; %NULL until there is one
 * @light: the light, which is `checking` while things settle
 * @settling: whether relevant changes are still arriving
 * @asking: whether exit addresses are being asked for
 * @plans: (nullable) (element-type TlFixPlan): the fixes, best first
 * @can_undo: whether there is a fix to take back
 * @holds: (nullable): until when the fix that can be taken back holds, in words
 * @job: what is under way
 * @outcome: (nullable): how the last job ended, in words
 * @checked_at: when it was looked last, microseconds since the epoch; 0 for never
 * @ask_consent: whether the person is yet to be asked about exit addresses
 * @policy_error: (nullable): file, line and reason why the policy cannot be used
 *
 * All that tray, window and notifications show, as one value. Everything in it is borrowed: who
 * wants to keep a part takes a reference.
 */
typedef struct {
  const TlVerdict *verdict;
  TlState light;
  gboolean settling;
  gboolean asking;
  const GPtrArray *plans;
  gboolean can_undo;
  const char *holds;
  TlJob job;
  const char *outcome;
  gint64 checked_at;
  gboolean ask_consent;
  const char *policy_error;
} TlSnapshot;

G_END_DECLS
