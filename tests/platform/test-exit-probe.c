/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "exit-service.h"

#include "core/error.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void
test_good (void)
{
  const struct {
    TlFamily family;
    const char *path;
    const char *address;
    const char *source;
  } table[] = {
    { TL_FAMILY_IPV4, "/192.0.2.7", "192.0.2.7", "127.0.0.1" },
    { TL_FAMILY_IPV4, "/%20192.0.2.7%0a", "192.0.2.7", "127.0.0.1" },
    { TL_FAMILY_IPV6, "/2001:db8::7", "2001:db8::7", "::1" },
    { TL_FAMILY_IPV4, "/%7b%22ip%22:%22192.0.2.7%22,%22city%22:%22Bonn%22%7d%0a", "192.0.2.7",
      "127.0.0.1" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (Service) service = service_new (table[i].family, NULL);
    g_autoptr (TlExit) exit = ask (table[i].family, service, table[i].path, 0);
    g_autofree char *source = tl_address_to_string (&exit->source);

    assert_address (exit, table[i].address);
    g_assert_true (exit->has_source);
    g_assert_cmpstr (source, ==, table[i].source);
    g_assert_cmpuint (service->n_requests, ==, 1);
  }
}

static void
test_bad_answers (void)
{
  const struct {
    const char *path;
    const char *error;
  } table[] = {
    { "/%3Chtml%3EPlease%20log%20in", "127.0.0.1: the answer is not an address" },
    { "/", "127.0.0.1: the answer is empty" },
    { "/five-megabytes", "127.0.0.1: the answer is longer than 1024 bytes" },
    { "/never-ending", "127.0.0.1: the answer is longer than 1024 bytes" },
    { "/2001:db8::7",
      "127.0.0.1: the answer is an IPv6 address where IPv4 was asked (2001:db8::7)" },
    { "/192.168.178.20", "127.0.0.1: the answer is not a public address (192.168.178.20)" },
    { "/loop", "127.0.0.1: redirects to http://127.0.0.1" },
    { "/portal", "127.0.0.1: redirects to http://login.example.org" },
    { "/nowhere", "127.0.0.1: redirects to nowhere (HTTP status 302)" },
    { "/login", "127.0.0.1: answers with HTTP status 401" },
    { "/error/192.0.2.7", "127.0.0.1: answers with HTTP status 500" },
    { "/%7b%22ip%22:%22192.168.1.1%22%7d",
      "127.0.0.1: the answer is not a public address (192.168.1.1)" },
    { "/%7b%22address%22:%22192.0.2.7%22%7d", "127.0.0.1: the answer is not an address" },
    { "/%7b%22ip%22:%5b%22192.0.2.7%22%5d%7d", "127.0.0.1: the answer is not an address" },
    { "/%7b%22ip%22:3221225991%7d", "127.0.0.1: the answer is not an address" },
    { "/%7b%22ip%22:null%7d", "127.0.0.1: the answer is not an address" },
    { "/%7b%22ip%22:%22192.0.2.7%22", "127.0.0.1: the answer is not an address" },
    { "/%7b%7d", "127.0.0.1: the answer is not an address" },
    { "/%7b", "127.0.0.1: the answer is not an address" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (Service) service = service_new (TL_FAMILY_IPV4, NULL);
    g_autoptr (TlExit) exit = ask (TL_FAMILY_IPV4, service, table[i].path, 0);

    g_assert_cmpstr (exit->error, ==, table[i].error);
    g_assert_cmpuint (service->n_requests, ==, 1);
  }
}

/* The connection is closed after the first kilobyte: what the service can still send is what
 * the kernel's buffers hold. */
static void
test_never_ending (void)
{
  g_autoptr (Service) service = service_new (TL_FAMILY_IPV4, NULL);
  g_autoptr (TlExit) exit = ask (TL_FAMILY_IPV4, service, "/never-ending", 0);

  g_assert_nonnull (exit->error);
  while (service->n_gone == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (service->n_sent, <, 16 * 1024 * 1024);
}

static void
test_closed (void)
{
  g_autofree char *url = NULL;
  guint n_connections = 0;
  GSocketService *listener = listener_new (TL_FAMILY_IPV4, &n_connections, &url);
  const char *const urls[] = { url, NULL };
  g_autoptr (TlExit) hung_up = ask_urls (TL_FAMILY_IPV4, urls, 0);
  g_autoptr (TlExit) refused = NULL;

  g_assert_nonnull (hung_up->error);
  g_assert_true (g_str_has_prefix (hung_up->error, "127.0.0.1: "));
  g_assert_cmpuint (n_connections, >, 0);

  listener_close (listener);
  refused = ask_urls (TL_FAMILY_IPV4, urls, 0);
  g_assert_nonnull (strstr (refused->error, "refused"));
  g_assert_false (refused->has_source);
}

static void
assert_took (gint64 start, guint least_ms, guint most_ms)
{
  gint64 ms = (g_get_monotonic_time () - start) / 1000;

  g_assert_cmpint (ms, >=, least_ms);
  g_assert_cmpint (ms, <, most_ms);
}

static void
test_timeout (void)
{
  const char *const paths[] = { "/silent", "/drip" };

  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++) {
    g_autoptr (Service) service = service_new (TL_FAMILY_IPV4, NULL);
    gint64 start = g_get_monotonic_time ();
    g_autoptr (TlExit) exit = ask (TL_FAMILY_IPV4, service, paths[i], 1500);

    g_assert_cmpstr (exit->error, ==, "127.0.0.1: no answer in time");
    g_assert_cmpuint (service->n_requests, ==, 1);
    assert_took (start, 1490, 30000);
    while (g_str_equal (paths[i], "/drip") && service->n_gone == 0)
      g_main_context_iteration (NULL, TRUE);
  }
}

static void
test_in_turn (void)
{
  g_autoptr (Service) service = service_new (TL_FAMILY_IPV4, NULL);
  g_autofree char *silent = g_strconcat (service->url, "/silent", NULL);
  g_autofree char *private = g_strconcat (service->url, "/10.0.0.1", NULL);
  g_autofree char *good = g_strconcat (service->url, "/192.0.2.7", NULL);
  g_autofree char *other = g_strconcat (service->url, "/192.0.2.8", NULL);
  const char *const second_good[] = { private, good, other, NULL };
  const char *const first_silent[] = { silent, good, NULL };
  const char *const all_silent[] = { silent, silent, silent, NULL };
  const char *const none_good[] = { good + 1, "ftp://127.0.0.1/", private, NULL };
  g_autoptr (TlExit) second = ask_urls (TL_FAMILY_IPV4, second_good, 0);
  g_autoptr (TlExit) late = NULL;
  g_autoptr (TlExit) never = NULL;
  g_autoptr (TlExit) bad = NULL;
  gint64 start;

  assert_address (second, "192.0.2.7");
  g_assert_cmpstr (second->url, ==, good);
  g_assert_cmpuint (service->n_requests, ==, 2);

  /* A silent one does not use up the time of all. */
  late = ask_urls (TL_FAMILY_IPV4, first_silent, 1000);
  assert_address (late, "192.0.2.7");

  start = g_get_monotonic_time ();
  never = ask_urls (TL_FAMILY_IPV4, all_silent, 400);
  g_assert_cmpstr (never->error, ==, "127.0.0.1: no answer in time");
  assert_took (start, 390, 3000);

  /* The last word is told. */
  bad = ask_urls (TL_FAMILY_IPV4, none_good, 0);
  g_assert_cmpstr (bad->error, ==, "127.0.0.1: the answer is not a public address (10.0.0.1)");
  g_assert_cmpstr (bad->url, ==, private);
}

static void
test_no_service (void)
{
  const char *const none[] = { NULL };
  const char *const nonsense[] = { "nonsense", NULL };
  g_autoptr (TlExit) unasked = ask_urls (TL_FAMILY_IPV4, none, 0);
  g_autoptr (TlExit) wrong = ask_urls (TL_FAMILY_IPV4, nonsense, 0);

  g_assert_cmpstr (unasked->error, ==, "no service is named");
  g_assert_null (unasked->url);
  g_assert_cmpstr (wrong->error, ==, "“nonsense” is not an http or https address");
  g_assert_cmpstr (wrong->url, ==, "nonsense");
}

/* Each family's probe reaches its own family alone, whatever the name stands for. */
static void
test_family (void)
{
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    TlFamily other = family == TL_FAMILY_IPV4 ? TL_FAMILY_IPV6 : TL_FAMILY_IPV4;
    guint n_connections = 0;
    g_autofree char *url = NULL;
    GSocketService *listener = listener_new (other, &n_connections, &url);
    g_autofree char *name = g_strconcat ("http://localhost", strrchr (url, ':'), NULL);
    const char *const urls[] = { url, name, NULL };
    g_autoptr (TlExit) exit = ask_urls (family, urls, 0);
    g_autoptr (TlExit) reached = NULL;

    g_assert_nonnull (exit->error);
    g_assert_false (exit->has_source);
    g_assert_cmpuint (n_connections, ==, 0);

    /* The other family's probe does reach it by that name. */
    reached = ask_urls (other, urls, 0);
    g_assert_cmpuint (n_connections, >, 1);
    listener_close (listener);
  }
}

static void
test_cancel (void)
{
  g_autoptr (Service) service = service_new (TL_FAMILY_IPV4, NULL);
  const char *const paths[] = { "/192.0.2.7", "/silent", "/drip" };
  const guint delays[] = { 0, 1, 50 };

  for (gsize i = 0; i < G_N_ELEMENTS (paths) * G_N_ELEMENTS (delays); i++) {
    g_autofree char *url = g_strconcat (service->url, paths[i / 3], NULL);
    const char *const urls[] = { url, url, NULL };
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    TlExitProbe *probe = tl_exit_probe_new (TL_FAMILY_IPV4, urls);
    Outcome outcome = { 0 };

    if (delays[i % 3] == 0)
      g_cancellable_cancel (cancellable);
    tl_exit_probe_ask (probe, 10000, cancellable, on_asked, &outcome);
    settle (delays[i % 3]);
    g_cancellable_cancel (cancellable);
    while (outcome.n_completions == 0)
      g_main_context_iteration (NULL, TRUE);
    settle (20);

    g_assert_cmpuint (outcome.n_completions, ==, 1);
    if (outcome.exit != NULL) {
      assert_address (outcome.exit, "192.0.2.7"); /* it was quicker */
      g_assert_cmpstr (paths[i / 3], ==, "/192.0.2.7");
      g_assert_cmpuint (delays[i % 3], >, 0);
    } else {
      g_assert_error (outcome.error, TL_ERROR, TL_ERROR_CANCELLED);
    }
    g_clear_pointer (&outcome.exit, tl_exit_unref);
    g_clear_error (&outcome.error);
    g_assert_finalize_object (probe);
  }
}

/* A listener that answers nobody: as many wait to be let in as the kernel keeps. */
typedef struct {
  int fds[3];
  char *url;
} Full;

static void
full_set_up (Full *full)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl (INADDR_LOOPBACK) } };
  socklen_t length = sizeof address;

  for (gsize i = 0; i < G_N_ELEMENTS (full->fds); i++) {
    full->fds[i] = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (i > 0) {
      connect (full->fds[i], (struct sockaddr *)&address, length);
      continue;
    }
    g_assert_no_errno (bind (full->fds[i], (struct sockaddr *)&address, length));
    g_assert_no_errno (listen (full->fds[i], 0));
    g_assert_no_errno (getsockname (full->fds[i], (struct sockaddr *)&address, &length));
  }
  full->url = g_strdup_printf ("http://127.0.0.1:%u/", ntohs (address.sin_port));
}

