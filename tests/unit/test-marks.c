/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/fix-plan.h"
#include "observation-text.h"

#include <string.h>

/* Rules that send marked packets somewhere else. */

#define PAST4  "4 default via 192.168.1.1 dev eth0 table 100;"
#define PAST6  "6 default via fe80::1 dev eth0 table 100;"
#define RULE   "rule 100 fwmark 0x1 lookup 100;"
#define TUNNEL LINE TUN TUN_IPV6
#define WG                                                                                         \
  LINE "link 4 wg0 wireguard; addr wg0 10.9.0.2/24; addr wg0 2001:db8:9::2/64;"                    \
       "4 default dev wg0 table 51820; 6 default dev wg0 table 51820;"                             \
       "rule 100 lookup main suppress_prefixlength 0; rule 101 not fwmark 0xca6c lookup 51820;"
#define MESH                                                                                       \
  LINE "link 4 tailscale0 tun; addr tailscale0 100.64.0.5/32;"                                     \
       "4 default dev tailscale0 table 52; 6 default dev tailscale0 table 52;"                     \
       "rule 5210 fwmark 0x80000/0xff0000 lookup main;"                                            \
       "rule 5230 fwmark 0x80000/0xff0000 lookup default;"                                         \
       "rule 5250 fwmark 0x80000/0xff0000 unreachable; rule 5270 lookup 52;"

#define ALL4 "0x1 1.0.0.0 - 223.255.255.255 out of 2 table 100"
#define ALL6 "0x1 2000:: - 3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff out of 2 table 100"

typedef struct {
  const char *name;
  const char *net;
  const char *expected; /* a line for each range */
} Case;

static const Case cases[] = {
  { "no-rule", TUNNEL PAST4 PAST6, "" },
  { "past-the-tunnel", TUNNEL PAST4 PAST6 RULE, ALL4 "\n" ALL6 "\n" },
  { "one-family", TUNNEL PAST6 RULE, ALL6 "\n" },
  { "what-bypasses-anyway", LINE TUN PAST4 PAST6 RULE, ALL4 "\n" },
  /* Packets that are blocked never come to where they could be marked. */
  { "what-is-blocked-anyway",
    LINE TUN "6 unreachable default metric 1; 4 unreachable 128.0.0.0/1 metric 1;" PAST4 PAST6 RULE,
    "0x1 1.0.0.0 - 126.255.255.255 out of 2 table 100\n" },
  { "into-the-same-tunnel",
    TUNNEL "4 default dev tun0 table 100; 6 default dev tun0 table 100;" RULE, "" },
  { "nowhere", TUNNEL "4 unreachable default table 100;" RULE, "" },
  /* For a proxy on this computer, as in Linux' tproxy.txt. */
  { "to-the-host-itself", TUNNEL "4 local default dev lo table 100;" RULE, "" },
  { "a-part",
    TUNNEL "4 192.0.2.0/24 via 192.168.1.1 dev eth0 table 100;"
           "6 2600:1::/48 via fe80::1 dev eth0 table 100;" RULE,
    "0x1 192.0.2.0 - 192.0.2.255 out of 2 table 100\n"
    "0x1 2600:1:: - 2600:1:0:ffff:ffff:ffff:ffff:ffff out of 2 table 100\n" },
  { "the-lan-alone", TUNNEL "6 2001:db8:1::/64 dev eth0 table 100;" RULE, "" },
  { "a-short-prefix-on-the-lan", TUNNEL "6 2600::/16 dev eth0 table 100;" RULE,
    "0x1 2600:: - 2600:ffff:ffff:ffff:ffff:ffff:ffff:ffff out of 2 table 100\n" },
  { "a-link-that-is-no-uplink",
    TUNNEL "link 5 virbr0 bridge; 4 default via 192.168.122.1 dev virbr0 table 100;" RULE, "" },
  { "two-ways",
    TUNNEL "4 0.0.0.0/1 via 192.168.1.1 dev eth0 table 100;"
           "4 128.0.0.0/1 via 192.168.1.2 dev eth0 table 100;" RULE,
    "0x1 1.0.0.0 - 126.255.255.255 out of 2 table 100\n"
    "0x1 128.0.0.0 - 223.255.255.255 out of 2 table 100\n" },
  { "two-marks-one-way", TUNNEL PAST4 RULE "rule 101 fwmark 0x2 lookup 100;", ALL4 "\n" },
  { "a-masked-mark", TUNNEL PAST4 "rule 100 fwmark 0xff01/0xff lookup 100;", ALL4 "\n" },
  { "an-empty-mark", TUNNEL PAST4 "rule 100 fwmark 0x0/0xff lookup main;", "" },
  /* The mark is that of the VPN's own socket. */
  { "wg-quick", WG, "" },
  { "wg-quick-and-another-mark", WG PAST4 RULE, ALL4 "\n" },
  /* It may be, too, and may not: samples tell. */
  { "an-exit-node-of-a-mesh", MESH,
    "0x80000 1.0.0.0 - 223.255.255.255 out of 2 table 254\n"
    "0x80000 2000:: - 3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff out of 2 table 254\n" },
};

