/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/firewall-watch.h"

#include "netns.h"
#include "observation-text.h"

#define MS    G_TIME_SPAN_MILLISECOND
#define NEVER G_MAXINT64
/* A rule that would lead marked packets around a tunnel. */
#define MARKS TUN_IPV6 "4 default via 192.168.1.1 dev eth0 table 100; rule 9 fwmark 0x1 lookup 100;"
/* When the routes have come to rest: any time does. */
#define QUIET 4711

/* What is known, and what it means by routes alone. */
typedef struct {
  TlFirewallWatch *watch;
  TlObservation *observation;
  TlVerdict *bare;
  guint n_changed;
} Fixture;

static void
on_changed (TlFirewallWatch *watch, gpointer user_data)
{
  ((Fixture *)user_data)->n_changed++;
}

static void
set_up (Fixture *fixture, const char *net, const char *nm)
{
  fixture->watch = tl_firewall_watch_new ();
  fixture->observation = observation_text_parse (net, nm, NULL);
  fixture->bare = tl_judge (fixture->observation, NULL);
  fixture->n_changed = 0;
  g_signal_connect (fixture->watch, "changed", G_CALLBACK (on_changed), fixture);
}

static void
tear_down (Fixture *fixture)
{
  g_object_unref (fixture->watch);
  tl_observation_unref (fixture->observation);
  tl_verdict_unref (fixture->bare);
}

static TlFirewallWord
ask (Fixture *fixture)
{
  guint before = fixture->n_changed;

  g_assert_true (tl_firewall_watch_ask (fixture->watch, fixture->observation, fixture->bare));
  g_assert_true (tl_firewall_watch_get_asking (fixture->watch));
  g_assert_cmpint (tl_firewall_watch_get_due (fixture->watch, TRUE, QUIET), ==, NEVER);
  while (fixture->n_changed == before)
    g_main_context_iteration (NULL, TRUE);
  tl_firewall_watch_fill (fixture->watch, &fixture->observation->answers);
  g_assert_cmpuint (fixture->observation->answers.firewall->len, ==, 1);

  return g_array_index (fixture->observation->answers.firewall, TlFirewallAnswer, 0).word;
}

static gboolean
is_due_in (Fixture *fixture, gboolean by_itself, gint64 begin, guint ms)
{
  gint64 due = tl_firewall_watch_get_due (fixture->watch, by_itself, QUIET);

  return due >= begin + ms * MS && due <= g_get_monotonic_time () + ms * MS;
}

/* What the kernel prohibits is refused by this computer, as by a firewall. */
static void
test_blocked (void)
{
  Fixture fixture;
  gint64 begin;

  netns_enter_new ();
  netns_ip ("route add prohibit 2000::/3");
  set_up (&fixture, LINE TUN, VPN);
  g_assert_cmpint (tl_firewall_watch_get_due (fixture.watch, TRUE, QUIET), ==, QUIET);
  g_assert_cmpint (tl_firewall_watch_get_due (fixture.watch, FALSE, QUIET), ==, NEVER);

  begin = g_get_monotonic_time ();
  g_assert_cmpint (ask (&fixture), ==, TL_FIREWALL_BLOCKED);
  g_assert_true (tl_firewall_watch_has_blocked (fixture.watch));
  /* Looked after as long as it is true, whoever had it asked; sooner where anything changes. */
  g_assert_true (is_due_in (&fixture, TRUE, begin, TL_FIREWALL_GOOD_MS));
  g_assert_true (is_due_in (&fixture, FALSE, begin, TL_FIREWALL_GOOD_MS));
  tl_firewall_watch_note_event (fixture.watch);
  g_assert_true (is_due_in (&fixture, FALSE, begin, TL_FIREWALL_AGAIN_MS));

  netns_ip ("route del prohibit 2000::/3");
  g_assert_cmpint (ask (&fixture), ==, TL_FIREWALL_SILENT);
  g_assert_cmpint (tl_firewall_watch_get_due (fixture.watch, TRUE, QUIET), ==, NEVER);
  tear_down (&fixture);
}