static void
full_tear_down (Full *full)
{
  for (gsize i = 0; i < G_N_ELEMENTS (full->fds); i++)
    close (full->fds[i]);
  g_free (full->url);
}

/* Only who is connected has a chance to answer. */
static void
test_give_up_connecting (void)
{
  g_autoptr (Service) service = service_new (TL_FAMILY_IPV4, NULL);
  g_autofree char *good = g_strconcat (service->url, "/192.0.2.7", NULL);
  g_autofree char *silent = g_strconcat (service->url, "/silent", NULL);
  const char *const connected[] = { silent, good, NULL };
  Full full;
  TlExitProbe *probe;
  Outcome outcomes[2] = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  full_set_up (&full);
  probe = tl_exit_probe_new (TL_FAMILY_IPV4, (const char *const[]){ full.url, good, NULL });
  tl_exit_probe_ask (probe, 60000, NULL, on_asked, &outcomes[0]);
  tl_exit_probe_set_urls (probe, connected);
  tl_exit_probe_ask (probe, 60000, cancellable, on_asked, &outcomes[1]);
  while (service->n_requests == 0)
    g_main_context_iteration (NULL, TRUE);
  tl_exit_probe_give_up_connecting (probe);
  while (outcomes[0].n_completions == 0)
    g_main_context_iteration (NULL, TRUE);

  g_assert_cmpstr (outcomes[0].exit->error, ==, "127.0.0.1: no answer in time");
  g_assert_cmpstr (outcomes[0].exit->url, ==, full.url);
  settle (100);
  g_assert_cmpuint (outcomes[1].n_completions, ==, 0);

  g_cancellable_cancel (cancellable);
  while (outcomes[1].n_completions == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_error (outcomes[1].error, TL_ERROR, TL_ERROR_CANCELLED);
  g_assert_cmpuint (service->n_requests, ==, 1);

  tl_exit_unref (outcomes[0].exit);
  g_error_free (outcomes[1].error);
  g_assert_finalize_object (probe);
  full_tear_down (&full);
}

/* Several questions at once, and the probe let go meanwhile: each gets its own answer. */
static void
test_at_once (void)
{
  g_autoptr (Service) service = service_new (TL_FAMILY_IPV4, NULL);
  g_autofree char *one = g_strconcat (service->url, "/192.0.2.1", NULL);
  g_autofree char *two = g_strconcat (service->url, "/192.0.2.2", NULL);
  const char *const ones[] = { one, NULL };
  const char *const twos[] = { two, NULL };
  TlExitProbe *probe = tl_exit_probe_new (TL_FAMILY_IPV4, ones);
  Outcome outcomes[2] = { 0 };

  tl_exit_probe_ask (probe, 0, NULL, on_asked, &outcomes[0]);
  tl_exit_probe_set_urls (probe, twos);
  tl_exit_probe_ask (probe, 0, NULL, on_asked, &outcomes[1]);
  g_object_unref (probe);
  while (outcomes[0].n_completions == 0 || outcomes[1].n_completions == 0)
    g_main_context_iteration (NULL, TRUE);

  assert_address (outcomes[0].exit, "192.0.2.1");
  assert_address (outcomes[1].exit, "192.0.2.2");
  tl_exit_unref (outcomes[0].exit);
  tl_exit_unref (outcomes[1].exit);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/exit-probe/good", test_good);
  g_test_add_func ("/exit-probe/bad-answers", test_bad_answers);
  g_test_add_func ("/exit-probe/never-ending", test_never_ending);
  g_test_add_func ("/exit-probe/closed", test_closed);
  g_test_add_func ("/exit-probe/timeout", test_timeout);
  g_test_add_func ("/exit-probe/in-turn", test_in_turn);
  g_test_add_func ("/exit-probe/no-service", test_no_service);
  g_test_add_func ("/exit-probe/family", test_family);
  g_test_add_func ("/exit-probe/cancel", test_cancel);
  g_test_add_func ("/exit-probe/give-up-connecting", test_give_up_connecting);
  g_test_add_func ("/exit-probe/at-once", test_at_once);

  return g_test_run ();
}
