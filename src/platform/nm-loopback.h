/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include <NetworkManager.h>

G_BEGIN_DECLS

void tl_nm_loopback_reset (NMClient *client, GTask *task);

G_END_DECLS
