/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/rtnl-parse.h"

#include "platform/rtnl-attributes.h"

#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/icmpv6.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

/* Somebody listening in (tcpdump, a bridge) changes nothing about where packets go. */
#define LINK_FLAGS_IGNORED (IFF_PROMISC | IFF_ALLMULTI)

/* The others say what a switch chip has taken over. */
#define HOP_FLAGS_READ (RTNH_F_DEAD | RTNH_F_PERVASIVE | RTNH_F_ONLINK | RTNH_F_LINKDOWN)

/* FRA_DSCP of kernel 6.12, newer than the headers this must build with: upper six bits of tos. */
#define RULE_ATTRIBUTE_DSCP (FRA_DPORT_RANGE + 1)

/* Indexes what follows the fixed header, which is whole when this succeeds. */
static gboolean
index_message (const struct nlmsghdr *message,
               gsize header_length,
               const struct nlattr **table,
               gsize n_types)
{
  gsize offset = MNL_ALIGN (header_length);
  const guint8 *payload = mnl_nlmsg_get_payload (message);
  gsize length;

  if (message->nlmsg_len < MNL_NLMSG_HDRLEN + header_length)
    return FALSE;

  length = mnl_nlmsg_get_payload_len (message);
  return tl_attributes_index (payload + offset, length > offset ? length - offset : 0, table,
                              n_types);
}

static gboolean
parse_link_kind (const struct nlattr *attribute, char **kind)
{
  const struct nlattr *info[IFLA_INFO_KIND + 1];

  return tl_attributes_index_nested (attribute, info, G_N_ELEMENTS (info)) &&
         tl_attribute_get_name (info[IFLA_INFO_KIND], kind);
}

/**
 * tl_rtnl_parse_link:
 * @message: a whole RTM_NEWLINK or RTM_DELLINK message
 * @ret_link: (out): the link, to be freed by the caller; untouched unless %TL_RTNL_PARSED
 *
 * Returns: what came of it; never %TL_RTNL_UNKNOWN
 */
TlRtnlParsed
tl_rtnl_parse_link (const struct nlmsghdr *message, TlLink *ret_link)
{
  const struct nlattr *attributes[IFLA_GROUP + 1];
  const struct ifinfomsg *header = mnl_nlmsg_get_payload (message);
  g_autofree char *name = NULL;
  g_autofree char *kind = NULL;
  guint32 master = 0;
  TlLink link = { 0 };

  if (!index_message (message, sizeof *header, attributes, G_N_ELEMENTS (attributes)))
    return TL_RTNL_MALFORMED;
  if (header->ifi_family != AF_UNSPEC)
    return TL_RTNL_SKIPPED;
  if (header->ifi_index <= 0 || attributes[IFLA_IFNAME] == NULL ||
      !tl_attribute_get_name (attributes[IFLA_IFNAME], &name) ||
      !tl_attribute_get_u32 (attributes[IFLA_GROUP], &link.group) ||
      !tl_attribute_get_u32 (attributes[IFLA_MASTER], &master))
    return TL_RTNL_MALFORMED;
  if (!parse_link_kind (attributes[IFLA_LINKINFO], &kind))
    return TL_RTNL_MALFORMED;

  link.ifindex = header->ifi_index;
  link.type = header->ifi_type;
  link.flags = header->ifi_flags & ~(guint32)LINK_FLAGS_IGNORED;
  link.master = (int)master;
  link.name = g_steal_pointer (&name);
  link.kind = kind != NULL ? g_steal_pointer (&kind) : g_strdup ("");
  *ret_link = link;
  return TL_RTNL_PARSED;
}

/**
 * tl_rtnl_parse_address:
 * @message: a whole RTM_NEWADDR or RTM_DELADDR message
 * @ret_address: (out): the address; untouched unless %TL_RTNL_PARSED
 *
 * IFA_LOCAL is the own address and IFA_ADDRESS the peer's or again the own one; IPv6 has
 * IFA_LOCAL only where there is a peer (rtnetlink(7), seen with `ip addr add … peer …`).
 *
 * Returns: what came of it; never %TL_RTNL_UNKNOWN
 */
