/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/net-state.h"

G_BEGIN_DECLS

char *kernel_text_of_state (const TlNetState *state);
char *kernel_text_read (void);

G_END_DECLS
