/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

/* Prints what TlNmWatch knows as one line of JSON, at once and after each change, until its
 * standard input ends. */

#include "platform/nm-watch.h"

#include <gio/gunixinputstream.h>
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <unistd.h>

static void
add_string (JsonBuilder *json, const char *name, const char *value)
{
  json_builder_set_member_name (json, name);
  if (value)
    json_builder_add_string_value (json, value);
  else
    json_builder_add_null_value (json);
}

static void
add_int (JsonBuilder *json, const char *name, gint64 value)
{
  json_builder_set_member_name (json, name);
  json_builder_add_int_value (json, value);
}

static void
add_boolean (JsonBuilder *json, const char *name, gboolean value)
{
  json_builder_set_member_name (json, name);
  json_builder_add_boolean_value (json, value);
}

static void
add_address (JsonBuilder *json, const TlAddress *address)
{
  g_autofree char *text = tl_address_to_string (address);

  json_builder_add_string_value (json, text);
}

static void
add_ip_settings (JsonBuilder *json, const TlActivation *activation)
{
  for (TlFamily family = 0; family < TL_N_FAMILIES; family++) {
    const TlIpSettings *ip = &activation->ip[family];

    json_builder_set_member_name (json, tl_family_to_string (family));
    json_builder_begin_object (json);
    add_string (json, "method", ip->method);
    add_boolean (json, "gave_default", ip->gave_default);
    json_builder_end_object (json);
  }
}

static void
add_lists (JsonBuilder *json, const TlActivation *activation)
{
  json_builder_set_member_name (json, "addresses");
  json_builder_begin_array (json);
  for (guint i = 0; i < activation->addresses->len; i++)
    add_address (json, &g_array_index (activation->addresses, TlAddress, i));
  json_builder_end_array (json);

  json_builder_set_member_name (json, "servers");
  json_builder_begin_array (json);
  for (char **server = activation->servers; *server; server++)
    json_builder_add_string_value (json, *server);
  json_builder_end_array (json);

  json_builder_set_member_name (json, "gateway");
  if (activation->has_gateway)
    add_address (json, &activation->gateway);
  else
    json_builder_add_null_value (json);
}

static void
add_activation (JsonBuilder *json, const TlActivation *activation)
{
  static const char *const phases[] = { "activating", "activated", "deactivating" };

  json_builder_begin_object (json);
  add_string (json, "path", activation->path);
  add_string (json, "name", activation->name);
  add_string (json, "uuid", activation->uuid);
  add_string (json, "type", activation->type);
  add_string (json, "kind", activation->kind);
  add_boolean (json, "is_vpn", activation->is_vpn);
  add_boolean (json, "external", activation->external);
  add_string (json, "phase", phases[activation->phase]);
  add_int (json, "ifindex", activation->ifindex);
  add_boolean (json, "read_only", activation->read_only);
  add_boolean (json, "own", activation->own);
  add_ip_settings (json, activation);
  add_lists (json, activation);
  json_builder_end_object (json);
}

static void
add_resolver (JsonBuilder *json, const TlResolver *resolver)
{
  json_builder_begin_array (json);
  add_address (json, &resolver->address);
  if (resolver->interface)
    json_builder_add_string_value (json, resolver->interface);
  else
    json_builder_add_null_value (json);
  json_builder_end_array (json);
}

static void
add_permissions (JsonBuilder *json, const TlNmState *state)
{
  static const char *const permissions[] = { "unknown", "yes", "password", "no" };

  add_string (json, "network_control", permissions[state->network_control]);
  add_string (json, "modify_system", permissions[state->modify_system]);
  add_string (json, "modify_own", permissions[state->modify_own]);
}

static void
on_changed (TlNmWatch *watch)
{
  const TlNmState *state = tl_nm_watch_get_state (watch);
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *line = NULL;

  json_builder_begin_object (json);
  add_boolean (json, "running", state->running);
  add_string (json, "bus_name", state->bus_name);
  add_int (json, "version", state->version);
  add_permissions (json, state);

  json_builder_set_member_name (json, "activations");
  json_builder_begin_array (json);
  for (guint i = 0; i < state->activations->len; i++)
    add_activation (json, state->activations->pdata[i]);
  json_builder_end_array (json);

  json_builder_set_member_name (json, "resolvers");
  json_builder_begin_array (json);
  for (guint i = 0; i < state->resolvers->len; i++)
    add_resolver (json, state->resolvers->pdata[i]);
  json_builder_end_array (json);
  json_builder_end_object (json);

  root = json_builder_get_root (json);
  line = json_to_string (root, FALSE);
  puts (line);
  fflush (stdout);
}

static void
on_input_ended (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GBytes) bytes = NULL;

  bytes = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, NULL);
  g_main_loop_quit (user_data);
}

int
main (void)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GInputStream) input = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  g_autoptr (TlNmWatch) watch = tl_nm_watch_new ();

  g_signal_connect (watch, "changed", G_CALLBACK (on_changed), NULL);
  tl_nm_watch_start (watch);
  g_input_stream_read_bytes_async (input, 1, G_PRIORITY_DEFAULT, NULL, on_input_ended, loop);
  g_main_loop_run (loop);
  return 0;
}
