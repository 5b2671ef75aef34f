/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/exit-probe.h"

#include "core/error.h"
#include "core/exit-reply.h"
#include "platform/connect-watch.h"
#include "platform/exit-answer.h"
#include "platform/exit-message.h"
#include "platform/release-memory.h"
#include "platform/source-util.h"
#include "platform/trust-store.h"

/**
 * TlExitProbe:
 *
 * Asks services on the Internet over one family which address they see, by the route that any
 * program would take: sockets are bound to the family's any-address and no proxy is used.
 *
 * Each question has a session of its own that goes with the answer: no connection is left over
 * that would speak for an old route, no cookie, no login, no socket and no timer. The certificates
 * that the computer trusts are held in memory while a question over https is on its way.
 */
struct _TlExitProbe {
  GObject parent_instance;

  TlFamily family;
  char **urls;
  GPtrArray *questions; /* (element-type Question): on their way */
};

G_DEFINE_FINAL_TYPE (TlExitProbe, tl_exit_probe, G_TYPE_OBJECT)

/* One question, owned by its task: services are asked in turn until one gives an address. */
typedef struct {
  TlExit *exit;
  char **urls;
  guint n_asked;
  gboolean holds_trust_store;
  gboolean hopeless; /* only a connection that is there already may still bring an answer */
  gint64 deadline;   /* g_get_monotonic_time() */
  SoupSession *session;
  GSource *called_off;

  /* The attempt under way */
  SoupMessage *message;
  GCancellable *cancellable;
  GSource *time_up;
  TlConnectWatch *connecting; /* (nullable) */
  GInputStream *body;
  char buffer[TL_EXIT_REPLY_MAX + 1];
} Question;

static void ask_next (GTask *task);

/* Cancelling first makes the library close the connection instead of reading the rest of it. */
static void
end_attempt (Question *question)
{
  tl_source_clear (&question->time_up);
  g_clear_pointer (&question->connecting, tl_connect_watch_free);
  if (question->cancellable != NULL)
    g_cancellable_cancel (question->cancellable);
  if (question->message != NULL)
    g_signal_handlers_disconnect_by_data (question->message, question);
  g_clear_object (&question->body);
  g_clear_object (&question->message);
  g_clear_object (&question->cancellable);
}

static void
question_free (Question *question)
{
  end_attempt (question);
  tl_source_clear (&question->called_off);
  g_clear_object (&question->session);
  g_clear_pointer (&question->exit, tl_exit_unref);
  g_strfreev (question->urls);
  if (question->holds_trust_store) {
    tl_trust_store_release ();
    tl_release_memory_when_idle ();
  }
  g_free (question);
}

static void
complete (GTask *task)
{
  Question *question = g_task_get_task_data (task);

  g_ptr_array_remove (TL_EXIT_PROBE (g_task_get_source_object (task))->questions, question);
  end_attempt (question);
  tl_source_clear (&question->called_off);
  soup_session_abort (question->session);

  if (g_cancellable_is_cancelled (g_task_get_cancellable (task)))
    g_task_return_new_error (task, TL_ERROR, TL_ERROR_CANCELLED, "the question was called off");
  else
    g_task_return_pointer (task, g_steal_pointer (&question->exit), (GDestroyNotify)tl_exit_unref);
}

/* Notes why this service gave no address, and goes on to the next one. */
static void
give_up (GTask *task, const char *reason)
{
  Question *question = g_task_get_task_data (task);
  const char *host = g_uri_get_host (soup_message_get_uri (question->message));

  g_free (question->exit->error);
  question->exit->error = g_strdup_printf ("%s: %s", host, reason);
  g_debug ("%s: %s", tl_family_to_string (question->exit->family), question->exit->error);

  end_attempt (question);
  ask_next (task);
}

/* What a failed operation says, unless it failed because we ended it. */
static const char *
reason_of (Question *question, const GError *error)
{
  return g_cancellable_is_cancelled (question->cancellable) ? TL_NO_ANSWER_IN_TIME : error->message;
}

