/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/coverage.h"
#include "kernel-routes.h"
#include "net-tally.h"
#include "net-text.h"
#include "netns.h"
#include "random-net.h"

#include <netinet/in.h>
#include <stdlib.h>

/*
 * Random tables are put into the kernel and read back as text; the kernel is asked about addresses
 * at and between the ends of their prefixes. Every way it names must be among those computed, and
 * every way computed must be named, but for what the kernel alone can know:
 *  - which of several equal IPv6 sources it takes,
 *  - rules for one protocol or port after another exclude each other,
 *  - the preferences of all but the first hop of an IPv6 multipath route.
 * TL_TEST_TABLES and TL_TEST_ADDRESSES say how many, of each kind of rules and of each family.
 */

#define HOST_UID 0

/* How far the two agreed. */
typedef struct {
  guint n_tables;
  guint n_routes[TL_N_FAMILIES];
  guint n_rules[TL_N_FAMILIES];
  guint n_questions;
  guint n_wrong; /* named by the kernel, not computed */
  guint n_extra; /* computed, not named by the kernel */
  guint n_ways;
  guint n_blocked;
  guint n_several;
} Tally;

static guint
from_environment (const char *name, guint otherwise)
{
  const char *text = g_getenv (name);

  return text != NULL ? strtoul (text, NULL, 10) : otherwise;
}

static void
append_statements (GString *text, const char *before, const char *output)
{
  g_autoptr (GString) joined = g_string_new (output);
  g_auto (GStrv) lines = NULL;

  /* The next hops of a multipath route stand on lines of their own. */
  g_string_replace (joined, "\n\tnexthop", " nexthop", 0);
  g_string_replace (joined, ":\t", " ", 0);
  g_string_replace (joined, " [unresolved]", "", 0);
  g_string_replace (joined, "lookup [l3mdev-table]", "l3mdev", 0);
  lines = g_strsplit (joined->str, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++) {
    if (lines[i][0] != '\0')
      g_string_append_printf (text, "%s %s\n", before, lines[i]);
  }
}

static TlNetState *
read_net (gboolean w0_is_up)
{
  static const char *const w0_ipv6 = "addr w0 2001:db8:2::5/64 bare\n";
  g_autoptr (GString) text = g_string_new ("rule flush\n");
  const struct {
    const char *arguments, *before;
  } parts[] = {
    { "-4 rule show", "4 rule" },
    { "-6 rule show", "6 rule" },
    { "-4 route show table all", "4" },
    { "-6 route show table all", "6" },
  };

  g_string_append (text, "link 2 v1; link 3 v0; link 4 w1; link 5 w0; link 6 t0 tun group 7\n"
                         "addr v0 192.168.1.5/24 bare; addr v0 2001:db8:1::5/64 bare\n"
                         "addr w0 198.51.100.5/24 bare\n"
                         "addr t0 10.8.0.2/24 bare; addr t0 2001:db8:3::5/64 bare\n");
  if (w0_is_up)
    g_string_append (text, w0_ipv6);
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++) {
    g_autofree char *output = netns_ip_output (parts[i].arguments);

    append_statements (text, parts[i].before, output);
  }

  return net_text_parse (text->str);
}

/* An end of a route's prefix or one beside it, or anything near. */
static TlAddress
pick_address (const TlNetState *net, TlFamily family)
{
  const GArray *routes = net->routes[family];
  TlAddress address;

  if (g_test_rand_bit () || routes->len == 0) {
    random_net_address (family, &address);
  } else {
    const TlRoute *route = &g_array_index (routes, TlRoute, g_test_rand_int_range (0, routes->len));

    if (g_test_rand_bit ())
      address = route->destination.address;
    else
      tl_prefix_last (&route->destination, &address);
    if (g_test_rand_int_range (0, 3) == 0) {
      if (g_test_rand_bit ())
        tl_address_next (&address);
      else
        tl_address_previous (&address);
    }
  }

  return address;
}

static void
ask_by_source (KernelRoutes *kernel,
               const TlNetState *net,
               const TlAddress *address,
               GArray *answers)
{
  KernelQuestion question = { .destination = *address };
  guint before = answers->len;
  TlEgress blocked;

  kernel_routes_ask (kernel, net, &question, answers);
  question.has_source = kernel_choose_source (address, &question.source);
  if (question.has_source) {
    /* IPv6 tried again with a source: that the first try failed does not count. */
    if (address->family == TL_FAMILY_IPV6 &&
        g_array_index (answers, TlEgress, before).type == TL_EGRESS_BLOCKED)
      g_array_set_size (answers, before);
    kernel_routes_ask (kernel, net, &question, answers);
  } else {
    tl_egress_init (&blocked, net, address->family, NULL, NULL);
    g_array_append_val (answers, blocked);
  }
}

