/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "observation-text.h"

#include "core/resolver-list.h"
#include "text-parser.h"

#include <stdio.h>

#define UID 1000

static TlAddress
parse_address (const char *text)
{
  TlAddress address;
  gboolean parsed = tl_address_parse (text, &address);

  g_assert_true (parsed);
  return address;
}

static void
parse_activation (TlNmState *nm, const TlNetState *net, char **words)
{
  TlActivation *activation = tl_activation_new ();

  activation->is_vpn = g_str_equal (words[0], "vpn");
  activation->path = g_strdup_printf ("/%u", nm->activations->len);
  activation->name = g_strdup (words[3]);
  activation->phase = TL_PHASE_ACTIVATED;
  if (activation->is_vpn && !g_str_equal (words[1], "-")) {
    TlAddress address = parse_address (words[1]);

    g_array_append_val (activation->addresses, address);
  } else if (!activation->is_vpn) {
    activation->ifindex = text_find_link (net, words[1])->ifindex;
  }
  activation->type = g_strdup (activation->is_vpn ? "vpn" : words[2]);
  activation->kind = g_strdup (words[2]);
  activation->uuid = g_strdup (words[3]);
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++)
    activation->ip[family].method = g_strdup ("auto");

  for (char **word = &words[4]; *word != NULL; word++) {
    if (g_str_equal (*word, "read-only"))
      activation->read_only = TRUE;
    else if (g_str_equal (*word, "own"))
      activation->own = TRUE;
    else if (g_str_equal (*word, "external"))
      activation->external = TRUE;
    else if (g_str_equal (*word, "default"))
      activation->ip[TL_FAMILY_IPV4].gave_default = TRUE;
    else if (g_str_equal (*word, "activating"))
      activation->phase = TL_PHASE_ACTIVATING;
    else if (g_str_equal (*word, "blocks")) {
      TlPrefix prefix;

      g_assert_true (tl_prefix_parse (*++word, &prefix));
      g_array_append_val (activation->blocks, prefix);
    } else if (g_str_equal (*word, "server")) {
      g_clear_pointer (&activation->servers, g_strfreev);
      activation->servers = g_strsplit (*++word, ",", -1);
    }
  }
  activation->is_vpn |= !activation->external && g_str_equal (activation->type, "wireguard");
  g_ptr_array_add (nm->activations, activation);
}

static TlPermission
parse_permission (const char *text)
{
  return g_str_equal (text, "no")         ? TL_PERMISSION_NO
         : g_str_equal (text, "password") ? TL_PERMISSION_PASSWORD
                                          : TL_PERMISSION_YES;
}

static void
parse_nm_statement (TlNmState *nm, const TlNetState *net, char **words)
{
  guint major = 0;
  guint minor = 0;

  if (g_str_equal (words[0], "dns")) {
    TlAddress address = parse_address (words[1]);

    g_ptr_array_add (nm->resolvers, tl_resolver_new (&address, words[2]));
  } else if (g_str_equal (words[0], "version") && sscanf (words[1], "%u.%u", &major, &minor) == 2) {
    nm->version = TL_NM_VERSION (major, minor, 0);
  } else if (g_str_equal (words[0], "control")) {
    nm->network_control = parse_permission (words[1]);
  } else if (g_str_equal (words[0], "system")) {
    nm->modify_system = parse_permission (words[1]);
  } else {
    parse_activation (nm, net, words);
  }
}

static TlNmState *
parse_nm (const char *text, const TlNetState *net)
{
  TlNmState *nm = tl_nm_state_new ();
  g_auto (GStrv) lines = g_strsplit (text, ";", -1);

  nm->running = !g_str_equal (text, "absent");
  nm->version = TL_NM_VERSION (1, 42, 4);
  nm->network_control = TL_PERMISSION_YES;
  nm->modify_system = TL_PERMISSION_YES;
  nm->modify_own = TL_PERMISSION_YES;
  for (guint i = 0; nm->running && lines[i] != NULL; i++) {
    g_auto (GStrv) words = g_strsplit (g_strstrip (lines[i]), " ", -1);

    if (words[0] != NULL)
      parse_nm_statement (nm, net, words);
  }
  return nm;
}

static GArray *
parse_nat64 (const char *text)
{
  GArray *nat64 = g_array_new (FALSE, FALSE, sizeof (TlPrefix));
  g_auto (GStrv) lines = g_strsplit (text != NULL ? text : "", ";", -1);

  for (guint i = 0; lines[i] != NULL; i++) {
    g_auto (GStrv) words = g_strsplit (g_strstrip (lines[i]), " ", -1);
    TlPrefix prefix;

    if (g_strcmp0 (words[0], "nat64") != 0)
      continue;
    g_assert_true (tl_prefix_parse (words[1], &prefix));
    g_array_append_val (nat64, prefix);
  }

  return nat64;
}

