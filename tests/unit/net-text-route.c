/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "text-parser.h"

#include <linux/fib_rules.h>
#include <linux/icmpv6.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>

static const TextWord route_types[] = {
  { "unicast", RTN_UNICAST },
  { "local", RTN_LOCAL },
  { "broadcast", RTN_BROADCAST },
  { "anycast", RTN_ANYCAST },
  { "multicast", RTN_MULTICAST },
  { "blackhole", RTN_BLACKHOLE },
  { "unreachable", RTN_UNREACHABLE },
  { "prohibit", RTN_PROHIBIT },
  { "throw", RTN_THROW },
  { NULL, 0 },
};
static const TextWord protocols[] = {
  { "redirect", RTPROT_REDIRECT },
  { "kernel", RTPROT_KERNEL },
  { "boot", RTPROT_BOOT },
  { "static", RTPROT_STATIC },
  { "ra", RTPROT_RA },
  { "dhcp", RTPROT_DHCP },
  { NULL, 0 },
};
static const TextWord tables[] = {
  { "default", RT_TABLE_DEFAULT },
  { "main", RT_TABLE_MAIN },
  { "local", RT_TABLE_LOCAL },
  { NULL, 0 },
};
static const TextWord preferences[] = {
  { "low", ICMPV6_ROUTER_PREF_LOW },
  { "medium", ICMPV6_ROUTER_PREF_MEDIUM },
  { "high", ICMPV6_ROUTER_PREF_HIGH },
  { NULL, 0 },
};
static const TextWord ip_protocols[] = {
  { "icmp", IPPROTO_ICMP },
  { "tcp", IPPROTO_TCP },
  { "udp", IPPROTO_UDP },
  { NULL, 0 },
};
static const TextWord rule_actions[] = {
  { "nop", FR_ACT_NOP },
  { "blackhole", FR_ACT_BLACKHOLE },
  { "unreachable", FR_ACT_UNREACHABLE },
  { "prohibit", FR_ACT_PROHIBIT },
  { NULL, 0 },
};

/* Also takes words of ip(8) that change nothing here. */
static gboolean
take_hop_word (TextParser *parser, TlNextHop *hop)
{
  if (text_take (parser, "via")) {
    if (!text_take (parser, "inet6"))
      text_take (parser, "inet");
    hop->has_gateway = TRUE;
    hop->gateway = text_take_address (parser);
  } else if (text_take (parser, "dev")) {
    hop->ifindex = text_take_link (parser);
  } else if (text_take (parser, "weight")) {
    hop->weight = text_take_number (parser);
  } else if (text_take (parser, "dead")) {
    hop->flags |= RTNH_F_DEAD;
  } else if (text_take (parser, "linkdown")) {
    hop->flags |= RTNH_F_LINKDOWN;
  } else if (text_take (parser, "onlink")) {
    hop->flags |= RTNH_F_ONLINK;
  } else {
    return FALSE;
  }

  return TRUE;
}

static void
take_more_hops (TextParser *parser, TlRoute *route)
{
  g_autoptr (GArray) hops = g_array_new (FALSE, FALSE, sizeof (TlNextHop));

  while (text_take (parser, "nexthop")) {
    TlNextHop hop = { .weight = 1 };

    while (take_hop_word (parser, &hop))
      continue;
    g_array_append_val (hops, hop);
  }

  route->hop = g_array_index (hops, TlNextHop, 0);
  route->n_more_hops = hops->len - 1;
  route->more_hops =
    g_memdup2 (&g_array_index (hops, TlNextHop, 0) + 1, (hops->len - 1) * sizeof (TlNextHop));
}

static void
take_route_word (TextParser *parser, TlRoute *route)
{
  if (text_take (parser, "from")) {
    route->source = text_take_prefix (parser, route->destination.address.family);
  } else if (text_take (parser, "table")) {
    route->table = text_take_value (parser, tables);
  } else if (text_take (parser, "metric")) {
    route->priority = text_take_number (parser);
  } else if (text_take (parser, "proto")) {
    route->protocol = text_take_value (parser, protocols);
  } else if (text_take (parser, "scope")) {
    route->scope = text_take_value (parser, text_scopes);
  } else if (text_take (parser, "pref")) {
    route->preference = text_take_value (parser, preferences);
  } else if (text_take (parser, "tos")) {
    route->tos = text_take_number (parser);
  } else if (text_take (parser, "src")) {
    route->has_preferred_source = TRUE;
    route->preferred_source = text_take_address (parser);
  } else if (text_take (parser, "nhid")) {
    route->nexthop_id = text_take_number (parser);
  } else if (text_take (parser, "error")) {
    text_take_any (parser); /* that of an unreachable route; its type says it */
  } else if (g_strcmp0 (text_peek (parser), "nexthop") == 0) {
    take_more_hops (parser, route);
  } else if (!take_hop_word (parser, &route->hop)) {
    text_fail (parser, "a word is unknown");
  }
}

