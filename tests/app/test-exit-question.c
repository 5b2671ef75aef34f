/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/exit-question.h"

#include "exit-service.h"

typedef struct {
  const char *name;
  const char *paths; /* of the services, in turn */
  gboolean two;
  const char *expected;      /* what has been answered in the end */
  const char *expected_soon; /* what is told before the second answer is waited for */
  guint n_requests;
} Case;

static const Case cases[] = {
  { "two", "/192.0.2.1 /192.0.2.2", TRUE, "192.0.2.1 192.0.2.2", NULL, 2 },
  { "two-of-three", "/192.0.2.1 /192.0.2.2 /192.0.2.3", TRUE, "192.0.2.1 192.0.2.2", NULL, 2 },
  { "one-where-nothing-is-to-be-compared", "/192.0.2.1 /192.0.2.2", FALSE, "192.0.2.1", NULL, 1 },
  { "one-service", "/192.0.2.1", TRUE, "192.0.2.1", NULL, 1 },
  { "second-is-silent", "/192.0.2.1 /silent", TRUE, "192.0.2.1", "192.0.2.1", 2 },
  { "first-is-silent", "/silent /192.0.2.2", TRUE, "192.0.2.2", "192.0.2.2", 2 },
  { "first-fails", "/error/a /192.0.2.2", TRUE, "192.0.2.2", NULL, 3 },
  { "second-fails", "/192.0.2.1 /error/b", TRUE, "192.0.2.1 none", NULL, 2 },
  { "both-fail-and-a-third-answers", "/error/a /error/b /192.0.2.3", TRUE, "192.0.2.3 none", NULL,
    4 },
  { "all-fail", "/error/a /error/b", TRUE, "none", NULL, 3 },
};

/* What a question said, and when. */
typedef struct {
  char *soon; /* the first thing */
  guint n_calls;
} Said;

static char *
answers_of (const TlExitQuestion *question)
{
  GString *text = g_string_new (NULL);
  const TlExit *exit;

  for (guint i = 0; (exit = tl_exit_question_get_answer (question, i)) != NULL; i++) {
    g_autofree char *address = exit->has_address ? tl_address_to_string (&exit->address) : NULL;

    g_string_append_printf (text, "%s%s", i > 0 ? " " : "", address != NULL ? address : "none");
  }
  return g_string_free (text, FALSE);
}

static void
on_answered (TlExitQuestion *question, gpointer user_data)
{
  Said *said = user_data;

  said->n_calls++;
  if (said->soon == NULL && tl_exit_question_get_answer (question, 0) != NULL)
    said->soon = answers_of (question);
}

static TlExitProbe *
probe_new (const Service *service, const char *paths)
{
  g_auto (GStrv) urls = g_strsplit (paths, " ", -1);

  for (guint i = 0; urls[i] != NULL; i++) {
    char *path = urls[i];

    urls[i] = g_strconcat (service->url, path, NULL);
    g_free (path);
  }
  return tl_exit_probe_new (TL_FAMILY_IPV4, (const char *const *)urls);
}

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (Service) service = service_new (TL_FAMILY_IPV4, NULL);
  g_autoptr (TlExitProbe) probe = probe_new (service, test->paths);
  g_autofree char *text = NULL;
  Said said = { 0 };
  gint64 began = g_get_monotonic_time ();
  TlExitQuestion *question = tl_exit_question_new (probe, test->two, 10000, on_answered, &said);
  gint64 took;

  while (!tl_exit_question_is_done (question))
    g_main_context_iteration (NULL, TRUE);

  took = (g_get_monotonic_time () - began) / G_TIME_SPAN_MILLISECOND;
  text = answers_of (question);
  g_assert_cmpstr (text, ==, test->expected);
  g_assert_cmpuint (service->n_requests, ==, test->n_requests);
  if (test->expected_soon != NULL) {
    g_assert_cmpstr (said.soon, ==, test->expected_soon);
    g_assert_cmpuint (said.n_calls, ==, 2);
    g_assert_cmpint (took, >=, TL_EXIT_PATIENCE_MS);
    /* Half of the time that a silent service has by itself. */
    g_assert_cmpint (took, <, 5000);
  }

  tl_exit_question_free (question);
  settle (20);
  g_free (said.soon);
}

/* Whoever lets go of a question hears no more of it. */
static void
test_let_go (void)
{
  g_autoptr (Service) service = service_new (TL_FAMILY_IPV4, NULL);
  TlExitProbe *probe = probe_new (service, "/192.0.2.1 /silent");
  Said said = { 0 };
  TlExitQuestion *question = tl_exit_question_new (probe, TRUE, 10000, on_answered, &said);

  tl_exit_question_free (question);
  question = tl_exit_question_new (probe, TRUE, 10000, on_answered, &said);
  while (said.n_calls == 0)
    g_main_context_iteration (NULL, TRUE);
  tl_exit_question_free (question);
  settle (TL_EXIT_PATIENCE_MS + 100);

  g_assert_cmpuint (said.n_calls, ==, 1);
  g_assert_finalize_object (probe);
  g_free (said.soon);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strdup_printf ("/exit-question/%s", cases[i].name);

    g_test_add_data_func (path, &cases[i], test_case);
  }
  g_test_add_func ("/exit-question/let-go", test_let_go);

  return g_test_run ();
}
