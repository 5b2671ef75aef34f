/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/ip-edit.h"
#include "platform/ip-route.h"
#include "platform/nm-edit-private.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

/* What others have put on a link, by the kernel's tables: switching a family off takes it away, and
 * switching it on again does not bring it back (measured). */

static gboolean
sets_address (NMSettingIPConfig *setting, const TlAddress *address)
{
  for (guint i = 0; i < nm_setting_ip_config_get_num_addresses (setting); i++) {
    NMIPAddress *own = nm_setting_ip_config_get_address (setting, i);
    TlAddress parsed;

    if (tl_address_parse (nm_ip_address_get_address (own), &parsed) &&
        tl_address_compare (&parsed, address) == 0)
      return TRUE;
  }

  return FALSE;
}

static gboolean
sets_route (NMSettingIPConfig *setting, const TlPrefix *destination)
{
  if (destination->length == 0 && nm_setting_ip_config_get_gateway (setting))
    return TRUE;

  for (guint i = 0; i < nm_setting_ip_config_get_num_routes (setting); i++) {
    NMIPRoute *own = nm_setting_ip_config_get_route (setting, i);
    TlPrefix prefix;

    if (tl_ip_route_get_destination (own, &prefix) && tl_prefix_compare (&prefix, destination) == 0)
      return TRUE;
  }

  return FALSE;
}

/*
 * What a router or a DHCP server gave comes with a lifetime, or with a protocol of its own. Where
 * that lifetime is for ever, NetworkManager is known by setting addresses without their routes.
 */
static gboolean
is_given_address (const TlLinkAddress *own)
{
  return own->scope != RT_SCOPE_UNIVERSE || (own->flags & IFA_F_PERMANENT) == 0 ||
         (own->flags & IFA_F_NOPREFIXROUTE) != 0;
}

static gboolean
is_given_route (const TlRoute *route)
{
  return route->table == RT_TABLE_LOCAL ||
         (route->protocol != RTPROT_BOOT && route->protocol != RTPROT_STATIC);
}

static gboolean
leaves_by (const TlRoute *route, int ifindex)
{
  for (guint i = 0; i < route->n_more_hops; i++) {
    if (route->more_hops[i].ifindex == ifindex)
      return TRUE;
  }

  return route->type == RTN_UNICAST && route->hop.ifindex == ifindex;
}

/**
 * tl_nm_edit_find_foreign:
 * @edit: an edit
 * @net: the kernel's tables
 *
 * Returns: (transfer full) (nullable): an address or a route that NetworkManager did not set and
 *   that @edit would take away, as text; %NULL where there is none
 */
char *
tl_nm_edit_find_foreign (const TlNmEdit *edit, const TlNetState *net)
{
  TlFamily family = edit->change->family;
  NMSettingIPConfig *setting = tl_ip_edit_get_setting (edit->old, family);
  int ifindex;

  if (!edit->device || edit->change->setting != TL_SETTING_METHOD)
    return NULL;

  ifindex = (int)if_nametoindex (nm_device_get_iface (edit->device));
  for (guint i = 0; i < net->addresses->len; i++) {
    const TlLinkAddress *own = &g_array_index (net->addresses, TlLinkAddress, i);

    if (own->ifindex == ifindex && own->address.family == family && !is_given_address (own) &&
        !sets_address (setting, &own->address))
      return tl_address_to_string (&own->address);
  }
  for (guint i = 0; i < net->routes[family]->len; i++) {
    const TlRoute *route = &g_array_index (net->routes[family], TlRoute, i);

    if (leaves_by (route, ifindex) && !is_given_route (route) &&
        !sets_route (setting, &route->destination))
      return tl_prefix_to_string (&route->destination);
  }

  return NULL;
}
