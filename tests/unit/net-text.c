/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "net-text.h"

#include "text-parser.h"

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <string.h>

static const TextWord link_flags[] = {
  { "noarp", IFF_NOARP },
  { "pointopoint", IFF_POINTOPOINT },
  { "loopback", IFF_LOOPBACK },
  { NULL, 0 },
};
static const TextWord address_flags[] = {
  { "secondary", IFA_F_SECONDARY },   { "temporary", IFA_F_TEMPORARY },
  { "deprecated", IFA_F_DEPRECATED }, { "tentative", IFA_F_TENTATIVE },
  { "nodad", IFA_F_NODAD },           { NULL, 0 },
};
static void
parse_link (TextParser *parser)
{
  TlLink link = { .type = ARPHRD_ETHER, .flags = IFF_UP | IFF_LOWER_UP };
  gboolean tap = FALSE;
  guint32 flag;

  link.ifindex = text_take_number (parser);
  link.name = g_strdup (text_take_any (parser));
  while (text_peek (parser) != NULL) {
    if (text_take (parser, "tap"))
      tap = TRUE;
    else if (text_take (parser, "down"))
      link.flags &= ~(guint32)(IFF_UP | IFF_LOWER_UP);
    else if (text_take (parser, "no-carrier"))
      link.flags &= ~(guint32)IFF_LOWER_UP;
    else if (text_take (parser, "group"))
      link.group = text_take_number (parser);
    else if (text_take (parser, "type"))
      link.type = text_take_number (parser);
    else if (text_take (parser, "master"))
      link.master = text_take_link (parser);
    else if (text_take_word (parser, link_flags, &flag))
      link.flags |= flag;
    else if (link.kind == NULL)
      link.kind = g_strdup (text_take_any (parser));
    else
      text_fail (parser, "a word is unknown");
  }

  if (link.kind == NULL)
    link.kind = g_strdup ("");
  if (strcmp (link.kind, "ppp") == 0 || strcmp (link.kind, "wireguard") == 0 ||
      (strcmp (link.kind, "tun") == 0 && !tap)) {
    link.type = strcmp (link.kind, "ppp") == 0 ? ARPHRD_PPP : ARPHRD_NONE;
    link.flags |= IFF_POINTOPOINT | IFF_NOARP;
  } else if ((link.flags & IFF_LOOPBACK) != 0) {
    link.type = ARPHRD_LOOPBACK;
  }
  g_array_append_val (parser->net->links, link);
}

/* The routes that the kernel adds with an address. */
static void
add_own_routes (TlNetState *net, const TlLinkAddress *own, gboolean has_prefix_route)
{
  TlFamily family = own->address.family;
  TlRoute route = {
    .table = RT_TABLE_LOCAL,
    .type = RTN_LOCAL,
    .protocol = RTPROT_KERNEL,
    .hop = { .ifindex = own->ifindex, .weight = 1 },
    .scope = family == TL_FAMILY_IPV4 ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE,
  };

  if (family == TL_FAMILY_IPV4) {
    route.has_preferred_source = TRUE;
    route.preferred_source = own->address;
  }
  route.source.address.family = family;
  tl_prefix_init (&route.destination, &own->address, tl_family_bits (family));
  g_array_append_val (net->routes[family], route);

  if (has_prefix_route && own->prefix.length < tl_family_bits (family)) {
    route.table = RT_TABLE_MAIN;
    route.type = RTN_UNICAST;
    route.destination = own->prefix;
    route.priority = family == TL_FAMILY_IPV4 ? 0 : 256;
    route.scope = family == TL_FAMILY_IPV4 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
    g_array_append_val (net->routes[family], route);
  }
}

