/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "ui/tray.h"

#include "app/describe.h"

#include <glib/gi18n.h>
#include <gtk/gtk.h>
#include <libayatana-appindicator/app-indicator.h>
#ifdef GDK_WINDOWING_X11
#include <gdk/gdkx.h>
#endif

/* Milliseconds after which a missing tray is believed. On X11 the XEmbed tray can be asked for, on
 * Wayland only patience tells (both measured with xfce4-panel 4.18 starting alongside). */
#define PATIENCE_X11     1000
#define PATIENCE_WAYLAND 3000

/**
 * TlTray:
 *
 * The light in the panel with its menu. Knows the indicator library, and nothing else does.
 *
 * The status stays ACTIVE: panels were seen to keep the attention icon after the return to ACTIVE.
 * The menu is made once and its items are changed in place, so that nothing jumps under the
 * pointer.
 */

enum {
  SIGNAL_HOSTED_CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

struct _TlTray {
  GObject parent_instance;

  GActionGroup *actions;
  AppIndicator *indicator;
  GtkWidget *status_item;
  GtkWidget *fix_item;
  GtkWidget *undo_item;
  GtkWidget *check_item;

  guint patience_id;
  gboolean patient; /* too early to say that there is no tray */
  gboolean hosted;
};

G_DEFINE_FINAL_TYPE (TlTray, tl_tray, G_TYPE_OBJECT)

static gboolean
has_xembed_tray (void)
{
#ifdef GDK_WINDOWING_X11
  GdkDisplay *display = gdk_display_get_default ();

  if (display != NULL && GDK_IS_X11_DISPLAY (display)) {
    Display *xdisplay = GDK_DISPLAY_XDISPLAY (display);
    g_autofree char *name = NULL;
    Atom selection;

    name = g_strdup_printf ("_NET_SYSTEM_TRAY_S%d", DefaultScreen (xdisplay));
    selection = gdk_x11_get_xatom_by_name_for_display (display, name);
    return XGetSelectionOwner (xdisplay, selection) != None;
  }
#endif
  return FALSE;
}

static gboolean
is_x11 (void)
{
#ifdef GDK_WINDOWING_X11
  GdkDisplay *display = gdk_display_get_default ();

  return display != NULL && GDK_IS_X11_DISPLAY (display);
#else
  return FALSE;
#endif
}

static gboolean
is_connected (TlTray *self)
{
  gboolean connected = FALSE;

  g_object_get (self->indicator, "connected", &connected, NULL);
  return connected;
}

static void
look_for_host (TlTray *self)
{
  gboolean hosted = is_connected (self) || has_xembed_tray ();

  if (hosted == self->hosted || (!hosted && self->patient))
    return;

  self->hosted = hosted;
  g_signal_emit (self, signals[SIGNAL_HOSTED_CHANGED], 0);
}

static gboolean
on_patience_over (gpointer user_data)
{
  TlTray *self = TL_TRAY (user_data);

  self->patience_id = 0;
  self->patient = FALSE;
  look_for_host (self);
  return G_SOURCE_REMOVE;
}

static void
be_patient (TlTray *self)
{
  g_clear_handle_id (&self->patience_id, g_source_remove);
  self->patient = TRUE;
  self->patience_id =
    g_timeout_add (is_x11 () ? PATIENCE_X11 : PATIENCE_WAYLAND, on_patience_over, self);
}

static void
on_connection_changed (TlTray *self)
{
  /* A panel that restarts comes back within a moment. */
  if (!is_connected (self))
    be_patient (self);
  look_for_host (self);
}

static void
on_item_activate (GtkMenuItem *item, TlTray *self)
{
  const char *action = g_object_get_data (G_OBJECT (item), "action");

  g_action_group_activate_action (self->actions, action, NULL);
}

/* Panels take an underscore for a mnemonic, whatever the item says: names of VPNs have some, too.
 * No row has a mnemonic, since not all can have one. */
static void
set_label (GtkWidget *item, const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, "_", -1);
  g_autofree char *escaped = g_strjoinv ("__", parts);

  gtk_menu_item_set_label (GTK_MENU_ITEM (item), escaped);
}

/* @action is to be a literal. */
static GtkWidget *
add_item (TlTray *self, GtkMenuShell *menu, const char *label, const char *action)
{
  GtkWidget *item = gtk_menu_item_new_with_mnemonic (label);

  g_object_set_data (G_OBJECT (item), "action", (gpointer)action);
  g_signal_connect_object (item, "activate", G_CALLBACK (on_item_activate), self, 0);
  gtk_widget_show (item);
  gtk_menu_shell_append (menu, item);
  return item;
}

static void
add_separator (GtkMenuShell *menu)
{
  GtkWidget *item = gtk_separator_menu_item_new ();

  gtk_widget_show (item);
  gtk_menu_shell_append (menu, item);
}

