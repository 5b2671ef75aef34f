/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/exit-watch.h"
#include "app/monitor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/*
 * Everything between the kernel's tables and a verdict, as the programs do it, once; and how long
 * that kept the main loop from anything else. Prints "NAME NUMBER" lines for coverage.py.
 */

static gint64 returned_from_poll;
static gint64 longest_turn;
static gint64 cpu_at_return;
static gint64 longest_work;

/* Of this thread, in microseconds: what it would take on a computer with nothing else to do. */
static gint64
cpu_time (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

/* The main loop is busy from where one poll ends to where the next begins. */
static gint
poll_and_measure (GPollFD *fds, guint n_fds, gint timeout)
{
  gint64 now = g_get_monotonic_time ();
  gint result;

  if (returned_from_poll != 0) {
    longest_turn = MAX (longest_turn, now - returned_from_poll);
    longest_work = MAX (longest_work, cpu_time () - cpu_at_return);
  }
  result = g_poll (fds, n_fds, timeout);
  returned_from_poll = g_get_monotonic_time ();
  cpu_at_return = cpu_time ();
  return result;
}

/* VmHWM of proc(5), in KiB. */
static guint64
peak_memory (void)
{
  g_autofree char *status = NULL;
  const char *line;

  if (!g_file_get_contents ("/proc/self/status", &status, NULL, NULL))
    return 0;
  line = strstr (status, "VmHWM:");
  return line != NULL ? g_ascii_strtoull (line + sizeof "VmHWM:" - 1, NULL, 10) : 0;
}

/* Until there is another observation than @before, and the turn in which it came is over. */
static void
wait_for_observation (TlMonitor *monitor, const TlObservation *before)
{
  while (tl_monitor_get_observation (monitor) == before)
    g_main_context_iteration (NULL, TRUE);
  g_main_context_iteration (NULL, FALSE);
}

static TlMonitor *
start_monitor (TlRtnl *rtnl)
{
  g_autoptr (TlNmWatch) nm_watch = tl_nm_watch_new ();
  g_autoptr (TlPolicy) policy = tl_policy_new ();
  const char *const no_urls[] = { NULL };
  g_autoptr (TlExitProbe) ipv4_probe = tl_exit_probe_new (TL_FAMILY_IPV4, no_urls);
  g_autoptr (TlExitProbe) ipv6_probe = tl_exit_probe_new (TL_FAMILY_IPV6, no_urls);
  g_autoptr (TlPref64Watch) pref64_watch = tl_pref64_watch_new ();
  g_autoptr (TlResolvConf) resolv_conf = tl_resolv_conf_new (TL_RESOLV_CONF_FILE);
  g_autoptr (TlExitWatch) exit_watch =
    tl_exit_watch_new (rtnl, ipv4_probe, ipv6_probe, pref64_watch);
  TlMonitor *monitor = tl_monitor_new (rtnl, nm_watch, resolv_conf, exit_watch, policy);

  tl_monitor_start (monitor);
  return monitor;
}

static void
start_measuring (void)
{
  longest_turn = 0;
  longest_work = 0;
  returned_from_poll = 0;
}

static void
print_longest (const char *when)
{
  printf ("%sblocked %" G_GINT64_FORMAT "\n", when, longest_turn);
  printf ("%sworked %" G_GINT64_FORMAT "\n", when, longest_work);
}

/* A leak is one of which the firewall is asked. */
static gboolean
is_answered (TlMonitor *monitor)
{
  const TlAnswers *answers = &tl_monitor_get_observation (monitor)->answers;
  gboolean asks_firewall = tl_monitor_get_verdict (monitor)->state == TL_STATE_LEAK;

  return answers->exits[TL_FAMILY_IPV4] != NULL && answers->exits[TL_FAMILY_IPV6] != NULL &&
         (answers->firewall != NULL || !asks_firewall);
}

/* Asks for the exit addresses, which nobody tells here, and the firewall. */
static void
measure_answers (TlMonitor *monitor)
{
  start_measuring ();
  tl_monitor_set_probing (monitor, TRUE);
  while (!is_answered (monitor))
    g_main_context_iteration (NULL, TRUE);
  g_main_context_iteration (NULL, FALSE);
  tl_monitor_set_probing (monitor, FALSE);
  print_longest ("answers_");
}

static void
note_read (TlRtnl *rtnl, gboolean *was_read)
{
  *was_read = TRUE;
}

/* Reads the tables once more, in which nothing is different. */
static void
measure_reread (TlRtnl *rtnl)
{
  gboolean was_read = FALSE;
  gulong handler = g_signal_connect (rtnl, "read", G_CALLBACK (note_read), &was_read);

  start_measuring ();
  tl_rtnl_refresh (rtnl);
  while (!was_read)
    g_main_context_iteration (NULL, TRUE);
  g_main_context_iteration (NULL, FALSE);
  g_signal_handler_disconnect (rtnl, handler);
  print_longest ("reread_");
}

/* Runs the command that the arguments are, and takes what comes of it: the answers are void. */
static gboolean
measure_change (TlMonitor *monitor, char **command, GError **error)
{
  /* With these GLib does not fork: all memory would be copied on the next write. */
  const GSpawnFlags flags =
    G_SPAWN_SEARCH_PATH | G_SPAWN_LEAVE_DESCRIPTORS_OPEN | G_SPAWN_DO_NOT_REAP_CHILD;
  const TlObservation *before = tl_monitor_get_observation (monitor);

  if (!g_spawn_async (NULL, command, NULL, flags, NULL, NULL, NULL, error))
    return FALSE;

  start_measuring ();
  wait_for_observation (monitor, before);
  print_longest ("change_");
  return TRUE;
}

/* Arguments: a command that changes something about the routes, once all answers are there. */
int
main (int argc, char **argv)
{
  gint64 start = g_get_monotonic_time ();
  guint64 memory = peak_memory ();
  g_autoptr (GError) error = NULL;
  g_autoptr (TlRtnl) rtnl = tl_rtnl_new (&error);
  g_autoptr (TlMonitor) monitor = NULL;
  const TlObservation *observation;

  if (rtnl != NULL) {
    g_main_context_set_poll_func (NULL, poll_and_measure);
    monitor = start_monitor (rtnl);
    wait_for_observation (monitor, NULL);
    observation = tl_monitor_get_observation (monitor);
    printf ("microseconds %" G_GINT64_FORMAT "\n", g_get_monotonic_time () - start);
    print_longest ("");
    printf ("kibibytes %" G_GUINT64_FORMAT "\n", peak_memory () - memory);
    printf ("routes %u\n", observation->net->routes[TL_FAMILY_IPV6]->len);
    printf ("spans %u\n", observation->coverage[TL_FAMILY_IPV6]->spans->len);
    printf ("state %s\n", tl_state_to_string (tl_monitor_get_verdict (monitor)->state));
  }
  if (rtnl != NULL && argc > 1)
    measure_answers (monitor);
  if (rtnl != NULL && argc > 1)
    measure_reread (rtnl);
  if (rtnl == NULL || (argc > 1 && !measure_change (monitor, argv + 1, &error))) {
    fprintf (stderr, "%s\n", error->message);
    return EXIT_FAILURE;
  }

  return EXIT_SUCCESS;
}