TlRtnlParsed
tl_rtnl_parse_address (const struct nlmsghdr *message, TlLinkAddress *ret_address)
{
  const struct nlattr *attributes[IFA_FLAGS + 1];
  const struct ifaddrmsg *header = mnl_nlmsg_get_payload (message);
  const struct nlattr *own;
  const struct nlattr *peer;
  TlLinkAddress address = { 0 };
  TlFamily family = TL_FAMILY_IPV4;

  if (!index_message (message, sizeof *header, attributes, G_N_ELEMENTS (attributes)))
    return TL_RTNL_MALFORMED;
  if (!tl_family_from_af (header->ifa_family, &family))
    return TL_RTNL_SKIPPED;

  own = attributes[IFA_LOCAL] != NULL ? attributes[IFA_LOCAL] : attributes[IFA_ADDRESS];
  peer = attributes[IFA_ADDRESS] != NULL ? attributes[IFA_ADDRESS] : own;
  address.flags = header->ifa_flags;
  if (own == NULL || header->ifa_index == 0 || header->ifa_index > G_MAXINT ||
      !tl_attribute_get_address (own, family, NULL, &address.address) ||
      !tl_attribute_get_prefix (peer, family, header->ifa_prefixlen, &address.prefix) ||
      !tl_attribute_get_u32 (attributes[IFA_FLAGS], &address.flags))
    return TL_RTNL_MALFORMED;

  address.ifindex = (int)header->ifa_index;
  address.scope = header->ifa_scope;
  *ret_address = address;
  return TL_RTNL_PARSED;
}

/* RTA_VIA is a gateway of either family (RFC 5549); MPLS and others are none of ours. */
static gboolean
parse_via (const struct nlattr *attribute, TlNextHop *hop)
{
  gsize length = mnl_attr_get_payload_len (attribute);
  const struct rtvia *via = mnl_attr_get_payload (attribute);
  TlFamily family = TL_FAMILY_IPV4;

  if (length < sizeof *via)
    return FALSE;
  if (!tl_family_from_af (via->rtvia_family, &family))
    return TRUE;
  if (length < sizeof *via + tl_family_bytes (family))
    return FALSE;

  hop->has_gateway = TRUE;
  tl_address_from_bytes (family, via->rtvia_addr, &hop->gateway);
  return TRUE;
}

static gboolean
parse_gateway (const struct nlattr *const *attributes, TlFamily family, TlNextHop *hop)
{
  if (!tl_attribute_get_address (attributes[RTA_GATEWAY], family, &hop->has_gateway, &hop->gateway))
    return FALSE;
  if (attributes[RTA_VIA] != NULL)
    return parse_via (attributes[RTA_VIA], hop);

  return TRUE;
}

static gboolean
parse_hop (const struct rtnexthop *bytes, TlFamily family, TlNextHop *ret_hop)
{
  const struct nlattr *attributes[RTA_VIA + 1];
  TlNextHop hop = {
    .ifindex = bytes->rtnh_ifindex,
    .flags = bytes->rtnh_flags & HOP_FLAGS_READ,
    .weight = bytes->rtnh_hops + 1,
  };

  if (!tl_attributes_index (bytes + 1, bytes->rtnh_len - sizeof *bytes, attributes,
                            G_N_ELEMENTS (attributes)) ||
      !parse_gateway (attributes, family, &hop))
    return FALSE;

  *ret_hop = hop;
  return TRUE;
}

