/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/check-list.h"

/* Long enough never to come, and short enough to be waited for. */
#define LONG_MS  60000
#define SHORT_MS 20

/* The owner of a list, and what it was told. */
typedef struct {
  TlCheckList *list;
  guint n_asked;
  TlCheckQuestion questions;
  guint timeout_ms;
  guint n_ended;
  gboolean fresh;
  gboolean answered;
  gboolean begin_another;
} Owner;

static void
on_ask (TlCheckQuestion questions, guint timeout_ms, gpointer user_data)
{
  Owner *owner = user_data;

  owner->n_asked++;
  owner->questions = questions;
  owner->timeout_ms = timeout_ms;
}

static void
add (Owner *owner, gboolean ask, guint timeout_ms, GCancellable *cancellable)
{
  tl_check_list_add (owner->list, g_task_new (NULL, cancellable, NULL, NULL),
                     ask ? TL_CHECK_EXITS : 0, timeout_ms);
}

static void
on_ended (GTask *task, gboolean fresh, gboolean answered, gpointer user_data)
{
  Owner *owner = user_data;

  owner->n_ended++;
  owner->fresh = fresh;
  owner->answered = answered;
  g_task_return_boolean (task, TRUE);
  if (owner->begin_another) {
    owner->begin_another = FALSE;
    add (owner, FALSE, LONG_MS, NULL);
    tl_check_list_advance (owner->list);
  }
}

static void
set_up (Owner *owner, gconstpointer data)
{
  owner->list = tl_check_list_new (on_ask, on_ended, owner);
}

static void
tear_down (Owner *owner, gconstpointer data)
{
  tl_check_list_free (owner->list);
}

static void
wait_for_end (Owner *owner)
{
  while (owner->n_ended == 0)
    g_main_context_iteration (NULL, TRUE);
}

/* Tables of before the check are not what it asked for. */
static void
test_fresh (Owner *owner, gconstpointer data)
{
  tl_check_list_note_read (owner->list);
  add (owner, FALSE, LONG_MS, NULL);
  tl_check_list_advance (owner->list);
  g_assert_cmpuint (owner->n_ended, ==, 0);

  tl_check_list_note_read (owner->list);
  tl_check_list_advance (owner->list);
  g_assert_cmpuint (owner->n_ended, ==, 1);
  g_assert_true (owner->fresh);
  g_assert_true (owner->answered);
  g_assert_cmpuint (owner->n_asked, ==, 0);
}

static void
test_asks_once (Owner *owner, gconstpointer data)
{
  add (owner, TRUE, LONG_MS, NULL);
  add (owner, TRUE, LONG_MS / 2, NULL);
  tl_check_list_advance (owner->list);
  g_assert_cmpuint (owner->n_asked, ==, 0);

  tl_check_list_note_read (owner->list);
  tl_check_list_advance (owner->list);
  tl_check_list_advance (owner->list);
  g_assert_cmpuint (owner->n_asked, ==, 1);
  g_assert_cmpuint (owner->timeout_ms, >, LONG_MS / 2);
  g_assert_cmpuint (owner->timeout_ms, <, LONG_MS);
  g_assert_cmpuint (owner->n_ended, ==, 0);

  tl_check_list_note_answered (owner->list, TL_CHECK_EXITS);
  tl_check_list_advance (owner->list);
  g_assert_cmpuint (owner->n_ended, ==, 2);
  g_assert_true (owner->answered);
}

/* The network changed under the question; who did not ask is not kept waiting for it. */
static void
test_forgotten (Owner *owner, gconstpointer data)
{
  add (owner, TRUE, LONG_MS, NULL);
  tl_check_list_note_read (owner->list);
  tl_check_list_advance (owner->list);
  add (owner, FALSE, LONG_MS, NULL);
  tl_check_list_note_read (owner->list);
  tl_check_list_note_answered (owner->list, TL_CHECK_EXITS);
  tl_check_list_note_forgotten (owner->list);
  tl_check_list_advance (owner->list);
  g_assert_cmpuint (owner->n_ended, ==, 1);
  g_assert_cmpuint (owner->n_asked, ==, 2);

  tl_check_list_note_answered (owner->list, TL_CHECK_EXITS);
  tl_check_list_advance (owner->list);
  g_assert_cmpuint (owner->n_ended, ==, 2);
}

