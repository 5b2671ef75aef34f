/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/fix-plan.h"

#include <NetworkManager.h>

G_BEGIN_DECLS

gboolean tl_nm_target_check_version (const TlChange *change, guint32 version, GError **error);
gboolean tl_nm_target_check_foreign (NMDevice *device, guint32 version, GError **error);
NMDevice *tl_nm_target_find_device (NMClient *client, const TlChange *change);
gboolean tl_nm_target_has_other_activation (NMDevice *device, const TlChange *change);

G_END_DECLS
