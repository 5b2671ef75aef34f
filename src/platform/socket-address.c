/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/socket-address.h"

#include <string.h>

/**
 * tl_socket_address_init:
 * @to: (out): the address as system calls take it
 * @address: an address
 * @ifindex: the link on which it is, or 0; heeded where @address means nothing without: link-local
 *   ones of IPv6 (RFC 4007)
 * @port: a port
 *
 * Returns: the length of what was filled in, in bytes
 */
socklen_t
tl_socket_address_init (TlSocketAddress *to, const TlAddress *address, int ifindex, guint16 port)
{
  memset (to, 0, sizeof *to);
  if (address->family == TL_FAMILY_IPV4) {
    to->ipv4.sin_family = AF_INET;
    to->ipv4.sin_port = htons (port);
    memcpy (&to->ipv4.sin_addr, address->bytes, sizeof to->ipv4.sin_addr);
    return sizeof to->ipv4;
  }

  to->ipv6.sin6_family = AF_INET6;
  to->ipv6.sin6_port = htons (port);
  memcpy (&to->ipv6.sin6_addr, address->bytes, sizeof to->ipv6.sin6_addr);
  if (IN6_IS_ADDR_LINKLOCAL (&to->ipv6.sin6_addr))
    to->ipv6.sin6_scope_id = (guint32)ifindex;
  return sizeof to->ipv6;
}
