/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/error.h"
#include "platform/name-lookup.h"

/* A resolver that answers with what the test sets, or never. */
#define TEST_TYPE_RESOLVER (test_resolver_get_type ())
G_DECLARE_FINAL_TYPE (TestResolver, test_resolver, TEST, RESOLVER, GResolver)

struct _TestResolver {
  GResolver parent_instance;
  const char *const *answer; /* (nullable): never */
};

G_DEFINE_FINAL_TYPE (TestResolver, test_resolver, G_TYPE_RESOLVER)

static void
on_cancelled (GCancellable *cancellable, GTask *task)
{
  g_task_return_error_if_cancelled (task);
}

static void
lookup_async (GResolver *resolver,
              const char *name,
              GResolverNameLookupFlags flags,
              GCancellable *cancellable,
              GAsyncReadyCallback callback,
              gpointer user_data)
{
  TestResolver *self = TEST_RESOLVER (resolver);
  g_autoptr (GTask) task = g_task_new (resolver, cancellable, callback, user_data);
  GList *addresses = NULL;

  g_assert_cmpstr (name, ==, "ipv6.example");
  g_assert_cmpint (flags, ==, G_RESOLVER_NAME_LOOKUP_FLAGS_IPV6_ONLY);
  if (self->answer == NULL) {
    g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), g_steal_pointer (&task),
                           g_object_unref);
    return;
  }
  for (guint i = 0; self->answer[i] != NULL; i++)
    addresses = g_list_append (addresses, g_inet_address_new_from_string (self->answer[i]));
  if (addresses == NULL)
    g_task_return_new_error (task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, "no such address");
  else
    g_task_return_pointer (task, addresses, (GDestroyNotify)g_resolver_free_addresses);
}

static GList *
lookup_finish (GResolver *resolver, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
test_resolver_class_init (TestResolverClass *klass)
{
  GResolverClass *resolver_class = G_RESOLVER_CLASS (klass);

  resolver_class->lookup_by_name_with_flags_async = lookup_async;
  resolver_class->lookup_by_name_with_flags_finish = lookup_finish;
}

static void
test_resolver_init (TestResolver *self)
{
}

static void
on_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **)user_data = g_object_ref (result);
}

static GArray *
ask (const char *const *answer, GCancellable *cancellable, GError **error)
{
  g_autoptr (TestResolver) resolver = g_object_new (TEST_TYPE_RESOLVER, NULL);
  g_autoptr (GAsyncResult) result = NULL;

  resolver->answer = answer;
  g_resolver_set_default (G_RESOLVER (resolver));
  tl_name_lookup_ask ("ipv6.example", 50, cancellable, on_ready, &result);
  if (cancellable != NULL)
    g_cancellable_cancel (cancellable);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);

  return tl_name_lookup_ask_finish (result, error);
}

static void
test_found (void)
{
  const char *const answer[] = { "2001:db8::1", "192.0.2.1", "2001:db8::2", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) addresses = ask (answer, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (addresses->len, ==, 2);
  for (guint i = 0; i < addresses->len; i++) {
    g_autofree char *text = tl_address_to_string (&g_array_index (addresses, TlAddress, i));

    g_assert_cmpstr (text, ==, answer[2 * i]);
  }
}

static void
test_none (void)
{
  const char *const answer[] = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) addresses = ask (answer, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (addresses->len, ==, 0);
}

static void
test_silent (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (ask (NULL, NULL, &error));
  g_assert_error (error, TL_ERROR, TL_ERROR_TIMEOUT);
}

static void
test_cancelled (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_assert_null (ask (NULL, cancellable, &error));
  g_assert_error (error, TL_ERROR, TL_ERROR_CANCELLED);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/name-lookup/found", test_found);
  g_test_add_func ("/name-lookup/none", test_none);
  g_test_add_func ("/name-lookup/silent", test_silent);
  g_test_add_func ("/name-lookup/cancelled", test_cancelled);

  return g_test_run ();
}
