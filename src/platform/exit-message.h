/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/observation.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* How an exit service is asked: nothing but the question is sent. */

SoupSession *tl_exit_session_new (TlFamily family);
SoupMessage *tl_exit_message_new (const char *url);
void tl_exit_note_ends (TlExit *exit, GSocketConnection *connection);

G_END_DECLS
