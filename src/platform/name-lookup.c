/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/name-lookup.h"

#include "core/error.h"

/** Lookup: a question to the resolver, with its end. */
typedef struct {
  char *name;
  GCancellable *lookup;
  GSource *time_up;
  GCancellable *outer;
  gulong cancelled_id;
} Lookup;

static void
lookup_free (Lookup *lookup)
{
  if (lookup->outer != NULL)
    g_cancellable_disconnect (lookup->outer, lookup->cancelled_id);
  g_clear_object (&lookup->outer);
  g_source_destroy (lookup->time_up);
  g_source_unref (lookup->time_up);
  g_object_unref (lookup->lookup);
  g_free (lookup->name);
  g_free (lookup);
}

static gboolean
on_time_up (gpointer user_data)
{
  g_cancellable_cancel (G_CANCELLABLE (user_data));
  return G_SOURCE_REMOVE;
}

static void
on_outer_cancelled (GCancellable *outer, GCancellable *lookup)
{
  g_cancellable_cancel (lookup);
}

static GArray *
collect_addresses (GList *found)
{
  GArray *addresses = g_array_new (FALSE, FALSE, sizeof (TlAddress));

  for (GList *l = found; l != NULL; l = l->next) {
    TlAddress address;

    if (g_inet_address_get_family (l->data) != G_SOCKET_FAMILY_IPV6)
      continue;
    tl_address_from_bytes (TL_FAMILY_IPV6, g_inet_address_to_bytes (l->data), &address);
    g_array_append_val (addresses, address);
  }

  return addresses;
}

static void
on_lookup_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  Lookup *lookup = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  GList *addresses =
    g_resolver_lookup_by_name_with_flags_finish (G_RESOLVER (source), result, &error);

  if (lookup->outer != NULL && g_cancellable_is_cancelled (lookup->outer))
    g_task_return_new_error (task, TL_ERROR, TL_ERROR_CANCELLED, "%s: called off", lookup->name);
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_task_return_new_error (task, TL_ERROR, TL_ERROR_TIMEOUT, "%s: " TL_NO_ANSWER_IN_TIME,
                             lookup->name);
  else if (error != NULL && !g_error_matches (error, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND))
    g_task_return_new_error (task, TL_ERROR, TL_ERROR_FAILED, "%s: %s", lookup->name,
                             error->message);
  else
    g_task_return_pointer (task, collect_addresses (addresses), (GDestroyNotify)g_array_unref);
  g_resolver_free_addresses (addresses);
}

/**
 * tl_name_lookup_ask:
 * @name: a host's name
 * @timeout_ms: how long it may take
 * @cancellable: (nullable): a cancellable
 * @callback: called with the answer
 * @user_data: for @callback
 *
 * Asks the system's resolver for the IPv6 addresses of @name.
 */
void
tl_name_lookup_ask (const char *name,
                    guint timeout_ms,
                    GCancellable *cancellable,
                    GAsyncReadyCallback callback,
                    gpointer user_data)
{
  g_autoptr (GResolver) resolver = g_resolver_get_default ();
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  Lookup *lookup = g_new0 (Lookup, 1);

  g_task_set_source_tag (task, tl_name_lookup_ask);
  g_task_set_task_data (task, lookup, (GDestroyNotify)lookup_free);
  lookup->name = g_strdup (name);
  lookup->lookup = g_cancellable_new ();
  lookup->time_up = g_timeout_source_new (timeout_ms);
  g_source_set_callback (lookup->time_up, on_time_up, lookup->lookup, NULL);
  g_source_attach (lookup->time_up, g_task_get_context (task));
  if (cancellable != NULL) {
    lookup->outer = g_object_ref (cancellable);
    lookup->cancelled_id =
      g_cancellable_connect (cancellable, G_CALLBACK (on_outer_cancelled), lookup->lookup, NULL);
  }
  g_resolver_lookup_by_name_with_flags_async (
    resolver, name, G_RESOLVER_NAME_LOOKUP_FLAGS_IPV6_ONLY, lookup->lookup, on_lookup_ready, task);
}

/**
 * tl_name_lookup_ask_finish:
 * @result: the result
 * @error: %TL_ERROR_FAILED if the resolver fails, %TL_ERROR_TIMEOUT, %TL_ERROR_CANCELLED
 *
 * Returns: (transfer full) (element-type TlAddress): the addresses; empty where the name has none
 * or is not known; %NULL with @error set
 */
GArray *
tl_name_lookup_ask_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
