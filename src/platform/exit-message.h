/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/prefix.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* How an exit service is asked: nothing but the question is sent. */

SoupSession *tl_exit_session_new (TlFamily family);
SoupMessage *tl_exit_message_new (const char *url);
gboolean tl_exit_read_address (GSocketAddress *from, TlFamily family, TlAddress *ret_address);

G_END_DECLS
