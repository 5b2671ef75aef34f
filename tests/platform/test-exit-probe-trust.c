/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

/* What the probe trusts and what it leaves behind: certificates, proxies, connections. */

#include "core/error.h"
#include "exit-service.h"
#include "platform/trust-store.h"

#include <glib/gstdio.h>
#include <string.h>

/* A certificate for 127.0.0.1 that signs itself, and so is its own authority. */
static GTlsCertificate *
certificate_new (const char *folder, char **ret_file)
{
  g_autofree char *key = g_build_filename (folder, "key.pem", NULL);
  g_autofree char *file = g_build_filename (folder, "certificate.pem", NULL);
  g_autofree char *command =
    g_strdup_printf ("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
                     " -subj /CN=test -addext subjectAltName=IP:127.0.0.1 -keyout %s -out %s",
                     key, file);
  g_autoptr (GError) error = NULL;
  g_autofree char *complaint = NULL;
  GTlsCertificate *certificate;
  int status;

  g_spawn_command_line_sync (command, NULL, &complaint, &status, &error);
  g_assert_no_error (error);
  g_spawn_check_wait_status (status, &error);
  if (error != NULL)
    g_error ("openssl: %s", complaint);

  certificate = g_tls_certificate_new_from_files (file, key, &error);
  g_assert_no_error (error);
  g_unlink (key);
  *ret_file = g_steal_pointer (&file);
  return certificate;
}

static void
on_trust_store_ready (gpointer user_data)
{
  gboolean *is_ready = user_data;

  *is_ready = TRUE;
}

/* What is set while somebody holds the trust store stays. */
static void
trust (const char *file)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GTlsDatabase) database = tl_trust_store_new (file, &error);
  gboolean is_ready = FALSE;

  g_assert_no_error (error);
  tl_trust_store_hold (on_trust_store_ready, &is_ready);
  while (!is_ready)
    g_main_context_iteration (NULL, TRUE);
  g_tls_backend_set_default_database (g_tls_backend_get_default (), database);
}

/* The probe trusts what the computer trusts: here the test changes what that is. */
static void
test_certificate (void)
{
  g_autofree char *folder = g_dir_make_tmp ("tunnel-light-XXXXXX", NULL);
  g_autofree char *file = NULL;
  g_autoptr (GTlsCertificate) certificate = certificate_new (folder, &file);
  g_autoptr (Service) service = service_new (TL_FAMILY_IPV4, certificate);
  g_autofree char *by_name =
    g_strconcat ("https://localhost", strrchr (service->url, ':'), "/192.0.2.7", NULL);
  const char *const other_name[] = { by_name, NULL };
  g_autoptr (TlExit) unknown = ask (TL_FAMILY_IPV4, service, "/192.0.2.7", 0);
  g_autoptr (TlExit) known = NULL;
  g_autoptr (TlExit) misnamed = NULL;

  g_assert_cmpstr (unknown->error, ==, "127.0.0.1: Unacceptable TLS certificate");
  g_assert_cmpuint (service->n_requests, ==, 0);

  trust (file);
  known = ask (TL_FAMILY_IPV4, service, "/192.0.2.7", 0);
  assert_address (known, "192.0.2.7");
  misnamed = ask_urls (TL_FAMILY_IPV4, other_name, 0);
  g_assert_cmpstr (misnamed->error, ==, "localhost: Unacceptable TLS certificate");
  g_assert_cmpuint (service->n_requests, ==, 1);
  tl_trust_store_release ();

  g_unlink (file);
  g_rmdir (folder);
}

/* Nobody is asked while the certificates are still being read, nor after the question has ended. */
static void
test_called_off (void)
{
  g_autofree char *url = NULL;
  guint n_connections = 0;
  GSocketService *listener = listener_new (TL_FAMILY_IPV4, &n_connections, &url);
  g_autofree char *secure = g_strconcat ("https", strstr (url, ":"), NULL);
  const char *const urls[] = { secure, NULL };
  g_autoptr (TlExitProbe) probe = tl_exit_probe_new (TL_FAMILY_IPV4, urls);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Outcome outcomes[2] = { 0 };

  tl_exit_probe_ask (probe, 0, cancellable, on_asked, &outcomes[0]);
  tl_exit_probe_ask (probe, 0, NULL, on_asked, &outcomes[1]);
  g_cancellable_cancel (cancellable);
  tl_exit_probe_give_up_connecting (probe);
  while (outcomes[0].n_completions == 0 || outcomes[1].n_completions == 0)
    g_main_context_iteration (NULL, TRUE);
  settle (20);

  g_assert_error (outcomes[0].error, TL_ERROR, TL_ERROR_CANCELLED);
  g_assert_no_error (outcomes[1].error);
  g_assert_cmpstr (outcomes[1].exit->error, ==, "no service was asked");
  g_assert_cmpuint (outcomes[0].n_completions + outcomes[1].n_completions, ==, 2);
  g_assert_cmpuint (n_connections, ==, 0);

  g_error_free (outcomes[0].error);
  tl_exit_unref (outcomes[1].exit);
  listener_close (listener);
}

