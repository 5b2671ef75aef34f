/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/observation.h"

#include <NetworkManager.h>

G_BEGIN_DECLS

gboolean tl_nm_profile_is_read_only (NMRemoteConnection *profile);
TlActivation *tl_nm_activation_read (NMActiveConnection *active);

G_END_DECLS
