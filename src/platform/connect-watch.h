/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/** TlConnectWatch: connections in the making, all to the same service. */
typedef struct _TlConnectWatch TlConnectWatch;

/** TlConnectRefused: called once, when this computer itself keeps all of them back. */
typedef void (*TlConnectRefused) (gpointer user_data);

TlConnectWatch *tl_connect_watch_new (TlConnectRefused refused, gpointer user_data);
void tl_connect_watch_free (TlConnectWatch *self);
void tl_connect_watch_add (TlConnectWatch *self, GSocket *socket);

G_END_DECLS
