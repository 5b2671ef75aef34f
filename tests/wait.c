/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "wait.h"

/* More than any event takes. */
#define DEADLINE_MS 10000

/* So long nothing more must come. */
#define AFTERWARDS_MS 200

/**
 * wait_count:
 * @instance: whoever emits a signal without arguments that this is connected to
 * @n: is one more now
 */
void
wait_count (gpointer instance, guint *n)
{
  (*n)++;
}

static gboolean
on_time_up (gpointer user_data)
{
  gboolean *is_up = user_data;

  *is_up = TRUE;
  return G_SOURCE_REMOVE;
}

/**
 * wait_run_for:
 * @ms: milliseconds
 */
void
wait_run_for (guint ms)
{
  gboolean is_up = FALSE;

  g_timeout_add (ms, on_time_up, &is_up);
  while (!is_up)
    g_main_context_iteration (NULL, TRUE);
}

/**
 * wait_for_some:
 * @n: a number that something in the main context counts up
 *
 * Waits until it is not 0 any more.
 */
void
wait_for_some (const guint *n)
{
  gboolean is_late = FALSE;
  guint deadline = g_timeout_add (DEADLINE_MS, on_time_up, &is_late);

  while (*n == 0 && !is_late)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (is_late);
  g_source_remove (deadline);
}

/**
 * wait_for_one:
 * @n: what wait_count() counts; 0 afterwards
 *
 * Waits until it has counted one, and sees that it stays at that.
 */
void
wait_for_one (guint *n)
{
  wait_for_some (n);
  wait_run_for (AFTERWARDS_MS);
  g_assert_cmpuint (*n, ==, 1);
  *n = 0;
}