static void
ask_by_protocol (KernelRoutes *kernel,
                 const TlNetState *net,
                 const TlAddress *address,
                 GArray *answers)
{
  const guint8 protocols[] = { IPPROTO_TCP, IPPROTO_UDP };
  const guint16 ports[] = { 9, 53, 60 };

  for (gsize i = 0; i < G_N_ELEMENTS (protocols); i++) {
    for (gsize j = 0; j < G_N_ELEMENTS (ports); j++) {
      KernelQuestion question = {
        .destination = *address,
        .ip_protocol = protocols[i],
        .port = ports[j],
      };

      kernel_routes_ask (kernel, net, &question, answers);
    }
  }
}

/* An error of the kernel does not tell which route it is from, and more than that does not. */
static gboolean
is_same_way (const TlEgress *computed, const TlEgress *answer)
{
  TlEgress way = *answer;

  if (answer->type == TL_EGRESS_BLOCKED && answer->route_type == 0)
    return computed->type == TL_EGRESS_BLOCKED;
  if (answer->table == 0) {
    way.table = computed->table;
    way.destination = computed->destination;
    way.protocol = computed->protocol;
  }

  return tl_egress_equal (computed, &way);
}

static gboolean
is_among (const TlEgress *egress, const GArray *egresses, gboolean are_answers)
{
  for (guint i = 0; i < egresses->len; i++) {
    const TlEgress *other = &g_array_index (egresses, TlEgress, i);

    if (are_answers ? is_same_way (egress, other) : is_same_way (other, egress))
      return TRUE;
  }

  return FALSE;
}

static void
report (const TlNetState *net, const TlAddress *address, const char *what, const TlEgress *egress)
{
  g_autofree char *text = tl_address_to_string (address);
  g_autofree char *way = net_text_egress (net, egress);
  g_autofree char *prefix = tl_prefix_to_string (&egress->destination);

  g_test_message ("%s: %s: %s by %s table %u type %u", text, what, way, prefix, egress->table,
                  egress->route_type);
}

static void
compare (const TlNetState *net,
         const TlCoverage *coverage,
         const TlAddress *address,
         const GArray *answers,
         Tally *tally)
{
  g_autoptr (GArray) computed = g_array_new (FALSE, FALSE, sizeof (TlEgress));

  for (guint i = 0; i < coverage->spans->len; i++) {
    const TlSpan *span = &g_array_index (coverage->spans, TlSpan, i);

    if (tl_address_compare (&span->first, address) <= 0 &&
        tl_address_compare (address, &span->last) <= 0)
      g_array_append_val (computed, span->egress);
  }

  tally->n_questions++;
  tally->n_ways += computed->len;
  tally->n_several += computed->len > 1 ? 1 : 0;
  for (guint i = 0; i < answers->len; i++) {
    const TlEgress *answer = &g_array_index (answers, TlEgress, i);

    if (!is_among (answer, computed, FALSE)) {
      report (net, address, "only the kernel says", answer);
      tally->n_wrong++;
    }
  }
  for (guint i = 0; i < computed->len; i++) {
    const TlEgress *egress = &g_array_index (computed, TlEgress, i);

    tally->n_blocked += egress->type == TL_EGRESS_BLOCKED ? 1 : 0;
    if (!is_among (egress, answers, TRUE)) {
      tally->n_extra++;
      if (g_test_verbose ())
        report (net, address, "only computed", egress);
    }
  }
}

static void
compare_table (KernelRoutes *kernel,
               const TlNetState *net,
               TlFamily family,
               RandomRules rules,
               Tally *tally)
{
  g_autoptr (TlCoverage) coverage = tl_coverage_compute (net, family, HOST_UID, NULL);
  g_autoptr (GArray) answers = g_array_new (FALSE, FALSE, sizeof (TlEgress));
  guint n = from_environment ("TL_TEST_ADDRESSES", 200);

  while (n > 0) {
    TlAddress address = pick_address (net, family);

    if (!tl_address_is_public (&address))
      continue;
    g_array_set_size (answers, 0);
    if (rules == RANDOM_RULES_SOURCE) {
      ask_by_source (kernel, net, &address, answers);
    } else if (rules == RANDOM_RULES_PROTOCOL) {
      ask_by_protocol (kernel, net, &address, answers);
    } else {
      KernelQuestion question = { .destination = address };

      kernel_routes_ask (kernel, net, &question, answers);
    }
    compare (net, coverage, &address, answers, tally);
    n--;
  }
}

/*
 * Whether routes over t0 are passed over, which has no carrier ever. To be said before there are
 * routes: the kernel does not share out the hops of a multipath route anew.
 */
static void
ignore_linkdown (gboolean ignore)
{
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *file = g_strdup_printf ("/proc/sys/net/%s/conf/t0/ignore_routes_with_linkdown",
                                             tl_family_to_string (family));

    g_file_set_contents_full (file, ignore ? "1" : "0", 1, G_FILE_SET_CONTENTS_NONE, 0644, &error);
    g_assert_no_error (error);
  }
}

/*
 * A link without carrier, as t0 is, keeps its routes; one that is down loses them, but for
 * multipath ones. A carrier must not go while tables are compared: the kernel notices some time
 * later. Routes by source all stay: where the one beside them that is for any source is taken away,
 * Linux does not find them any more (fib6_repair_tree() lends their node another leaf, 6.18).
 */
