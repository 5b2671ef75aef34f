/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/net-state.h"

#include <NetworkManager.h>

G_BEGIN_DECLS

char *tl_ip_method_to_string (NMSettingIPConfig *setting);
gboolean tl_ip_method_replace (NMSettingIPConfig *setting, const char *method, GError **error);
gboolean tl_ip_method_restore (NMSettingIPConfig *setting, const char *text, GError **error);
char *tl_ip_method_find_missing_route (const char *text,
                                       TlFamily family,
                                       const TlNetState *net,
                                       int ifindex);

G_END_DECLS