static void
parse_address (TextParser *parser)
{
  TlLinkAddress own = { .ifindex = text_take_link (parser) };
  g_auto (GStrv) parts = g_strsplit (text_take_any (parser), "/", 2);
  gboolean has_own_routes = TRUE;
  gboolean has_prefix_route = TRUE;
  guint32 flag;

  if (parts[0] == NULL || !tl_address_parse (parts[0], &own.address))
    text_fail (parser, "an address is wrong");
  tl_prefix_init (&own.prefix, &own.address,
                  parts[1] != NULL ? text_to_number (parser, parts[1])
                                   : tl_family_bits (own.address.family));
  if (own.address.family == TL_FAMILY_IPV6 && own.address.bytes[0] == 0xfe)
    own.scope = RT_SCOPE_LINK;

  while (text_peek (parser) != NULL) {
    if (text_take (parser, "bare"))
      has_own_routes = FALSE;
    else if (text_take (parser, "noprefixroute"))
      has_prefix_route = FALSE;
    else if (text_take (parser, "peer"))
      own.prefix = text_take_prefix (parser, -1);
    else if (text_take (parser, "scope"))
      own.scope = text_take_value (parser, text_scopes);
    else if (text_take_word (parser, address_flags, &flag))
      own.flags |= flag;
    else
      text_fail (parser, "a word is unknown");
  }

  g_array_append_val (parser->net->addresses, own);
  if (has_own_routes)
    add_own_routes (parser->net, &own, has_prefix_route);
}

static void
parse_statement (TlNetState *net, const char *statement)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new ();
  g_auto (GStrv) parts = g_strsplit_set (statement, " \t", -1);
  TextParser parser = { .net = net, .statement = statement };
  int family = -1;

  for (guint i = 0; parts[i] != NULL; i++) {
    if (parts[i][0] != '\0')
      g_ptr_array_add (words, parts[i]);
  }
  g_ptr_array_add (words, NULL);
  parser.words = (char **)words->pdata;

  if (text_take (&parser, "4"))
    family = TL_FAMILY_IPV4;
  else if (text_take (&parser, "6"))
    family = TL_FAMILY_IPV6;

  if (text_peek (&parser) == NULL) {
    return;
  } else if (text_take (&parser, "link")) {
    parse_link (&parser);
  } else if (text_take (&parser, "addr")) {
    parse_address (&parser);
  } else if (text_take (&parser, "rule")) {
    for (int each = 0; each < TL_N_FAMILIES; each++) {
      guint at = parser.at;

      if (family < 0 || family == each)
        net_text_parse_rule (&parser, each);
      parser.at = at;
    }
  } else if (family >= 0) {
    net_text_parse_route (&parser, family);
  } else {
    text_fail (&parser, "the family is missing");
  }
}

static int
compare_links (gconstpointer a, gconstpointer b)
{
  return ((const TlLink *)a)->ifindex - ((const TlLink *)b)->ifindex;
}

static int
compare_addresses (gconstpointer a, gconstpointer b)
{
  const TlLinkAddress *own_a = a;
  const TlLinkAddress *own_b = b;

  if (own_a->ifindex != own_b->ifindex)
    return own_a->ifindex - own_b->ifindex;
  if (own_a->address.family != own_b->address.family)
    return (int)own_a->address.family - (int)own_b->address.family;

  return tl_address_compare (&own_a->address, &own_b->address);
}

static int
compare_rules (gconstpointer a, gconstpointer b)
{
  guint32 priority_a = ((const TlRule *)a)->priority;
  guint32 priority_b = ((const TlRule *)b)->priority;

  return priority_a < priority_b ? -1 : priority_a > priority_b;
}

/**
 * net_text_parse:
 * @text: statements, see the top of this header
 *
 * Returns: (transfer full): the kernel's tables as @text tells them
 */
TlNetState *
net_text_parse (const char *text)
{
  TlNetState *net = tl_net_state_new ();
  g_auto (GStrv) lines = NULL;

  parse_statement (net, "link 1 lo loopback");
  parse_statement (net, "rule 0 lookup local");
  parse_statement (net, "rule 32766 lookup main");
  parse_statement (net, "rule 32767 lookup default");

  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++) {
    g_auto (GStrv) statements = NULL;

    lines[i][strcspn (lines[i], "#")] = '\0';
    statements = g_strsplit (lines[i], ";", -1);
    for (guint j = 0; statements[j] != NULL; j++)
      parse_statement (net, statements[j]);
  }

  g_array_sort (net->links, compare_links);
  g_array_sort (net->addresses, compare_addresses);
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++)
    g_array_sort (net->rules[family], compare_rules);

  return net;
}