static gboolean
disturb_links (RandomRules rules)
{
  gboolean w0_is_up = rules == RANDOM_RULES_SOURCE || g_test_rand_int_range (0, 5) > 0;

  if (!w0_is_up)
    netns_ip ("link set w0 down");

  return w0_is_up;
}

static const char *const options[TL_N_FAMILIES] = { "-4", "-6" };

static void
clear (const TlNetState *net)
{
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    g_autoptr (GString) commands = g_string_new (RANDOM_NET_CLEAR);

    for (guint i = 0; i < net->rules[family]->len; i++) {
      guint32 priority = g_array_index (net->rules[family], TlRule, i).priority;

      if (priority > 0 && priority < 32766)
        g_string_append_printf (commands, "rule del pref %u\n", priority);
    }
    netns_ip_try_batch (options[family], commands->str);
  }
  netns_ip_try_batch ("", "link set w0 up\n" RANDOM_NET_ADDRESSES);
}

/* Puts a random table of each family into the kernel. Returns the commands. */
static char *
build_table (RandomRules rules)
{
  GString *all = g_string_new (NULL);

  ignore_linkdown (g_test_rand_int_range (0, 4) == 0);
  random_net_groups (all);
  netns_ip_try_batch ("", all->str);
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    g_autoptr (GString) commands = g_string_new (NULL);

    random_net_routes (family, rules, commands);
    random_net_rules (family, rules, commands);
    netns_ip_try_batch (options[family], commands->str);
    g_string_append (all, commands->str);
  }

  return g_string_free (all, FALSE);
}

static void
check_tally (const Tally *tally, const NetTally *kinds, RandomRules rules)
{
  const char *const not_expected[] = {
    rules == RANDOM_RULES_SOURCE ? "" : "from a source",
    rules == RANDOM_RULES_SOURCE ? "" : "rule from",
    rules == RANDOM_RULES_PROTOCOL ? "" : "rule for protocol or port",
    NULL,
  };
  g_autofree char *text = net_tally_to_string (kinds);
  g_autofree char *missing = net_tally_missing (kinds, not_expected);

  g_test_message ("%u tables, %u addresses: %u differ, %u ways too many of %u, %u are blocked, "
                  "%u have several ways",
                  tally->n_tables, tally->n_questions, tally->n_wrong, tally->n_extra,
                  tally->n_ways, tally->n_blocked, tally->n_several);
  g_test_message ("%u and %u routes, %u and %u rules: %s", tally->n_routes[TL_FAMILY_IPV4],
                  tally->n_routes[TL_FAMILY_IPV6], tally->n_rules[TL_FAMILY_IPV4],
                  tally->n_rules[TL_FAMILY_IPV6], text);
  if (tally->n_tables >= 50)
    g_assert_cmpstr (missing, ==, "");
  g_assert_cmpuint (tally->n_wrong, ==, 0);
  if (rules == RANDOM_RULES_PLAIN)
    g_assert_cmpuint (tally->n_extra * 20, <=, tally->n_ways);
  /* So that a computation which says everything of everything does not pass. */
  g_assert_cmpuint (tally->n_extra * 5, <=, tally->n_ways);
}

static void
test_rules (gconstpointer data)
{
  RandomRules rules = GPOINTER_TO_UINT (data);
  Tally tally = { .n_tables = from_environment ("TL_TEST_TABLES", 334) };
  g_autoptr (KernelRoutes) kernel = kernel_routes_new ();
  g_autoptr (NetTally) kinds = net_tally_new ();

  for (guint i = 0; i < tally.n_tables; i++) {
    g_autofree char *commands = build_table (rules);
    g_autoptr (TlNetState) net = read_net (disturb_links (rules));
    guint before = tally.n_wrong;

    net_tally_add (kinds, net);
    for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
      tally.n_routes[family] += net->routes[family]->len;
      tally.n_rules[family] += net->rules[family]->len;
      compare_table (kernel, net, family, rules, &tally);
    }
    if (tally.n_wrong > before)
      g_test_message ("after:\n%s", commands);
    clear (net);
  }

  check_tally (&tally, kinds, rules);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  netns_init ();
  netns_enter_new ();
  /* The rule is there and gone: from now on Linux keeps the tables local and main apart. */
  netns_ip_batch (RANDOM_NET_LINKS RANDOM_NET_ADDRESSES
                  "rule add pref 9 lookup 999\nrule del pref 9\n");

  g_test_add_data_func ("/coverage-kernel/plain", GUINT_TO_POINTER (RANDOM_RULES_PLAIN),
                        test_rules);
  g_test_add_data_func ("/coverage-kernel/source", GUINT_TO_POINTER (RANDOM_RULES_SOURCE),
                        test_rules);
  g_test_add_data_func ("/coverage-kernel/protocol", GUINT_TO_POINTER (RANDOM_RULES_PROTOCOL),
                        test_rules);

  return g_test_run ();
}
