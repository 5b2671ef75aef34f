/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/nm-loopback.h"

#include "core/error.h"
#include "platform/nm-error.h"

#define LOOPBACK "lo"

static void
on_reapplied (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  g_autoptr (GError) error = NULL;

  if (nm_device_reapply_finish (NM_DEVICE (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, tl_nm_error_convert (error, LOOPBACK));
}

static void
on_applied_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (NMConnection) applied = NULL;
  guint64 version_id = 0;

  applied =
    nm_device_get_applied_connection_finish (NM_DEVICE (source), result, &version_id, &error);
  if (!applied) {
    g_task_return_error (task, tl_nm_error_convert (error, LOOPBACK));
    return;
  }

  nm_device_reapply_async (NM_DEVICE (source), applied, version_id, 0, NULL, on_reapplied,
                           g_object_ref (task));
}

/*
 * tl_nm_loopback_reset:
 * @client: (nullable): the client
 * @task: (transfer full): returns whether it was done
 *
 * Reapplies what is applied to the loopback link, without preserve-external-ip.
 */
void
tl_nm_loopback_reset (NMClient *client, GTask *task)
{
  NMDevice *device = client ? nm_client_get_device_by_iface (client, LOOPBACK) : NULL;

  if (!device) {
    g_task_return_new_error (task, TL_ERROR, TL_ERROR_NOT_FOUND,
                             "NetworkManager does not know " LOOPBACK);
    g_object_unref (task);
    return;
  }

  nm_device_get_applied_connection_async (device, 0, NULL, on_applied_ready, task);
}
