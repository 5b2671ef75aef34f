/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/nm-actions.h"

#include "platform/nm-activation.h"
#include "platform/nm-edit-private.h"
#include "platform/nm-error.h"
#include "platform/nm-loopback.h"
#include "platform/nm-target.h"

/**
 * TlNmActions:
 *
 * Changes what NetworkManager has applied to a link, and saved profiles.
 *
 * Each change has two halves: tl_nm_actions_prepare() reads what is there and makes the new
 * settings, tl_nm_actions_commit() sets them. Between the two the old value can be written down.
 * Secrets are never asked for: NetworkManager keeps a profile's secrets when an update has none.
 */

#define PROFILE_INTERFACE "org.freedesktop.NetworkManager.Settings.Connection"

/* NM_DEVICE_REAPPLY_FLAGS_PRESERVE_EXTERNAL_IP, which libnm has since 1.42 */
#define PRESERVE_EXTERNAL_IP 0x1

/* Milliseconds that NetworkManager may take to tell a profile's settings; libnm's own default */
#define READ_TIMEOUT 25000

struct _TlNmActions {
  GObject parent_instance;

  TlNmWatch *watch;
};

G_DEFINE_FINAL_TYPE (TlNmActions, tl_nm_actions, G_TYPE_OBJECT)

static void
return_nm_error (GTask *task, const TlNmEdit *edit, const GError *error)
{
  g_task_return_error (task, tl_nm_error_convert (error, edit->change->target));
}

/* Settings without secrets; NMClient's own copy may be older than NetworkManager's last answer */
static void
read_profile (GTask *task, const TlNmEdit *edit, GAsyncReadyCallback callback)
{
  TlNmActions *self = TL_NM_ACTIONS (g_task_get_source_object (task));

  nm_client_dbus_call (tl_nm_watch_get_client (self->watch),
                       nm_object_get_path (NM_OBJECT (edit->profile)), PROFILE_INTERFACE,
                       "GetSettings", NULL, G_VARIANT_TYPE ("(a{sa{sv}})"), READ_TIMEOUT,
                       g_task_get_cancellable (task), callback, task);
}

static NMConnection *
read_profile_finish (GObject *source,
                     GAsyncResult *result,
                     const TlNmEdit *edit,
                     GVariant **ret_settings,
                     GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GVariant) reply = nm_client_dbus_call_finish (NM_CLIENT (source), result, &local);
  g_autoptr (GVariant) settings = reply ? g_variant_get_child_value (reply, 0) : NULL;
  NMConnection *connection = settings ? tl_nm_settings_parse (settings, &local) : NULL;

  if (!connection)
    g_propagate_error (error, tl_nm_error_convert (local, edit->change->target));
  else if (ret_settings)
    *ret_settings = g_steal_pointer (&settings);
  return connection;
}

/* Preparing */

static void
return_not_found (GTask *task, const TlNmEdit *edit)
{
  g_task_return_new_error (task, TL_ERROR, TL_ERROR_NOT_FOUND, "%s is not there any more",
                           edit->change->target);
}

static void
return_edit (GTask *task, TlNmEdit *edit, NMConnection *old)
{
  g_autoptr (GError) error = NULL;

  if (!tl_nm_edit_set_old (edit, old, &error)) {
    if (g_error_matches (error, TL_ERROR, TL_ERROR_REFUSED) && edit->undo && edit->device &&
        tl_nm_target_has_other_activation (edit->device, edit->change))
      return_not_found (task, edit);
    else
      g_task_return_error (task, g_steal_pointer (&error));
    return;
  }

  g_task_return_pointer (task, tl_nm_edit_ref (edit), (GDestroyNotify)tl_nm_edit_unref);
}

static void
on_applied_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (NMConnection) old = NULL;
  TlNmEdit *edit = g_task_get_task_data (task);

  old =
    nm_device_get_applied_connection_finish (NM_DEVICE (source), result, &edit->version_id, &error);
  if (!old) {
    return_nm_error (task, edit, error);
    return;
  }

  return_edit (task, edit, old);
}

static void
on_profile_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (NMConnection) old = NULL;
  TlNmEdit *edit = g_task_get_task_data (task);

  old = read_profile_finish (source, result, edit, NULL, &error);
  if (!old) {
    g_task_return_error (task, g_steal_pointer (&error));
    return;
  }

  return_edit (task, edit, old);
}

static void
prepare_link (GTask *task, NMClient *client, TlNmEdit *edit)
{
  TlNmActions *self = TL_NM_ACTIONS (g_task_get_source_object (task));
  guint32 version = tl_nm_watch_get_state (self->watch)->version;
  NMDevice *device = tl_nm_target_find_device (client, edit->change);
  g_autoptr (GError) error = NULL;

  if (!device) {
    return_not_found (task, edit);
    return;
  }

  if (!tl_nm_target_check_foreign (device, version, &error)) {
    g_task_return_error (task, g_steal_pointer (&error));
    return;
  }

  g_set_object (&edit->device, device);
  nm_device_get_applied_connection_async (device, 0, g_task_get_cancellable (task),
                                          on_applied_ready, g_object_ref (task));
}

