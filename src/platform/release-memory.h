/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

void tl_release_memory_when_idle (void);

G_END_DECLS
