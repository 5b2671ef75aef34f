/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/observer.h"

#include "app/monitor.h"
#include "platform/netns.h"
#include "wait.h"

/* Tables so large that a thread computes them, of the real kernel in a namespace. */

#define N_ROUTES 3000

typedef struct {
  TlRtnl *rtnl;
  guint n_changed;
  TlNmWatch *nm_watch;
  TlResolvConf *resolv_conf;
  TlPolicy *policy;
  GArray *nat64;
  TlObserver *observer;
  guint n_told;
  TlObservation *observation; /* the latest that was told */
  gboolean relevant;
} Fixture;

static void
on_observed (TlObservation *observation,
             const TlVerdict *bare,
             gboolean relevant,
             gboolean doubtful,
             gpointer user_data)
{
  Fixture *fixture = user_data;

  g_clear_pointer (&fixture->observation, tl_observation_unref);
  fixture->observation = tl_observation_ref (observation);
  fixture->relevant = relevant;
  fixture->n_told++;
}

static void
on_tables_changed (Fixture *fixture)
{
  fixture->n_changed++;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) routes = g_string_new ("link add w0 type veth peer name w1\n"
                                             "link set w0 up\nlink set w1 up\n");
  g_autoptr (GError) error = NULL;

  netns_enter_new ();
  for (guint i = 0; i < N_ROUTES; i++)
    g_string_append_printf (routes, "route add 2400:%x::/48 via fe80::1 dev w0\n", 2 * i);
  netns_ip_batch (routes->str);

  fixture->rtnl = tl_rtnl_new (&error);
  g_assert_no_error (error);
  fixture->nm_watch = tl_nm_watch_new ();
  fixture->resolv_conf = tl_resolv_conf_new (TL_RESOLV_CONF_FILE);
  fixture->policy = tl_policy_new ();
  fixture->nat64 = g_array_new (FALSE, FALSE, sizeof (TlPrefix));
  fixture->observer =
    tl_observer_new (fixture->rtnl, fixture->nm_watch, fixture->resolv_conf, on_observed, fixture);
  g_signal_connect_swapped (fixture->rtnl, "changed", G_CALLBACK (on_tables_changed), fixture);
  wait_for_one (&fixture->n_changed);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_pointer (&fixture->observer, tl_observer_free);
  g_clear_pointer (&fixture->observation, tl_observation_unref);
  g_array_unref (fixture->nat64);
  tl_policy_unref (fixture->policy);
  g_object_unref (fixture->resolv_conf);
  g_object_unref (fixture->nm_watch);
  g_object_unref (fixture->rtnl);
}

static void
observe (Fixture *fixture)
{
  tl_observer_observe (fixture->observer, fixture->policy, fixture->nat64);
}

static void
test_later (Fixture *fixture, gconstpointer data)
{
  const TlNetState *net = tl_rtnl_get_state (fixture->rtnl);
  g_autoptr (TlCoverage) expected = tl_coverage_compute (net, TL_FAMILY_IPV6, 0, NULL);

  observe (fixture);
  g_assert_cmpuint (fixture->n_told, ==, 0);
  g_assert_true (tl_observer_is_busy (fixture->observer));
  wait_for_one (&fixture->n_told);
  g_assert_false (tl_observer_is_busy (fixture->observer));
  g_assert_false (fixture->relevant);
  g_assert_true (fixture->observation->net == net);
  g_assert_true (tl_coverage_equal (fixture->observation->coverage[TL_FAMILY_IPV6], expected));
}

/* What comes while a thread computes is observed after that. */
static void
test_again (Fixture *fixture, gconstpointer data)
{
  observe (fixture);
  wait_for_one (&fixture->n_told);
  netns_ip ("route add 2a00::/16 via fe80::1 dev w0");
  wait_for_one (&fixture->n_changed);

  observe (fixture);
  netns_ip ("route add 2b00::/16 via fe80::1 dev w0");
  wait_for_one (&fixture->n_changed);
  observe (fixture);
  while (tl_observer_is_busy (fixture->observer))
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (fixture->observation->net == tl_rtnl_get_state (fixture->rtnl));
  g_assert_true (fixture->relevant);
}

static void
test_freed_meanwhile (Fixture *fixture, gconstpointer data)
{
  observe (fixture);
  g_clear_pointer (&fixture->observer, tl_observer_free);
  wait_run_for (300);
  g_assert_cmpuint (fixture->n_told, ==, 0);
}

static void
drop (TlMonitor *monitor, gpointer user_data)
{
  g_clear_object ((TlMonitor **)user_data);
}

/* Who is told of a change may let go of who tells it, which no update keeps any more. */
static void
test_monitor_let_go (Fixture *fixture, gconstpointer data)
{
  const char *const no_urls[] = { NULL };
  g_autoptr (TlExitProbe) ipv4_probe = tl_exit_probe_new (TL_FAMILY_IPV4, no_urls);
  g_autoptr (TlExitProbe) ipv6_probe = tl_exit_probe_new (TL_FAMILY_IPV6, no_urls);
  g_autoptr (TlPref64Watch) pref64_watch = tl_pref64_watch_new ();
  g_autoptr (TlExitWatch) exit_watch =
    tl_exit_watch_new (fixture->rtnl, ipv4_probe, ipv6_probe, pref64_watch);
  TlMonitor *monitor = tl_monitor_new (fixture->rtnl, fixture->nm_watch, fixture->resolv_conf,
                                       exit_watch, fixture->policy);

  g_signal_connect (monitor, "changed", G_CALLBACK (drop), &monitor);
  tl_monitor_start (monitor);
  while (monitor != NULL)
    g_main_context_iteration (NULL, TRUE);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  netns_init ();

  g_test_add ("/observer/later", Fixture, NULL, set_up, test_later, tear_down);
  g_test_add ("/observer/again", Fixture, NULL, set_up, test_again, tear_down);
  g_test_add ("/observer/freed-meanwhile", Fixture, NULL, set_up, test_freed_meanwhile, tear_down);
  g_test_add ("/observer/monitor-let-go", Fixture, NULL, set_up, test_monitor_let_go, tear_down);

  return g_test_run ();
}