static void
prepare_profile (GTask *task, NMClient *client, TlNmEdit *edit)
{
  NMRemoteConnection *profile =
    edit->change->uuid ? nm_client_get_connection_by_uuid (client, edit->change->uuid) : NULL;

  if (!profile) {
    return_not_found (task, edit);
    return;
  }

  if (tl_nm_profile_is_read_only (profile)) {
    g_task_return_new_error (task, TL_ERROR, TL_ERROR_REFUSED, "%s cannot be changed for good",
                             edit->change->target);
    return;
  }

  g_set_object (&edit->profile, profile);
  read_profile (g_object_ref (task), edit, on_profile_read);
}

/* Committing */

static void
on_reapplied (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  g_autoptr (GError) error = NULL;

  if (!nm_device_reapply_finish (NM_DEVICE (source), result, &error)) {
    return_nm_error (task, g_task_get_task_data (task), error);
    return;
  }

  g_task_return_boolean (task, TRUE);
}

static void
on_profile_read_back (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (NMConnection) present = NULL;
  TlNmEdit *edit = g_task_get_task_data (task);

  present = read_profile_finish (source, result, edit, NULL, &error);
  if (!present || !tl_nm_edit_check_kept (edit, present, &error)) {
    g_task_return_error (task, g_steal_pointer (&error));
    return;
  }

  g_task_return_boolean (task, TRUE);
}

static void
on_updated (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = nm_client_dbus_call_finish (NM_CLIENT (source), result, &error);
  TlNmEdit *edit = g_task_get_task_data (task);

  if (!reply) {
    return_nm_error (task, edit, error);
    return;
  }

  read_profile (g_object_ref (task), edit, on_profile_read_back);
}

static GVariant *
update_arguments (const TlNmEdit *edit, GVariant *settings)
{
  /* A profile that its owner keeps in memory stays there */
  NMSettingsUpdate2Flags flags = nm_remote_connection_get_unsaved (edit->profile)
                                   ? NM_SETTINGS_UPDATE2_FLAG_NONE
                                   : NM_SETTINGS_UPDATE2_FLAG_TO_DISK;

  return g_variant_new ("(@a{sa{sv}}ua{sv})", tl_nm_edit_splice (edit, settings), (guint32)flags,
                        NULL);
}

static void
on_profile_read_again (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) settings = NULL;
  g_autoptr (NMConnection) present = NULL;
  TlNmEdit *edit = g_task_get_task_data (task);

  present = read_profile_finish (source, result, edit, &settings, &error);
  if (!present) {
    g_task_return_error (task, g_steal_pointer (&error));
    return;
  }

  if (!tl_nm_edit_is_current (edit, present)) {
    g_task_return_new_error (task, TL_ERROR, TL_ERROR_BUSY, "%s was changed by somebody else",
                             edit->change->target);
    return;
  }

  /* Update2 of libnm waits for 25 s only, too short for somebody who looks for a password */
  nm_client_dbus_call (NM_CLIENT (source), nm_object_get_path (NM_OBJECT (edit->profile)),
                       PROFILE_INTERFACE, "Update2", update_arguments (edit, settings),
                       G_VARIANT_TYPE ("(a{sv})"), G_MAXINT, g_task_get_cancellable (task),
                       on_updated, g_object_ref (task));
}

static void
tl_nm_actions_dispose (GObject *object)
{
  TlNmActions *self = TL_NM_ACTIONS (object);

  g_clear_object (&self->watch);

  G_OBJECT_CLASS (tl_nm_actions_parent_class)->dispose (object);
}

static void
tl_nm_actions_class_init (TlNmActionsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = tl_nm_actions_dispose;
}

static void
tl_nm_actions_init (TlNmActions *self)
{
}

/**
 * tl_nm_actions_new:
 * @watch: whose #NMClient to use
 *
 * Returns: (transfer full): new actions
 */
TlNmActions *
tl_nm_actions_new (TlNmWatch *watch)
{
  TlNmActions *self = g_object_new (TL_TYPE_NM_ACTIONS, NULL);

  self->watch = g_object_ref (watch);
  return self;
}

/**
 * tl_nm_actions_prepare:
 * @self: the actions
 * @change: what to change: target, family, setting, and `routes` or `to`; for an undo the change as
 *   tl_nm_edit_get_change() told it when it was done
 * @undo: whether to take @change back
 * @cancellable: (nullable): to call it off
 * @callback: called when it is ready
 * @user_data: for @callback
 *
 * Reads the present settings and makes the new ones. Nothing is changed.
 */