/* RTA_MULTIPATH: a row of struct rtnexthop, each with attributes of its own. */
static gboolean
parse_multipath (const struct nlattr *attribute, TlRoute *route)
{
  g_autoptr (GArray) hops = g_array_new (FALSE, FALSE, sizeof (TlNextHop));
  const guint8 *bytes = mnl_attr_get_payload (attribute);
  gsize left = mnl_attr_get_payload_len (attribute);

  while (left > 0) {
    const struct rtnexthop *at = (const void *)bytes;
    TlNextHop hop;
    gsize step;

    if (left < sizeof *at || at->rtnh_len < sizeof *at || at->rtnh_len > left ||
        !parse_hop (at, route->destination.address.family, &hop))
      return FALSE;
    g_array_append_val (hops, hop);
    step = MIN (left, (gsize)MNL_ALIGN (at->rtnh_len));
    bytes += step;
    left -= step;
  }
  if (hops->len == 0)
    return FALSE;

  route->hop = g_array_index (hops, TlNextHop, 0);
  if (hops->len > 1) {
    g_array_remove_index (hops, 0);
    route->n_more_hops = hops->len;
    route->more_hops = (TlNextHop *)(void *)g_array_free (g_steal_pointer (&hops), FALSE);
  }
  return TRUE;
}

/* What a route says beside its next hops. */
static gboolean
parse_route_selectors (const struct rtmsg *header,
                       const struct nlattr *const *attributes,
                       TlFamily family,
                       TlRoute *route)
{
  gboolean has_source = FALSE;

  route->table = header->rtm_table;
  if (!tl_attribute_get_address (attributes[RTA_PREFSRC], family, &has_source,
                                 &route->preferred_source))
    return FALSE;

  route->has_preferred_source = has_source ? 1 : 0;
  return tl_attribute_get_prefix (attributes[RTA_DST], family, header->rtm_dst_len,
                                  &route->destination) &&
         tl_attribute_get_prefix (attributes[RTA_SRC], family, header->rtm_src_len,
                                  &route->source) &&
         tl_attribute_get_u32 (attributes[RTA_TABLE], &route->table) &&
         tl_attribute_get_u32 (attributes[RTA_PRIORITY], &route->priority) &&
         tl_attribute_get_u32 (attributes[RTA_NH_ID], &route->nexthop_id) &&
         tl_attribute_get_u8 (attributes[RTA_PREF], &route->preference);
}

/* Where the sysctl net.ipv4.nexthop_compat_mode is off, a route names its nexthop object alone. */
static gboolean
hides_next_hops (const struct rtmsg *header, const struct nlattr *const *attributes)
{
  return header->rtm_type == RTN_UNICAST && attributes[RTA_NH_ID] != NULL &&
         attributes[RTA_OIF] == NULL && attributes[RTA_MULTIPATH] == NULL;
}

/**
 * tl_rtnl_parse_route:
 * @message: a whole RTM_NEWROUTE or RTM_DELROUTE message, of a table, an event or a lookup
 * @ret_route: (out): the route, to be freed by the caller; untouched unless %TL_RTNL_PARSED
 *
 * A route over a nexthop object has its id and, as the kernel writes them out by default
 * (sysctl net.ipv4.nexthop_compat_mode), the next hops too. Without them it is malformed: nobody
 * can tell where it leads, and the kernel has to be asked.
 *
 * Returns: what came of it; never %TL_RTNL_UNKNOWN
 */
TlRtnlParsed
tl_rtnl_parse_route (const struct nlmsghdr *message, TlRoute *ret_route)
{
  const struct nlattr *attributes[RTA_NH_ID + 1];
  const struct rtmsg *header = mnl_nlmsg_get_payload (message);
  guint32 ifindex = 0;
  TlRoute route = { 0 };
  TlFamily family = TL_FAMILY_IPV4;

  if (!index_message (message, sizeof *header, attributes, G_N_ELEMENTS (attributes)))
    return TL_RTNL_MALFORMED;
  if (!tl_family_from_af (header->rtm_family, &family))
    return TL_RTNL_SKIPPED;
  if (!parse_route_selectors (header, attributes, family, &route) ||
      !parse_gateway (attributes, family, &route.hop) ||
      !tl_attribute_get_u32 (attributes[RTA_OIF], &ifindex) || ifindex > G_MAXINT ||
      hides_next_hops (header, attributes))
    return TL_RTNL_MALFORMED;

  route.hop.ifindex = (int)ifindex;
  route.hop.flags = header->rtm_flags & HOP_FLAGS_READ;
  route.hop.weight = 1;
  if (attributes[RTA_MULTIPATH] != NULL && !parse_multipath (attributes[RTA_MULTIPATH], &route))
    return TL_RTNL_MALFORMED;

  route.type = header->rtm_type;
  route.protocol = header->rtm_protocol;
  route.scope = header->rtm_scope;
  route.tos = header->rtm_tos;
  *ret_route = route;
  return TL_RTNL_PARSED;
}

