/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/nm-watch.h"

#include "platform/nm-activation.h"

#include <stdio.h>
#include <string.h>

/**
 * TlNmWatch:
 *
 * Follows what NetworkManager says about VPNs, uplinks, DNS servers and permissions.
 *
 * It makes the process's one #NMClient without ever blocking, follows NetworkManager through
 * absence and restarts, and puts all changes of one turn of the main loop into one new #TlNmState.
 * Nothing is polled.
 */

enum {
  CHANGED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

struct _TlNmWatch {
  GObject parent_instance;

  NMClient *client;
  GCancellable *starting;
  GSource *publishing;
  GHashTable *watched;
  TlNmState *state;
};

G_DEFINE_FINAL_TYPE (TlNmWatch, tl_nm_watch, G_TYPE_OBJECT)

static TlPermission
read_permission (NMClient *client, NMClientPermission permission)
{
  switch (nm_client_get_permission_result (client, permission)) {
  case NM_CLIENT_PERMISSION_RESULT_YES:
    return TL_PERMISSION_YES;
  case NM_CLIENT_PERMISSION_RESULT_AUTH:
    return TL_PERMISSION_PASSWORD;
  case NM_CLIENT_PERMISSION_RESULT_NO:
    return TL_PERMISSION_NO;
  case NM_CLIENT_PERMISSION_RESULT_UNKNOWN:
  default:
    return TL_PERMISSION_UNKNOWN;
  }
}

static guint32
read_version (NMClient *client)
{
  const char *text = nm_client_get_version (client);
  guint parts[3] = { 0 };

  /* Development snapshots and distributions add more behind it: 1.42.4-1.fc38 */
  if (!text || sscanf (text, "%u.%u.%u", &parts[0], &parts[1], &parts[2]) < 2)
    return 0;

  return TL_NM_VERSION (parts[0], MIN (parts[1], 255), MIN (parts[2], 255));
}

/* A server is an address, maybe with a zone (`%eth0`), a name to check (`#dns.example`), or a whole
 * `dns+tls://` URI, from NetworkManager 1.52 on. */
static gboolean
parse_resolver (const char *text, TlAddress *ret_address)
{
  const char *scheme = strstr (text, "://");
  const char *start = scheme ? scheme + strlen ("://") : text;
  g_autofree char *host = NULL;

  if (start[0] == '[')
    host = g_strndup (start + 1, strcspn (start + 1, "]%"));
  else
    host = g_strndup (start, strcspn (start, scheme ? ":/#" : "%#"));
  return tl_address_parse (host, ret_address);
}

static void
read_resolvers (NMClient *client, GPtrArray *resolvers)
{
  const GPtrArray *entries = nm_client_get_dns_configuration (client);

  for (guint i = 0; entries && i < entries->len; i++) {
    const char *interface = nm_dns_entry_get_interface (entries->pdata[i]);
    const char *const *servers = nm_dns_entry_get_nameservers (entries->pdata[i]);

    for (; servers && *servers; servers++) {
      TlAddress address;

      if (parse_resolver (*servers, &address))
        g_ptr_array_add (resolvers, tl_resolver_new (&address, interface));
    }
  }
}

/* NetworkManager numbers its active connections as they come, and lists them in any order. */
static guint64
active_number (NMActiveConnection *active)
{
  const char *path = nm_object_get_path (NM_OBJECT (active));

  return g_ascii_strtoull (strrchr (path, '/') + 1, NULL, 10);
}

static int
compare_actives (gconstpointer a, gconstpointer b)
{
  guint64 first = active_number (*(NMActiveConnection *const *)a);
  guint64 second = active_number (*(NMActiveConnection *const *)b);

  return first < second ? -1 : first > second;
}

static TlNmState *
read_state (NMClient *client)
{
  TlNmState *state = tl_nm_state_new ();
  g_autoptr (GPtrArray) actives = NULL;

  if (!client || !nm_client_get_nm_running (client))
    return state;

  state->running = TRUE;
  state->bus_name = g_strdup (nm_client_get_dbus_name_owner (client));
  state->version = read_version (client);
  state->network_control = read_permission (client, NM_CLIENT_PERMISSION_NETWORK_CONTROL);
  state->modify_system = read_permission (client, NM_CLIENT_PERMISSION_SETTINGS_MODIFY_SYSTEM);
  state->modify_own = read_permission (client, NM_CLIENT_PERMISSION_SETTINGS_MODIFY_OWN);

  actives = g_ptr_array_new ();
  g_ptr_array_extend (actives, (GPtrArray *)nm_client_get_active_connections (client), NULL, NULL);
  g_ptr_array_sort (actives, compare_actives);
  for (guint i = 0; i < actives->len; i++)
    g_ptr_array_add (state->activations, tl_nm_activation_read (actives->pdata[i]));

  read_resolvers (client, state->resolvers);
  return state;
}

static gboolean on_publish (gpointer user_data);

static void
on_anything_changed (TlNmWatch *self)
{
  if (self->publishing)
    return;

  /* Not an idle priority: a busy user interface must not hold back a leak */
  self->publishing = g_idle_source_new ();
  g_source_set_priority (self->publishing, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->publishing, on_publish, self, NULL);
  g_source_attach (self->publishing, nm_client_get_main_context (self->client));
}

static void
connect_object (TlNmWatch *self, GObject *object)
{
  static const char *const device_signals[] = {
    "notify::" NM_DEVICE_INTERFACE,
    "notify::" NM_DEVICE_IP_INTERFACE,
    "notify::" NM_DEVICE_IP4_CONFIG,
    "notify::" NM_DEVICE_IP6_CONFIG,
  };

  if (NM_IS_DEVICE (object)) {
    /* Others, such as the bit rate of a Wi-Fi, come often and say nothing */
    for (gsize i = 0; i < G_N_ELEMENTS (device_signals); i++)
      g_signal_connect_swapped (object, device_signals[i], G_CALLBACK (on_anything_changed), self);
    return;
  }

  g_signal_connect_swapped (object, "notify", G_CALLBACK (on_anything_changed), self);
  if (NM_IS_VPN_CONNECTION (object))
    g_signal_connect_swapped (object, "vpn-state-changed", G_CALLBACK (on_anything_changed), self);
  if (NM_IS_CONNECTION (object))
    g_signal_connect_swapped (object, "changed", G_CALLBACK (on_anything_changed), self);
}

static void
watch_object (TlNmWatch *self, GHashTable *wanted, gpointer object)
{
  if (!object || !g_hash_table_add (wanted, g_object_ref (object)))
    return;

  if (!g_hash_table_contains (self->watched, object))
    connect_object (self, object);
}

static void
watch_active (TlNmWatch *self, GHashTable *wanted, NMActiveConnection *active)
{
  const GPtrArray *devices = nm_active_connection_get_devices (active);

  watch_object (self, wanted, active);
  watch_object (self, wanted, nm_active_connection_get_connection (active));
  watch_object (self, wanted, nm_active_connection_get_ip4_config (active));
  watch_object (self, wanted, nm_active_connection_get_ip6_config (active));

  for (guint i = 0; i < devices->len; i++) {
    NMDevice *device = devices->pdata[i];

    watch_object (self, wanted, device);
    watch_object (self, wanted, nm_device_get_ip4_config (device));
    watch_object (self, wanted, nm_device_get_ip6_config (device));
  }
}

/* Lets go of every object that is not in @wanted, and takes @wanted over. */
static void
replace_watched (TlNmWatch *self, GHashTable *wanted)
{
  GHashTableIter iter;
  gpointer object;

  g_hash_table_iter_init (&iter, self->watched);
  while (g_hash_table_iter_next (&iter, &object, NULL)) {
    if (!g_hash_table_contains (wanted, object))
      g_signal_handlers_disconnect_by_data (object, self);
  }

  g_hash_table_unref (self->watched);
  self->watched = wanted;
}

static GHashTable *
new_object_set (void)
{
  return g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
}

/* Follow exactly the objects that a state is read from */
static void
update_watched (TlNmWatch *self)
{
  const GPtrArray *actives = nm_client_get_active_connections (self->client);
  GHashTable *wanted = new_object_set ();

  for (guint i = 0; i < actives->len; i++)
    watch_active (self, wanted, actives->pdata[i]);

  replace_watched (self, wanted);
}

static void
publish (TlNmWatch *self)
{
  g_autoptr (TlNmState) state = read_state (self->client);

  if (self->state && tl_nm_state_equal (self->state, state))
    return;

  g_clear_pointer (&self->state, tl_nm_state_unref);
  self->state = g_steal_pointer (&state);
  g_signal_emit (self, signals[CHANGED], 0);
}

static gboolean
on_publish (gpointer user_data)
{
  TlNmWatch *self = TL_NM_WATCH (user_data);

  g_clear_pointer (&self->publishing, g_source_unref);
  update_watched (self);
  publish (self);
  return G_SOURCE_REMOVE;
}

static void
on_client_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (NMClient) client = nm_client_new_finish (result, &error);
  TlNmWatch *self;