void
tl_nm_actions_prepare (TlNmActions *self,
                       const TlChange *change,
                       gboolean undo,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (GError) error = NULL;
  NMClient *client = tl_nm_watch_get_client (self->watch);
  TlNmEdit *edit = tl_nm_edit_new (change, undo);

  g_task_set_source_tag (task, tl_nm_actions_prepare);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, edit, (GDestroyNotify)tl_nm_edit_unref);

  if (!client || !nm_client_get_nm_running (client)) {
    g_task_return_new_error (task, TL_ERROR, TL_ERROR_FAILED, "NetworkManager does not run");
    return;
  }

  if (!undo &&
      !tl_nm_target_check_version (change, tl_nm_watch_get_state (self->watch)->version, &error)) {
    g_task_return_error (task, g_steal_pointer (&error));
    return;
  }

  if (change->target_kind == TL_TARGET_LINK)
    prepare_link (task, client, edit);
  else
    prepare_profile (task, client, edit);
}

/**
 * tl_nm_actions_prepare_finish:
 * @self: the actions
 * @result: of the callback
 * @error: %TL_ERROR_NOT_FOUND where the target is not there any more,
 *   %TL_ERROR_UNSUPPORTED where this NetworkManager cannot do it without harm, %TL_ERROR_REFUSED
 *   where the profile cannot be changed, a Reapply would delete what others put on the link, or an
 *   undo finds a value that is not the one that was set,
 *   %TL_ERROR_INVALID, %TL_ERROR_DENIED, %TL_ERROR_TIMEOUT, %TL_ERROR_CANCELLED, %TL_ERROR_FAILED,
 *   also where NetworkManager does not run
 *
 * Returns: (transfer full) (nullable): the change, ready to be committed
 */
TlNmEdit *
tl_nm_actions_prepare_finish (TlNmActions *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, tl_nm_actions_prepare), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * tl_nm_actions_commit:
 * @self: the actions
 * @edit: a change that was prepared
 * @cancellable: (nullable): to stop waiting for it; NetworkManager may still do it
 * @callback: called when it is done
 * @user_data: for @callback
 *
 * Sets the new settings, if nobody has changed the old ones since. An applied connection is set by
 * Device.Reapply with the flag preserve-external-ip; a profile by Update2, to disk where it was on
 * disk, and is then read back.
 */
void
tl_nm_actions_commit (TlNmActions *self,
                      TlNmEdit *edit,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, tl_nm_actions_commit);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, tl_nm_edit_ref (edit), (GDestroyNotify)tl_nm_edit_unref);

  if (tl_nm_edit_is_noop (edit)) {
    g_task_return_boolean (task, TRUE);
    return;
  }

  if (edit->device)
    nm_device_reapply_async (edit->device, edit->wanted, edit->version_id, PRESERVE_EXTERNAL_IP,
                             cancellable, on_reapplied, g_object_ref (task));
  else
    read_profile (g_object_ref (task), edit, on_profile_read_again);
}

/**
 * tl_nm_actions_commit_finish:
 * @self: the actions
 * @result: of the callback
 * @error: %TL_ERROR_DENIED where it is not permitted, %TL_ERROR_BUSY where somebody else changed
 * the same meanwhile (prepare again), %TL_ERROR_NOT_FOUND where the target has gone,
 * %TL_ERROR_FAILED where something was not kept or for NetworkManager's own reason,
 * %TL_ERROR_INVALID, %TL_ERROR_UNSUPPORTED; after %TL_ERROR_TIMEOUT and %TL_ERROR_CANCELLED it may
 * still be done
 *
 * Returns: whether it was done
 */
gboolean
tl_nm_actions_commit_finish (TlNmActions *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, tl_nm_actions_commit), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * tl_nm_actions_reset_loopback:
 * @self: the actions
 * @callback: called when it is done
 * @user_data: for @callback
 *
 * Has NetworkManager put the loopback link in the order that it knows of, without regard to what
 * others have put there: of unreachable routes that a former NetworkManager left in the kernel that
 * is the only cure without an administrator (measured with 1.42; older ones leave `lo` alone).
 */
void
tl_nm_actions_reset_loopback (TlNmActions *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, tl_nm_actions_reset_loopback);
  tl_nm_loopback_reset (tl_nm_watch_get_client (self->watch), g_steal_pointer (&task));
}

/**
 * tl_nm_actions_reset_loopback_finish:
 * @self: the actions
 * @result: of the callback
 * @error: %TL_ERROR_NOT_FOUND where NetworkManager does not know the link, and those of
 *   tl_nm_actions_commit_finish()
 *
 * Returns: whether NetworkManager says that it was done
 */
gboolean
tl_nm_actions_reset_loopback_finish (TlNmActions *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, tl_nm_actions_reset_loopback), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