static void
on_control_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  gboolean *done = user_data;
  g_autoptr (GBytes) bytes =
    soup_session_send_and_read_finish (SOUP_SESSION (source), result, NULL);

  *done = TRUE;
}

/* That the trap is set is shown by an ordinary session. */
static void
test_proxy (void)
{
  g_autoptr (Service) service = service_new (TL_FAMILY_IPV4, NULL);
  g_autofree char *url = g_strconcat (service->url, "/192.0.2.7", NULL);
  g_autoptr (SoupSession) control = soup_session_new ();
  g_autoptr (SoupMessage) message = soup_message_new (SOUP_METHOD_GET, url);
  g_autoptr (TlExit) exit = NULL;
  g_autofree char *trap_url = NULL;
  guint n_trapped = 0;
  GSocketService *trap = listener_new (TL_FAMILY_IPV4, &n_trapped, &trap_url);
  gboolean done = FALSE;

  *strrchr (trap_url, '/') = '\0';
  g_setenv ("http_proxy", trap_url, TRUE);
  g_setenv ("no_proxy", "", TRUE);

  soup_session_send_and_read_async (control, message, G_PRIORITY_DEFAULT, NULL, on_control_ready,
                                    &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (n_trapped, >, 0);
  g_assert_cmpuint (service->n_requests, ==, 0);

  n_trapped = 0;
  exit = ask (TL_FAMILY_IPV4, service, "/192.0.2.7", 0);
  assert_address (exit, "192.0.2.7");
  g_assert_cmpuint (n_trapped, ==, 0);

  listener_close (trap);
}

static guint
count_open_files (void)
{
  g_autoptr (GDir) files = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (files) != NULL)
    n++;
  return n;
}

static void
ask_again (TlExitProbe *probe)
{
  Outcome outcome = { 0 };

  tl_exit_probe_ask (probe, 0, NULL, on_asked, &outcome);
  while (outcome.n_completions == 0)
    g_main_context_iteration (NULL, TRUE);
  assert_address (outcome.exit, "192.0.2.7");
  tl_exit_unref (outcome.exit);
}

/* An old connection would go the old way, and a socket left open would wake the program up. */
static void
test_nothing_left (void)
{
  const char *const none[] = { NULL };
  g_autoptr (TlExitProbe) probe = tl_exit_probe_new (TL_FAMILY_IPV4, none);
  guint n_files = 0;

  for (guint i = 0; i < 3; i++) {
    Service *service = service_new (TL_FAMILY_IPV4, NULL);
    g_autofree char *url = g_strconcat (service->url, "/192.0.2.7", NULL);
    const char *const urls[] = { url, NULL };
    g_autofree char *first_client = NULL;

    tl_exit_probe_set_urls (probe, urls);
    ask_again (probe);
    first_client = g_strdup (service->last_client);
    ask_again (probe);
    g_assert_cmpstr (service->last_client, !=, first_client);
    g_assert_cmpstr (service->last_headers, ==, "User-Agent Connection Host ");

    /* The probe lives on, its sockets do not. */
    service_free (service);
    if (i == 0)
      n_files = count_open_files (); /* with what the libraries keep for ever */
    g_assert_cmpuint (count_open_files (), ==, n_files);
  }
}

int
main (int argc, char *argv[])
{
  /* The resolver that reads http_proxy, also within a GNOME session. */
  g_setenv ("GIO_USE_PROXY_RESOLVER", "libproxy", TRUE);
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/exit-probe-trust/certificate", test_certificate);
  g_test_add_func ("/exit-probe-trust/called-off", test_called_off);
  g_test_add_func ("/exit-probe-trust/proxy", test_proxy);
  g_test_add_func ("/exit-probe-trust/nothing-left", test_nothing_left);

  return g_test_run ();
}
