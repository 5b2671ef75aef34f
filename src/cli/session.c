/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "cli/session.h"

#include "cli/output.h"
#include "core/error.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <stdio.h>

static gboolean
on_signal (gpointer user_data)
{
  TlSession *self = user_data;

  g_cancellable_cancel (self->cancellable);
  return G_SOURCE_CONTINUE;
}

/* A broken policy is told as compilers do it, so that editors find the line. */
static gboolean
is_policy_good (TlBackend *backend, const TlOptions *options)
{
  const GError *error = tl_settings_get_policy_error (tl_backend_get_settings (backend));

  if (error == NULL)
    return TRUE;

  fprintf (stderr, "%s\n", error->message);
  if (options->policy != NULL && !g_str_equal (options->policy, "-") &&
      !g_error_matches (error, TL_ERROR, TL_ERROR_INVALID))
    fprintf (stderr,
             /* Translators: the file as it was named on the command line */
             _ ("A file that cannot be reached from here can be handed in: --policy - < %s\n"),
             options->policy);
  return FALSE;
}

/**
 * tl_session_new:
 * @options: the options
 * @probing: whether exit addresses are asked for whenever the network has changed
 *
 * Starts to observe. Prints on standard error what stands in the way.
 *
 * Returns: (transfer full) (nullable): a session, or %NULL where there cannot be one
 */
TlSession *
tl_session_new (const TlOptions *options, TlProbing probing)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TlBackend) backend = tl_backend_new (options->policy, &error);
  TlSession *self;

  if (backend == NULL) {
    tl_output_error ("%s", error->message);
    return NULL;
  }
  if (!is_policy_good (backend, options))
    return NULL;

  self = g_new0 (TlSession, 1);
  self->backend = g_steal_pointer (&backend);
  self->loop = g_main_loop_new (NULL, FALSE);
  self->cancellable = g_cancellable_new ();
  self->signals[0] = g_unix_signal_add (SIGINT, on_signal, self);
  self->signals[1] = g_unix_signal_add (SIGTERM, on_signal, self);
  tl_backend_start (self->backend, options->no_external ? TL_PROBING_OFF : probing);

  return self;
}

/**
 * tl_session_free:
 * @self: a session
 */
void
tl_session_free (TlSession *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (self->signals); i++)
    g_source_remove (self->signals[i]);
  g_clear_object (&self->result);
  g_object_unref (self->cancellable);
  g_main_loop_unref (self->loop);
  g_object_unref (self->backend);
  g_free (self);
}

/**
 * tl_session_on_ready:
 * @source: (nullable): who was asked
 * @result: the result
 * @user_data: the session
 *
 * The callback to hand to a call whose result is awaited with tl_session_wait().
 */
void
tl_session_on_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  TlSession *self = user_data;

  g_set_object (&self->result, result);
  g_main_loop_quit (self->loop);
}

/**
 * tl_session_wait:
 * @self: a session that has just asked for something
 *
 * Returns: (transfer full): the result
 */
GAsyncResult *
tl_session_wait (TlSession *self)
{
  while (self->result == NULL)
    g_main_loop_run (self->loop);

  return g_steal_pointer (&self->result);
}

/**
 * tl_session_check:
 * @self: a session
 * @options: the options
 * @error: return location: what tl_monitor_check_finish() fails with
 *
 * Takes one full observation. The command is the person's consent to ask for the exit addresses,
 * unless it says otherwise or the policy forbids it.
 *
 * Returns: whether there is a settled verdict now
 */
gboolean
tl_session_check (TlSession *self, const TlOptions *options, GError **error)
{
  TlMonitor *monitor = tl_backend_get_monitor (self->backend);
  g_autoptr (GAsyncResult) result = NULL;

  tl_monitor_check (monitor, TRUE, options->timeout, self->cancellable, tl_session_on_ready, self);
  result = tl_session_wait (self);

  return tl_monitor_check_finish (monitor, result, error);
}
