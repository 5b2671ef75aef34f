/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/ip-route.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

/*
 * A static route of a profile as text, in which it can be written down and brought back; the
 * attributes are libnm's, by its own names:
 *
 *   2001:db8:77::/48;via=fe80::1;metric=77;table=5
 */
#define SEPARATOR ';'
#define VIA       "via="
#define METRIC    "metric="

/**
 * tl_ip_route_get_destination:
 * @route: a route of a setting
 * @ret_destination: (out): its destination
 *
 * Returns: whether it could be read
 */
gboolean
tl_ip_route_get_destination (NMIPRoute *route, TlPrefix *ret_destination)
{
  TlAddress address;

  if (!tl_address_parse (nm_ip_route_get_dest (route), &address))
    return FALSE;

  tl_prefix_init (ret_destination, &address, nm_ip_route_get_prefix (route));
  return TRUE;
}

/**
 * tl_ip_route_get_type:
 * @route: a route of a setting
 *
 * Returns: (transfer none): its type, as ip-route(8) names it
 */
const char *
tl_ip_route_get_type (NMIPRoute *route)
{
  GVariant *type = nm_ip_route_get_attribute (route, NM_IP_ROUTE_ATTRIBUTE_TYPE);

  return type ? g_variant_get_string (type, NULL) : "unicast";
}

/**
 * tl_ip_route_needs_link:
 * @route: a route of a setting
 *
 * Returns: whether its packets leave by the setting's link; those of types that only refuse or drop
 *   are the kernel's alone, whatever becomes of the link's addresses
 */
gboolean
tl_ip_route_needs_link (NMIPRoute *route)
{
  static const char *const without[] = { "blackhole", "prohibit", "throw", "unreachable", NULL };

  return !g_strv_contains (without, tl_ip_route_get_type (route));
}

static char *
attributes_to_string (NMIPRoute *route)
{
  g_auto (GStrv) names = nm_ip_route_get_attribute_names (route);
  g_autoptr (GHashTable) attributes = g_hash_table_new (g_str_hash, g_str_equal);

  for (char **name = names; name && *name; name++)
    g_hash_table_insert (attributes, *name, nm_ip_route_get_attribute (route, *name));

  return nm_utils_format_variant_attributes (attributes, SEPARATOR, '=');
}

/**
 * tl_ip_route_to_string:
 * @route: a route of a setting
 *
 * Returns: (transfer full): the route as text. What an attribute that this libnm does not know
 *   would be in it, tl_ip_route_from_string() cannot bring back.
 */
char *
tl_ip_route_to_string (NMIPRoute *route)
{
  g_autofree char *attributes = attributes_to_string (route);
  const char *next_hop = nm_ip_route_get_next_hop (route);
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "%s/%u", nm_ip_route_get_dest (route),
                          nm_ip_route_get_prefix (route));
  if (next_hop)
    g_string_append_printf (text, "%c" VIA "%s", SEPARATOR, next_hop);
  if (nm_ip_route_get_metric (route) >= 0)
    g_string_append_printf (text, "%c" METRIC "%" G_GINT64_FORMAT, SEPARATOR,
                            nm_ip_route_get_metric (route));
  if (attributes && *attributes)
    g_string_append_printf (text, "%c%s", SEPARATOR, attributes);

  return g_string_free (text, FALSE);
}

static gboolean
set_attributes (NMIPRoute *route, const char *text)
{
  g_autoptr (GHashTable) attributes = NULL;
  GHashTableIter iter;
  gpointer name;
  gpointer value;

  if (!*text)
    return TRUE;

  attributes = nm_utils_parse_variant_attributes (text, SEPARATOR, '=', FALSE,
                                                  nm_ip_route_get_variant_attribute_spec (), NULL);
  if (!attributes)
    return FALSE;

  g_hash_table_iter_init (&iter, attributes);
  while (g_hash_table_iter_next (&iter, &name, &value)) {
    /* libnm hands the values out floating: the table is to own them all the same. */
    g_variant_take_ref (value);
    nm_ip_route_set_attribute (route, name, value);
  }

  return TRUE;
}

/* The metric is none, -1 for libnm, where there is no @metric. Bits beyond the length may be set,
 * as libnm allows it. */
static NMIPRoute *
route_new (const char *destination, const char *next_hop, const char *metric, TlFamily family)
{
  g_auto (GStrv) parts = g_strsplit (destination, "/", 2);
  guint64 length;
  guint64 number = 0;

  if (g_strv_length (parts) != 2 ||
      !g_ascii_string_to_unsigned (parts[1], 10, 0, tl_family_bits (family), &length, NULL) ||
      (metric && !g_ascii_string_to_unsigned (metric, 10, 0, G_MAXUINT32, &number, NULL)))
    return NULL;

  return nm_ip_route_new (family == TL_FAMILY_IPV4 ? AF_INET : AF_INET6, parts[0], (guint)length,
                          next_hop, metric ? (gint64)number : -1, NULL);
}

/**
 * tl_ip_route_from_string:
 * @text: a route, of tl_ip_route_to_string()
 * @family: its family
 *
 * Returns: (transfer full) (nullable): the route, or %NULL where @text is none
 */
NMIPRoute *
tl_ip_route_from_string (const char *text, TlFamily family)
{
  const char separator[] = { SEPARATOR, '\0' };
  g_auto (GStrv) parts = g_strsplit (text, separator, -1);
  char **rest = parts[0] ? parts + 1 : parts;
  const char *next_hop = NULL;
  const char *metric = NULL;
  g_autofree char *attributes = NULL;
  NMIPRoute *route;

  if (*rest && g_str_has_prefix (*rest, VIA))
    next_hop = *rest++ + strlen (VIA);
  if (*rest && g_str_has_prefix (*rest, METRIC))
    metric = *rest++ + strlen (METRIC);
  attributes = g_strjoinv (separator, rest);

  route = parts[0] ? route_new (parts[0], next_hop, metric, family) : NULL;
  if (route && !set_attributes (route, attributes))
    g_clear_pointer (&route, nm_ip_route_unref);

  return route;
}

/**
 * tl_ip_route_is_set:
 * @route: a route of a setting
 * @net: the kernel's tables
 * @ifindex: the setting's link
 *
 * Returns: whether the kernel has it, set by NetworkManager: its routes are of the protocol
 *   `static` (measured), those that routers and DHCP servers give are not
 */
gboolean
tl_ip_route_is_set (NMIPRoute *route, const TlNetState *net, int ifindex)
{
  TlPrefix destination;
  const GArray *routes;

  if (!tl_ip_route_get_destination (route, &destination))
    return FALSE;

  routes = net->routes[destination.address.family];
  for (guint i = 0; i < routes->len; i++) {
    const TlRoute *own = &g_array_index (routes, TlRoute, i);
    const TlNextHop *hop;

    if (own->protocol != RTPROT_STATIC || tl_prefix_compare (&own->destination, &destination) != 0)
      continue;
    for (guint j = 0; (hop = tl_route_hop (own, j)) != NULL; j++) {
      if (hop->ifindex == ifindex)
        return TRUE;
    }
  }

  return FALSE;
}
