/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "cli/command.h"

#include "app/verdict-json.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/session.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <unistd.h>

/* What is printed next depends on what was printed last. */
typedef struct {
  TlSession *session;
  gboolean json;
  TlVerdict *verdict;
  gboolean settling;
  char *line;
  TlOutput output;
  gboolean done;
} Watch;

static TlOutput
print_json (Watch *watch)
{
  TlMonitor *monitor = tl_backend_get_monitor (watch->session->backend);
  g_autoptr (GPtrArray) plans = tl_monitor_get_fix_plans (monitor, NULL);
  g_autoptr (JsonNode) node =
    tl_verdict_to_json (watch->verdict, plans, watch->settling, g_get_real_time ());

  return tl_output_json (node, TRUE);
}

/* A line says less than the verdict has: what would read the same is not said again. */
static TlOutput
print_line (Watch *watch)
{
  g_autofree char *line = tl_report_line (watch->verdict, watch->settling);
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *time = g_date_time_format (now, "%Y-%m-%d %H:%M:%S");
  g_autofree char *text = g_strdup_printf ("%s  %s\n", time, line);

  if (g_strcmp0 (line, watch->line) == 0)
    return TL_OUTPUT_DONE;

  g_free (watch->line);
  watch->line = g_steal_pointer (&line);
  return tl_output_text (text);
}

static void
on_monitor_changed (Watch *watch)
{
  TlMonitor *monitor = tl_backend_get_monitor (watch->session->backend);
  const TlVerdict *verdict = tl_monitor_get_verdict (monitor);
  gboolean settling = tl_monitor_get_settling (monitor);

  if (watch->done || verdict == NULL)
    return;
  if (watch->verdict != NULL && watch->settling == settling &&
      tl_verdict_equal (watch->verdict, verdict))
    return;

  g_clear_pointer (&watch->verdict, tl_verdict_unref);
  watch->verdict = tl_verdict_ref (verdict);
  watch->settling = settling;
  watch->output = watch->json ? print_json (watch) : print_line (watch);
  watch->done = watch->output != TL_OUTPUT_DONE;
}

/* The last good policy goes on; whoever edits the file wants to know why. */
static void
on_settings_changed (TlSettings *settings)
{
  const GError *error = tl_settings_get_policy_error (settings);

  if (error != NULL)
    fprintf (stderr, "%s\n", error->message);
}

static void
on_cancelled (Watch *watch)
{
  watch->done = TRUE;
}

/* The reader went away: without this, only the next line would notice. */
static gboolean
on_output_closed (int fd, GIOCondition condition, gpointer user_data)
{
  Watch *watch = user_data;

  watch->done = TRUE;
  return G_SOURCE_REMOVE;
}

static void
run (Watch *watch)
{
  TlBackend *backend = watch->session->backend;
  TlMonitor *monitor = tl_backend_get_monitor (backend);
  TlSettings *settings = tl_backend_get_settings (backend);
  gulong changed =
    g_signal_connect_swapped (monitor, "changed", G_CALLBACK (on_monitor_changed), watch);
  gulong policy_changed =
    g_signal_connect (settings, "changed", G_CALLBACK (on_settings_changed), NULL);
  gulong cancelled = g_signal_connect_swapped (watch->session->cancellable, "cancelled",
                                               G_CALLBACK (on_cancelled), watch);

  g_unix_fd_add (STDOUT_FILENO, G_IO_ERR | G_IO_HUP | G_IO_NVAL, on_output_closed, watch);
  on_monitor_changed (watch);
  while (!watch->done)
    g_main_context_iteration (NULL, TRUE);

  g_signal_handler_disconnect (watch->session->cancellable, cancelled);
  g_signal_handler_disconnect (settings, policy_changed);
  g_signal_handler_disconnect (monitor, changed);
}

/**
 * tl_command_watch:
 * @argc: number of arguments, the command's name included
 * @argv: the arguments
 *
 * Prints the verdict at once and whenever it changes, until SIGINT, SIGTERM or until nobody reads
 * any more.
 *
 * Returns: the exit code: 0, or 3 where something went wrong
 */
int
tl_command_watch (int argc, char **argv)
{
  const TlUsage usage = {
    .command = "watch",
    .summary = _ ("Prints one line at once and one whenever something changes."),
    .status = _ ("Exit status: 0 when it was ended; 3 when something went wrong."),
  };
  g_autoptr (TlOptions) options = tl_options_parse (&usage, argc, argv);
  g_autoptr (TlSession) session = NULL;
  Watch watch = { 0 };

  if (options == NULL)
    return TL_EXIT_UNKNOWN;
  session = tl_session_new (options, TL_PROBING_ON);
  if (session == NULL)
    return TL_EXIT_UNKNOWN;

  watch.session = session;
  watch.json = options->json;
  run (&watch);
  g_clear_pointer (&watch.verdict, tl_verdict_unref);
  g_free (watch.line);

  return watch.output == TL_OUTPUT_FAILED ? TL_EXIT_UNKNOWN : TL_EXIT_OK;
}
