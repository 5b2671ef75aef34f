/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/fix-plan.h"
#include "observation-text.h"

#define RIO   "6 2600:1::/48 via fe80::1 dev eth0 proto ra;"
#define IPSEC "rule 220 lookup 220; 4 198.51.100.0/24 via 192.168.1.1 dev eth0 table 220;"

/* A firewall leaves a DNS server open that lies in what routes lead around the tunnel. */
#define SERVER  "2001:db8:53::53"
#define SERVER4 "9.9.9.9"

/* Answers: `FAMILY WORD [ROUTER]` for each range of a family in turn, separated by `;`, and
 * `dns WORD` for each DNS server outside the tunnels. */
typedef struct {
  const char *name;
  const char *net;
  const char *exits;
  const char *policy;
  const char *answers;
  const char *expected;
} Case;

static const Case cases[] = {
  { "not-asked", LINE TUN, NULL, NULL, "", "leak; ipv4 tunnelled; ipv6 bypass null; ipv6-bypass" },
  { "blocked", LINE TUN, NULL, NULL, "6 blocked",
    "safe blocked; ipv4 tunnelled; ipv6 blocked; ipv6-blocked; ipv6-firewall-blocked" },
  { "leaves", LINE TUN, NULL, NULL, "6 leaves fe80::1",
    "leak; ipv4 tunnelled; ipv6 bypass leaves; ipv6-bypass" },
  { "silent", LINE TUN, NULL, NULL, "6 silent",
    "leak; ipv4 tunnelled; ipv6 bypass silent; ipv6-bypass; ipv6-firewall-silent" },

  { "more-specific-blocked", LINE TUN TUN_IPV6 RIO, NULL, NULL, "6 blocked",
    "safe; ipv4 tunnelled; ipv6 tunnelled; ipv6-firewall-blocked" },
  { "two-ranges-blocked", LINE TUN TUN_IPV6 RIO "6 2a00:1::/48 via fe80::1 dev eth0;", NULL, NULL,
    "6 blocked; 6 blocked", "safe; ipv4 tunnelled; ipv6 tunnelled; ipv6-firewall-blocked" },
  { "one-of-two-ranges", LINE TUN TUN_IPV6 RIO "6 2a00:1::/48 via fe80::1 dev eth0;", NULL, NULL,
    "6 blocked; 6 leaves fe80::1",
    "leak; ipv4 tunnelled; ipv6 partial leaves; ipv6-bypass; ipv6-firewall-blocked" },
  { "other-half-without-a-tunnel", LINE TUN "6 unreachable 2000::/4 metric 1;", NULL, NULL,
    "6 blocked",
    "safe blocked; ipv4 tunnelled; ipv6 blocked; ipv6-blocked; ipv6-firewall-blocked" },
  { "ipv4", LINE TUN TUN_IPV6 "4 192.0.2.0/24 via 192.168.1.1 dev eth0 proto dhcp;", NULL, NULL,
    "4 blocked", "safe; ipv4 tunnelled; ipv6 tunnelled; ipv4-firewall-blocked" },
  { "expected-is-not-asked", LINE TUN TUN_IPV6 RIO, NULL, "bypass 2600:1::/48", "",
    "safe; ipv4 tunnelled; ipv6 partial null; ipv6-expected-bypass" },

  /* A service on the Internet that answered proves more than a sample. */
  { "blocked-but-answered", LINE TUN, "exit 2001:db8:99::9 2001:db8:1::5 2001:db8:80::1", NULL,
    "6 blocked", "leak; ipv4 tunnelled; ipv6 bypass leaves; ipv6-bypass; ipv6-exit-uplink" },
  { "blocked-and-answered-elsewhere", LINE TUN TUN_IPV6 RIO,
    "exit 2001:db8:99::9 2001:db8:8::2 2001:db8:80::1", NULL, "6 blocked",
    "safe; ipv4 tunnelled; ipv6 tunnelled; ipv6-firewall-blocked" },

  /* IPsec without an interface takes packets that routes lead out of the uplink. */
  { "ipsec-silent", LINE TUN IPSEC, NULL, NULL, "4 silent; 6 silent",
    "unknown; ipv4 partial silent; ipv6 bypass silent; ipsec" },
  { "ipsec-leaves", LINE TUN IPSEC, NULL, NULL, "4 silent; 6 leaves 2001:db8:1::1",
    "leak; ipv4 partial silent; ipv6 bypass leaves; ipv6-bypass; ipsec" },
  { "ipsec-leaves-by-the-gateway", LINE TUN IPSEC, NULL, NULL, "4 leaves 192.168.1.1; 6 silent",
    "leak; ipv4 partial leaves; ipv6 bypass silent; ipv4-bypass; ipsec" },
  { "ipsec-answered-from-within", LINE TUN IPSEC, NULL, NULL,
    "4 leaves 10.8.0.1; 6 leaves 2001:db8:8::1",
    "unknown; ipv4 partial silent; ipv6 bypass silent; ipsec" },
  { "ipsec-blocked", LINE TUN IPSEC, NULL, NULL, "4 blocked; 6 blocked",
    "safe blocked; ipv4 tunnelled; ipv6 blocked; ipsec; ipv6-blocked; ipv4-firewall-blocked; "
    "ipv6-firewall-blocked" },

  { "dns-leaves", LINE TUN, "resolv.conf " SERVER, NULL, "6 blocked; dns leaves fe80::1",
    "leak; ipv4 tunnelled; ipv6 bypass " SERVER "/128 leaves; ipv6-bypass; "
    "resolver-bypass; ipv6-firewall-blocked but " SERVER },
  { "dns-silent", LINE TUN, "resolv.conf " SERVER, NULL, "6 blocked; dns silent",
    "leak; ipv4 tunnelled; ipv6 bypass " SERVER "/128 silent; ipv6-bypass; resolver-bypass; "
    "ipv6-firewall-blocked but " SERVER "; ipv6-firewall-silent" },
  { "dns-blocked", LINE TUN, "resolv.conf " SERVER, NULL, "6 blocked; dns blocked",
    "safe blocked; ipv4 tunnelled; ipv6 blocked; resolver-blocked; ipv6-blocked; "
    "ipv6-firewall-blocked" },
  { "dns-not-asked", LINE TUN, "resolv.conf " SERVER, NULL, "6 blocked",
    "safe blocked; ipv4 tunnelled; ipv6 blocked; resolver-blocked; ipv6-blocked; "
    "ipv6-firewall-blocked" },
  { "dns-blocked-alone", LINE TUN, "resolv.conf " SERVER, NULL, "6 leaves fe80::1; dns blocked",
    "leak; ipv4 tunnelled; ipv6 bypass leaves; ipv6-bypass; resolver-blocked" },
  { "two-dns-leave", LINE TUN, "resolv.conf 2600::53 " SERVER, NULL,
    "6 blocked; dns leaves fe80::1; dns leaves fe80::1",
    "leak; ipv4 tunnelled; ipv6 bypass " SERVER "/128 leaves 2600::53/128 leaves; ipv6-bypass; "
    "resolver-bypass; resolver-bypass; ipv6-firewall-blocked but " SERVER ", 2600::53" },
  { "dns-of-an-own-range-leaves",
    LINE TUN TUN_IPV6 "4 9.9.9.0/24 via 192.168.1.1 dev eth0 proto dhcp;", "resolv.conf " SERVER4,
    NULL, "4 blocked; dns leaves 192.168.1.1",
    "leak; ipv4 partial " SERVER4 "/32 leaves; ipv6 tunnelled; ipv4-bypass; resolver-bypass; "
    "ipv4-firewall-blocked but " SERVER4 },
  { "expected-dns-leaves", LINE TUN, "resolv.conf " SERVER, "bypass " SERVER "/128",
    "6 blocked; dns leaves fe80::1",
    "safe; ipv4 tunnelled; ipv6 bypass " SERVER "/128 leaves; ipv6-expected-bypass; "
    "resolver-bypass; ipv6-firewall-blocked but " SERVER },
  { "dns-of-the-lan-leaves", LINE TUN, "resolv.conf 192.168.1.1", NULL,
    "6 blocked; dns leaves 192.168.1.1",
    "safe blocked; ipv4 tunnelled; ipv6 blocked; resolver-bypass; ipv6-blocked; "
    "ipv6-firewall-blocked" },
  { "dns-of-the-lan-blocked", LINE TUN, "resolv.conf 192.168.1.1", "dns leak",
    "6 blocked; dns blocked",
    "safe blocked; ipv4 tunnelled; ipv6 blocked; resolver-blocked; ipv6-blocked; "
    "ipv6-firewall-blocked" },
  { "dns-of-the-lan-not-asked", LINE TUN, "resolv.conf 192.168.1.1", "dns leak", "6 blocked",
    "leak blocked; ipv4 tunnelled; ipv6 blocked; resolver-bypass; ipv6-blocked; "
    "ipv6-firewall-blocked" },
  { "one-dns-of-two-blocked", LINE TUN TUN_IPV6, "resolv.conf 192.168.1.1 192.168.1.2", "dns leak",
    "dns blocked; dns silent",
    "leak; ipv4 tunnelled; ipv6 tunnelled; resolver-bypass; resolver-blocked" },
  { "no-dns-of-two-leaves", LINE TUN TUN_IPV6, "resolv.conf 192.168.1.1 192.168.1.2", "dns warning",
    "dns blocked; dns blocked",
    "safe; ipv4 tunnelled; ipv6 tunnelled; resolver-blocked; resolver-blocked" },
  { "dns-leaves-under-ipsec", LINE TUN IPSEC, "resolv.conf " SERVER, NULL,
    "4 blocked; 6 blocked; dns leaves fe80::1",
    "leak; ipv4 tunnelled; ipv6 bypass " SERVER "/128 leaves; ipv6-bypass; resolver-bypass; ipsec; "
    "ipv4-firewall-blocked; ipv6-firewall-blocked but " SERVER },
  { "dns-answers-under-ipsec", LINE TUN IPSEC, "resolv.conf " SERVER, NULL,
    "4 blocked; 6 blocked; dns leaves " SERVER,
    "unknown; ipv4 tunnelled; ipv6 bypass " SERVER "/128 silent; resolver-bypass; ipsec; "
    "ipv4-firewall-blocked; ipv6-firewall-blocked but " SERVER },
};

