/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

/*
 * One text for what TlNetState says and for what `ip -N -d -j` of iproute2 says, so that the two
 * can be compared: iproute2 reads the same kernel with code of its own.
 */

#include "kernel-text.h"

#include "netns.h"

#include <json-glib/json-glib.h>
#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/icmpv6.h>
#include <linux/rtnetlink.h>

static const char *
name_of (const TlNetState *state, int ifindex)
{
  const TlLink *link = tl_net_state_link (state, ifindex);

  return link != NULL ? link->name : "-";
}

static const char *
address_text (const TlAddress *address, char buffer[TL_ADDRESS_STRLEN])
{
  tl_address_format (address, buffer);
  return buffer;
}

static void
append_prefix (GString *text, const TlPrefix *prefix)
{
  char buffer[TL_PREFIX_STRLEN];

  tl_prefix_format (prefix, buffer);
  g_string_append_printf (text, " %s", buffer);
}

static void
append_link (GString *text, const TlNetState *state, const TlLink *link)
{
  g_string_append_printf (text, "link %d %s kind=%s type=%u group=%u master=%s", link->ifindex,
                          link->name, link->kind, link->type, link->group,
                          name_of (state, link->master));
  g_string_append_printf (text, " up=%d lower=%d ptp=%d loop=%d noarp=%d\n",
                          (link->flags & IFF_UP) != 0, (link->flags & IFF_LOWER_UP) != 0,
                          (link->flags & IFF_POINTOPOINT) != 0, (link->flags & IFF_LOOPBACK) != 0,
                          (link->flags & IFF_NOARP) != 0);
}

static void
append_address (GString *text, const TlNetState *state, const TlLinkAddress *address)
{
  char own[TL_ADDRESS_STRLEN];

  g_string_append_printf (text, "address %s %s", name_of (state, address->ifindex),
                          address_text (&address->address, own));
  append_prefix (text, &address->prefix);
  g_string_append_printf (text, " scope=%u tentative=%d deprecated=%d\n", address->scope,
                          (address->flags & IFA_F_TENTATIVE) != 0,
                          (address->flags & IFA_F_DEPRECATED) != 0);
}

static void
append_hop (GString *text, const TlNetState *state, const TlNextHop *hop)
{
  char gateway[TL_ADDRESS_STRLEN] = "-";

  if (hop->has_gateway)
    tl_address_format (&hop->gateway, gateway);
  g_string_append_printf (text, " [%s %s linkdown=%d weight=%d]", name_of (state, hop->ifindex),
                          gateway, (hop->flags & RTNH_F_LINKDOWN) != 0, hop->weight);
}

static void
append_route (GString *text, const TlNetState *state, const TlRoute *route)
{
  char source[TL_ADDRESS_STRLEN] = "-";

  if (route->has_preferred_source)
    tl_address_format (&route->preferred_source, source);
  g_string_append (text, "route");
  append_prefix (text, &route->destination);
  append_prefix (text, &route->source);
  g_string_append_printf (text,
                          " type=%u table=%u proto=%u scope=%u metric=%u pref=%u nhid=%u tos=%u",
                          route->type, route->table, route->protocol, route->scope, route->priority,
                          route->preference, route->nexthop_id, route->tos);
  g_string_append_printf (text, " src=%s", source);
  append_hop (text, state, &route->hop);
  for (guint i = 0; i < route->n_more_hops; i++)
    append_hop (text, state, &route->more_hops[i]);
  g_string_append_c (text, '\n');
}

static void
append_rule (GString *text, const TlRule *rule)
{
  g_string_append_printf (text, "rule %u not=%d", rule->priority, rule->invert);
  append_prefix (text, &rule->from);
  append_prefix (text, &rule->to);
  g_string_append_printf (text, " action=%u table=%u goto=%u mark=%u/%u iif=%s oif=%s tos=%u",
                          rule->action, rule->table, rule->goto_priority, rule->fwmark,
                          rule->fwmask, rule->iif != NULL ? rule->iif : "-",
                          rule->oif != NULL ? rule->oif : "-", rule->tos);
  if (rule->has_uid_range)
    g_string_append_printf (text, " uid=%u-%u", rule->uid_first, rule->uid_last);
  g_string_append_printf (text, " suppress=%d,%" G_GINT64_FORMAT " protocol=%u ports=%d\n",
                          rule->suppress_prefix_length, rule->suppress_group, rule->ip_protocol,
                          rule->has_ports);
}

/**
 * kernel_text_of_state:
 * @state: a state
 *
 * Returns: (transfer full): a line for each link, address, route and rule
 */
char *
kernel_text_of_state (const TlNetState *state)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < state->links->len; i++)
    append_link (text, state, &g_array_index (state->links, TlLink, i));
  for (guint i = 0; i < state->addresses->len; i++)
    append_address (text, state, &g_array_index (state->addresses, TlLinkAddress, i));
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    for (guint i = 0; i < state->routes[family]->len; i++)
      append_route (text, state, &g_array_index (state->routes[family], TlRoute, i));
    for (guint i = 0; i < state->rules[family]->len; i++)
      append_rule (text, &g_array_index (state->rules[family], TlRule, i));
  }

  return g_string_free (text, FALSE);
}