static char *
describe (const TlVerdict *verdict)
{
  GString *text = g_string_new (NULL);

  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    const GArray *marked = verdict->families[family].marked;

    for (guint i = 0; i < marked->len; i++) {
      const TlMarkedRange *range = &g_array_index (marked, TlMarkedRange, i);
      g_autofree char *first = tl_address_to_string (&range->span.first);
      g_autofree char *last = tl_address_to_string (&range->span.last);

      g_string_append_printf (text, "0x%x %s - %s out of %d table %u\n", range->mark, first, last,
                              range->span.egress.ifindex, range->span.egress.table);
    }
  }

  return g_string_free (text, FALSE);
}

static TlObservation *
parse (const char *net)
{
  return observation_text_parse (net, strstr (net, "tun0") != NULL ? VPN : HOME, NULL);
}

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (TlObservation) observation = parse (test->net);
  g_autoptr (TlObservation) copy = tl_observation_copy (observation);
  g_autoptr (TlVerdict) verdict = tl_judge (copy, NULL);
  g_autofree char *found = describe (verdict);

  g_assert_cmpstr (found, ==, test->expected);
}

/* What packets to the marked ranges were seen to do. */
typedef struct {
  const char *name;
  const char *net;
  const char *policy;
  TlFirewallWord word;
  TlState state;
  TlFindingId finding; /* zero where nothing bypasses */
} Answered;

static const Answered answered[] = {
  { "not-asked", TUNNEL PAST4 RULE, NULL, TL_FIREWALL_NOT_ASKED, TL_STATE_SAFE, 0 },
  { "silent", TUNNEL PAST4 RULE, NULL, TL_FIREWALL_SILENT, TL_STATE_SAFE, 0 },
  { "leaves", TUNNEL PAST4 RULE, NULL, TL_FIREWALL_LEAVES, TL_STATE_LEAK, TL_FINDING_MARKED },
  { "leaves-as-expected", TUNNEL "4 192.0.2.0/24 via 192.168.1.1 dev eth0 table 100;" RULE,
    "bypass 192.0.2.0/24", TL_FIREWALL_LEAVES, TL_STATE_SAFE, TL_FINDING_EXPECTED_BYPASS },
  /* A packet that IPsec encrypts goes out of the uplink, too. */
  { "leaves-under-ipsec", TUNNEL PAST4 RULE "rule 220 lookup 220; 4 9.0.0.0/8 dev eth0 table 220;",
    NULL, TL_FIREWALL_LEAVES, TL_STATE_UNKNOWN, 0 },
};

static void
test_answered (gconstpointer data)
{
  const Answered *test = data;
  g_autoptr (TlObservation) observation = parse (test->net);
  g_autoptr (TlPolicy) policy = test->policy != NULL ? policy_text_parse (test->policy) : NULL;
  g_autoptr (TlVerdict) bare = tl_judge (observation, policy);
  const GArray *marked = bare->families[TL_FAMILY_IPV4].marked;
  g_autoptr (GArray) answers = g_array_new (FALSE, FALSE, sizeof (TlFirewallAnswer));
  g_autoptr (TlVerdict) verdict = NULL;
  g_autoptr (GPtrArray) plans = NULL;
  const GArray *bypass;

  for (guint i = 0; i < marked->len; i++) {
    TlFirewallAnswer answer = { .range = g_array_index (marked, TlMarkedRange, i).span,
                                .word = test->word };

    g_array_append_val (answers, answer);
  }
  g_assert_cmpuint (answers->len, >, 0);
  if (test->word != TL_FIREWALL_NOT_ASKED)
    tl_answers_set_firewall (&observation->answers, answers);

  verdict = tl_judge (observation, policy);
  g_assert_cmpint (verdict->state, ==, test->state);
  bypass = verdict->families[TL_FAMILY_IPV4].bypass;
  if (test->finding != 0) {
    g_assert_true (tl_verdict_has_finding (verdict, test->finding, TL_FAMILY_IPV4));
    g_assert_cmpuint (bypass->len, >, 0);
    g_assert_cmpuint (g_array_index (bypass, TlBypass, 0).mark, ==, 1);
    g_assert_cmpint (verdict->families[TL_FAMILY_IPV4].status, ==, TL_STATUS_PARTIAL);
  }
  g_assert_cmpint (tl_verdict_equal (bare, verdict), ==, test->finding == 0);

  /* An unreachable route would stop the packets only by closing the tunnel. */
  plans = tl_fix_plans (observation, policy, verdict, NULL);
  g_assert_null (tl_fix_plans_first (plans));
  for (guint i = 0; i < plans->len && test->state == TL_STATE_LEAK; i++)
    g_assert_cmpint (((const TlFixPlan *)plans->pdata[i])->reason, ==, TL_FIX_REASON_NO_HELP);
}

/* What is not asked for cannot grow without end. */
static void
test_many (void)
{
  g_autoptr (GString) net = g_string_new (TUNNEL PAST4);
  g_autoptr (TlObservation) observation = NULL;

  for (guint i = 1; i < 100; i++)
    g_string_append_printf (net, "rule 100 fwmark 0x%x lookup 100;", i);
  observation = parse (net->str);
  g_assert_cmpuint (observation->marked[TL_FAMILY_IPV4]->len, ==, TL_MARKS_MAX);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strdup_printf ("/marks/%s", cases[i].name);

    g_test_add_data_func (path, &cases[i], test_case);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (answered); i++) {
    g_autofree char *path = g_strdup_printf ("/marks/answered/%s", answered[i].name);

    g_test_add_data_func (path, &answered[i], test_answered);
  }
  g_test_add_func ("/marks/many", test_many);

  return g_test_run ();
}