static void
make_menu (TlTray *self)
{
  GtkMenuShell *menu = GTK_MENU_SHELL (gtk_menu_new ());

  /* Not greyed out: a row that cannot be read says nothing. It opens the window instead. */
  self->status_item = add_item (self, menu, "", "show-window");
  add_separator (menu);
  self->fix_item = add_item (self, menu, "", "fix-first");
  gtk_widget_hide (self->fix_item);
  self->undo_item = add_item (self, menu, _ ("Undo"), "undo");
  gtk_widget_hide (self->undo_item);
  self->check_item = add_item (self, menu, _ ("Check again"), "check");
  add_separator (menu);
  add_item (self, menu, _ ("Quit"), "quit");

  app_indicator_set_menu (self->indicator, GTK_MENU (menu));
}

static void
tl_tray_dispose (GObject *object)
{
  TlTray *self = TL_TRAY (object);

  g_clear_handle_id (&self->patience_id, g_source_remove);
  if (self->indicator != NULL)
    g_signal_handlers_disconnect_by_data (self->indicator, self);
  g_clear_object (&self->indicator);
  g_clear_object (&self->actions);

  G_OBJECT_CLASS (tl_tray_parent_class)->dispose (object);
}

static void
tl_tray_class_init (TlTrayClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = tl_tray_dispose;

  /**
   * TlTray::hosted-changed:
   *
   * A panel that shows the light has come, or there is none after all.
   */
  signals[SIGNAL_HOSTED_CHANGED] = g_signal_new ("hosted-changed", TL_TYPE_TRAY, G_SIGNAL_RUN_LAST,
                                                 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tl_tray_init (TlTray *self)
{
  self->hosted = TRUE;
  self->indicator = app_indicator_new ("tunnel-light", tl_describe_icon_name (TL_STATE_CHECKING),
                                       APP_INDICATOR_CATEGORY_SYSTEM_SERVICES);
  g_signal_connect_swapped (self->indicator, APP_INDICATOR_SIGNAL_CONNECTION_CHANGED,
                            G_CALLBACK (on_connection_changed), self);
  make_menu (self);
  be_patient (self);
}

/**
 * tl_tray_new:
 * @actions: the application's actions: `show-window`, `fix-first`, `undo`, `check`, `quit`
 *
 * Puts the light into the panel.
 *
 * Returns: (transfer full): the tray
 */
TlTray *
tl_tray_new (GActionGroup *actions)
{
  TlTray *self = g_object_new (TL_TYPE_TRAY, NULL);

  self->actions = g_object_ref (actions);
  return self;
}

/* Stays where it is while things settle: in panels an open menu does not shrink, and leaves an
 * empty strip (seen with xfce4-panel 4.18). */
static void
update_fix (TlTray *self, const TlSnapshot *snapshot, gboolean idle, gboolean checking)
{
  const TlFixPlan *first = snapshot->plans ? tl_fix_plans_first (snapshot->plans) : NULL;

  if (first != NULL) {
    g_autofree char *command = tl_describe_fix_command (first, snapshot->verdict);

    set_label (self->fix_item, command);
  }
  gtk_widget_set_sensitive (self->fix_item, idle && first != NULL);
  if (first != NULL || !checking)
    gtk_widget_set_visible (self->fix_item, first != NULL);
}

/**
 * tl_tray_update:
 * @self: the tray
 * @snapshot: what to show
 *
 * Sets icon, tooltip and menu. The title and the icon's description are what panels make the
 * tooltip of.
 */
void
tl_tray_update (TlTray *self, const TlSnapshot *snapshot)
{
  g_autofree char *headline = tl_describe_headline (snapshot->verdict, snapshot->light);
  gboolean idle = snapshot->job == TL_JOB_NONE;
  gboolean checking = snapshot->light == TL_STATE_CHECKING || snapshot->asking;

  app_indicator_set_icon_full (self->indicator, tl_describe_icon_name (snapshot->light), headline);
  app_indicator_set_title (self->indicator, headline);
  app_indicator_set_status (self->indicator, APP_INDICATOR_STATUS_ACTIVE);

  set_label (self->status_item, headline);
  update_fix (self, snapshot, idle, checking);
  gtk_widget_set_sensitive (self->undo_item, idle && snapshot->can_undo);
  if (snapshot->can_undo || (idle && !checking))
    gtk_widget_set_visible (self->undo_item, snapshot->can_undo);
  gtk_widget_set_sensitive (self->check_item, idle && !checking);
}

/**
 * tl_tray_get_hosted:
 * @self: the tray
 *
 * Returns: whether the light can be seen; %TRUE until the contrary is known
 */
gboolean
tl_tray_get_hosted (TlTray *self)
{
  return self->hosted;
}
