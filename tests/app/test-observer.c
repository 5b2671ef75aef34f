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
  TlAnswers answers;
  TlObserver *observer;
  guint n_told;
  guint n_judged;
  TlObservation *observation; /* the latest that was told */
  TlVerdict *verdict;         /* of it */
  gboolean relevant;
} Fixture;

static void
take (Fixture *fixture, const TlObservation *observation, const TlVerdict *verdict)
{
  g_clear_pointer (&fixture->observation, tl_observation_unref);
  fixture->observation = tl_observation_ref (observation);
  g_clear_pointer (&fixture->verdict, tl_verdict_unref);
  fixture->verdict = tl_verdict_ref (verdict);
}

static void
on_observed (const TlObservation *observation,
             const TlVerdict *bare,
             const TlVerdict *verdict,
             gboolean relevant,
             gboolean doubtful,
             gpointer user_data)
{
  Fixture *fixture = user_data;

  take (fixture, observation, verdict);
  fixture->relevant = relevant;
  fixture->n_told++;
}

static void
on_judged (const TlObservation *observation, const TlVerdict *verdict, gpointer user_data)
{
  Fixture *fixture = user_data;

  take (fixture, observation, verdict);
  fixture->n_judged++;
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
  fixture->answers = TL_ANSWERS_NONE;
  fixture->nat64 = g_array_new (FALSE, FALSE, sizeof (TlPrefix));
  fixture->observer = tl_observer_new (fixture->rtnl, fixture->nm_watch, fixture->resolv_conf,
                                       on_observed, on_judged, fixture);
  g_signal_connect_swapped (fixture->rtnl, "changed", G_CALLBACK (on_tables_changed), fixture);
  wait_for_one (&fixture->n_changed);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_pointer (&fixture->observer, tl_observer_free);
  g_clear_pointer (&fixture->observation, tl_observation_unref);
  g_clear_pointer (&fixture->verdict, tl_verdict_unref);
  tl_answers_clear (&fixture->answers);
  g_array_unref (fixture->nat64);
  tl_policy_unref (fixture->policy);
  g_object_unref (fixture->resolv_conf);
  g_object_unref (fixture->nm_watch);
  g_object_unref (fixture->rtnl);
}

static void
observe (Fixture *fixture)
{
  tl_observer_observe (fixture->observer, fixture->policy, fixture->nat64, &fixture->answers);
}

static void
wait_until_idle (Fixture *fixture)
{
  while (tl_observer_is_busy (fixture->observer))
    g_main_context_iteration (NULL, TRUE);
}

static void
judge (Fixture *fixture)
{
  tl_observer_judge (fixture->observer, &fixture->answers);
}

/* Somebody has answered: the Internet sees @address. */
static void
answer (Fixture *fixture, const char *address)
{
  TlExit *exit = tl_exit_new (TL_FAMILY_IPV6);

  exit->has_address = tl_address_parse (address, &exit->address);
  g_assert_true (exit->has_address);
  g_clear_pointer (&fixture->answers.exits[TL_FAMILY_IPV6], tl_exit_unref);
  fixture->answers.exits[TL_FAMILY_IPV6] = exit;
}

/* What is known is the very verdict of what was observed and answered last. */
static void
assert_judged (Fixture *fixture)
{
  g_autoptr (TlVerdict) expected = tl_judge (fixture->observation, fixture->policy);

  g_assert_true (fixture->observation->net == tl_rtnl_get_state (fixture->rtnl));
  g_assert_true (fixture->observation->answers.exits[TL_FAMILY_IPV6] ==
                 fixture->answers.exits[TL_FAMILY_IPV6]);
  g_assert_true (tl_verdict_equal (fixture->verdict, expected));
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
  wait_until_idle (fixture);
  g_assert_true (fixture->observation->net == tl_rtnl_get_state (fixture->rtnl));
  g_assert_true (fixture->relevant);
}

static void
test_answer (Fixture *fixture, gconstpointer data)
{
  observe (fixture);
  wait_for_one (&fixture->n_told);
  g_assert_null (fixture->verdict->families[TL_FAMILY_IPV6].exit);

  answer (fixture, "2001:db8::1");
  judge (fixture);
  g_assert_cmpuint (fixture->n_judged, ==, 0);
  g_assert_true (tl_observer_is_busy (fixture->observer));
  g_assert_false (tl_observer_is_observing (fixture->observer));
  wait_until_idle (fixture);
  g_assert_cmpuint (fixture->n_judged, ==, 1);
  g_assert_nonnull (fixture->verdict->families[TL_FAMILY_IPV6].exit);
  assert_judged (fixture);
}

/* Of several answers that come while a thread judges, the latest is judged, and last. */
static void
test_answers_meanwhile (Fixture *fixture, gconstpointer data)
{
  observe (fixture);
  wait_for_one (&fixture->n_told);

  answer (fixture, "2001:db8::1");
  judge (fixture);
  answer (fixture, "2001:db8::2");
  judge (fixture);
  answer (fixture, "2001:db8::3");
  judge (fixture);
  wait_until_idle (fixture);
  g_assert_cmpuint (fixture->n_judged, ==, 2);
  assert_judged (fixture);
}

/* An answer that comes while a thread observes is judged after it, with what was observed. */
static void
test_answer_while_observing (Fixture *fixture, gconstpointer data)
{
  observe (fixture);
  wait_for_one (&fixture->n_told);

  observe (fixture);
  answer (fixture, "2001:db8::1");
  judge (fixture);
  g_assert_true (tl_observer_is_observing (fixture->observer));
  wait_until_idle (fixture);
  g_assert_cmpuint (fixture->n_told, ==, 1);
  g_assert_cmpuint (fixture->n_judged, ==, 1);
  assert_judged (fixture);
}