/**
 * tl_rtnl_parse_route_mtu:
 * @message: a whole RTM_NEWROUTE message, of a lookup
 * @ret_mtu: (out): the most bytes a packet may have by the route's own word, or by what a router on
 *   the way has said (RFC 1191, RFC 8201), which then stands here; 0: as its link has it. Untouched
 *   unless %TL_RTNL_PARSED
 *
 * Returns: what came of it; never %TL_RTNL_UNKNOWN
 */
TlRtnlParsed
tl_rtnl_parse_route_mtu (const struct nlmsghdr *message, guint32 *ret_mtu)
{
  const struct nlattr *attributes[RTA_METRICS + 1];
  const struct nlattr *metrics[RTAX_MTU + 1];
  guint32 mtu = 0;

  if (!index_message (message, sizeof (struct rtmsg), attributes, G_N_ELEMENTS (attributes)) ||
      !tl_attributes_index_nested (attributes[RTA_METRICS], metrics, G_N_ELEMENTS (metrics)) ||
      !tl_attribute_get_u32 (metrics[RTAX_MTU], &mtu))
    return TL_RTNL_MALFORMED;

  *ret_mtu = mtu;
  return TL_RTNL_PARSED;
}

static gboolean
parse_uid_range (const struct nlattr *attribute, TlRule *rule)
{
  struct fib_rule_uid_range range;

  if (attribute == NULL)
    return TRUE;
  if (mnl_attr_get_payload_len (attribute) < sizeof range)
    return FALSE;

  memcpy (&range, mnl_attr_get_payload (attribute), sizeof range);
  rule->has_uid_range = TRUE;
  rule->uid_first = range.start;
  rule->uid_last = range.end;
  return TRUE;
}

/* Numbers of a rule. The kernel says G_MAXUINT32 where a kind of suppress is not set. */
static gboolean
parse_rule_numbers (const struct nlattr *const *attributes, TlRule *rule)
{
  guint32 suppress_length = G_MAXUINT32;
  guint32 suppress_group = G_MAXUINT32;
  guint8 l3mdev = 0;
  guint8 dscp = 0;

  if (!tl_attribute_get_u32 (attributes[FRA_PRIORITY], &rule->priority) ||
      !tl_attribute_get_u32 (attributes[FRA_TABLE], &rule->table) ||
      !tl_attribute_get_u32 (attributes[FRA_GOTO], &rule->goto_priority) ||
      !tl_attribute_get_u32 (attributes[FRA_FWMARK], &rule->fwmark) ||
      !tl_attribute_get_u32 (attributes[FRA_FWMASK], &rule->fwmask) ||
      !tl_attribute_get_u32 (attributes[FRA_SUPPRESS_PREFIXLEN], &suppress_length) ||
      !tl_attribute_get_u32 (attributes[FRA_SUPPRESS_IFGROUP], &suppress_group) ||
      !tl_attribute_get_u8 (attributes[FRA_L3MDEV], &l3mdev) ||
      !tl_attribute_get_u8 (attributes[FRA_IP_PROTO], &rule->ip_protocol) ||
      !tl_attribute_get_u8 (attributes[RULE_ATTRIBUTE_DSCP], &dscp) ||
      !parse_uid_range (attributes[FRA_UID_RANGE], rule))
    return FALSE;

  rule->suppress_prefix_length = suppress_length > 128 ? -1 : (int)suppress_length;
  rule->suppress_group = suppress_group == G_MAXUINT32 ? -1 : (gint64)suppress_group;
  rule->l3mdev = l3mdev != 0;
  rule->has_ports = attributes[FRA_SPORT_RANGE] != NULL || attributes[FRA_DPORT_RANGE] != NULL;
  rule->tos |= (guint8)(dscp << 2);
  return TRUE;
}

