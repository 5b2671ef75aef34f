/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/coverage.h"

G_BEGIN_DECLS

#define TL_TYPE_RTNL (tl_rtnl_get_type ())
G_DECLARE_FINAL_TYPE (TlRtnl, tl_rtnl, TL, RTNL, GObject)

TlRtnl *tl_rtnl_new (GError **error);
const TlNetState *tl_rtnl_get_state (TlRtnl *self);
gboolean tl_rtnl_lookup (TlRtnl *self,
                         const TlAddress *destination,
                         const TlAddress *source,
                         TlEgress *ret_egress,
                         TlAddress *ret_source,
                         GError **error);
gboolean
tl_rtnl_lookup_mtu (TlRtnl *self, const TlAddress *destination, guint32 *ret_mtu, GError **error);
void tl_rtnl_refresh (TlRtnl *self);
gboolean tl_rtnl_is_current (TlRtnl *self);

G_END_DECLS
