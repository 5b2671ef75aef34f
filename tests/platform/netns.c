/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#define _GNU_SOURCE /* unshare(2) */

#include "netns.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

static void
write_file (const char *name, const char *text)
{
  g_autoptr (GError) error = NULL;

  /* Not by renaming: these are files of /proc. */
  if (!g_file_set_contents_full (name, text, -1, G_FILE_SET_CONTENTS_NONE, 0644, &error))
    g_error ("%s", error->message);
}

/* Root in a user namespace of our own. */
static void
become_root (void)
{
  g_autofree char *uids = g_strdup_printf ("0 %u 1", getuid ());
  g_autofree char *gids = g_strdup_printf ("0 %u 1", getgid ());

  if (unshare (CLONE_NEWUSER) != 0)
    g_error ("No user namespace: %s", g_strerror (errno));
  write_file ("/proc/self/setgroups", "deny");
  write_file ("/proc/self/uid_map", uids);
  write_file ("/proc/self/gid_map", gids);
}

/**
 * netns_enter_new:
 *
 * Moves this process into a new, empty network namespace, where links get no IPv6 addresses by
 * themselves and addresses are usable at once. The one before goes with its last user.
 */
void
netns_enter_new (void)
{
  if (unshare (CLONE_NEWNET) != 0)
    g_error ("No network namespace: %s", g_strerror (errno));

  write_file ("/proc/sys/net/ipv6/conf/all/accept_dad", "0");
  write_file ("/proc/sys/net/ipv6/conf/default/accept_dad", "0");
  write_file ("/proc/sys/net/ipv6/conf/default/addr_gen_mode", "1");
  netns_ip ("link set lo up");
}

/**
 * netns_init:
 *
 * Takes this process off the computer's network, into an empty one where it may do anything. To be
 * called before there are threads. There is nothing to fall back to: without namespaces the tests
 * fail.
 */
void
netns_init (void)
{
  /* Root needs no user namespace, and in a chroot the kernel refuses it. */
  if (geteuid () != 0)
    become_root ();
  netns_enter_new ();
}

/* Left open, descriptors need no fork(2), which is slow with AddressSanitizer. */
static gboolean
spawn (const char *command, char **ret_out, char **ret_err, int *ret_status, GError **error)
{
  g_auto (GStrv) words = NULL;

  return g_shell_parse_argv (command, NULL, &words, error) &&
         g_spawn_sync (NULL, words, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_LEAVE_DESCRIPTORS_OPEN,
                       NULL, NULL, ret_out, ret_err, ret_status, error);
}

static char *
run_ip (const char *command)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *out = NULL;
  g_autofree char *err = NULL;
  int status = 0;

  if (!spawn (command, &out, &err, &status, &error) || !g_spawn_check_wait_status (status, &error))
    g_error ("%s: %s %s", command, error->message, err != NULL ? err : "");

  return g_steal_pointer (&out);
}

/**
 * netns_ip:
 * @arguments: printf-style arguments of ip(8), which must succeed
 */
void
netns_ip (const char *arguments, ...)
{
  g_autofree char *line = NULL;
  g_autofree char *command = NULL;
  g_autofree char *out = NULL;
  va_list values;

  va_start (values, arguments);
  line = g_strdup_vprintf (arguments, values);
  va_end (values);
  command = g_strconcat ("ip ", line, NULL);
  out = run_ip (command);
}

static char *
write_batch (const char *commands)
{
  g_autoptr (GError) error = NULL;
  char *name = NULL;
  int fd = g_file_open_tmp ("netns-XXXXXX", &name, &error);

  g_assert_no_error (error);
  close (fd);
  write_file (name, commands);

  return name;
}

/**
 * netns_ip_batch:
 * @commands: lines for `ip -batch`, all of which must succeed
 */
void
netns_ip_batch (const char *commands)
{
  g_autofree char *name = write_batch (commands);

  netns_ip ("-batch %s", name);
  unlink (name);
}

/**
 * netns_ip_try_batch:
 * @options: options of ip(8)
 * @commands: lines for `ip -batch`; those that the kernel refuses are passed over
 */
void
netns_ip_try_batch (const char *options, const char *commands)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *name = write_batch (commands);
  g_autofree char *command = g_strdup_printf ("ip %s -force -batch %s", options, name);
  g_autofree char *out = NULL;
  g_autofree char *err = NULL;

  spawn (command, &out, &err, NULL, &error);
  g_assert_no_error (error);
  unlink (name);
}

/**
 * netns_ip_output:
 * @arguments: arguments of ip(8), which must succeed
 *
 * Returns: (transfer full): what it prints
 */
char *
netns_ip_output (const char *arguments)
{
  g_autofree char *command = g_strconcat ("ip ", arguments, NULL);

  return run_ip (command);
}

/**
 * netns_wait_for_carrier:
 * @link: the name of a link that is up, and its peer, too
 *
 * Until the kernel has noticed: before that, it may pass over the link's routes.
 */
void
netns_wait_for_carrier (const char *link)
{
  gint64 deadline = g_get_monotonic_time () + 10 * G_TIME_SPAN_SECOND;
  g_autofree char *arguments = g_strdup_printf ("-o link show %s", link);

  while (g_get_monotonic_time () < deadline) {
    g_autofree char *said = netns_ip_output (arguments);

    if (strstr (said, "state UP") != NULL)
      return;
    g_usleep (10 * G_TIME_SPAN_MILLISECOND);
  }
  g_error ("%s gets no carrier", link);
}
