/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/settling.h"

#define MS G_TIME_SPAN_MILLISECOND

static void
test_silence (void)
{
  TlSettling settling = { 0 };

  g_assert_cmpuint (tl_settling_wait (&settling, TL_STATE_LEAK, 5000 * MS), ==, 0);

  tl_settling_note_change (&settling, 5000 * MS);
  g_assert_cmpuint (tl_settling_wait (&settling, TL_STATE_SAFE, 5000 * MS), ==, 300);
  g_assert_cmpuint (tl_settling_wait (&settling, TL_STATE_SAFE, 5299 * MS), ==, 1);
  g_assert_cmpuint (tl_settling_wait (&settling, TL_STATE_SAFE, 5300 * MS), ==, 0);
}

static void
test_further_changes (void)
{
  TlSettling settling = { 0 };

  tl_settling_note_change (&settling, 5000 * MS);
  tl_settling_note_change (&settling, 5200 * MS);
  g_assert_cmpuint (tl_settling_wait (&settling, TL_STATE_SAFE, 5300 * MS), ==, 200);

  /* However much goes on, it is not put off for ever. */
  tl_settling_note_change (&settling, 6900 * MS);
  g_assert_cmpuint (tl_settling_wait (&settling, TL_STATE_SAFE, 6900 * MS), ==, 100);
  g_assert_cmpuint (tl_settling_wait (&settling, TL_STATE_SAFE, 7000 * MS), ==, 0);
}

static void
test_young_tunnel (void)
{
  TlSettling settling = { 0 };

  tl_settling_note_change (&settling, 5000 * MS);
  tl_settling_note_tunnel (&settling, 5000 * MS);
  g_assert_cmpuint (tl_settling_wait (&settling, TL_STATE_LEAK, 5300 * MS), ==, 1700);
  /* Good news need not wait. */
  g_assert_cmpuint (tl_settling_wait (&settling, TL_STATE_SAFE, 5300 * MS), ==, 0);
  g_assert_cmpuint (tl_settling_wait (&settling, TL_STATE_LEAK, 7000 * MS), ==, 0);
}

static void
test_old_tunnel (void)
{
  TlSettling settling = { 0 };

  tl_settling_note_tunnel (&settling, 5000 * MS);
  tl_settling_note_change (&settling, 60000 * MS);
  g_assert_cmpuint (tl_settling_wait (&settling, TL_STATE_LEAK, 60000 * MS), ==, 300);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/settling/silence", test_silence);
  g_test_add_func ("/settling/further-changes", test_further_changes);
  g_test_add_func ("/settling/young-tunnel", test_young_tunnel);
  g_test_add_func ("/settling/old-tunnel", test_old_tunnel);

  return g_test_run ();
}