static TlFirewallWord
parse_word (const char *text)
{
  return g_str_equal (text, "blocked")  ? TL_FIREWALL_BLOCKED
         : g_str_equal (text, "leaves") ? TL_FIREWALL_LEAVES
                                        : TL_FIREWALL_SILENT;
}

/* What routes alone let bypass is what is asked about. */
static GArray *
parse_answers (const char *text, const TlObservation *observation, const TlPolicy *policy)
{
  GArray *answers = g_array_new (FALSE, FALSE, sizeof (TlFirewallAnswer));
  g_autoptr (TlVerdict) bare = tl_judge (observation, policy);
  g_auto (GStrv) lines = g_strsplit (text, ";", -1);
  g_autoptr (GArray) resolvers = g_array_new (FALSE, FALSE, sizeof (TlSpan));
  guint n[TL_N_FAMILIES] = { 0 };
  guint n_resolvers = 0;

  tl_find_resolvers_outside (bare, observation, resolvers);
  for (guint i = 0; lines[i] != NULL; i++) {
    g_auto (GStrv) words = g_strsplit (g_strstrip (lines[i]), " ", -1);
    TlFirewallAnswer answer = { 0 };
    TlFamily family;

    if (words[0] == NULL)
      continue;
    answer.of_resolver = g_str_equal (words[0], "dns");
    family = g_str_equal (words[0], "4") ? TL_FAMILY_IPV4 : TL_FAMILY_IPV6;
    if (answer.of_resolver) {
      g_assert_cmpuint (n_resolvers, <, resolvers->len);
      answer.range = g_array_index (resolvers, TlSpan, n_resolvers++);
    } else {
      g_assert_cmpuint (n[family], <, bare->families[family].ranges->len);
      answer.range = g_array_index (bare->families[family].ranges, TlSpan, n[family]++);
    }
    answer.word = parse_word (words[1]);
    answer.has_router = words[2] != NULL && tl_address_parse (words[2], &answer.router);
    g_array_append_val (answers, answer);
  }
  for (TlFamily family = TL_FAMILY_IPV4; lines[0] != NULL && family < TL_N_FAMILIES; family++)
    g_assert_cmpuint (n[family], ==, bare->families[family].ranges->len);

  return answers;
}

