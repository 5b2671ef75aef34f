/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/nm-error.h"

#include <NetworkManager.h>

/* What is not in the table is TL_ERROR_FAILED. So is a NetworkManager that has gone: that does not
 * say that what was named is not there. */
static const struct {
  GQuark (*domain) (void);
  int code;
  TlError to;
} conversions[] = {
  { g_io_error_quark, G_IO_ERROR_CANCELLED, TL_ERROR_CANCELLED },
  { g_io_error_quark, G_IO_ERROR_TIMED_OUT, TL_ERROR_TIMEOUT },
  { g_dbus_error_quark, G_DBUS_ERROR_NO_REPLY, TL_ERROR_TIMEOUT },
  { g_dbus_error_quark, G_DBUS_ERROR_TIMEOUT, TL_ERROR_TIMEOUT },
  { g_dbus_error_quark, G_DBUS_ERROR_ACCESS_DENIED, TL_ERROR_DENIED },
  { g_dbus_error_quark, G_DBUS_ERROR_AUTH_FAILED, TL_ERROR_DENIED },
  { g_dbus_error_quark, G_DBUS_ERROR_UNKNOWN_OBJECT, TL_ERROR_NOT_FOUND },
  { g_dbus_error_quark, G_DBUS_ERROR_UNKNOWN_METHOD, TL_ERROR_UNSUPPORTED },
  { nm_manager_error_quark, NM_MANAGER_ERROR_PERMISSION_DENIED, TL_ERROR_DENIED },
  { nm_manager_error_quark, NM_MANAGER_ERROR_UNKNOWN_CONNECTION, TL_ERROR_NOT_FOUND },
  { nm_manager_error_quark, NM_MANAGER_ERROR_UNKNOWN_DEVICE, TL_ERROR_NOT_FOUND },
  { nm_manager_error_quark, NM_MANAGER_ERROR_CONNECTION_NOT_ACTIVE, TL_ERROR_NOT_FOUND },
  { nm_device_error_quark, NM_DEVICE_ERROR_NOT_ACTIVE, TL_ERROR_NOT_FOUND },
  { nm_device_error_quark, NM_DEVICE_ERROR_VERSION_ID_MISMATCH, TL_ERROR_BUSY },
  { nm_device_error_quark, NM_DEVICE_ERROR_INVALID_CONNECTION, TL_ERROR_INVALID },
  { nm_settings_error_quark, NM_SETTINGS_ERROR_PERMISSION_DENIED, TL_ERROR_DENIED },
  { nm_settings_error_quark, NM_SETTINGS_ERROR_READ_ONLY_CONNECTION, TL_ERROR_DENIED },
  { nm_settings_error_quark, NM_SETTINGS_ERROR_NOT_SUPPORTED, TL_ERROR_UNSUPPORTED },
  { nm_settings_error_quark, NM_SETTINGS_ERROR_INVALID_CONNECTION, TL_ERROR_INVALID },
};

static TlError
convert_code (const GError *error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (conversions); i++) {
    if (g_error_matches (error, conversions[i].domain (), conversions[i].code))
      return conversions[i].to;
  }

  /* NMConnectionError: settings that break libnm's or NetworkManager's rules */
  return error->domain == NM_CONNECTION_ERROR ? TL_ERROR_INVALID : TL_ERROR_FAILED;
}

/**
 * tl_nm_error_convert:
 * @error: an error of libnm, or one that NetworkManager sent over D-Bus
 * @what: what was being done to what, for the message
 *
 * Returns: (transfer full): the same in #TL_ERROR, with NetworkManager's own reason in the message
 */
GError *
tl_nm_error_convert (const GError *error, const char *what)
{
  g_autoptr (GError) plain = g_error_copy (error);

  g_dbus_error_strip_remote_error (plain);
  return g_error_new (TL_ERROR, convert_code (error), "%s: %s", what, plain->message);
}
