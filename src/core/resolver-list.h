/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/observation.h"

G_BEGIN_DECLS

GPtrArray *tl_resolver_list_parse (const char *text);

G_END_DECLS
