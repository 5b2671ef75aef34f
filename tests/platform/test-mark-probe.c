/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "net-text.h"
#include "netns.h"
#include "observation-text.h"
#include "platform/mark-probe.h"
#include "router-net.h"

/*
 * Something marks packets, and a rule leads those with the mark around the tunnel. The other end of
 * the tunnel answers, too: the same router, by another link.
 */
typedef struct {
  const char *name;
  const char *nft; /* (nullable): commands of nft(8) on the computer */
  TlFirewallWord expected;
} MarkCase;

#define MASQUERADE                                                                                 \
  "add chain inet t n { type nat hook postrouting priority 100; };"                                \
  "add rule inet t n oifname va masquerade;"
#define MARK_IF(what) "add rule inet t r " what " meta mark set 0x1;"

static const MarkCase mark_cases[] = {
  { "nothing", NULL, TL_FIREWALL_SILENT },
  { "all", ROUTER_NET_ROUTE ROUTER_NET_MARK, TL_FIREWALL_LEAVES },
  { "all-with-nat", ROUTER_NET_ROUTE ROUTER_NET_MARK MASQUERADE, TL_FIREWALL_LEAVES },
  { "quic", ROUTER_NET_ROUTE MARK_IF ("udp dport 443"), TL_FIREWALL_LEAVES },
  { "names", ROUTER_NET_ROUTE MARK_IF ("udp dport 53"), TL_FIREWALL_LEAVES },
  { "web-with-nat", ROUTER_NET_ROUTE MARK_IF ("tcp dport 443") MASQUERADE, TL_FIREWALL_LEAVES },
  { "names-by-tcp-with-nat", ROUTER_NET_ROUTE MARK_IF ("tcp dport 53") MASQUERADE,
    TL_FIREWALL_LEAVES },
  { "half-of-the-addresses",
    ROUTER_NET_ROUTE MARK_IF ("ip daddr 128.0.0.0/1") MARK_IF ("ip6 daddr 3000::/4"),
    TL_FIREWALL_LEAVES },
  { "another-mark", ROUTER_NET_ROUTE "add rule inet t r meta mark set 0x2;", TL_FIREWALL_SILENT },
  { "another-user", ROUTER_NET_ROUTE MARK_IF ("meta skuid 4711"), TL_FIREWALL_SILENT },
  { "all-but-it-is-dropped",
    ROUTER_NET_ROUTE ROUTER_NET_MARK ROUTER_NET_POSTROUTING ROUTER_NET_BOTH "drop",
    TL_FIREWALL_SILENT },
  /* A mark that is set behind the second lookup leads nowhere. */
  { "too-late", ROUTER_NET_POSTROUTING "add rule inet t c meta mark set 0x1;", TL_FIREWALL_SILENT },
};

static void
on_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **)user_data = g_object_ref (result);
}

static GArray *
ask_marks (void)
{
  g_autoptr (TlObservation) observation = observation_text_parse (
    "link 10 va; addr va 192.168.1.5/24; addr va 2001:db8:1::5/64; addr va fe80::5/64;"
    "link 11 tun0 tun; addr tun0 10.8.0.2/24; addr tun0 2001:db8:8::2/64;"
    "4 default via 10.8.0.1 dev tun0; 6 default via fe80::8 dev tun0 metric 1;"
    "4 default via 192.168.1.1 dev va table 100; 6 default via fe80::1 dev va table 100;"
    "rule 100 fwmark 0x1 lookup 100",
    "activation va 802-3-ethernet Home;", NULL);
  g_autoptr (TlVerdict) bare = tl_judge (observation, NULL);
  g_autoptr (GArray) ranges = g_array_new (FALSE, FALSE, sizeof (TlMarkedRange));
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GArray *answers;

  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    const GArray *of = bare->families[family].marked;

    g_assert_cmpuint (of->len, ==, 1);
    g_array_append_vals (ranges, of->data, of->len);
  }
  tl_mark_probe_ask (observation, ranges, NULL, on_ready, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  answers = tl_mark_probe_ask_finish (result, &error);
  g_assert_no_error (error);
  return answers;
}

static void
test_mark (gconstpointer data)
{
  const MarkCase *test = data;
  g_autoptr (GArray) answers = NULL;

  netns_enter_new ();
  router_net_build_tunnel ();
  if (test->nft != NULL)
    router_net_run ("nft 'add table inet t;%s'", test->nft);

  answers = ask_marks ();
  g_assert_cmpuint (answers->len, ==, TL_N_FAMILIES);
  for (guint i = 0; i < answers->len; i++) {
    const TlFirewallAnswer *answer = &g_array_index (answers, TlFirewallAnswer, i);

    g_test_message ("%s: %d", tl_family_to_string (answer->range.first.family), answer->word);
    g_assert_cmpint (answer->word, ==, test->expected);
  }
  router_net_tear_down ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  netns_init ();
  for (gsize i = 0; i < G_N_ELEMENTS (mark_cases); i++) {
    g_autofree char *path = g_strdup_printf ("/mark-probe/%s", mark_cases[i].name);

    g_test_add_data_func (path, &mark_cases[i], test_mark);
  }

  return g_test_run ();
}
