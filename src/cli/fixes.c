/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "cli/command.h"

#include "app/verdict-json.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/session.h"

#include <glib/gi18n.h>

/**
 * tl_command_fixes:
 * @argc: number of arguments, the command's name included
 * @argv: the arguments
 *
 * Prints what each fix would change, without changing anything.
 *
 * Returns: the exit code: 0, or 3 where that cannot be said
 */
int
tl_command_fixes (int argc, char **argv)
{
  const TlUsage usage = {
    .command = "fixes",
    .summary = _ ("Shows what each fix would change. Changes nothing."),
    .status = _ ("Exit status: 0; 3 when something went wrong."),
  };
  g_autoptr (TlOptions) options = tl_options_parse (&usage, argc, argv);
  g_autoptr (TlSession) session = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) plans = NULL;
  TlMonitor *monitor;
  TlOutput output;

  if (options == NULL)
    return TL_EXIT_UNKNOWN;
  session = tl_session_new (options, TL_PROBING_ONCE);
  if (session == NULL)
    return TL_EXIT_UNKNOWN;
  if (!tl_session_check (session, options, &error)) {
    tl_output_error ("%s", error->message);
    return TL_EXIT_UNKNOWN;
  }

  monitor = tl_backend_get_monitor (session->backend);
  plans = tl_monitor_get_fix_plans (monitor, NULL);
  if (options->json) {
    g_autoptr (JsonNode) node = tl_fixes_to_json (plans);

    output = tl_output_json (node, FALSE);
  } else {
    g_autofree char *text = tl_report_fixes (tl_monitor_get_verdict (monitor), plans);

    output = tl_output_text (text);
  }

  return output == TL_OUTPUT_DONE ? TL_EXIT_OK : TL_EXIT_UNKNOWN;
}
