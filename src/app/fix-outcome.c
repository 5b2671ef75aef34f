/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/fix-outcome.h"

/**
 * tl_fix_outcome_free:
 * @outcome: (transfer full): an outcome
 */
void
tl_fix_outcome_free (TlFixOutcome *outcome)
{
  g_free (outcome->reason);
  g_clear_pointer (&outcome->changes, g_ptr_array_unref);
  g_clear_pointer (&outcome->verdict, tl_verdict_unref);
  g_free (outcome);
}

/**
 * tl_fix_result_to_string:
 * @result: a result
 *
 * Returns: (transfer none): its name in the contract
 */
const char *
tl_fix_result_to_string (TlFixResult result)
{
  static const char *const names[] = {
    [TL_FIX_RESULT_VERIFIED] = "verified", [TL_FIX_RESULT_PENDING] = "pending",
    [TL_FIX_RESULT_REVERTED] = "reverted", [TL_FIX_RESULT_REFUSED] = "refused",
    [TL_FIX_RESULT_FAILED] = "failed",
  };

  return names[result];
}
