/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "cli/command.h"

#include "cli/outcome.h"
#include "cli/session.h"

#include <glib/gi18n.h>

/**
 * tl_command_undo:
 * @argc: number of arguments, the command's name included
 * @argv: the arguments
 *
 * Takes back the last fix, the one that is named, or all.
 *
 * Returns: the exit code: 0 verified or pending, 1 not undone, 3 refused or failed
 */
int
tl_command_undo (int argc, char **argv)
{
  const TlUsage usage = {
    .command = "undo",
    .summary = _ ("Takes back the last fix, the fix ID, or all fixes."),
    .status = _ ("Exit status: 0 undone and checked; 1 not undone; 3 it was refused or failed."),
    .flags = TL_OPTION_ALL,
    .fix = TRUE,
  };
  g_autoptr (TlOptions) options = tl_options_parse (&usage, argc, argv);
  g_autoptr (TlSession) session = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (TlFixOutcome) outcome = NULL;
  TlFixer *fixer;

  if (options == NULL)
    return TL_EXIT_UNKNOWN;
  session = tl_session_new (options, TL_PROBING_ONCE);
  if (session == NULL)
    return TL_EXIT_UNKNOWN;

  fixer = tl_backend_get_fixer (session->backend);
  tl_fixer_undo (fixer, options->fix, options->all, tl_session_on_ready, session);
  result = tl_session_wait (session);
  outcome = tl_fixer_undo_finish (fixer, result);

  return tl_outcome_print (outcome, TRUE, options, session);
}
