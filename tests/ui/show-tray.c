/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

/*
 * Shows the light that each line of standard input names ("safe", "leak", …), and prints the name
 * of each action that is chosen in its menu. Ends with its input.
 */

#include "config.h"

#include "app/describe.h"
#include "ui/tray.h"

#include <gio/gunixinputstream.h>
#include <gtk/gtk.h>
#include <stdio.h>
#include <unistd.h>

static TlVerdict verdict;
static GPtrArray *plans;
static TlTray *tray;

static void
show_light (TlState state)
{
  TlSnapshot snapshot = { .verdict = &verdict, .light = state };

  verdict.state = state;
  snapshot.can_undo = state == TL_STATE_SAFE;
  snapshot.plans = state == TL_STATE_LEAK ? plans : NULL;
  tl_tray_update (tray, &snapshot);
}

static void
make_fix (void)
{
  static TlTunnel tunnel = { .name = (char *)"Corp_VPN", .full = TRUE, .carries = { TRUE, FALSE } };
  static TlFixPlan plan = { .id = TL_FIX_BLOCK_NOW, .available = TRUE };

  g_ptr_array_add (verdict.tunnels, &tunnel);
  plan.changes = g_ptr_array_new ();
  plans = g_ptr_array_new ();
  g_ptr_array_add (plans, &plan);
}

static void
on_line_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GDataInputStream *input = G_DATA_INPUT_STREAM (source);
  g_autofree char *line = g_data_input_stream_read_line_finish (input, result, NULL, NULL);

  if (line == NULL) {
    gtk_main_quit ();
    return;
  }
  for (guint state = 0; state < TL_N_STATES; state++) {
    if (g_str_equal (line, tl_state_to_string ((TlState)state)))
      show_light ((TlState)state);
  }
  g_data_input_stream_read_line_async (input, G_PRIORITY_DEFAULT, NULL, on_line_ready, NULL);
}

static void
on_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  g_print ("%s\n", g_action_get_name (G_ACTION (action)));
  fflush (stdout);
}

int
main (int argc, char *argv[])
{
  static const GActionEntry entries[] = {
    { "show-window", on_action }, { "fix-first", on_action }, { "undo", on_action },
    { "check", on_action },       { "quit", on_action },
  };
  g_autoptr (GSimpleActionGroup) actions = g_simple_action_group_new ();
  g_autoptr (GInputStream) stdin_stream = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  g_autoptr (GDataInputStream) input = g_data_input_stream_new (stdin_stream);

  gtk_init (&argc, &argv);
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++)
    verdict.families[family].bypass = g_array_new (FALSE, FALSE, sizeof (TlBypass));
  verdict.tunnels = g_ptr_array_new ();
  verdict.uplinks = g_ptr_array_new ();
  verdict.findings = g_ptr_array_new ();
  make_fix ();

  g_action_map_add_action_entries (G_ACTION_MAP (actions), entries, G_N_ELEMENTS (entries), NULL);
  tray = tl_tray_new (G_ACTION_GROUP (actions));
  show_light (TL_STATE_CHECKING);
  g_data_input_stream_read_line_async (input, G_PRIORITY_DEFAULT, NULL, on_line_ready, NULL);
  gtk_main ();
  g_clear_object (&tray);
  return 0;
}