static const char *
get_text (JsonObject *object, const char *name, const char *fallback)
{
  return json_object_has_member (object, name) ? json_object_get_string_member (object, name)
                                               : fallback;
}

/* Numbers come as numbers, as text in any base, or as `[772]` and `ipproto-17`. */
static guint
get_number (JsonObject *object, const char *name, guint fallback)
{
  JsonNode *node = json_object_get_member (object, name);
  const char *text;

  if (node == NULL)
    return fallback;
  if (json_node_get_value_type (node) != G_TYPE_STRING)
    return (guint)json_node_get_int (node);

  text = json_node_get_string (node);
  text += strcspn (text, "0123456789");
  return (guint)g_ascii_strtoull (text, NULL, 0);
}

static gboolean
has_word (JsonObject *object, const char *name, const char *word)
{
  JsonArray *words;

  if (!json_object_has_member (object, name))
    return FALSE;
  words = json_object_get_array_member (object, name);
  for (guint i = 0; i < json_array_get_length (words); i++) {
    if (g_str_equal (json_array_get_string_element (words, i), word))
      return TRUE;
  }
  return FALSE;
}

static JsonNode *
ask_ip (const char *arguments)
{
  g_autofree char *command = g_strconcat ("-N -d -j ", arguments, NULL);
  g_autofree char *output = netns_ip_output (command);
  g_autoptr (GError) error = NULL;
  JsonNode *root = json_from_string (output, &error);

  g_assert_no_error (error);
  return root;
}

/* `default`, `all`, `192.0.2.1` or `192.0.2.0/24`; @length 0 where it is in the text. */
static TlPrefix
to_prefix (const char *text, guint length, TlFamily family)
{
  g_autofree char *whole = NULL;
  TlPrefix prefix = { .address.family = family };
  gboolean parsed;

  if (text == NULL || g_str_equal (text, "default") || g_str_equal (text, "all"))
    return prefix;

  whole = length > 0 ? g_strdup_printf ("%s/%u", text, length) : g_strdup (text);
  parsed = tl_prefix_parse (whole, &prefix);
  g_assert_true (parsed);
  return prefix;
}

static void
text_of_link (JsonObject *link, GString *text)
{
  JsonObject *info = json_object_has_member (link, "linkinfo")
                       ? json_object_get_object_member (link, "linkinfo")
                       : NULL;
  const char *kind = info != NULL ? get_text (info, "info_kind", "") : "";

  g_string_append_printf (text, "link %u %s kind=%s type=%u group=%u master=%s",
                          get_number (link, "ifindex", 0), get_text (link, "ifname", NULL), kind,
                          get_number (link, "link_type", 0), get_number (link, "group", 0),
                          get_text (link, "master", "-"));
  g_string_append_printf (text, " up=%d lower=%d ptp=%d loop=%d noarp=%d\n",
                          has_word (link, "flags", "UP"), has_word (link, "flags", "LOWER_UP"),
                          has_word (link, "flags", "POINTOPOINT"),
                          has_word (link, "flags", "LOOPBACK"), has_word (link, "flags", "NOARP"));
}

static int
compare_addresses (gconstpointer a, gconstpointer b)
{
  const char *first = get_text (json_node_get_object (*(JsonNode *const *)a), "local", NULL);
  const char *second = get_text (json_node_get_object (*(JsonNode *const *)b), "local", NULL);
  TlPrefix left = to_prefix (first, 0, TL_FAMILY_IPV4);
  TlPrefix right = to_prefix (second, 0, TL_FAMILY_IPV4);

  return tl_prefix_compare (&left, &right);
}

static void
text_of_addresses (JsonObject *link, GString *text)
{
  JsonArray *members = json_object_get_array_member (link, "addr_info");
  g_autoptr (GPtrArray) addresses = g_ptr_array_new ();

  for (guint i = 0; i < json_array_get_length (members); i++)
    g_ptr_array_add (addresses, json_array_get_element (members, i));
  g_ptr_array_sort (addresses, compare_addresses);

  for (guint i = 0; i < addresses->len; i++) {
    JsonObject *address = json_node_get_object (g_ptr_array_index (addresses, i));
    const char *own = get_text (address, "local", NULL);
    TlPrefix whole = to_prefix (get_text (address, "address", own), 0, TL_FAMILY_IPV4);
    TlPrefix prefix;

    tl_prefix_init (&prefix, &whole.address, get_number (address, "prefixlen", 0));
    g_string_append_printf (text, "address %s %s", get_text (link, "ifname", NULL), own);
    append_prefix (text, &prefix);
    g_string_append_printf (text, " scope=%u tentative=%d deprecated=%d\n",
                            get_number (address, "scope", 0),
                            json_object_has_member (address, "tentative"),
                            json_object_has_member (address, "deprecated"));
  }
}

