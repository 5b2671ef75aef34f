/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/prefix.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* What an exit service says, as an address or as the reason why it is none. */

gboolean tl_exit_answer_parse (const char *body,
                               gsize length,
                               TlFamily family,
                               TlAddress *ret_address,
                               GError **error);
char *tl_exit_answer_describe_status (SoupMessage *message);

G_END_DECLS