/* What is not blocked wakes nobody; it is asked again with what else happens, if at all. */
static void
test_silent (void)
{
  Fixture fixture;
  gint64 begin = g_get_monotonic_time ();

  netns_enter_new ();
  set_up (&fixture, LINE TUN, VPN);
  g_assert_cmpint (ask (&fixture), ==, TL_FIREWALL_SILENT);
  g_assert_cmpint (tl_firewall_watch_get_due (fixture.watch, TRUE, QUIET), ==, NEVER);
  tl_firewall_watch_note_event (fixture.watch);
  g_assert_true (is_due_in (&fixture, TRUE, begin, TL_FIREWALL_AGAIN_MS));
  g_assert_cmpint (tl_firewall_watch_get_due (fixture.watch, FALSE, QUIET), ==, NEVER);
  tear_down (&fixture);
}

/* What may be marked makes the light green and red without any event: it is looked after, but only
 * where the program may ask by itself. */
static void
test_marks (void)
{
  Fixture fixture;
  gint64 begin = g_get_monotonic_time ();

  netns_enter_new ();
  set_up (&fixture, LINE TUN MARKS, VPN);
  g_assert_cmpint (fixture.bare->state, ==, TL_STATE_SAFE);
  g_assert_cmpint (ask (&fixture), ==, TL_FIREWALL_SILENT);
  g_assert_true (is_due_in (&fixture, TRUE, begin, TL_FIREWALL_GOOD_MS));
  g_assert_cmpint (tl_firewall_watch_get_due (fixture.watch, FALSE, QUIET), ==, NEVER);
  tl_firewall_watch_forget (fixture.watch);
  g_assert_cmpint (tl_firewall_watch_get_due (fixture.watch, TRUE, QUIET), ==, QUIET);
  tear_down (&fixture);
}

/* Both kinds of questions are answered at once. */
static void
test_both (void)
{
  Fixture fixture;
  const GArray *answers;

  netns_enter_new ();
  netns_ip ("route add prohibit 2000::/3");
  set_up (&fixture, LINE TUN MARKS "6 2600:1::/48 via fe80::1 dev eth0;", VPN);
  g_assert_true (tl_firewall_watch_ask (fixture.watch, fixture.observation, fixture.bare));
  while (fixture.n_changed == 0)
    g_main_context_iteration (NULL, TRUE);
  tl_firewall_watch_fill (fixture.watch, &fixture.observation->answers);
  answers = fixture.observation->answers.firewall;
  g_assert_cmpuint (answers->len, ==, 2);
  for (guint i = 0; i < answers->len; i++) {
    const TlFirewallAnswer *answer = &g_array_index (answers, TlFirewallAnswer, i);
    gboolean ipv6 = answer->range.first.family == TL_FAMILY_IPV6;

    g_assert_cmpint (answer->word, ==, ipv6 ? TL_FIREWALL_BLOCKED : TL_FIREWALL_SILENT);
  }
  tear_down (&fixture);
}

/* DNS servers outside are asked about with the ranges, wherever they are. */
static void
test_resolvers (void)
{
  static const char *const expected[] = { "2000::", "9.9.9.9", "192.168.1.1" };
  Fixture fixture;
  const GArray *answers;

  netns_enter_new ();
  netns_ip ("link set lo up");
  netns_ip ("route add prohibit 0.0.0.0/0");
  netns_ip ("route add prohibit 2000::/3");
  set_up (&fixture, LINE TUN "4 9.9.9.9 via 192.168.1.1 dev eth0 proto dhcp;",
          VPN "dns 192.168.1.1; dns 9.9.9.9; dns 10.8.0.1; dns 192.168.1.1 eth0");
  g_assert_true (tl_firewall_watch_ask (fixture.watch, fixture.observation, fixture.bare));
  while (fixture.n_changed == 0)
    g_main_context_iteration (NULL, TRUE);
  tl_firewall_watch_fill (fixture.watch, &fixture.observation->answers);
  answers = fixture.observation->answers.firewall;

  /* Two ranges come first. */
  g_assert_cmpuint (answers->len, ==, 4);
  for (guint i = 1; i < answers->len; i++) {
    const TlFirewallAnswer *answer = &g_array_index (answers, TlFirewallAnswer, i);
    g_autofree char *address = tl_address_to_string (&answer->range.first);

    g_assert_cmpstr (address, ==, expected[i - 1]);
    g_assert_cmpint (answer->word, ==, TL_FIREWALL_BLOCKED);
    g_assert_cmpint (answer->of_resolver, ==, i > 1);
  }
  tear_down (&fixture);
}

