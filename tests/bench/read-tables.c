/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/exit-watch.h"
#include "app/monitor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Everything between the kernel's tables and a verdict, as the programs do it, once; and how long
 * that kept the main loop from anything else. Prints "NAME NUMBER" lines for coverage.py.
 */

static gint64 returned_from_poll;
static gint64 longest_turn;

/* The main loop is busy from where one poll ends to where the next begins. */
static gint
poll_and_measure (GPollFD *fds, guint n_fds, gint timeout)
{
  gint64 now = g_get_monotonic_time ();
  gint result;

  if (returned_from_poll != 0)
    longest_turn = MAX (longest_turn, now - returned_from_poll);
  result = g_poll (fds, n_fds, timeout);
  returned_from_poll = g_get_monotonic_time ();
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

int
main (void)
{
  gint64 start = g_get_monotonic_time ();
  guint64 memory = peak_memory ();
  g_autoptr (GError) error = NULL;
  g_autoptr (TlRtnl) rtnl = tl_rtnl_new (&error);
  g_autoptr (TlNmWatch) nm_watch = tl_nm_watch_new ();
  g_autoptr (TlResolvConf) resolv_conf = tl_resolv_conf_new (TL_RESOLV_CONF_FILE);
  g_autoptr (TlExitWatch) exit_watch = NULL;
  g_autoptr (TlMonitor) monitor = NULL;
  g_autoptr (TlPolicy) policy = tl_policy_new ();
  const char *const no_urls[] = { NULL };
  g_autoptr (TlExitProbe) ipv4_probe = tl_exit_probe_new (TL_FAMILY_IPV4, no_urls);
  g_autoptr (TlExitProbe) ipv6_probe = tl_exit_probe_new (TL_FAMILY_IPV6, no_urls);
  g_autoptr (TlPref64Watch) pref64_watch = tl_pref64_watch_new ();
  const TlObservation *observation;

  if (rtnl == NULL) {
    fprintf (stderr, "%s\n", error->message);
    return EXIT_FAILURE;
  }

  g_main_context_set_poll_func (NULL, poll_and_measure);
  exit_watch = tl_exit_watch_new (rtnl, ipv4_probe, ipv6_probe, pref64_watch);
  monitor = tl_monitor_new (rtnl, nm_watch, resolv_conf, exit_watch, policy);
  tl_monitor_start (monitor);
  while (tl_monitor_get_verdict (monitor) == NULL)
    g_main_context_iteration (NULL, TRUE);

  printf ("microseconds %" G_GINT64_FORMAT "\n", g_get_monotonic_time () - start);
  g_main_context_iteration (NULL, FALSE); /* the turn of the verdict counts as well */
  observation = tl_monitor_get_observation (monitor);
  printf ("blocked %" G_GINT64_FORMAT "\n", longest_turn);
  printf ("kibibytes %" G_GUINT64_FORMAT "\n", peak_memory () - memory);
  printf ("routes %u\n", observation->net->routes[TL_FAMILY_IPV6]->len);
  printf ("spans %u\n", observation->coverage[TL_FAMILY_IPV6]->spans->len);
  printf ("state %s\n", tl_state_to_string (tl_monitor_get_verdict (monitor)->state));
  return EXIT_SUCCESS;
}