/**
 * tl_rtnl_parse_rule:
 * @message: a whole RTM_NEWRULE or RTM_DELRULE message
 * @ret_family: (out): whose rule it is
 * @ret_rule: (out): the rule, to be freed by the caller; untouched unless %TL_RTNL_PARSED
 *
 * Returns: what came of it; never %TL_RTNL_UNKNOWN
 */
TlRtnlParsed
tl_rtnl_parse_rule (const struct nlmsghdr *message, TlFamily *ret_family, TlRule *ret_rule)
{
  const struct nlattr *attributes[RULE_ATTRIBUTE_DSCP + 1];
  const struct fib_rule_hdr *header = mnl_nlmsg_get_payload (message);
  g_autofree char *iif = NULL;
  g_autofree char *oif = NULL;
  TlFamily family = TL_FAMILY_IPV4;
  TlRule rule = { 0 };

  if (!index_message (message, sizeof *header, attributes, G_N_ELEMENTS (attributes)))
    return TL_RTNL_MALFORMED;
  if (!tl_family_from_af (header->family, &family))
    return TL_RTNL_SKIPPED;

  rule.action = header->action;
  rule.invert = (header->flags & FIB_RULE_INVERT) != 0;
  rule.table = header->table;
  rule.tos = header->tos;
  if (!tl_attribute_get_prefix (attributes[FRA_SRC], family, header->src_len, &rule.from) ||
      !tl_attribute_get_prefix (attributes[FRA_DST], family, header->dst_len, &rule.to) ||
      !tl_attribute_get_name (attributes[FRA_IIFNAME], &iif) ||
      !tl_attribute_get_name (attributes[FRA_OIFNAME], &oif) ||
      !parse_rule_numbers (attributes, &rule))
    return TL_RTNL_MALFORMED;

  rule.iif = g_steal_pointer (&iif);
  rule.oif = g_steal_pointer (&oif);
  *ret_family = family;
  *ret_rule = rule;
  return TL_RTNL_PARSED;
}

/**
 * tl_rtnl_parse_append:
 * @message: a whole message of a dump
 * @state: what it says is appended to the table it belongs to
 *
 * Returns: what came of it; only %TL_RTNL_PARSED changes @state
 */
TlRtnlParsed
tl_rtnl_parse_append (const struct nlmsghdr *message, TlNetState *state)
{
  TlRtnlParsed parsed = TL_RTNL_UNKNOWN;

  if (message->nlmsg_type == RTM_NEWLINK) {
    TlLink link;

    parsed = tl_rtnl_parse_link (message, &link);
    if (parsed == TL_RTNL_PARSED)
      g_array_append_val (state->links, link);
  } else if (message->nlmsg_type == RTM_NEWADDR) {
    TlLinkAddress address;

    parsed = tl_rtnl_parse_address (message, &address);
    if (parsed == TL_RTNL_PARSED)
      g_array_append_val (state->addresses, address);
  } else if (message->nlmsg_type == RTM_NEWROUTE) {
    const struct rtmsg *header = mnl_nlmsg_get_payload (message);
    TlRoute route;

    if (mnl_nlmsg_get_payload_len (message) >= sizeof *header &&
        (header->rtm_flags & RTM_F_CLONED) != 0)
      return TL_RTNL_SKIPPED;
    parsed = tl_rtnl_parse_route (message, &route);
    if (parsed == TL_RTNL_PARSED)
      g_array_append_val (state->routes[route.destination.address.family], route);
  } else if (message->nlmsg_type == RTM_NEWRULE) {
    TlFamily family;
    TlRule rule;

    parsed = tl_rtnl_parse_rule (message, &family, &rule);
    if (parsed == TL_RTNL_PARSED)
      g_array_append_val (state->rules[family], rule);
  }

  return parsed;
}