/* An answer about a network that is gone is nobody's. */
static void
test_forgotten (void)
{
  Fixture fixture;

  netns_enter_new ();
  netns_ip ("route add prohibit 2000::/3");
  set_up (&fixture, LINE TUN, VPN);
  g_assert_true (tl_firewall_watch_ask (fixture.watch, fixture.observation, fixture.bare));
  tl_firewall_watch_forget (fixture.watch);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (fixture.n_changed, ==, 0);
  g_assert_false (tl_firewall_watch_get_asking (fixture.watch));

  g_assert_cmpint (ask (&fixture), ==, TL_FIREWALL_BLOCKED);
  tl_firewall_watch_forget (fixture.watch);
  tl_firewall_watch_fill (fixture.watch, &fixture.observation->answers);
  g_assert_null (fixture.observation->answers.firewall);
  g_assert_cmpint (tl_firewall_watch_get_due (fixture.watch, TRUE, QUIET), ==, QUIET);
  tear_down (&fixture);
}

/* Nobody asks where the answer changes nothing. */
static void
test_no_question (void)
{
  static const struct {
    const char *net;
    const char *nm;
    const char *policy;
    gboolean expected;
  } cases[] = {
    { LINE, HOME, NULL, FALSE },
    { LINE TUN TUN_IPV6, VPN, NULL, FALSE },
    { LINE TUN, VPN, "split", FALSE },
    { LINE TUN TUN_IPV6 "6 2600:1::/48 via fe80::1 dev eth0", VPN, "bypass 2600:1::/48", FALSE },
    { LINE TUN, VPN, NULL, TRUE },
    { LINE TUN MARKS, VPN, NULL, TRUE },
    { LINE TUN MARKS, VPN, "split", FALSE },
    { LINE "4 default dev eth0 table 100; rule 9 fwmark 0x1 lookup 100", HOME, NULL, FALSE },
    { LINE "rule 220 lookup 220", HOME, NULL, TRUE },
    /* Names asked at home are normal, unless the company minds. */
    { LINE TUN TUN_IPV6, VPN "dns 192.168.1.1", NULL, FALSE },
    { LINE TUN TUN_IPV6, VPN "dns 192.168.1.1", "dns warning", TRUE },
    { LINE TUN TUN_IPV6, VPN "dns 10.8.0.1", "dns leak", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (TlObservation) observation =
      observation_text_parse (cases[i].net, cases[i].nm, NULL);
    g_autoptr (TlPolicy) policy =
      cases[i].policy != NULL ? policy_text_parse (cases[i].policy) : NULL;
    g_autoptr (TlVerdict) bare = tl_judge (observation, policy);

    g_test_message ("%s", cases[i].net);
    g_assert_cmpint (tl_has_firewall_question (bare), ==, cases[i].expected);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  netns_init ();
  g_test_add_func ("/firewall-watch/blocked", test_blocked);
  g_test_add_func ("/firewall-watch/silent", test_silent);
  g_test_add_func ("/firewall-watch/resolvers", test_resolvers);
  g_test_add_func ("/firewall-watch/marks", test_marks);
  g_test_add_func ("/firewall-watch/both", test_both);
  g_test_add_func ("/firewall-watch/forgotten", test_forgotten);
  g_test_add_func ("/firewall-watch/no-question", test_no_question);

  return g_test_run ();
}