static gboolean
on_time_up (gpointer user_data)
{
  Question *question = user_data;

  g_cancellable_cancel (question->cancellable);
  return G_SOURCE_REMOVE;
}

static gboolean
on_called_off (GCancellable *cancellable, gpointer user_data)
{
  Question *question = user_data;

  if (question->cancellable != NULL)
    g_cancellable_cancel (question->cancellable);
  return G_SOURCE_REMOVE;
}

static void
on_refused (gpointer user_data)
{
  Question *question = user_data;

  g_cancellable_cancel (question->cancellable);
}

static void
on_network_event (SoupMessage *message,
                  GSocketClientEvent event,
                  GIOStream *connection,
                  gpointer user_data)
{
  Question *question = user_data;

  if ((event != G_SOCKET_CLIENT_CONNECTING && event != G_SOCKET_CLIENT_CONNECTED) ||
      !G_IS_SOCKET_CONNECTION (connection))
    return;

  if (event == G_SOCKET_CLIENT_CONNECTED) {
    g_clear_pointer (&question->connecting, tl_connect_watch_free);
    tl_exit_note_ends (question->exit, G_SOCKET_CONNECTION (connection));
  } else if (question->connecting != NULL) {
    tl_connect_watch_add (question->connecting,
                          g_socket_connection_get_socket (G_SOCKET_CONNECTION (connection)));
  }
}

static void
on_body_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Question *question = g_task_get_task_data (task);
  TlExit *exit = question->exit;
  g_autoptr (GError) error = NULL;
  gsize length = 0;

  if (!g_input_stream_read_all_finish (G_INPUT_STREAM (source), result, &length, &error)) {
    give_up (task, reason_of (question, error));
  } else if (!tl_exit_answer_parse (question->buffer, length, exit->family, &exit->address,
                                    &error)) {
    give_up (task, error->message);
  } else {
    exit->has_address = TRUE;
    g_clear_pointer (&exit->error, g_free);
    complete (task);
  }
}

static void
on_response_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Question *question = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  question->body = soup_session_send_finish (SOUP_SESSION (source), result, &error);
  if (question->body == NULL) {
    give_up (task, reason_of (question, error));
  } else if (soup_message_get_status (question->message) != SOUP_STATUS_OK) {
    g_autofree char *reason = tl_exit_answer_describe_status (question->message);

    give_up (task, reason);
  } else {
    /* One byte more than may be tells that there is more, without reading it. */
    g_input_stream_read_all_async (question->body, question->buffer, sizeof question->buffer,
                                   G_PRIORITY_DEFAULT, question->cancellable, on_body_ready,
                                   g_object_ref (task));
  }
}

/* Half of the time that is left, so that a dead service leaves some for the others; the last one
 * gets all of it. */
static guint
time_for_next_ms (const Question *question)
{
  gint64 left = MAX (question->deadline - g_get_monotonic_time (), 0) / 1000;

  return question->urls[question->n_asked] != NULL ? left / 2 : left;
}

static void
ask_one (GTask *task, SoupMessage *message)
{
  Question *question = g_task_get_task_data (task);

  question->message = message;
  question->cancellable = g_cancellable_new ();
  question->exit->has_source = FALSE;
  question->exit->has_destination = FALSE;
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  g_signal_connect (message, "network-event", G_CALLBACK (on_network_event), question);

  question->connecting = tl_connect_watch_new (on_refused, question);
  question->time_up = tl_source_add_timeout (g_task_get_context (task), time_for_next_ms (question),
                                             on_time_up, question);

  soup_session_send_async (question->session, message, G_PRIORITY_DEFAULT, question->cancellable,
                           on_response_ready, g_object_ref (task));
}

