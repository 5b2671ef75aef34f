/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "cli/outcome.h"

#include "app/verdict-json.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/report.h"

static int
exit_code (TlFixResult result)
{
  switch (result) {
  case TL_FIX_RESULT_VERIFIED:
  case TL_FIX_RESULT_PENDING:
    return TL_EXIT_OK;
  case TL_FIX_RESULT_REVERTED:
    return TL_EXIT_WARNING;
  case TL_FIX_RESULT_REFUSED:
  case TL_FIX_RESULT_FAILED:
  default:
    return TL_EXIT_UNKNOWN;
  }
}

/**
 * tl_outcome_print:
 * @outcome: how a fix or an undo ended
 * @undo: whether it was an undo
 * @options: the options
 * @session: the session
 *
 * Returns: the exit code
 */
int
tl_outcome_print (const TlFixOutcome *outcome,
                  gboolean undo,
                  const TlOptions *options,
                  TlSession *session)
{
  TlOutput output;

  if (options->json) {
    g_autoptr (GPtrArray) plans =
      tl_monitor_get_fix_plans (tl_backend_get_monitor (session->backend), NULL);
    g_autoptr (JsonNode) node = tl_outcome_to_json (outcome, plans);

    output = tl_output_json (node, FALSE);
  } else {
    g_autofree char *text = tl_report_outcome (outcome, undo);

    output = tl_output_text (text);
  }

  return output == TL_OUTPUT_DONE ? exit_code (outcome->result) : TL_EXIT_UNKNOWN;
}
