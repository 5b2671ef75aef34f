/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/name-questions.h"

#include "core/nat64.h"
#include "wait.h"

#include <gio/gio.h>

#define IPV6_NAME  "ipv6.example"
#define TIMEOUT_MS 2000

/* A resolver that answers when the test says so. */
#define TEST_TYPE_RESOLVER (test_resolver_get_type ())
G_DECLARE_FINAL_TYPE (TestResolver, test_resolver, TEST, RESOLVER, GResolver)

struct _TestResolver {
  GResolver parent_instance;
  GPtrArray *asked; /* GTask, with the name that it asks for */
};

G_DEFINE_FINAL_TYPE (TestResolver, test_resolver, G_TYPE_RESOLVER)

static void
lookup_async (GResolver *resolver,
              const char *name,
              GResolverNameLookupFlags flags,
              GCancellable *cancellable,
              GAsyncReadyCallback callback,
              gpointer user_data)
{
  GTask *task = g_task_new (resolver, cancellable, callback, user_data);

  g_task_set_task_data (task, g_strdup (name), g_free);
  g_ptr_array_add (TEST_RESOLVER (resolver)->asked, task);
}

static GList *
lookup_finish (GResolver *resolver, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
test_resolver_finalize (GObject *object)
{
  g_ptr_array_unref (TEST_RESOLVER (object)->asked);
  G_OBJECT_CLASS (test_resolver_parent_class)->finalize (object);
}

static void
test_resolver_class_init (TestResolverClass *klass)
{
  GResolverClass *resolver_class = G_RESOLVER_CLASS (klass);

  resolver_class->lookup_by_name_with_flags_async = lookup_async;
  resolver_class->lookup_by_name_with_flags_finish = lookup_finish;
  G_OBJECT_CLASS (klass)->finalize = test_resolver_finalize;
}

static void
test_resolver_init (TestResolver *self)
{
  self->asked = g_ptr_array_new_with_free_func (g_object_unref);
}

/* As the resolver of a home with NAT64; the other name is found, or is not. */
static void
answer_all (TestResolver *resolver, gboolean found)
{
  for (guint i = 0; i < resolver->asked->len; i++) {
    GTask *task = resolver->asked->pdata[i];
    gboolean nat64 = g_str_equal (g_task_get_task_data (task), TL_NAT64_NAME);
    const char *address = nat64 ? "64:ff9b::c000:aa" : "2001:db8::1";

    if (nat64 || found)
      g_task_return_pointer (task, g_list_append (NULL, g_inet_address_new_from_string (address)),
                             (GDestroyNotify)g_resolver_free_addresses);
    else
      g_task_return_new_error (task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, "no such name");
  }
  g_ptr_array_set_size (resolver->asked, 0);
  wait_run_for (20);
}

static void
on_answered (gpointer user_data)
{
  (*(guint *)user_data)++;
}

static void
ask (TlNameQuestions *questions)
{
  tl_name_questions_ask (questions, IPV6_NAME, NULL, NULL, TIMEOUT_MS);
}

static TestResolver *
resolver_new (void)
{
  TestResolver *resolver = g_object_new (TEST_TYPE_RESOLVER, NULL);

  g_resolver_set_default (G_RESOLVER (resolver));
  return resolver;
}

static void
assert_nat64 (const TlNameQuestions *questions, const char *expected)
{
  const GArray *nat64 = tl_name_questions_get_nat64 (questions);

  g_assert_cmpuint (nat64->len, ==, expected != NULL ? 1 : 0);
  if (expected != NULL) {
    g_autofree char *text = tl_prefix_to_string (&g_array_index (nat64, TlPrefix, 0));

    g_assert_cmpstr (text, ==, expected);
  }
}

static void
test_answers (void)
{
  g_autoptr (TestResolver) resolver = resolver_new ();
  guint n_answered = 0;
  TlNameQuestions *questions = tl_name_questions_new (on_answered, &n_answered);

  g_assert_true (tl_name_questions_is_done (questions));
  g_assert_cmpint (tl_name_questions_get_ipv6_name (questions), ==, TL_MAYBE);

  ask (questions);
  g_assert_false (tl_name_questions_is_done (questions));
  answer_all (resolver, TRUE);
  g_assert_true (tl_name_questions_is_done (questions));
  g_assert_cmpuint (n_answered, ==, 2);
  assert_nat64 (questions, "64:ff9b::/96");
  g_assert_cmpint (tl_name_questions_get_ipv6_name (questions), ==, TL_YES);

  /* Once more, without a word in between. */
  ask (questions);
  answer_all (resolver, FALSE);
  g_assert_true (tl_name_questions_is_done (questions));
  g_assert_cmpuint (n_answered, ==, 4);
  assert_nat64 (questions, "64:ff9b::/96");
  g_assert_cmpint (tl_name_questions_get_ipv6_name (questions), ==, TL_NO);

  tl_name_questions_forget_name (questions);
  tl_name_questions_forget_nat64 (questions);
  assert_nat64 (questions, NULL);
  g_assert_cmpint (tl_name_questions_get_ipv6_name (questions), ==, TL_MAYBE);
  tl_name_questions_free (questions);
}

/* Who asks again, or stops, waits for no answer to what was asked before. */
static void
test_called_off (void)
{
  g_autoptr (TestResolver) resolver = resolver_new ();
  guint n_answered = 0;
  TlNameQuestions *questions = tl_name_questions_new (on_answered, &n_answered);

  ask (questions);
  ask (questions);
  answer_all (resolver, TRUE);
  g_assert_cmpuint (n_answered, ==, 2);
  g_assert_true (tl_name_questions_is_done (questions));

  tl_name_questions_forget_name (questions);
  ask (questions);
  tl_name_questions_stop (questions);
  g_assert_true (tl_name_questions_is_done (questions));
  answer_all (resolver, TRUE);
  g_assert_cmpuint (n_answered, ==, 2);
  g_assert_cmpint (tl_name_questions_get_ipv6_name (questions), ==, TL_MAYBE);

  ask (questions);
  tl_name_questions_free (questions);
  answer_all (resolver, TRUE);
  g_assert_cmpuint (n_answered, ==, 2);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/name-questions/answers", test_answers);
  g_test_add_func ("/name-questions/called-off", test_called_off);

  return g_test_run ();
}