static void
ask_next (GTask *task)
{
  Question *question = g_task_get_task_data (task);
  TlExit *exit = question->exit;

  while (question->urls[question->n_asked] != NULL && !question->hopeless &&
         !g_cancellable_is_cancelled (g_task_get_cancellable (task))) {
    const char *url = question->urls[question->n_asked++];
    SoupMessage *message = tl_exit_message_new (url);

    g_free (exit->url);
    exit->url = g_strdup (url);
    if (message != NULL) {
      ask_one (task, message);
      return;
    }

    g_free (exit->error);
    exit->error = g_strdup_printf ("“%s” is not an http or https address", url);
  }

  complete (task);
}

static void
on_trust_store_ready (gpointer user_data)
{
  g_autoptr (GTask) task = user_data;

  ask_next (task);
}

static void
ask_first (GTask *task)
{
  Question *question = g_task_get_task_data (task);

  for (gsize i = 0; question->urls[i] != NULL && !question->holds_trust_store; i++)
    question->holds_trust_store = g_ascii_strncasecmp (question->urls[i], "https:", 6) == 0;

  if (question->holds_trust_store)
    tl_trust_store_hold (on_trust_store_ready, g_object_ref (task));
  else
    ask_next (task);
}

static void
watch_cancellable (GTask *task)
{
  Question *question = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);

  if (cancellable == NULL)
    return;

  question->called_off = g_cancellable_source_new (cancellable);
  g_source_set_callback (question->called_off, G_SOURCE_FUNC (on_called_off), question, NULL);
  g_source_attach (question->called_off, g_task_get_context (task));
}

static void
tl_exit_probe_finalize (GObject *object)
{
  TlExitProbe *self = TL_EXIT_PROBE (object);

  g_strfreev (self->urls);
  g_ptr_array_unref (self->questions);

  G_OBJECT_CLASS (tl_exit_probe_parent_class)->finalize (object);
}

static void
tl_exit_probe_class_init (TlExitProbeClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = tl_exit_probe_finalize;
}

static void
tl_exit_probe_init (TlExitProbe *self)
{
  self->questions = g_ptr_array_new ();
}

/**
 * tl_exit_probe_new:
 * @family: the family to ask over
 * @urls: (array zero-terminated=1): services that answer with the caller's address, best first
 *
 * Makes a probe. Nothing is loaded and nobody is asked before tl_exit_probe_ask().
 *
 * Returns: (transfer full): the probe
 */
TlExitProbe *
tl_exit_probe_new (TlFamily family, const char *const *urls)
{
  TlExitProbe *self = g_object_new (TL_TYPE_EXIT_PROBE, NULL);

  self->family = family;
  tl_exit_probe_set_urls (self, urls);

  return self;
}

/**
 * tl_exit_probe_set_urls:
 * @self: a probe
 * @urls: (array zero-terminated=1): services from the next question on
 */
void
tl_exit_probe_set_urls (TlExitProbe *self, const char *const *urls)
{
  g_return_if_fail (TL_IS_EXIT_PROBE (self));
  g_return_if_fail (urls != NULL);

  g_strfreev (self->urls);
  self->urls = g_strdupv ((char **)urls);
}

static void
ask_urls (TlExitProbe *self,
          const char *const *urls,
          guint timeout_ms,
          GCancellable *cancellable,
          GAsyncReadyCallback callback,
          gpointer user_data)
{
  Question *question = g_new0 (Question, 1);
  g_autoptr (GTask) task = NULL;

  if (timeout_ms == 0)
    timeout_ms = TL_EXIT_PROBE_TIMEOUT_MS;
  question->exit = tl_exit_new (self->family);
  question->exit->error =
    g_strdup (urls[0] == NULL ? "no service is named" : "no service was asked");
  question->urls = g_strdupv ((char **)urls);
  question->deadline = g_get_monotonic_time () + (gint64)timeout_ms * 1000;
  question->session = tl_exit_session_new (self->family);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, tl_exit_probe_ask);
  g_task_set_check_cancellable (task, FALSE); /* complete() has our own error for it */
  g_task_set_task_data (task, question, (GDestroyNotify)question_free);

  g_ptr_array_add (self->questions, question);
  watch_cancellable (task);
  ask_first (task);
}

