/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/fix-plan.h"

G_BEGIN_DECLS

/** TlFixResult: how a fix or an undo ended. */
typedef enum {
  TL_FIX_RESULT_VERIFIED, /* done, and measured to help */
  TL_FIX_RESULT_PENDING,  /* done, acts from the next connect */
  TL_FIX_RESULT_REVERTED, /* did not help and was taken back */
  TL_FIX_RESULT_REFUSED,  /* not done, for a reason of ours */
  TL_FIX_RESULT_FAILED,   /* not done, for somebody else's reason */
} TlFixResult;

/**
 * TlFixOutcome:
 * @has_fix: whether @fix is set: an undo of "the last fix" that found none is about none
 * @fix: which fix
 * @result: how it ended
 * @reason: (nullable): why, in words for people
 * @changes: (element-type TlChange): what was changed, or would have been
 * @verdict: (nullable): the verdict measured afterwards
 * @time: when, microseconds since the epoch
 */
typedef struct {
  gboolean has_fix;
  TlFixId fix;
  TlFixResult result;
  char *reason;
  GPtrArray *changes;
  TlVerdict *verdict;
  gint64 time;
} TlFixOutcome;

void tl_fix_outcome_free (TlFixOutcome *outcome);
const char *tl_fix_result_to_string (TlFixResult result);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TlFixOutcome, tl_fix_outcome_free)

G_END_DECLS
