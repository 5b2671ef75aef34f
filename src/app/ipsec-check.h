/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/observation.h"
#include "platform/rtnl.h"

G_BEGIN_DECLS

gboolean tl_ipsec_is_ruled_out (const TlObservation *observation, TlRtnl *rtnl, TlFamily family);

G_END_DECLS
