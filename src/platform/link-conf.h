/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

int tl_link_conf_mtu6 (const char *interface);
gboolean tl_link_conf_accepts_ra (const char *interface);

G_END_DECLS
