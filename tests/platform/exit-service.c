/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "exit-service.h"

#include <string.h>

static void
on_gone (SoupServer *server, SoupServerMessage *message, gpointer user_data)
{
  Service *service = user_data;

  service->n_gone++;
  g_object_set_data (G_OBJECT (message), "drip", NULL);
}

static void
stop_drip (gpointer data)
{
  g_source_destroy (data);
  g_source_unref (data);
}

static void
on_chunk_written (SoupServerMessage *message, gpointer user_data)
{
  static const char chunk[65536] = "<html>";
  Service *service = user_data;

  service->n_sent += sizeof chunk;
  soup_message_body_append (soup_server_message_get_response_body (message), SOUP_MEMORY_STATIC,
                            chunk, sizeof chunk);
  soup_server_message_unpause (message);
}

static gboolean
on_drip (gpointer user_data)
{
  SoupServerMessage *message = user_data;

  soup_message_body_append (soup_server_message_get_response_body (message), SOUP_MEMORY_STATIC,
                            "1", 1);
  soup_server_message_unpause (message);
  return G_SOURCE_CONTINUE;
}

static void
answer_in_chunks (Service *service, SoupServerMessage *message, gboolean drip)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);

  soup_message_headers_set_encoding (headers, SOUP_ENCODING_CHUNKED);
  soup_message_body_set_accumulate (soup_server_message_get_response_body (message), FALSE);
  if (drip) {
    GSource *source = g_timeout_source_new (20);

    g_source_set_callback (source, on_drip, message, NULL);
    g_source_attach (source, NULL);
    g_object_set_data_full (G_OBJECT (message), "drip", source, stop_drip);
  } else {
    g_signal_connect (message, "wrote-chunk", G_CALLBACK (on_chunk_written), service);
    on_chunk_written (message, service);
  }
}

static void
note_request (Service *service, SoupServerMessage *message)
{
  g_autoptr (GString) names = g_string_new (NULL);
  SoupMessageHeadersIter headers;
  const char *name;
  const char *value;

  soup_message_headers_iter_init (&headers, soup_server_message_get_request_headers (message));
  while (soup_message_headers_iter_next (&headers, &name, &value))
    g_string_append_printf (names, "%s ", name);

  service->n_requests++;
  g_free (service->last_client);
  service->last_client = g_socket_connectable_to_string (
    G_SOCKET_CONNECTABLE (soup_server_message_get_remote_address (message)));
  g_free (service->last_headers);
  service->last_headers = g_string_free (g_steal_pointer (&names), FALSE);
}

static void
on_request (SoupServer *server,
            SoupServerMessage *message,
            const char *path,
            GHashTable *query,
            gpointer user_data)
{
  Service *service = user_data;
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  const char *text = path + 1;
  g_autofree char *five_megabytes = NULL;

  note_request (service, message);
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  if (g_str_equal (path, "/silent")) {
    soup_server_message_pause (message);
    return;
  }
  if (g_str_equal (path, "/never-ending") || g_str_equal (path, "/drip")) {
    answer_in_chunks (service, message, g_str_equal (path, "/drip"));
    return;
  }
  if (g_str_equal (path, "/five-megabytes")) {
    five_megabytes = g_strnfill (5 * 1024 * 1024, '1');
    text = five_megabytes;
  } else if (g_str_equal (path, "/loop")) {
    soup_server_message_set_redirect (message, SOUP_STATUS_FOUND, "/loop");
    return;
  } else if (g_str_equal (path, "/portal")) {
    soup_server_message_set_redirect (message, SOUP_STATUS_FOUND, "http://login.example.org/?a=b");
    return;
  } else if (g_str_equal (path, "/nowhere")) {
    soup_server_message_set_status (message, SOUP_STATUS_FOUND, NULL);
    return;
  } else if (g_str_has_prefix (path, "/error/")) {
    soup_server_message_set_status (message, SOUP_STATUS_INTERNAL_SERVER_ERROR, NULL);
    text = path + strlen ("/error/");
  } else if (g_str_equal (path, "/login")) {
    soup_server_message_set_status (message, SOUP_STATUS_UNAUTHORIZED, NULL);
    soup_message_headers_append (headers, "WWW-Authenticate", "Basic realm=\"you\"");
  }

  soup_message_headers_append (headers, "Set-Cookie", "who=you; Max-Age=3600");
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_COPY, text, strlen (text));
}