  /* Called off by dispose: there is no watch any more */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  self = TL_NM_WATCH (user_data);
  g_clear_object (&self->starting);
  if (!client) {
    g_debug ("NetworkManager cannot be watched: %s", error->message);
    publish (self);
    return;
  }

  self->client = g_steal_pointer (&client);
  g_signal_connect_swapped (self->client, "notify", G_CALLBACK (on_anything_changed), self);
  g_signal_connect_swapped (self->client, NM_CLIENT_PERMISSION_CHANGED,
                            G_CALLBACK (on_anything_changed), self);
  update_watched (self);
  publish (self);
}

static void
tl_nm_watch_dispose (GObject *object)
{
  TlNmWatch *self = TL_NM_WATCH (object);

  g_cancellable_cancel (self->starting);
  g_clear_object (&self->starting);

  if (self->publishing)
    g_source_destroy (self->publishing);
  g_clear_pointer (&self->publishing, g_source_unref);

  replace_watched (self, new_object_set ());
  if (self->client)
    g_signal_handlers_disconnect_by_data (self->client, self);
  g_clear_object (&self->client);

  G_OBJECT_CLASS (tl_nm_watch_parent_class)->dispose (object);
}

static void
tl_nm_watch_finalize (GObject *object)
{
  TlNmWatch *self = TL_NM_WATCH (object);

  g_hash_table_unref (self->watched);
  g_clear_pointer (&self->state, tl_nm_state_unref);

  G_OBJECT_CLASS (tl_nm_watch_parent_class)->finalize (object);
}

