/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/ipsec-probe.h"

#include "platform/link-conf.h"
#include "platform/socket-address.h"

#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Of QUIC: as good as any, nothing is sent there. */
#define PORT 443

static int
way_mtu (int fd, TlFamily family)
{
  gboolean is_ipv4 = family == TL_FAMILY_IPV4;
  int mtu = 0;
  socklen_t size = sizeof mtu;

  return getsockopt (fd, is_ipv4 ? IPPROTO_IP : IPPROTO_IPV6, is_ipv4 ? IP_MTU : IPV6_MTU, &mtu,
                     &size) == 0
           ? mtu
           : 0;
}

static int
link_mtu (int fd, TlFamily family, const char *interface)
{
  struct ifreq request = { 0 };

  if (family == TL_FAMILY_IPV6)
    return tl_link_conf_mtu6 (interface);

  g_strlcpy (request.ifr_name, interface, sizeof request.ifr_name);
  return ioctl (fd, SIOCGIFMTU, &request) == 0 ? request.ifr_mtu : -1;
}

/* The route's own MTU, if it has one, is what the kernel goes by, not the link's. */
static int
route_mtu (int fd, TlRtnl *rtnl, const TlAddress *destination, const char *interface)
{
  guint32 mtu = 0;

  if (!tl_rtnl_lookup_mtu (rtnl, destination, &mtu, NULL))
    return -1;

  return mtu != 0 ? (int)mtu : link_mtu (fd, destination->family, interface);
}

/**
 * tl_ipsec_probe_is_plain:
 * @rtnl: the kernel
 * @destination: an address
 * @interface: the link out of which routes lead there
 *
 * IPsec policies cannot be read without privileges, and RTM_GETROUTE does not know of them. But a
 * connected UDP socket has the way that its packets will take, policies included (the kernel's
 * ip_route_output_flow()), and where a policy wraps them, less fits into one (xfrm_state_mtu());
 * where it waits for keys or refuses, the way is another or none. Nothing is sent, but a policy
 * that sets up IPsec on demand does so.
 *
 * Returns: whether packets leave as they are; %FALSE too where that cannot be told
 */
gboolean
tl_ipsec_probe_is_plain (TlRtnl *rtnl, const TlAddress *destination, const char *interface)
{
  int domain = destination->family == TL_FAMILY_IPV4 ? AF_INET : AF_INET6;
  int fd = socket (domain, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  TlSocketAddress to;
  socklen_t length = tl_socket_address_init (&to, destination, 0, PORT);
  int mtu = 0;
  gboolean plain;

  if (fd < 0)
    return FALSE;
  if (connect (fd, &to.any, length) == 0)
    mtu = way_mtu (fd, destination->family);
  plain = mtu > 0 && mtu == route_mtu (fd, rtnl, destination, interface);
  close (fd);

  return plain;
}
