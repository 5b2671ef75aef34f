/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

/* Makes one change through TlNmActions and prints what came of it as one line of JSON. */

#include "core/error.h"
#include "platform/nm-actions.h"

#include <json-glib/json-glib.h>
#include <stdio.h>

typedef struct {
  GMainLoop *loop;
  TlNmWatch *watch;
  TlNmActions *actions;
  GCancellable *cancellable;
  TlChange *change;
  TlNmEdit *edit;
  JsonObject *outcome;
} Run;

static gboolean undo, pause_between, cancel;
static char *link_name, *uuid, *family, *from, *to;
static char **routes;

static const GOptionEntry entries[] = {
  { "undo", 0, 0, G_OPTION_ARG_NONE, &undo, "take the change back", NULL },
  { "pause", 0, 0, G_OPTION_ARG_NONE, &pause_between, "wait for a line after preparing", NULL },
  { "cancel", 0, 0, G_OPTION_ARG_NONE, &cancel, "call it off at once", NULL },
  { "link", 0, 0, G_OPTION_ARG_STRING, &link_name, "applied connection of a link", "NAME" },
  { "profile", 0, 0, G_OPTION_ARG_STRING, &uuid, "saved profile", "UUID" },
  { "family", 0, 0, G_OPTION_ARG_STRING, &family, "ipv4 or ipv6", "FAMILY" },
  { "from", 0, 0, G_OPTION_ARG_STRING, &from, "old value", "VALUE" },
  { "to", 0, 0, G_OPTION_ARG_STRING, &to, "new value", "VALUE" },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &routes, NULL, "ROUTE…" },
  { NULL },
};

static TlChange *
parse_change (void)
{
  TlChange *change = tl_change_new (
    link_name ? TL_TARGET_LINK : TL_TARGET_PROFILE, routes ? TL_SETTING_ROUTES : TL_SETTING_METHOD,
    g_strcmp0 (family, "ipv4") == 0 ? TL_FAMILY_IPV4 : TL_FAMILY_IPV6);

  change->target = g_strdup (link_name ? link_name : uuid);
  change->uuid = g_strdup (uuid);
  change->from = g_strdup (from);
  change->to = g_strdup (to);
  for (char **route = routes; route && *route; route++) {
    TlPrefix prefix;

    if (!tl_prefix_parse (*route, &prefix))
      g_error ("%s is no prefix", *route);
    g_array_append_val (change->routes, prefix);
  }

  return change;
}

static void
end (Run *run, const char *step, const GError *error)
{
  static const char *const codes[] = { "failed",  "invalid", "not-found", "denied",     "refused",
                                       "timeout", "busy",    "cancelled", "unsupported" };

  if (error) {
    g_assert_true (error->domain == TL_ERROR);
    json_object_set_string_member (run->outcome, "step", step);
    json_object_set_string_member (run->outcome, "error", codes[error->code]);
    json_object_set_string_member (run->outcome, "message", error->message);
  }
  g_main_loop_quit (run->loop);
}

static void
on_committed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  tl_nm_actions_commit_finish (TL_NM_ACTIONS (source), result, &error);
  end (user_data, "commit", error);
}

static void
describe (Run *run)
{
  const TlChange *change = tl_nm_edit_get_change (run->edit);
  JsonArray *list = json_array_new ();

  for (guint i = 0; i < change->routes->len; i++) {
    char prefix[TL_PREFIX_STRLEN];

    tl_prefix_format (&g_array_index (change->routes, TlPrefix, i), prefix);
    json_array_add_string_element (list, prefix);
  }
  json_object_set_array_member (run->outcome, "routes", list);
  json_object_set_string_member (run->outcome, "from", change->from);
  json_object_set_string_member (run->outcome, "to", change->to);
  json_object_set_boolean_member (run->outcome, "noop", tl_nm_edit_is_noop (run->edit));
}

static void
on_prepared (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Run *run = user_data;
  g_autoptr (GError) error = NULL;

  run->edit = tl_nm_actions_prepare_finish (run->actions, result, &error);
  if (!run->edit) {
    end (run, "prepare", error);
    return;
  }

  describe (run);
  if (pause_between) {
    puts ("prepared");
    fflush (stdout);
    getchar ();
  }
  tl_nm_actions_commit (run->actions, run->edit, run->cancellable, on_committed, run);
  if (cancel)
    g_cancellable_cancel (run->cancellable);
}

static void
on_known (Run *run)
{
  g_signal_handlers_disconnect_by_data (run->watch, run);
  tl_nm_actions_prepare (run->actions, run->change, undo, run->cancellable, on_prepared, run);
}

static void
print (JsonObject *outcome)
{
  g_autoptr (JsonNode) root = json_node_init_object (json_node_alloc (), outcome);
  g_autofree char *line = json_to_string (root, FALSE);

  puts (line);
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  Run run = { .outcome = json_object_new () };

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, NULL))
    return 3;

  run.loop = g_main_loop_new (NULL, FALSE);
  run.watch = tl_nm_watch_new ();
  run.actions = tl_nm_actions_new (run.watch);
  run.cancellable = g_cancellable_new ();
  run.change = parse_change ();
  g_signal_connect_swapped (run.watch, "changed", G_CALLBACK (on_known), &run);
  tl_nm_watch_start (run.watch);
  g_main_loop_run (run.loop);
  print (run.outcome);

  g_clear_pointer (&run.edit, tl_nm_edit_unref);
  tl_change_free (run.change);
  json_object_unref (run.outcome);
  g_object_unref (run.cancellable);
  g_object_unref (run.actions);
  g_object_unref (run.watch);
  g_main_loop_unref (run.loop);
  return 0;
}
