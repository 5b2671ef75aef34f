/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/error.h"

G_BEGIN_DECLS

GError *tl_nm_error_convert (const GError *error, const char *what);

G_END_DECLS
