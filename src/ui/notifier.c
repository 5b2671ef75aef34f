/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "ui/notifier.h"

#include "app/describe.h"

#include <glib/gi18n.h>

/* Milliseconds of settled red before a notification: a good VPN's IPv6 routes come late. */
#define RED_BEFORE_NOTICE 2000

#define ID_LEAK    "leak"
#define ID_OUTCOME "outcome"
#define ID_NO_TRAY "no-tray"

/**
 * TlNotifier:
 *
 * Says what cannot wait until somebody looks at the light. Buttons are actions of the application,
 * by name: they work late, after a quit and out of a sandbox, and look again before they act.
 */
struct _TlNotifier {
  GObject parent_instance;

  GApplication *application;
  gboolean enabled;

  char *title; /* of the leak as it is now, %NULL while there is none */
  char *body;
  char *fix; /* title of the first fix, %NULL where none is available */

  char *sent_body; /* of the leak as it was told, %NULL if it was not */
  gboolean sent_with_fix;
  guint leak_id;
  gboolean started; /* whether a left-over of an earlier run was looked after */
  gboolean outcome_sent;
};

G_DEFINE_FINAL_TYPE (TlNotifier, tl_notifier, G_TYPE_OBJECT)

static void
send_leak (TlNotifier *self)
{
  g_autoptr (GNotification) notification = NULL;

  if (!self->enabled)
    return;

  notification = g_notification_new (self->title);
  g_notification_set_body (notification, self->body);
  g_notification_set_priority (notification, G_NOTIFICATION_PRIORITY_HIGH);
  g_notification_set_default_action (notification, "app.show-window");
  if (self->fix != NULL)
    g_notification_add_button (notification, self->fix, "app.fix-first");
  g_notification_add_button (notification, _ ("Show details"), "app.show-window");
  g_application_send_notification (self->application, ID_LEAK, notification);

  g_free (self->sent_body);
  self->sent_body = g_strdup (self->body);
  self->sent_with_fix = self->fix != NULL;
}

static gboolean
on_red_long_enough (gpointer user_data)
{
  TlNotifier *self = TL_NOTIFIER (user_data);

  self->leak_id = 0;
  send_leak (self);
  return G_SOURCE_REMOVE;
}

static void
forget_leak (TlNotifier *self)
{
  g_clear_handle_id (&self->leak_id, g_source_remove);
  if (self->sent_body != NULL || !self->started)
    g_application_withdraw_notification (self->application, ID_LEAK);
  g_clear_pointer (&self->sent_body, g_free);
  g_clear_pointer (&self->title, g_free);
  g_clear_pointer (&self->body, g_free);
  self->started = TRUE;
}

static void
take_leak (TlNotifier *self, const TlSnapshot *snapshot)
{
  const TlFixPlan *first = snapshot->plans ? tl_fix_plans_first (snapshot->plans) : NULL;

  g_free (self->title);
  self->title = tl_describe_headline (snapshot->verdict, snapshot->light);
  g_free (self->body);
  self->body = tl_describe_explanation (snapshot->verdict, snapshot->light);
  g_clear_pointer (&self->fix, g_free);
  if (first != NULL)
    self->fix = tl_describe_fix_title (first->id, snapshot->verdict);
  self->started = TRUE;

  if (self->leak_id != 0)
    return;
  if (g_strcmp0 (self->sent_body, self->body) != 0 || self->sent_with_fix != (self->fix != NULL))
    self->leak_id = g_timeout_add (RED_BEFORE_NOTICE, on_red_long_enough, self);
}

static void
tl_notifier_dispose (GObject *object)
{
  TlNotifier *self = TL_NOTIFIER (object);

  g_clear_handle_id (&self->leak_id, g_source_remove);
  g_clear_pointer (&self->title, g_free);
  g_clear_pointer (&self->body, g_free);
  g_clear_pointer (&self->fix, g_free);
  g_clear_pointer (&self->sent_body, g_free);
  g_clear_weak_pointer (&self->application);

  G_OBJECT_CLASS (tl_notifier_parent_class)->dispose (object);
}

static void
tl_notifier_class_init (TlNotifierClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = tl_notifier_dispose;
}

static void
tl_notifier_init (TlNotifier *self)
{
  self->enabled = TRUE;
}

/**
 * tl_notifier_new:
 * @application: who sends; not kept alive
 *
 * Returns: (transfer full): a notifier
 */
TlNotifier *
tl_notifier_new (GApplication *application)
{
  TlNotifier *self = g_object_new (TL_TYPE_NOTIFIER, NULL);

  g_set_weak_pointer (&self->application, application);
  return self;
}

/**
 * tl_notifier_set_enabled:
 * @self: the notifier
 * @enabled: whether the person wants notifications
 */
void
tl_notifier_set_enabled (TlNotifier *self, gboolean enabled)
{
  self->enabled = enabled;
}

/**
 * tl_notifier_update:
 * @self: the notifier
 * @snapshot: what is known now
 *
 * Tells of a leak that has lasted, and takes the notification back when its reason is gone. While
 * things settle nothing is told and nothing is taken back.
 */
void
tl_notifier_update (TlNotifier *self, const TlSnapshot *snapshot)
{
  if (snapshot->light == TL_STATE_CHECKING || snapshot->settling)
    g_clear_handle_id (&self->leak_id, g_source_remove);
  else if (snapshot->light == TL_STATE_LEAK)
    take_leak (self, snapshot);
  else
    forget_leak (self);

  if (self->outcome_sent && snapshot->outcome == NULL && snapshot->job == TL_JOB_NONE) {
    g_application_withdraw_notification (self->application, ID_OUTCOME);
    self->outcome_sent = FALSE;
  }
}

/**
 * tl_notifier_send_outcome:
 * @self: the notifier
 * @text: how a fix or an undo ended, in words
 * @can_undo: whether there is something to take back
 */
void
tl_notifier_send_outcome (TlNotifier *self, const char *text, gboolean can_undo)
{
  g_autoptr (GNotification) notification = NULL;

  if (!self->enabled)
    return;

  notification = g_notification_new (_ ("Tunnel Light"));
  g_notification_set_body (notification, text);
  g_notification_set_default_action (notification, "app.show-window");
  if (can_undo)
    g_notification_add_button (notification, _ ("Undo"), "app.undo");
  g_application_send_notification (self->application, ID_OUTCOME, notification);
  self->outcome_sent = TRUE;
}

/**
 * tl_notifier_send_no_tray:
 * @self: the notifier
 *
 * Says, once, what would show the light on this desktop.
 */
void
tl_notifier_send_no_tray (TlNotifier *self)
{
  g_autoptr (GNotification) notification = g_notification_new (_ ("Tunnel Light is running"));

  g_notification_set_body (notification,
                           _ ("This desktop has no place for the light. In GNOME, the extension "
                              "“AppIndicator and KStatusNotifierItem Support” shows it. You will "
                              "be told if traffic bypasses your VPN."));
  g_notification_set_default_action (notification, "app.show-window");
  g_application_send_notification (self->application, ID_NO_TRAY, notification);
}

/**
 * tl_notifier_withdraw_no_tray:
 * @self: the notifier
 *
 * A panel has come after all.
 */
void
tl_notifier_withdraw_no_tray (TlNotifier *self)
{
  g_application_withdraw_notification (self->application, ID_NO_TRAY);
}
