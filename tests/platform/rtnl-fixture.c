/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

/* A TlRtnl in a network namespace of its own, and the main loop around it. */

#include "rtnl-fixture.h"

#include "kernel-text.h"
#include "netns.h"

static void
on_changed (TlRtnl *rtnl, RtnlFixture *fixture)
{
  fixture->n_changed++;
}

static void
on_timeout (gpointer data)
{
  *(gboolean *)data = TRUE;
}

/* Runs the main loop until there were @n changes, 5 s at most. */
void
rtnl_fixture_wait_for_changes (RtnlFixture *fixture, guint n)
{
  gboolean late = FALSE;
  guint id = g_timeout_add_once (5000, on_timeout, &late);

  while (fixture->n_changed < n && !late)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (late);
  g_source_remove (id);
}

/* Runs the main loop for @milliseconds; returns how often it woke up. */
guint
rtnl_fixture_run_for (guint milliseconds)
{
  gboolean over = FALSE;
  guint n = 0;

  g_timeout_add_once (milliseconds, on_timeout, &over);
  for (; !over; n++)
    g_main_context_iteration (NULL, TRUE);
  return n;
}

void
rtnl_fixture_assert_like_kernel (RtnlFixture *fixture)
{
  g_autofree char *ours = kernel_text_of_state (tl_rtnl_get_state (fixture->rtnl));
  g_autofree char *kernels = kernel_text_read ();

  g_assert_cmpstr (ours, ==, kernels);
}

/* Runs the main loop until nothing happens any more. */
void
rtnl_fixture_settle (RtnlFixture *fixture)
{
  while (rtnl_fixture_run_for (50) > 1)
    ;
}

void
rtnl_fixture_watch (RtnlFixture *fixture)
{
  g_autoptr (GError) error = NULL;

  fixture->rtnl = tl_rtnl_new (&error);
  g_assert_no_error (error);
  g_signal_connect (fixture->rtnl, "changed", G_CALLBACK (on_changed), fixture);
  g_assert_null (tl_rtnl_get_state (fixture->rtnl));
  rtnl_fixture_wait_for_changes (fixture, 1);
  fixture->n_changed = 0;
}

void
rtnl_fixture_set_up (RtnlFixture *fixture, gconstpointer data)
{
  netns_enter_new ();
  netns_ip_batch (data != NULL ? data
                               : "link add eth0 type veth peer name eth1\n"
                                 "link set eth0 up\n"
                                 "link set eth1 up\n"
                                 "address add 192.168.1.5/24 dev eth0\n"
                                 "address add 2001:db8:1::5/64 dev eth0 nodad\n"
                                 "route add default via 192.168.1.1\n"
                                 "route add default via 2001:db8:1::1\n");
  rtnl_fixture_watch (fixture);
  rtnl_fixture_settle (fixture);
  fixture->n_changed = 0;
}

void
rtnl_fixture_tear_down (RtnlFixture *fixture, gconstpointer data)
{
  g_assert_finalize_object (fixture->rtnl);
}

/* One command, one new state, and the right one. */
void
rtnl_fixture_check_change (RtnlFixture *fixture, const char *command)
{
  guint n;

  g_test_message ("%s", command);
  fixture->n_changed = 0;
  netns_ip ("%s", command);
  rtnl_fixture_wait_for_changes (fixture, 1);
  rtnl_fixture_run_for (20);
  n = fixture->n_changed;
  rtnl_fixture_assert_like_kernel (fixture);
  g_assert_cmpuint (n, ==, 1);
}

/*
 * The kernel works off what happens to a link (net/core/link_watch.c) or an address in steps,
 * within a second or so: there may be several new states, of which the last one is right.
 */
void
rtnl_fixture_check_steps (RtnlFixture *fixture, const char *command)
{
  g_autofree char *ours = NULL;
  g_autofree char *kernels = NULL;

  g_test_message ("%s", command);
  fixture->n_changed = 0;
  netns_ip ("%s", command);
  rtnl_fixture_wait_for_changes (fixture, 1);
  for (guint i = 0; i < 100 && (i == 0 || !g_str_equal (ours, kernels)); i++) {
    rtnl_fixture_run_for (20);
    g_free (ours);
    g_free (kernels);
    ours = kernel_text_of_state (tl_rtnl_get_state (fixture->rtnl));
    kernels = kernel_text_read ();
  }
  g_assert_cmpstr (ours, ==, kernels);
}
