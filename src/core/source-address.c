/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/source-address.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

/* RFC 6724, section 2.1, as Linux has it (net/ipv6/addrlabel.c). Longest prefix last. */
static const struct {
  const char *prefix;
  int label;
} labels[] = {
  { "::/0", 1 },         { "fc00::/7", 5 },      { "2002::/16", 2 }, { "2001::/32", 6 },
  { "2001:10::/28", 7 }, { "::ffff:0:0/96", 4 }, { "::/96", 3 },     { "::1/128", 0 },
};

static const TlPrefix *
label_prefixes (void)
{
  static TlPrefix prefixes[G_N_ELEMENTS (labels)];
  static gsize parsed = 0;

  if (g_once_init_enter (&parsed)) {
    for (gsize i = 0; i < G_N_ELEMENTS (labels); i++) {
      gboolean good = tl_prefix_parse (labels[i].prefix, &prefixes[i]);

      g_assert (good);
    }
    g_once_init_leave (&parsed, 1);
  }

  return prefixes;
}

static int
label_of (const TlAddress *address)
{
  const TlPrefix *prefixes = label_prefixes ();

  for (gsize i = G_N_ELEMENTS (labels); i-- > 1;) {
    if (tl_prefix_contains (&prefixes[i], address))
      return labels[i].label;
  }

  return labels[0].label;
}

/**
 * tl_source_boundaries:
 * @family: a family
 * @ret_n_prefixes: (out): how many prefixes
 *
 * Returns: (transfer none) (array length=ret_n_prefixes): within each of these prefixes (where
 *   they nest: the longest) the choice of the source does not depend on the destination
 */
const TlPrefix *
tl_source_boundaries (TlFamily family, gsize *ret_n_prefixes)
{
  if (family == TL_FAMILY_IPV4) {
    *ret_n_prefixes = 0;
    return NULL;
  }

  *ret_n_prefixes = G_N_ELEMENTS (labels);
  return label_prefixes ();
}

/* Linux inet_select_addr(): a primary address of sufficient scope, best in the gateway's subnet. */
static void
candidates_ipv4 (const TlNetState *net, const TlRoute *route, const TlNextHop *hop, GArray *sources)
{
  const TlAddress *gateway =
    hop->has_gateway && hop->gateway.family == TL_FAMILY_IPV4 ? &hop->gateway : NULL;

  for (int attempt = gateway != NULL ? 0 : 1; attempt < 3 && sources->len == 0; attempt++) {
    for (guint i = 0; i < net->addresses->len; i++) {
      const TlLinkAddress *own = &g_array_index (net->addresses, TlLinkAddress, i);
      gboolean here = own->ifindex == hop->ifindex;
      guint8 scope = here ? MIN (own->scope, RT_SCOPE_HOST) : own->scope;

      if (own->address.family != TL_FAMILY_IPV4 || (own->flags & IFA_F_SECONDARY) != 0 ||
          scope > route->scope)
        continue;
      if (attempt == 0   ? here && tl_prefix_contains (&own->prefix, gateway)
          : attempt == 1 ? here
                         : own->scope != RT_SCOPE_LINK)
        g_array_append_val (sources, own->address);
    }
  }
}

/*
 * Rules 2, 3, 5 and 6 of RFC 6724 as one number, the more important rule in the higher bits.
 * A destination here is always of global scope, so a wider source is always the better one.
 */
static guint
rank_ipv6 (const TlLinkAddress *own, int destination_label, int ifindex)
{
  const guint8 *bytes = own->address.bytes;
  gboolean is_link_local = bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
  gboolean is_site_local = bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0xc0;
  guint scope = own->scope == RT_SCOPE_HOST ? 0 : is_link_local ? 1 : is_site_local ? 2 : 3;

  return scope << 3 | ((own->flags & IFA_F_DEPRECATED) == 0 ? 4 : 0) |
         (ifindex == 0 || own->ifindex == ifindex ? 2 : 0) |
         (label_of (&own->address) == destination_label ? 1 : 0);
}

/*
 * Linux ipv6_dev_get_saddr(). Where only rule 7 (temporary addresses, a matter of the sysctl
 * use_tempaddr and of each program) or rule 8 (longest common prefix) tells them apart, all of
 * them are candidates.
 */
static void
candidates_ipv6 (const TlNetState *net, const TlAddress *destination, int ifindex, GArray *sources)
{
  int label = label_of (destination);
  guint best = 0;

  for (guint i = 0; i < net->addresses->len; i++) {
    const TlLinkAddress *own = &g_array_index (net->addresses, TlLinkAddress, i);
    guint rank;

    if (own->address.family != TL_FAMILY_IPV6 ||
        (own->flags & (IFA_F_TENTATIVE | IFA_F_OPTIMISTIC)) == IFA_F_TENTATIVE)
      continue;
    rank = rank_ipv6 (own, label, ifindex);
    if (sources->len > 0 && rank < best)
      continue;
    if (rank > best)
      g_array_set_size (sources, 0);
    best = rank;
    g_array_append_val (sources, own->address);
  }
}

/**
 * tl_source_candidates:
 * @net: the kernel's tables
 * @destination: a destination of global scope
 * @route: (nullable): the route the packet takes; %NULL where there is none: then IPv4 gives up,
 *   and IPv6 looks for a source all the same
 * @hop: (nullable): its next hop
 * @sources: (element-type TlAddress): an empty array, to which every address is appended that the
 *   kernel may choose; usually there is one
 *
 * The source address of a packet of a socket that is not bound to one (ip_route_connect() and
 * ip6_dst_lookup_tail() of Linux; RFC 6724).
 */
void
tl_source_candidates (const TlNetState *net,
                      const TlAddress *destination,
                      const TlRoute *route,
                      const TlNextHop *hop,
                      GArray *sources)
{
  if (route != NULL && route->has_preferred_source)
    g_array_append_val (sources, route->preferred_source);
  else if (destination->family == TL_FAMILY_IPV6)
    candidates_ipv6 (net, destination, hop != NULL ? hop->ifindex : 0, sources);
  else if (route != NULL && hop != NULL)
    candidates_ipv4 (net, route, hop, sources);
}