static char *
summarise (const TlVerdict *verdict)
{
  GString *text = g_string_new (tl_state_to_string (verdict->state));

  if (verdict->four_case.blocked)
    g_string_append (text, " blocked");
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    const TlFamilyVerdict *result = &verdict->families[family];

    g_string_append_printf (text, "; %s %s", tl_family_to_string (family),
                            tl_status_to_string (result->status));
    for (guint i = 0; i < result->bypass->len; i++) {
      const TlBypass *bypass = &g_array_index (result->bypass, TlBypass, i);
      const char *word = tl_firewall_word_to_string (bypass->firewall);
      g_autofree char *prefix = tl_prefix_to_string (&bypass->prefix);

      /* A single address is a DNS server. */
      if (bypass->prefix.length == tl_family_bits (family))
        g_string_append_printf (text, " %s", prefix);
      g_string_append_printf (text, " %s", word != NULL ? word : "null");
    }
  }
  for (guint i = 0; i < verdict->findings->len; i++) {
    const TlFinding *finding = verdict->findings->pdata[i];
    g_autofree char *name = tl_finding_name (finding);

    if (finding->id != TL_FINDING_SERVER_ROUTE && finding->id != TL_FINDING_EXIT_NOT_ASKED)
      g_string_append_printf (text, "; %s", name);
    if (finding->id == TL_FINDING_FIREWALL_BLOCKED && finding->detail != NULL)
      g_string_append_printf (text, " but %s", finding->detail);
  }

  return g_string_free (text, FALSE);
}