/* `out LINK [onlink]`, the kernel's word; the way is of that kind and no more is told of it. */
static void
parse_egress (TlExit *exit, const TlNetState *net, char **words)
{
  const TlLink *link = text_find_link (net, words[0]);

  exit->has_egress = TRUE;
  exit->egress = (TlEgress){
    .type = g_strcmp0 (words[1], "onlink") == 0 ? TL_EGRESS_ON_LINK : TL_EGRESS_GATEWAY,
    .ifindex = link->ifindex,
    .destination.address.family = exit->family,
  };
}

static TlExit *
parse_exit (const TlNetState *net, char **words)
{
  gboolean failed = g_str_equal (words[1], "error");
  TlAddress address = parse_address (!failed                             ? words[1]
                                     : g_strcmp0 (words[2], "ipv6") == 0 ? "2001:db8::1"
                                                                         : "192.0.2.1");
  TlExit *exit = tl_exit_new (address.family);
  char **word = &words[2];

  exit->has_address = !failed;
  exit->address = address;
  exit->error = g_strdup (failed ? "no answer" : NULL);
  if (failed)
    return exit;

  if (*word != NULL && !g_str_equal (*word, "out")) {
    exit->has_source = TRUE;
    exit->source = parse_address (*word++);
  }
  if (*word != NULL && !g_str_equal (*word, "out")) {
    exit->has_destination = TRUE;
    exit->destination = parse_address (*word++);
  }
  if (*word != NULL)
    parse_egress (exit, net, word + 1);
  return exit;
}

static void
parse_exits (const char *text, TlObservation *observation)
{
  g_auto (GStrv) lines = g_strsplit (text != NULL ? text : "", ";", -1);

  for (guint i = 0; lines[i] != NULL; i++) {
    g_auto (GStrv) words = g_strsplit (g_strstrip (lines[i]), " ", -1);
    TlExit *exit;

    if (words[0] == NULL || g_str_equal (words[0], "nat64"))
      continue;
    if (g_str_equal (words[0], "name")) {
      observation->answers.ipv6_name = g_str_equal (words[1], "found") ? TL_YES : TL_NO;
      continue;
    }
    if (g_str_equal (words[0], "resolv.conf")) {
      g_autofree char *servers = g_strjoinv ("\nnameserver ", words + 1);
      g_autofree char *file = g_strconcat ("nameserver ", servers, NULL);

      observation->resolvers = tl_resolver_list_parse (file);
      continue;
    }
    exit = parse_exit (observation->net, words);
    if (g_str_equal (words[0], "exit"))
      observation->answers.exits[exit->family] = exit;
    else if (g_str_equal (words[0], "second"))
      observation->answers.second_exits[exit->family] = exit;
    else
      observation->answers.exits_before[exit->family] = exit;
  }
}

static void
parse_policy_statement (TlPolicy *policy, char **words)
{
  TlPrefix prefix;

  if (g_str_equal (words[0], "full"))
    policy->mode = TL_TUNNEL_MODE_FULL;
  else if (g_str_equal (words[0], "split"))
    policy->mode = TL_TUNNEL_MODE_SPLIT;
  else if (g_str_equal (words[0], "dns"))
    policy->resolvers_outside =
      g_str_equal (words[1], "leak") ? TL_SEVERITY_LEAK : TL_SEVERITY_WARNING;
  else if (tl_prefix_parse (words[1], &prefix))
    g_array_append_val (g_str_equal (words[0], "exit")
                          ? policy->expected_exits[prefix.address.family]
                          : policy->expected_bypass,
                        prefix);
}

TlPolicy *
policy_text_parse (const char *text)
{
  TlPolicy *policy = tl_policy_new ();
  g_auto (GStrv) lines = g_strsplit (text, ";", -1);

  for (guint i = 0; lines[i] != NULL; i++) {
    g_auto (GStrv) words = g_strsplit (g_strstrip (lines[i]), " ", -1);

    parse_policy_statement (policy, words);
  }
  return policy;
}

TlObservation *
observation_text_parse (const char *net_text, const char *nm_text, const char *exits)
{
  g_autoptr (TlNetState) net = net_text_parse (net_text);
  g_autoptr (TlNmState) nm = parse_nm (nm_text, net);
  g_autoptr (GArray) nat64 = parse_nat64 (exits);
  TlObservation *observation = tl_observation_new (net, nm, UID, nat64);

  parse_exits (exits, observation);
  return observation;
}
