/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "cli/command.h"

#include "app/describe.h"
#include "app/verdict-json.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/session.h"

#include <glib/gi18n.h>

/**
 * tl_command_check:
 * @argc: number of arguments, the command's name included
 * @argv: the arguments
 *
 * Takes one full observation and prints the verdict.
 *
 * Returns: the exit code: the verdict's, 3 where there is none
 */
int
tl_command_check (int argc, char **argv)
{
  const TlUsage usage = {
    .command = "check",
    .summary = _ ("Says whether everything this computer sends goes through the VPN."),
    .status =
      _ ("Exit status: 0 everything goes through the VPN, or none is on, or it is meant for "
         "company traffic only; 1 the same with a warning; 2 something bypasses it; 3 that "
         "could not be determined, or something went wrong."),
    .flags = TL_OPTION_TIMEOUT,
  };
  g_autoptr (TlOptions) options = tl_options_parse (&usage, argc, argv);
  g_autoptr (TlSession) session = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) plans = NULL;
  const TlVerdict *verdict;
  TlMonitor *monitor;
  TlOutput output;

  if (options == NULL)
    return TL_EXIT_UNKNOWN;
  /* Asked once and at the end, not at each change on the way. */
  session = tl_session_new (options, TL_PROBING_ONCE);
  if (session == NULL)
    return TL_EXIT_UNKNOWN;
  monitor = tl_backend_get_monitor (session->backend);
  if (!tl_session_check (session, options, &error)) {
    tl_output_error ("%s", error->message);
    /* A network that does not come to rest is told of as it is; all that is known is of this run.
     */
    if (!g_error_matches (error, TL_ERROR, TL_ERROR_TIMEOUT) || !tl_monitor_get_settling (monitor))
      return TL_EXIT_UNKNOWN;
  }

  verdict = tl_monitor_get_verdict (monitor);
  plans = tl_monitor_get_fix_plans (monitor, NULL);
  if (options->json) {
    g_autoptr (JsonNode) node =
      tl_verdict_to_json (verdict, plans, error != NULL,
                          error != NULL ? g_get_real_time () : tl_monitor_get_checked_at (monitor));

    output = tl_output_json (node, FALSE);
  } else {
    g_autofree char *text = tl_report_verdict (verdict, plans);

    output = tl_output_text (text);
  }

  return output == TL_OUTPUT_DONE ? tl_describe_exit_code (verdict) : TL_EXIT_UNKNOWN;
}