static void
test_deadline_before_fresh (Owner *owner, gconstpointer data)
{
  add (owner, FALSE, SHORT_MS, NULL);
  wait_for_end (owner);
  g_assert_false (owner->fresh);
}

static void
test_deadline_before_answer (Owner *owner, gconstpointer data)
{
  add (owner, TRUE, SHORT_MS, NULL);
  tl_check_list_note_read (owner->list);
  tl_check_list_advance (owner->list);
  wait_for_end (owner);
  g_assert_true (owner->fresh);
  g_assert_false (owner->answered);
}

/* Each question has its own answer, and a check waits for those that it wants. */
static void
test_two_questions (Owner *owner, gconstpointer data)
{
  add (owner, FALSE, LONG_MS, NULL);
  tl_check_list_add (owner->list, g_task_new (NULL, NULL, NULL, NULL), TL_CHECK_FIREWALL, LONG_MS);
  tl_check_list_add (owner->list, g_task_new (NULL, NULL, NULL, NULL),
                     TL_CHECK_EXITS | TL_CHECK_FIREWALL, LONG_MS);
  tl_check_list_note_read (owner->list);
  tl_check_list_advance (owner->list);
  g_assert_cmpuint (owner->n_asked, ==, 1);
  g_assert_cmpuint (owner->questions, ==, TL_CHECK_EXITS | TL_CHECK_FIREWALL);
  g_assert_cmpuint (owner->n_ended, ==, 1);

  tl_check_list_note_answered (owner->list, TL_CHECK_FIREWALL);
  tl_check_list_advance (owner->list);
  g_assert_cmpuint (owner->n_ended, ==, 2);
  tl_check_list_note_answered (owner->list, TL_CHECK_EXITS);
  tl_check_list_advance (owner->list);
  g_assert_cmpuint (owner->n_ended, ==, 3);
  g_assert_true (owner->answered);
}

static void
test_cancelled (Owner *owner, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  add (owner, FALSE, LONG_MS, cancellable);
  g_cancellable_cancel (cancellable);
  wait_for_end (owner);
  g_assert_cmpuint (owner->n_ended, ==, 1);
}

/* Who is told of an end may begin anew, right there. */
static void
test_begun_within (Owner *owner, gconstpointer data)
{
  owner->begin_another = TRUE;
  add (owner, FALSE, LONG_MS, NULL);
  add (owner, FALSE, LONG_MS, NULL);
  tl_check_list_note_read (owner->list);
  tl_check_list_advance (owner->list);
  g_assert_cmpuint (owner->n_ended, ==, 2);

  tl_check_list_note_read (owner->list);
  tl_check_list_advance (owner->list);
  g_assert_cmpuint (owner->n_ended, ==, 3);
}

static void
test_freed (void)
{
  Owner owner = { 0 };

  set_up (&owner, NULL);
  add (&owner, TRUE, SHORT_MS, NULL);
  tear_down (&owner, NULL);
  g_assert_cmpuint (owner.n_ended, ==, 0);
}

int
main (int argc, char *argv[])
{
  static const struct {
    const char *path;
    void (*test) (Owner *owner, gconstpointer data);
  } tests[] = {
    { "/check-list/fresh", test_fresh },
    { "/check-list/asks-once", test_asks_once },
    { "/check-list/forgotten", test_forgotten },
    { "/check-list/deadline-before-fresh", test_deadline_before_fresh },
    { "/check-list/deadline-before-answer", test_deadline_before_answer },
    { "/check-list/cancelled", test_cancelled },
    { "/check-list/two-questions", test_two_questions },
    { "/check-list/begun-within", test_begun_within },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Owner, NULL, set_up, tests[i].test, tear_down);
  g_test_add_func ("/check-list/freed", test_freed);

  return g_test_run ();
}
