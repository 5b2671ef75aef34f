/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/coverage.h"
#include "platform/rtnl-socket.h"

G_BEGIN_DECLS

gboolean tl_rtnl_lookup_on (TlRtnlSocket *socket,
                            const TlAddress *destination,
                            const TlAddress *source,
                            TlEgress *ret_egress,
                            TlAddress *ret_source,
                            GError **error);
gboolean tl_rtnl_lookup_mtu_on (TlRtnlSocket *socket,
                                const TlAddress *destination,
                                guint32 *ret_mtu,
                                GError **error);

G_END_DECLS
