/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/link-conf.h"

#include <stdlib.h>

#define CONF "/proc/sys/net/ipv6/conf"

static int
read_conf (const char *interface, const char *key)
{
  g_autofree char *path = g_build_filename (CONF, interface, key, NULL);
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? atoi (text) : 0;
}

/**
 * tl_link_conf_accepts_ra:
 * @interface: a link's name
 *
 * Left to itself, the kernel makes addresses and a default route of the next router advertisement,
 * be it minutes away (Documentation/networking/ip-sysctl.rst: accept_ra 1, or 2 on a router).
 *
 * Returns: whether the kernel takes router advertisements on this link; %FALSE if that cannot be
 *   read
 */
gboolean
tl_link_conf_accepts_ra (const char *interface)
{
  int accept_ra = read_conf (interface, "accept_ra");

  if (read_conf (interface, "disable_ipv6") != 0)
    return FALSE;

  return accept_ra == 2 || (accept_ra == 1 && read_conf (interface, "forwarding") == 0);
}

/**
 * tl_link_conf_mtu6:
 * @interface: a link's name
 *
 * Returns: the most bytes an IPv6 packet may have on it, which a router advertisement can lower; 0
 *   if that cannot be read
 */
int
tl_link_conf_mtu6 (const char *interface)
{
  return read_conf (interface, "mtu");
}
