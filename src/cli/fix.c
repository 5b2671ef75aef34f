/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "cli/command.h"

#include "cli/outcome.h"
#include "cli/session.h"

#include <glib/gi18n.h>

/**
 * tl_command_fix:
 * @argc: number of arguments, the command's name included
 * @argv: the arguments
 *
 * Does a fix, verifies it, and leaves it in place.
 *
 * Returns: the exit code: 0 verified or pending, 1 did not help and was taken back, 3 refused or
 *   failed
 */
int
tl_command_fix (int argc, char **argv)
{
  const TlUsage usage = {
    .command = "fix",
    .summary = _ ("Does a fix, checks whether it helped, and takes it back if not."),
    .status = _ ("Exit status: 0 done and checked; 1 it did not help and was taken back; 3 it was "
                 "refused or failed."),
    .flags = TL_OPTION_METHOD,
    .fix = TRUE,
  };
  g_autoptr (TlOptions) options = tl_options_parse (&usage, argc, argv);
  g_autoptr (TlSession) session = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (TlFixOutcome) outcome = NULL;
  TlFixer *fixer;
  TlFixId id;

  if (options == NULL || !tl_fix_id_from_string (options->fix, &id))
    return TL_EXIT_UNKNOWN;
  session = tl_session_new (options, TL_PROBING_ONCE);
  if (session == NULL)
    return TL_EXIT_UNKNOWN;

  fixer = tl_backend_get_fixer (session->backend);
  tl_fixer_fix (fixer, id, options->method, tl_session_on_ready, session);
  result = tl_session_wait (session);
  outcome = tl_fixer_fix_finish (fixer, result);

  return tl_outcome_print (outcome, FALSE, options, session);
}