static void
tl_nm_watch_class_init (TlNmWatchClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = tl_nm_watch_dispose;
  object_class->finalize = tl_nm_watch_finalize;

  /**
   * TlNmWatch::changed:
   *
   * The state is known for the first time, or is another one. At most once in each turn of the
   * main loop.
   */
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
}

static void
tl_nm_watch_init (TlNmWatch *self)
{
  self->watched = new_object_set ();
}

/**
 * tl_nm_watch_new:
 *
 * Returns: (transfer full): a watch that knows nothing until it is started
 */
TlNmWatch *
tl_nm_watch_new (void)
{
  return g_object_new (TL_TYPE_NM_WATCH, NULL);
}

/**
 * tl_nm_watch_start:
 * @self: a watch
 *
 * Begins to follow NetworkManager, without blocking. The first #TlNmWatch::changed tells that the
 * state is known, also where NetworkManager is not there or the system bus cannot be reached.
 * In the latter case alone, starting again tries again.
 */
void
tl_nm_watch_start (TlNmWatch *self)
{
  g_return_if_fail (TL_IS_NM_WATCH (self));

  if (self->client || self->starting)
    return;

  self->starting = g_cancellable_new ();
  nm_client_new_async (self->starting, on_client_ready, self);
}

/**
 * tl_nm_watch_get_state:
 * @self: a watch
 *
 * Returns: (transfer none) (nullable): what NetworkManager says; %NULL until the first
 *   #TlNmWatch::changed
 */
const TlNmState *
tl_nm_watch_get_state (TlNmWatch *self)
{
  g_return_val_if_fail (TL_IS_NM_WATCH (self), NULL);

  return self->state;
}

/**
 * tl_nm_watch_get_client:
 * @self: a watch
 *
 * Returns: (transfer none) (nullable): the process's one #NMClient, or %NULL while there is none
 */
NMClient *
tl_nm_watch_get_client (TlNmWatch *self)
{
  g_return_val_if_fail (TL_IS_NM_WATCH (self), NULL);

  return self->client;
}