static TlVerdict *
judge (const Case *test, TlObservation **ret_observation)
{
  TlObservation *observation = observation_text_parse (test->net, VPN, test->exits);
  g_autoptr (TlPolicy) policy = test->policy != NULL ? policy_text_parse (test->policy) : NULL;
  g_autoptr (GArray) answers = parse_answers (test->answers, observation, policy);

  tl_answers_set_firewall (&observation->answers, answers);
  *ret_observation = observation;
  return tl_judge (observation, policy);
}

static void
test_case (gconstpointer data)
{
  g_autoptr (TlObservation) observation = NULL;
  g_autoptr (TlVerdict) verdict = judge (data, &observation);
  g_autofree char *summary = summarise (verdict);

  g_assert_cmpstr (summary, ==, ((const Case *)data)->expected);
}

static void
test_shares (void)
{
  const Case half = { "", LINE TUN "6 2000::/4 dev tun0", NULL, NULL, "6 blocked", "" };
  g_autoptr (TlObservation) observation = NULL;
  g_autoptr (TlVerdict) verdict = judge (&half, &observation);
  const TlShare *share = &verdict->families[TL_FAMILY_IPV6].share;

  g_assert_cmpfloat_with_epsilon (share->tunnel, 0.5, 1e-9);
  g_assert_cmpfloat_with_epsilon (share->bypass, 0, 1e-9);
  g_assert_cmpfloat_with_epsilon (share->blocked, 0.5, 1e-9);
}

