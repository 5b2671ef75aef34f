/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/error.h"

#include <linux/netlink.h>

G_BEGIN_DECLS

/** TL_RTNL_EVENT_SIZE: bytes of all but the strangest events. */
#define TL_RTNL_EVENT_SIZE (8 * 1024)
/**
 * TL_RTNL_DUMP_SIZE: bytes of the largest datagram of a dump (net/netlink/af_netlink.c,
 *   netlink_recvmsg); the kernel uses all the room that it is offered.
 */
#define TL_RTNL_DUMP_SIZE (32 * 1024)

/**
 * TlRtnlSocket:
 *
 * A netlink socket to the kernel's routing tables, with the buffer it receives into. What does
 * not come from the kernel is dropped.
 */
typedef struct _TlRtnlSocket TlRtnlSocket;

TlRtnlSocket *tl_rtnl_socket_new (gboolean blocking, gsize buffer_size, GError **error);
void tl_rtnl_socket_free (TlRtnlSocket *self);
int tl_rtnl_socket_get_fd (TlRtnlSocket *self);
gboolean tl_rtnl_socket_join (TlRtnlSocket *self, guint group, GError **error);
gboolean tl_rtnl_socket_check_strictly (TlRtnlSocket *self);
guint32 tl_rtnl_socket_send (TlRtnlSocket *self, struct nlmsghdr *message, GError **error);
int tl_rtnl_socket_receive (TlRtnlSocket *self, gconstpointer *ret_bytes, gsize *ret_length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TlRtnlSocket, tl_rtnl_socket_free)

G_END_DECLS
