/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "config.h"

#include "ui/application.h"

#include "ui/presenter.h"

#include <glib-unix.h>
#include <glib/gi18n.h>

/**
 * TlApplication:
 *
 * The tray program: puts the parts together, and has an action for all it can do. Runs without a
 * window until it is told to quit.
 */
struct _TlApplication {
  GtkApplication parent_instance;

  gboolean background; /* started without a wish to see the window */
  gboolean failed;
  gboolean quit_when_done;

  TlBackend *backend;
  TlRunner *runner;
  TlTray *tray;
  TlNotifier *notifier;
  TlPresenter *presenter;
  guint signal_ids[2];
};

G_DEFINE_FINAL_TYPE (TlApplication, tl_application, GTK_TYPE_APPLICATION)

static void
show_window (TlApplication *self)
{
  TlWindow *window = tl_presenter_get_window (self->presenter);

  if (window == NULL) {
    window = tl_window_new (GTK_APPLICATION (self));
    tl_presenter_set_window (self->presenter, window);
  }
  gtk_window_present (GTK_WINDOW (window));
  tl_settings_set_flag (tl_backend_get_settings (self->backend), TL_FLAG_FIRST_START_DONE, TRUE);
}

/* A change that was begun is finished first, so that nothing is left half done. */
static void
quit (TlApplication *self)
{
  TlJob job = self->runner ? tl_runner_get_job (self->runner) : TL_JOB_NONE;

  self->quit_when_done = job == TL_JOB_FIX || job == TL_JOB_UNDO;
  if (!self->quit_when_done)
    g_application_quit (G_APPLICATION (self));
}

static void
on_runner_changed (TlApplication *self)
{
  if (self->quit_when_done)
    quit (self);
}

static gboolean
on_unix_signal (gpointer user_data)
{
  quit (TL_APPLICATION (user_data));
  return G_SOURCE_CONTINUE;
}

static void
on_hosted_changed (TlApplication *self)
{
  TlSettings *settings = tl_backend_get_settings (self->backend);

  if (tl_tray_get_hosted (self->tray)) {
    tl_notifier_withdraw_no_tray (self->notifier);
    return;
  }
  if (!tl_settings_get_flag (settings, TL_FLAG_TRAY_HINT_SHOWN)) {
    tl_notifier_send_no_tray (self->notifier);
    tl_settings_set_flag (settings, TL_FLAG_TRAY_HINT_SHOWN, TRUE);
  }
  if (!tl_settings_get_flag (settings, TL_FLAG_FIRST_START_DONE))
    show_window (self);
}

static void
on_show_window_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  show_window (TL_APPLICATION (user_data));
}

static void
on_check_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  tl_runner_check (TL_APPLICATION (user_data)->runner);
}

static void
on_fix_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  TlFixId id;

  if (tl_fix_id_from_string (g_variant_get_string (parameter, NULL), &id))
    tl_runner_fix (TL_APPLICATION (user_data)->runner, id);
}

static void
on_fix_first_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  tl_runner_fix_first (TL_APPLICATION (user_data)->runner);
}

static void
on_undo_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  tl_runner_undo (TL_APPLICATION (user_data)->runner);
}

static void
on_consent_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  TlApplication *self = TL_APPLICATION (user_data);
  gboolean yes = g_variant_get_boolean (parameter);

  tl_settings_set_consent (tl_backend_get_settings (self->backend),
                           yes ? TL_CONSENT_YES : TL_CONSENT_NO);
  if (yes)
    tl_runner_check (self->runner);
}

static void
on_about_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  TlApplication *self = TL_APPLICATION (user_data);

  show_window (self);
  gtk_show_about_dialog (GTK_WINDOW (tl_presenter_get_window (self->presenter)), "program-name",
                         _ ("Tunnel Light"), "version", TL_VERSION, "logo-icon-name", TL_APP_ID,
                         "license-type", GTK_LICENSE_GPL_3_0, "copyright",
                         _ ("Copyright Tunnel Light contributors"), "comments",
                         _ ("See whether everything really goes through the VPN"), NULL);
}

static void
on_quit_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  quit (TL_APPLICATION (user_data));
}