/* An answer is good for exactly the range that was asked about. */
static void
test_other_range (void)
{
  const Case narrow = { "", LINE TUN TUN_IPV6 RIO, NULL, NULL, "6 blocked", "" };
  g_autoptr (TlObservation) asked = NULL;
  g_autoptr (TlVerdict) blocked = judge (&narrow, &asked);
  g_autoptr (TlObservation) wider = observation_text_parse (
    LINE TUN TUN_IPV6 "6 2600::/32 via fe80::1 dev eth0 proto ra;", VPN, NULL);
  g_autoptr (TlVerdict) leak = NULL;

  tl_answers_set_firewall (&wider->answers, asked->answers.firewall);
  leak = tl_judge (wider, NULL);
  g_assert_cmpint (blocked->state, ==, TL_STATE_SAFE);
  g_assert_cmpint (leak->state, ==, TL_STATE_LEAK);
}

/* Another leak can be closed beside a range that a firewall closes. */
static void
test_fix_beside (void)
{
  const Case both = { "",
                      LINE TUN "4 192.0.2.0/24 via 192.168.1.1 dev eth0 proto dhcp;",
                      NULL,
                      NULL,
                      "4 blocked; 6 leaves fe80::1",
                      "" };
  g_autoptr (TlObservation) observation = NULL;
  g_autoptr (TlVerdict) verdict = judge (&both, &observation);
  g_autoptr (GPtrArray) plans = tl_fix_plans (observation, NULL, verdict, NULL);
  gboolean offered = FALSE;

  g_assert_cmpint (verdict->state, ==, TL_STATE_LEAK);
  for (guint i = 0; i < plans->len; i++) {
    const TlFixPlan *plan = plans->pdata[i];

    offered |= plan->id == TL_FIX_BLOCK_NOW && plan->available;
  }
  g_assert_true (offered);
}

/* Routes close what a firewall leaves open. */
static void
test_fix_of_dns (void)
{
  const Case open = {
    "", LINE TUN, "resolv.conf " SERVER, NULL, "6 blocked; dns leaves fe80::1", ""
  };
  g_autoptr (TlObservation) observation = NULL;
  g_autoptr (TlVerdict) verdict = judge (&open, &observation);
  g_autoptr (GPtrArray) plans = tl_fix_plans (observation, NULL, verdict, NULL);
  gboolean offered = FALSE;

  for (guint i = 0; i < plans->len; i++) {
    const TlFixPlan *plan = plans->pdata[i];

    offered |= plan->id == TL_FIX_BLOCK_NOW && plan->available;
  }
  g_assert_true (offered);
}

static void
test_copy (void)
{
  const Case blocked = { "", LINE TUN, NULL, NULL, "6 blocked", "" };
  g_autoptr (TlObservation) observation = NULL;
  g_autoptr (TlVerdict) verdict = judge (&blocked, &observation);
  g_autoptr (TlObservation) copy = tl_observation_copy (observation);
  g_autoptr (TlVerdict) again = tl_judge (copy, NULL);

  g_assert_true (tl_verdict_equal (verdict, again));
}

