/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/prefix.h"

#include <netinet/in.h>
#include <sys/socket.h>

G_BEGIN_DECLS

/** TlSocketAddress: an address and a port of either family, as system calls take them. */
typedef union {
  struct sockaddr any;
  struct sockaddr_in ipv4;
  struct sockaddr_in6 ipv6;
} TlSocketAddress;

socklen_t
tl_socket_address_init (TlSocketAddress *to, const TlAddress *address, int ifindex, guint16 port);

G_END_DECLS
