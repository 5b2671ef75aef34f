/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/connect-watch.h"

#include "platform/bypass-sample.h"
#include "platform/source-util.h"

/* What the kernel sends again after a second (RFC 6298, 2.1) is looked for this often. */
#define TICK_MS 100

struct _TlConnectWatch {
  TlConnectRefused refused;
  gpointer user_data;
  GPtrArray *attempts; /* (element-type Attempt) */
  guint n_refused;     /* of them */
};

/** Attempt: one connection. */
typedef struct {
  TlConnectWatch *watch;
  GSocket *socket;
  GSource *tick;
} Attempt;

static void
attempt_free (gpointer data)
{
  Attempt *attempt = data;

  tl_source_clear (&attempt->tick);
  g_object_unref (attempt->socket);
  g_free (attempt);
}

static gboolean
on_tick (gpointer user_data)
{
  Attempt *attempt = user_data;
  TlConnectWatch *self = attempt->watch;
  TlSampleFate fate = tl_bypass_sample_judge_retransmission (g_socket_get_fd (attempt->socket));

  if (fate == TL_SAMPLE_PENDING)
    return G_SOURCE_CONTINUE;
  if (fate == TL_SAMPLE_REFUSED && ++self->n_refused == self->attempts->len)
    self->refused (self->user_data);
  return G_SOURCE_REMOVE;
}

/**
 * tl_connect_watch_new:
 * @refused: called when nothing is left to wait for; it must not free the watch
 * @user_data: for @refused
 *
 * A firewall of this computer that drops packets is silent, and whoever connects would wait until
 * the time is over. See tl_bypass_sample_judge_retransmission(). What left once is given all the
 * time there is, and so are those that are tried beside it.
 *
 * Returns: (transfer full): a watch of no connection yet
 */
TlConnectWatch *
tl_connect_watch_new (TlConnectRefused refused, gpointer user_data)
{
  TlConnectWatch *self = g_new0 (TlConnectWatch, 1);

  self->refused = refused;
  self->user_data = user_data;
  self->attempts = g_ptr_array_new_with_free_func (attempt_free);
  return self;
}

/**
 * tl_connect_watch_free:
 * @self: (transfer full): a watch
 */
void
tl_connect_watch_free (TlConnectWatch *self)
{
  g_ptr_array_unref (self->attempts);
  g_free (self);
}

/**
 * tl_connect_watch_add:
 * @self: a watch
 * @socket: a TCP socket that has just begun to connect
 */
void
tl_connect_watch_add (TlConnectWatch *self, GSocket *socket)
{
  Attempt *attempt = g_new0 (Attempt, 1);

  attempt->watch = self;
  attempt->socket = g_object_ref (socket);
  attempt->tick = tl_source_add_timeout (NULL, TICK_MS, on_tick, attempt);
  g_ptr_array_add (self->attempts, attempt);
}
