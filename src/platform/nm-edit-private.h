/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "platform/nm-edit.h"

#include <NetworkManager.h>

G_BEGIN_DECLS

/**
 * TlNmEdit:
 * @change: what it changes, with the values before and after
 * @undo: whether it takes a change back
 * @device: (nullable): the device, for %TL_TARGET_LINK
 * @version_id: which applied connection of @device was read
 * @profile: (nullable): the profile, for %TL_TARGET_PROFILE
 * @old: the settings as they were read
 * @wanted: the settings as they shall be
 */
struct _TlNmEdit {
  TlChange *change;
  gboolean undo;
  NMDevice *device;
  guint64 version_id;
  NMRemoteConnection *profile;
  NMConnection *old;
  NMConnection *wanted;
};

NMConnection *tl_nm_settings_parse (GVariant *settings, GError **error);

TlNmEdit *tl_nm_edit_new (const TlChange *change, gboolean undo);
TlNmEdit *tl_nm_edit_ref (TlNmEdit *edit);
gboolean tl_nm_edit_set_old (TlNmEdit *edit, NMConnection *old, GError **error);
gboolean tl_nm_edit_is_current (const TlNmEdit *edit, NMConnection *present);
GVariant *tl_nm_edit_splice (const TlNmEdit *edit, GVariant *settings);
gboolean tl_nm_edit_check_kept (const TlNmEdit *edit, NMConnection *present, GError **error);

G_END_DECLS
