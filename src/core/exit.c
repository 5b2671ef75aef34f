/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/observation.h"

/**
 * tl_exit_new:
 * @family: the family asked over
 *
 * Returns: (transfer full): an answer without address; to be filled before it is shared
 */
TlExit *
tl_exit_new (TlFamily family)
{
  TlExit *exit = g_atomic_rc_box_new0 (TlExit);

  exit->family = family;
  return exit;
}

/**
 * tl_exit_ref:
 * @exit: an answer
 *
 * Returns: (transfer full): @exit
 */
TlExit *
tl_exit_ref (const TlExit *exit)
{
  return g_atomic_rc_box_acquire ((TlExit *)exit);
}

static void
exit_clear (gpointer data)
{
  TlExit *exit = data;

  g_free (exit->error);
  g_free (exit->url);
}

/**
 * tl_exit_unref:
 * @exit: (transfer full): an answer
 */
void
tl_exit_unref (TlExit *exit)
{
  g_atomic_rc_box_release_full (exit, exit_clear);
}