Service *
service_new (TlFamily family, GTlsCertificate *certificate)
{
  Service *service = g_new0 (Service, 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSList) uris = NULL;
  GSocketFamily socket_family =
    family == TL_FAMILY_IPV4 ? G_SOCKET_FAMILY_IPV4 : G_SOCKET_FAMILY_IPV6;
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (socket_family);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (loopback, 0);

  service->server = soup_server_new ("tls-certificate", certificate, NULL);
  soup_server_add_handler (service->server, NULL, on_request, service, NULL);
  g_signal_connect (service->server, "request-aborted", G_CALLBACK (on_gone), service);
  soup_server_listen (service->server, address, certificate != NULL ? SOUP_SERVER_LISTEN_HTTPS : 0,
                      &error);
  g_assert_no_error (error);

  uris = soup_server_get_uris (service->server);
  service->url = g_uri_to_string (uris->data);
  service->url[strlen (service->url) - 1] = '\0'; /* the path, "/" */
  g_uri_unref (uris->data);

  return service;
}

void
service_free (Service *service)
{
  soup_server_disconnect (service->server);
  g_object_unref (service->server);
  g_free (service->last_client);
  g_free (service->last_headers);
  g_free (service->url);
  g_free (service);
}

void
on_asked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Outcome *outcome = user_data;

  outcome->n_completions++;
  outcome->exit = tl_exit_probe_ask_finish (TL_EXIT_PROBE (source), result, &outcome->error);
}

void
settle (guint ms)
{
  gint64 end = g_get_monotonic_time () + ms * 1000;

  while (g_get_monotonic_time () < end) {
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (1000);
  }
}

TlExit *
ask_urls (TlFamily family, const char *const *urls, guint timeout_ms)
{
  TlExitProbe *probe = tl_exit_probe_new (family, urls);
  Outcome outcome = { 0 };

  tl_exit_probe_ask (probe, timeout_ms, NULL, on_asked, &outcome);
  g_assert_cmpuint (outcome.n_completions, ==, 0);
  while (outcome.n_completions == 0)
    g_main_context_iteration (NULL, TRUE);
  settle (20);

  g_assert_cmpuint (outcome.n_completions, ==, 1);
  g_assert_no_error (outcome.error);
  g_assert_nonnull (outcome.exit);
  g_assert_cmpint (outcome.exit->family, ==, family);
  g_assert_true (outcome.exit->has_address == (outcome.exit->error == NULL));
  g_assert_finalize_object (probe);
  return outcome.exit;
}

TlExit *
ask (TlFamily family, const Service *service, const char *path, guint timeout_ms)
{
  g_autofree char *url = g_strconcat (service->url, path, NULL);
  const char *const urls[] = { url, NULL };
  TlExit *exit = ask_urls (family, urls, timeout_ms);

  g_assert_cmpstr (exit->url, ==, url);
  return exit;
}

void
assert_address (const TlExit *exit, const char *expected)
{
  g_autofree char *text = tl_address_to_string (&exit->address);

  g_assert_cmpstr (exit->error, ==, NULL);
  g_assert_cmpstr (text, ==, expected);
}

static gboolean
on_incoming_close (GSocketService *listener,
                   GSocketConnection *connection,
                   GObject *source,
                   gpointer user_data)
{
  guint *n_connections = user_data;

  (*n_connections)++;
  g_io_stream_close (G_IO_STREAM (connection), NULL, NULL);
  return TRUE;
}

/* A listener that counts whoever comes and hangs up. */
GSocketService *
listener_new (TlFamily family, guint *n_connections, char **ret_url)
{
  GSocketService *listener = g_socket_service_new ();
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (
    family == TL_FAMILY_IPV4 ? G_SOCKET_FAMILY_IPV4 : G_SOCKET_FAMILY_IPV6);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GError) error = NULL;

  g_socket_listener_add_address (G_SOCKET_LISTENER (listener), address, G_SOCKET_TYPE_STREAM,
                                 G_SOCKET_PROTOCOL_TCP, NULL, &bound, &error);
  g_assert_no_error (error);
  g_signal_connect (listener, "incoming", G_CALLBACK (on_incoming_close), n_connections);
  *ret_url =
    g_strdup_printf ("http://%s:%u/192.0.2.7", family == TL_FAMILY_IPV4 ? "127.0.0.1" : "[::1]",
                     g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound)));
  return listener;
}

void
listener_close (GSocketService *listener)
{
  g_socket_service_stop (listener);
  g_socket_listener_close (G_SOCKET_LISTENER (listener));
  g_object_unref (listener);
}
