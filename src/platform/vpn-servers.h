/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include <NetworkManager.h>

G_BEGIN_DECLS

char *tl_vpn_server_parse (const char *text);
char **tl_vpn_servers_parse (const char *text);
char *tl_vpn_kind (NMConnection *profile);
char **tl_vpn_servers (NMConnection *profile);

G_END_DECLS