static void
add_actions (TlApplication *self)
{
  static const GActionEntry actions[] = {
    { "show-window", on_show_window_activated },
    { "check", on_check_activated },
    { "fix", on_fix_activated, "s" },
    { "fix-first", on_fix_first_activated },
    { "undo", on_undo_activated },
    { "consent", on_consent_activated, "b" },
    { "about", on_about_activated },
    { "quit", on_quit_activated },
  };
  static const struct {
    const char *action;
    const char *accels[3];
  } accels[] = {
    { "app.check", { "F5" } },
    { "app.quit", { "<Primary>q" } },
    { "win.close", { "<Primary>w", "Escape" } },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  for (gsize i = 0; i < G_N_ELEMENTS (accels); i++)
    gtk_application_set_accels_for_action (GTK_APPLICATION (self), accels[i].action,
                                           accels[i].accels);
}

static void
put_together (TlApplication *self)
{
  GDBusConnection *bus = g_application_get_dbus_connection (G_APPLICATION (self));
  g_autoptr (TlBackgroundStatus) background_status = tl_background_status_new (bus);

  self->runner =
    tl_runner_new (tl_backend_get_monitor (self->backend), tl_backend_get_fixer (self->backend));
  self->tray = tl_tray_new (G_ACTION_GROUP (self));
  self->notifier = tl_notifier_new (G_APPLICATION (self));
  self->presenter =
    tl_presenter_new (self->backend, self->runner, self->tray, self->notifier, background_status);
  g_signal_connect_object (self->runner, "changed", G_CALLBACK (on_runner_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->tray, "hosted-changed", G_CALLBACK (on_hosted_changed), self,
                           G_CONNECT_SWAPPED);
}

static void
tl_application_startup (GApplication *application)
{
  TlApplication *self = TL_APPLICATION (application);
  g_autoptr (GError) error = NULL;

  G_APPLICATION_CLASS (tl_application_parent_class)->startup (application);

  gtk_window_set_default_icon_name (TL_APP_ID);
  self->backend = tl_backend_new (NULL, &error);
  if (self->backend == NULL) {
    g_printerr ("%s\n", error->message);
    self->failed = TRUE;
    g_application_quit (application);
    return;
  }

  add_actions (self);
  put_together (self);
  tl_backend_start (self->backend, TL_PROBING_BY_SETTINGS);
  self->signal_ids[0] = g_unix_signal_add (SIGTERM, on_unix_signal, self);
  self->signal_ids[1] = g_unix_signal_add (SIGINT, on_unix_signal, self);
  g_application_hold (application);
}

static void
tl_application_activate (GApplication *application)
{
  TlApplication *self = TL_APPLICATION (application);

  /* Only the first activation is the start itself; each further one is somebody's wish. */
  if (!self->background && !self->failed)
    show_window (self);
  self->background = FALSE;
}

static void
tl_application_shutdown (GApplication *application)
{
  TlApplication *self = TL_APPLICATION (application);

  for (gsize i = 0; i < G_N_ELEMENTS (self->signal_ids); i++)
    g_clear_handle_id (&self->signal_ids[i], g_source_remove);
  g_clear_object (&self->presenter);
  g_clear_object (&self->notifier);
  g_clear_object (&self->tray);
  g_clear_object (&self->runner);
  g_clear_object (&self->backend);

  G_APPLICATION_CLASS (tl_application_parent_class)->shutdown (application);
}

static void
tl_application_class_init (TlApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  application_class->startup = tl_application_startup;
  application_class->activate = tl_application_activate;
  application_class->shutdown = tl_application_shutdown;
}

static void
tl_application_init (TlApplication *self)
{
}

/**
 * tl_application_new:
 * @flags: %G_APPLICATION_IS_SERVICE when the bus starts it
 * @background: whether to start without a window
 *
 * Returns: (transfer full): the application
 */
TlApplication *
tl_application_new (GApplicationFlags flags, gboolean background)
{
  TlApplication *self =
    g_object_new (TL_TYPE_APPLICATION, "application-id", TL_APP_ID, "flags", flags, NULL);

  self->background = background;
  return self;
}

/**
 * tl_application_get_failed:
 * @self: the application
 *
 * Returns: whether nothing can be judged on this system, so that it has given up
 */
gboolean
tl_application_get_failed (TlApplication *self)
{
  return self->failed;
}
