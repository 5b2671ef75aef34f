/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "ui/background-status.h"

/* Characters that the portal takes at most (org.freedesktop.portal.Background, SetStatus). */
#define MESSAGE_MAX 96

/**
 * TlBackgroundStatus:
 *
 * The line that a desktop shows for an application without a window (in GNOME's list of background
 * applications). One call of the portal: libportal has it only from 0.7 on.
 */
struct _TlBackgroundStatus {
  GObject parent_instance;

  GDBusConnection *bus;
  char *message;
  gboolean refused;
};

G_DEFINE_FINAL_TYPE (TlBackgroundStatus, tl_background_status, G_TYPE_OBJECT)

static void
on_set_status_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TlBackgroundStatus) self = TL_BACKGROUND_STATUS (user_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;

  reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  if (reply != NULL)
    return;

  /* No portal, an old one, or not in a sandbox: nobody will show it, so nobody is asked again. */
  g_debug ("No background status: %s", error->message);
  self->refused = TRUE;
}

static void
tl_background_status_dispose (GObject *object)
{
  TlBackgroundStatus *self = TL_BACKGROUND_STATUS (object);

  g_clear_object (&self->bus);
  g_clear_pointer (&self->message, g_free);

  G_OBJECT_CLASS (tl_background_status_parent_class)->dispose (object);
}

static void
tl_background_status_class_init (TlBackgroundStatusClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = tl_background_status_dispose;
}

static void
tl_background_status_init (TlBackgroundStatus *self)
{
}

/**
 * tl_background_status_new:
 * @bus: (nullable): the session bus
 *
 * Returns: (transfer full): a status with no message yet
 */
TlBackgroundStatus *
tl_background_status_new (GDBusConnection *bus)
{
  TlBackgroundStatus *self = g_object_new (TL_TYPE_BACKGROUND_STATUS, NULL);

  g_set_object (&self->bus, bus);
  self->refused = bus == NULL;
  return self;
}

/**
 * tl_background_status_set_message:
 * @self: the status
 * @message: (nullable): what the application is doing, in words; %NULL for nothing to say
 *
 * Tells the portal, if @message is news to it.
 */
void
tl_background_status_set_message (TlBackgroundStatus *self, const char *message)
{
  g_autofree char *fitting = NULL;
  GVariantDict options;

  if (message != NULL)
    fitting = g_utf8_substring (message, 0, MIN (g_utf8_strlen (message, -1), MESSAGE_MAX));
  if (self->refused || g_strcmp0 (self->message, fitting) == 0)
    return;

  g_free (self->message);
  self->message = g_steal_pointer (&fitting);
  g_variant_dict_init (&options, NULL);
  if (self->message != NULL)
    g_variant_dict_insert (&options, "message", "s", self->message);
  g_dbus_connection_call (self->bus, "org.freedesktop.portal.Desktop",
                          "/org/freedesktop/portal/desktop", "org.freedesktop.portal.Background",
                          "SetStatus", g_variant_new ("(@a{sv})", g_variant_dict_end (&options)),
                          NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, on_set_status_ready,
                          g_object_ref (self));
}