static void
text_of_hop (JsonObject *hop, GString *text)
{
  const char *gateway = get_text (hop, "gateway", "-");

  if (json_object_has_member (hop, "via"))
    gateway = get_text (json_object_get_object_member (hop, "via"), "host", NULL);
  g_string_append_printf (text, " [%s %s linkdown=%d weight=%u]", get_text (hop, "dev", "-"),
                          gateway, has_word (hop, "flags", "linkdown"),
                          get_number (hop, "weight", 1));
}

static void
text_of_route (JsonObject *route, TlFamily family, GString *text)
{
  TlPrefix destination = to_prefix (get_text (route, "dst", NULL), 0, family);
  TlPrefix source = to_prefix (get_text (route, "from", NULL), 0, family);
  const char *preference = get_text (route, "pref", "medium");
  guint level = g_str_equal (preference, "high")  ? ICMPV6_ROUTER_PREF_HIGH
                : g_str_equal (preference, "low") ? ICMPV6_ROUTER_PREF_LOW
                                                  : ICMPV6_ROUTER_PREF_MEDIUM;

  g_string_append (text, "route");
  append_prefix (text, &destination);
  append_prefix (text, &source);
  g_string_append_printf (text,
                          " type=%u table=%u proto=%u scope=%u metric=%u pref=%u nhid=%u tos=%u",
                          get_number (route, "type", 0), get_number (route, "table", 0),
                          get_number (route, "protocol", 0), get_number (route, "scope", 0),
                          get_number (route, "metric", 0), level, get_number (route, "nhid", 0),
                          get_number (route, "tos", 0));
  g_string_append_printf (text, " src=%s", get_text (route, "prefsrc", "-"));
  if (json_object_has_member (route, "nexthops")) {
    JsonArray *hops = json_object_get_array_member (route, "nexthops");

    for (guint i = 0; i < json_array_get_length (hops); i++)
      text_of_hop (json_array_get_object_element (hops, i), text);
  } else {
    text_of_hop (route, text);
  }
  g_string_append_c (text, '\n');
}

static guint
rule_action (JsonObject *rule)
{
  if (json_object_has_member (rule, "goto"))
    return FR_ACT_GOTO;

  return get_number (rule, "action", FR_ACT_TO_TBL);
}

static void
text_of_rule (JsonObject *rule, TlFamily family, GString *text)
{
  TlPrefix from = to_prefix (get_text (rule, "src", NULL), get_number (rule, "srclen", 0), family);
  TlPrefix to = to_prefix (get_text (rule, "dst", NULL), get_number (rule, "dstlen", 0), family);
  gboolean marked = json_object_has_member (rule, "fwmark");

  g_string_append_printf (text, "rule %u not=%d", get_number (rule, "priority", 0),
                          json_object_has_member (rule, "not"));
  append_prefix (text, &from);
  append_prefix (text, &to);
  g_string_append_printf (
    text, " action=%u table=%u goto=%u mark=%u/%u iif=%s oif=%s tos=%u", rule_action (rule),
    get_number (rule, "table", 0), get_number (rule, "goto", 0), get_number (rule, "fwmark", 0),
    get_number (rule, "fwmask", marked ? G_MAXUINT32 : 0), get_text (rule, "iif", "-"),
    get_text (rule, "oif", "-"), get_number (rule, "tos", 0));
  if (json_object_has_member (rule, "uid_start"))
    g_string_append_printf (text, " uid=%u-%u", get_number (rule, "uid_start", 0),
                            get_number (rule, "uid_end", 0));
  g_string_append_printf (
    text, " suppress=%d,%d protocol=%u ports=%d\n",
    (int)get_number (rule, "suppress_prefixlen", G_MAXUINT),
    (int)get_number (rule, "suppress_ifgroup", G_MAXUINT), get_number (rule, "ipproto", 0),
    json_object_has_member (rule, "sport_start") || json_object_has_member (rule, "dport"));
}

static void
text_of_all (const char *arguments, TlFamily family, char what, GString *text)
{
  g_autoptr (JsonNode) root = ask_ip (arguments);
  JsonArray *items = json_node_get_array (root);

  for (guint i = 0; i < json_array_get_length (items); i++) {
    JsonObject *item = json_array_get_object_element (items, i);

    if (what == 'l')
      text_of_link (item, text);
    else if (what == 'a')
      text_of_addresses (item, text);
    else if (what == 'r')
      text_of_route (item, family, text);
    else
      text_of_rule (item, family, text);
  }
}

/**
 * kernel_text_read:
 *
 * Returns: (transfer full): the same lines by way of `ip -j`
 */
char *
kernel_text_read (void)
{
  GString *text = g_string_new (NULL);

  text_of_all ("link show", TL_FAMILY_IPV4, 'l', text);
  text_of_all ("address show", TL_FAMILY_IPV4, 'a', text);
  text_of_all ("-4 route show table all", TL_FAMILY_IPV4, 'r', text);
  text_of_all ("-4 rule show", TL_FAMILY_IPV4, 'u', text);
  text_of_all ("-6 route show table all", TL_FAMILY_IPV6, 'r', text);
  text_of_all ("-6 rule show", TL_FAMILY_IPV6, 'u', text);
  return g_string_free (text, FALSE);
}
