/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/error.h"

G_DEFINE_QUARK (tl_error, tl_error)
