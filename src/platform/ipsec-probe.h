/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "platform/rtnl.h"

G_BEGIN_DECLS

gboolean
tl_ipsec_probe_is_plain (TlRtnl *rtnl, const TlAddress *destination, const char *interface);

G_END_DECLS