/**
 * tl_exit_probe_ask:
 * @self: a probe
 * @timeout_ms: milliseconds for the whole question; 0 for %TL_EXIT_PROBE_TIMEOUT_MS
 * @cancellable: (nullable): to call it off
 * @callback: called once
 * @user_data: for @callback
 *
 * Asks for the exit address of the family. Services are asked in turn until one answers with an
 * address; one that is silent gets half of the time that is left, the last one all of it.
 */
void
tl_exit_probe_ask (TlExitProbe *self,
                   guint timeout_ms,
                   GCancellable *cancellable,
                   GAsyncReadyCallback callback,
                   gpointer user_data)
{
  g_return_if_fail (TL_IS_EXIT_PROBE (self));

  ask_urls (self, (const char *const *)self->urls, timeout_ms, cancellable, callback, user_data);
}

/**
 * tl_exit_probe_ask_second:
 * @self: a probe with a second service
 * @timeout_ms: milliseconds for the whole question; 0 for %TL_EXIT_PROBE_TIMEOUT_MS
 * @cancellable: (nullable): to call it off
 * @callback: called once
 * @user_data: for @callback
 *
 * Asks the second service alone, whether the first one answers or not, so that the two answers can
 * be compared. tl_exit_probe_ask_finish() is for both.
 */
void
tl_exit_probe_ask_second (TlExitProbe *self,
                          guint timeout_ms,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_return_if_fail (tl_exit_probe_has_second (self));

  ask_urls (self, (const char *const[]){ self->urls[1], NULL }, timeout_ms, cancellable, callback,
            user_data);
}

/**
 * tl_exit_probe_give_up_connecting:
 * @self: a probe
 *
 * Nothing gets out over this family, as far as is known: ends the questions on their way, but for
 * those whose service is connected. It did get out, and what it answers counts.
 */
void
tl_exit_probe_give_up_connecting (TlExitProbe *self)
{
  g_return_if_fail (TL_IS_EXIT_PROBE (self));

  for (guint i = self->questions->len; i-- > 0;) {
    Question *question = self->questions->pdata[i];

    question->hopeless = TRUE;
    if (!question->exit->has_destination)
      g_cancellable_cancel (question->cancellable);
  }
}

/**
 * tl_exit_probe_has_second:
 * @self: a probe
 *
 * Returns: whether more than one service is named
 */
gboolean
tl_exit_probe_has_second (TlExitProbe *self)
{
  g_return_val_if_fail (TL_IS_EXIT_PROBE (self), FALSE);

  return self->urls[0] != NULL && self->urls[1] != NULL;
}

/**
 * tl_exit_probe_dup_name:
 * @self: a probe
 *
 * Returns: (transfer full) (nullable): the host name of the first service; %NULL where that is an
 *   address, which nobody has to look up
 */
char *
tl_exit_probe_dup_name (TlExitProbe *self)
{
  g_autoptr (GUri) uri = NULL;
  const char *host;

  g_return_val_if_fail (TL_IS_EXIT_PROBE (self), NULL);

  if (self->urls[0] != NULL)
    uri = g_uri_parse (self->urls[0], SOUP_HTTP_URI_FLAGS, NULL);
  host = uri != NULL ? g_uri_get_host (uri) : NULL;

  return host != NULL && !g_hostname_is_ip_address (host) ? g_strdup (host) : NULL;
}

/**
 * tl_exit_probe_ask_finish:
 * @self: a probe
 * @result: what the callback got
 * @error: return location for an error
 *
 * That no service gave an address is an answer, with the last one's reason in @error of the
 * #TlExit, the service's host before it.
 *
 * Returns: (transfer full) (nullable): the answer, or %NULL with @error of %TL_ERROR,
 *   %TL_ERROR_CANCELLED
 */
TlExit *
tl_exit_probe_ask_finish (TlExitProbe *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, tl_exit_probe_ask), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
