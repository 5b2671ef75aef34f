/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/fix-plan.h"

#include <NetworkManager.h>

G_BEGIN_DECLS

NMSettingIPConfig *tl_ip_edit_get_setting (NMConnection *connection, TlFamily family);
gboolean tl_ip_edit_do (NMConnection *connection, TlChange *change, GError **error);
gboolean tl_ip_edit_undo (NMConnection *connection, TlChange *change, GError **error);

G_END_DECLS