/* Every part of a range has its sample, and each is an address that goes that way. */
static void
check_samples (const char *net, TlFamily family, guint n_expected)
{
  g_autoptr (TlObservation) observation = observation_text_parse (net, VPN, NULL);
  g_autoptr (TlVerdict) verdict = tl_judge (observation, NULL);
  const TlCoverage *coverage = observation->coverage[family];
  const TlSpan *range = &g_array_index (verdict->families[family].ranges, TlSpan, 0);
  GRand *random = g_rand_new_with_seed ((guint32)g_test_rand_int ());

  g_assert_cmpuint (verdict->families[family].ranges->len, ==, 1);
  for (guint round = 0; round < 200; round++) {
    g_autoptr (GArray) addresses = g_array_new (FALSE, FALSE, sizeof (TlAddress));

    tl_firewall_samples (coverage, range, TL_FIREWALL_SAMPLES, random, addresses);
    g_assert_cmpuint (addresses->len, ==, n_expected);
    for (guint i = 0; i < addresses->len; i++) {
      const TlAddress *address = &g_array_index (addresses, TlAddress, i);
      guint n = 0;
      const TlSpan *ways = tl_coverage_ways (coverage, address, &n);

      g_assert_cmpuint (n, ==, 1);
      g_assert_cmpint (ways[0].egress.ifindex, ==, range->egress.ifindex);
      g_assert_cmpint (ways[0].egress.type, ==, range->egress.type);
      if (i > 0 && i < TL_FIREWALL_SAMPLES)
        g_assert_cmpint (tl_address_compare (&g_array_index (addresses, TlAddress, i - 1), address),
                         <, 0);
    }
  }
  g_rand_free (random);
}

static void
test_samples (void)
{
  TlAddress first;
  TlAddress middle;
  g_autoptr (GArray) addresses = g_array_new (FALSE, FALSE, sizeof (TlAddress));
  g_autoptr (TlObservation) observation = observation_text_parse (LINE TUN, VPN, NULL);
  g_autoptr (TlVerdict) verdict = tl_judge (observation, NULL);
  GRand *random = g_rand_new ();

  /* The whole space has all assigned blocks in it, that prefix a part of one. */
  check_samples (LINE TUN, TL_FAMILY_IPV6, TL_FIREWALL_SAMPLES + 14);
  check_samples (LINE TUN TUN_IPV6 RIO, TL_FAMILY_IPV6, TL_FIREWALL_SAMPLES + 1);
  /* With what is not public in between. */
  check_samples (LINE "link 3 tun0 tun; addr tun0 2001:db8:8::2/64; 6 default dev tun0",
                 TL_FAMILY_IPV4, TL_FIREWALL_SAMPLES + 3);

  /* Both halves have half of the sample. */
  tl_firewall_samples (observation->coverage[TL_FAMILY_IPV6],
                       &g_array_index (verdict->families[TL_FAMILY_IPV6].ranges, TlSpan, 0),
                       TL_FIREWALL_SAMPLES, random, addresses);
  g_rand_free (random);
  first = g_array_index (addresses, TlAddress, TL_FIREWALL_SAMPLES / 2 - 1);
  middle = g_array_index (addresses, TlAddress, TL_FIREWALL_SAMPLES / 2);
  g_assert_cmpuint (first.bytes[0] & 0xf0, ==, 0x20);
  g_assert_cmpuint (middle.bytes[0] & 0xf0, ==, 0x30);
}

/* Many ranges share the sample, each has one all the same. */
static void
test_many_ranges (void)
{
  g_assert_cmpuint (tl_firewall_n_samples (1), ==, TL_FIREWALL_SAMPLES);
  g_assert_cmpuint (tl_firewall_n_samples (20), ==, TL_FIREWALL_SAMPLES);
  g_assert_cmpuint (tl_firewall_n_samples (21), ==, TL_FIREWALL_SAMPLES / 2);
  g_assert_cmpuint (tl_firewall_n_samples (TL_FIREWALL_RANGES_MAX), ==, 2);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strdup_printf ("/firewall/%s", cases[i].name);

    g_test_add_data_func (path, &cases[i], test_case);
  }
  g_test_add_func ("/firewall/shares", test_shares);
  g_test_add_func ("/firewall/other-range", test_other_range);
  g_test_add_func ("/firewall/fix-beside", test_fix_beside);
  g_test_add_func ("/firewall/fix-of-dns", test_fix_of_dns);
  g_test_add_func ("/firewall/copy", test_copy);
  g_test_add_func ("/firewall/samples", test_samples);
  g_test_add_func ("/firewall/many-ranges", test_many_ranges);

  return g_test_run ();
}