/* Answers of another network are void, those included that come before it is known. */
static void
test_answer_of_another_network (Fixture *fixture, gconstpointer data)
{
  observe (fixture);
  wait_for_one (&fixture->n_told);
  answer (fixture, "2001:db8::1");
  judge (fixture);
  wait_until_idle (fixture);
  netns_ip ("route add 2a00::/16 via fe80::1 dev w0");
  wait_for_one (&fixture->n_changed);

  observe (fixture);
  answer (fixture, "2001:db8::2");
  judge (fixture);
  wait_until_idle (fixture);
  g_assert_true (fixture->relevant);
  tl_answers_forget (&fixture->answers);
  assert_judged (fixture);
}

/* What changes while a thread judges is observed after it. */
static void
test_change_while_judging (Fixture *fixture, gconstpointer data)
{
  observe (fixture);
  wait_for_one (&fixture->n_told);
  netns_ip ("route add 2a00::/16 via fe80::1 dev w0");
  wait_for_one (&fixture->n_changed);

  answer (fixture, "2001:db8::1");
  judge (fixture);
  observe (fixture);
  g_assert_true (tl_observer_is_observing (fixture->observer));
  wait_until_idle (fixture);
  g_assert_cmpuint (fixture->n_judged, ==, 1);
  g_assert_cmpuint (fixture->n_told, ==, 1);
  tl_answers_forget (&fixture->answers);
  assert_judged (fixture);
}

static void
test_freed_while_judging (Fixture *fixture, gconstpointer data)
{
  observe (fixture);
  wait_for_one (&fixture->n_told);
  answer (fixture, "2001:db8::1");
  judge (fixture);
  g_clear_pointer (&fixture->observer, tl_observer_free);
  wait_run_for (300);
  g_assert_cmpuint (fixture->n_judged, ==, 0);
}

static void
test_freed_meanwhile (Fixture *fixture, gconstpointer data)
{
  observe (fixture);
  g_clear_pointer (&fixture->observer, tl_observer_free);
  wait_run_for (300);
  g_assert_cmpuint (fixture->n_told, ==, 0);
}

/* Exit addresses are asked for in vain: there are no services, and no way to them. */
static TlMonitor *
make_monitor (Fixture *fixture)
{
  const char *const no_urls[] = { NULL };
  g_autoptr (TlExitProbe) ipv4_probe = tl_exit_probe_new (TL_FAMILY_IPV4, no_urls);
  g_autoptr (TlExitProbe) ipv6_probe = tl_exit_probe_new (TL_FAMILY_IPV6, no_urls);
  g_autoptr (TlPref64Watch) pref64_watch = tl_pref64_watch_new ();
  g_autoptr (TlExitWatch) exit_watch =
    tl_exit_watch_new (fixture->rtnl, ipv4_probe, ipv6_probe, pref64_watch);

  return tl_monitor_new (fixture->rtnl, fixture->nm_watch, fixture->resolv_conf, exit_watch,
                         fixture->policy);
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
  TlMonitor *monitor = make_monitor (fixture);

  g_signal_connect (monitor, "changed", G_CALLBACK (drop), &monitor);
  tl_monitor_start (monitor);
  while (monitor != NULL)
    g_main_context_iteration (NULL, TRUE);
}

static void
on_checked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  tl_monitor_check_finish (TL_MONITOR (source), result, &error);
  g_assert_no_error (error);
  (*(guint *)user_data)++;
}

/* A check that asks ends with a verdict of what was answered. */
static void
test_check_with_answers (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TlMonitor) monitor = make_monitor (fixture);
  guint n_checked = 0;
  const TlVerdict *verdict;

  tl_monitor_start (monitor);
  tl_monitor_check (monitor, TRUE, 20000, NULL, on_checked, &n_checked);
  wait_for_one (&n_checked);
  verdict = tl_monitor_get_verdict (monitor);
  g_assert_nonnull (verdict->families[TL_FAMILY_IPV4].exit);
  g_assert_nonnull (verdict->families[TL_FAMILY_IPV6].exit);
  g_assert_nonnull (verdict->families[TL_FAMILY_IPV6].exit->error);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  netns_init ();

  g_test_add ("/observer/later", Fixture, NULL, set_up, test_later, tear_down);
  g_test_add ("/observer/again", Fixture, NULL, set_up, test_again, tear_down);
  g_test_add ("/observer/answer", Fixture, NULL, set_up, test_answer, tear_down);
  g_test_add ("/observer/answers-meanwhile", Fixture, NULL, set_up, test_answers_meanwhile,
              tear_down);
  g_test_add ("/observer/answer-while-observing", Fixture, NULL, set_up,
              test_answer_while_observing, tear_down);
  g_test_add ("/observer/answer-of-another-network", Fixture, NULL, set_up,
              test_answer_of_another_network, tear_down);
  g_test_add ("/observer/change-while-judging", Fixture, NULL, set_up, test_change_while_judging,
              tear_down);
  g_test_add ("/observer/freed-while-judging", Fixture, NULL, set_up, test_freed_while_judging,
              tear_down);
  g_test_add ("/observer/freed-meanwhile", Fixture, NULL, set_up, test_freed_meanwhile, tear_down);
  g_test_add ("/observer/monitor-let-go", Fixture, NULL, set_up, test_monitor_let_go, tear_down);
  g_test_add ("/observer/check-with-answers", Fixture, NULL, set_up, test_check_with_answers,
              tear_down);

  return g_test_run ();
}
