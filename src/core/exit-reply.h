/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/prefix.h"

G_BEGIN_DECLS

/** TL_EXIT_REPLY_MAX: bytes of a reply that are read at most. */
#define TL_EXIT_REPLY_MAX 1024

gboolean tl_exit_reply_parse (const char *body,
                              gsize length,
                              TlFamily family,
                              TlAddress *ret_address,
                              GError **error);

G_END_DECLS
