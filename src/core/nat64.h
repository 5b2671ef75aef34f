/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/prefix.h"

G_BEGIN_DECLS

gboolean tl_nat64_prefix_from_address (const TlAddress *synthesised, TlPrefix *ret_prefix);

G_END_DECLS
