/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/observation.h"

#include <glib-object.h>

G_BEGIN_DECLS

/** TL_RESOLV_CONF_FILE: where the C library looks for DNS servers. */
#define TL_RESOLV_CONF_FILE "/etc/resolv.conf"

#define TL_TYPE_RESOLV_CONF (tl_resolv_conf_get_type ())
G_DECLARE_FINAL_TYPE (TlResolvConf, tl_resolv_conf, TL, RESOLV_CONF, GObject)

TlResolvConf *tl_resolv_conf_new (const char *file_name);
GPtrArray *tl_resolv_conf_get_resolvers (TlResolvConf *self);

G_END_DECLS