void
net_text_parse_route (TextParser *parser, TlFamily family)
{
  guint32 type = RTN_UNICAST;
  TlRoute route = {
    .table = RT_TABLE_MAIN,
    .priority = family == TL_FAMILY_IPV6 ? 1024 : 0,
    .protocol = RTPROT_BOOT,
    .scope = RT_SCOPE_NOWHERE,
    .hop = { .weight = 1 },
  };

  text_take_word (parser, route_types, &type);
  route.type = type;
  route.destination = text_take_prefix (parser, family);
  route.source.address.family = family;
  while (text_peek (parser) != NULL)
    take_route_word (parser, &route);

  if (route.destination.address.family != family)
    text_fail (parser, "the family is wrong");
  if (route.scope == RT_SCOPE_NOWHERE) {
    gboolean is_direct = type == RTN_UNICAST && !route.hop.has_gateway;

    route.scope = family == TL_FAMILY_IPV6 ? RT_SCOPE_UNIVERSE
                  : type == RTN_LOCAL      ? RT_SCOPE_HOST
                  : is_direct              ? RT_SCOPE_LINK
                                           : RT_SCOPE_UNIVERSE;
  }
  g_array_append_val (parser->net->routes[family], route);
}

static void
take_rule_mark (TextParser *parser, TlRule *rule)
{
  g_auto (GStrv) parts = g_strsplit (text_take_any (parser), "/", 2);

  rule->fwmark = text_to_number (parser, parts[0]);
  rule->fwmask = parts[1] != NULL ? text_to_number (parser, parts[1]) : G_MAXUINT32;
}

static void
take_rule_users (TextParser *parser, TlRule *rule)
{
  g_auto (GStrv) parts = g_strsplit (text_take_any (parser), "-", 2);

  rule->has_uid_range = TRUE;
  rule->uid_first = text_to_number (parser, parts[0]);
  rule->uid_last = text_to_number (parser, parts[1] != NULL ? parts[1] : parts[0]);
}

static void
take_rule_word (TextParser *parser, TlRule *rule)
{
  guint32 action;

  if (text_take (parser, "not")) {
    rule->invert = TRUE;
  } else if (text_take (parser, "from")) {
    rule->from = text_take_prefix (parser, rule->from.address.family);
  } else if (text_take (parser, "to")) {
    rule->to = text_take_prefix (parser, rule->to.address.family);
  } else if (text_take (parser, "fwmark")) {
    take_rule_mark (parser, rule);
  } else if (text_take (parser, "iif")) {
    rule->iif = g_strdup (text_take_any (parser));
  } else if (text_take (parser, "oif")) {
    rule->oif = g_strdup (text_take_any (parser));
  } else if (text_take (parser, "uidrange")) {
    take_rule_users (parser, rule);
  } else if (text_take (parser, "tos")) {
    rule->tos = text_take_number (parser);
  } else if (text_take (parser, "ipproto")) {
    rule->ip_protocol = text_take_value (parser, ip_protocols);
  } else if (text_take (parser, "sport") || text_take (parser, "dport")) {
    text_take_any (parser);
    rule->has_ports = TRUE;
  } else if (text_take (parser, "l3mdev")) {
    rule->l3mdev = TRUE;
  } else if (text_take (parser, "lookup") || text_take (parser, "table")) {
    rule->table = text_take_value (parser, tables);
  } else if (text_take (parser, "goto")) {
    rule->action = FR_ACT_GOTO;
    rule->goto_priority = text_take_number (parser);
  } else if (text_take (parser, "suppress_prefixlength")) {
    rule->suppress_prefix_length = text_take_number (parser);
  } else if (text_take (parser, "suppress_ifgroup")) {
    rule->suppress_group = text_take_number (parser);
  } else if (text_take_word (parser, rule_actions, &action)) {
    rule->action = action;
  } else {
    text_fail (parser, "a word is unknown");
  }
}

void
net_text_parse_rule (TextParser *parser, TlFamily family)
{
  TlRule rule = {
    .action = FR_ACT_TO_TBL,
    .suppress_prefix_length = -1,
    .suppress_group = -1,
    .from = { .address.family = family },
    .to = { .address.family = family },
  };

  if (text_take (parser, "flush")) {
    g_array_set_size (parser->net->rules[family], 0);
    return;
  }

  rule.priority = text_take_number (parser);
  while (text_peek (parser) != NULL)
    take_rule_word (parser, &rule);
  if (rule.from.address.family != family || rule.to.address.family != family) {
    g_free (rule.iif);
    g_free (rule.oif);
  } else {
    g_array_append_val (parser->net->rules[family], rule);
  }
}
