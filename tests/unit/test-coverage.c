/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/coverage.h"
#include "net-text.h"

#define UID 1000

/* A home with both families, and a tunnel. */
#define HOME                                                                                       \
  "link 2 eth0; link 3 tun0 tun;"                                                                  \
  "addr eth0 192.168.1.5/24; addr eth0 2001:db8:1::5/64; addr eth0 fe80::5/64;"                    \
  "addr tun0 10.8.0.2/24; addr tun0 fd00:8::2/64;"                                                 \
  "4 default via 192.168.1.1 dev eth0 proto dhcp metric 100;"                                      \
  "6 default via fe80::1 dev eth0 proto ra metric 100;"

typedef struct {
  const char *name;
  const char *net;
  /* Lines of an address, `=`, and each of its egresses. */
  const char *expected;
} Case;

static const Case cases[] = {
  { "no-vpn", HOME,
    "8.8.8.8 = eth0 via 192.168.1.1\n"
    "192.168.1.1 = outside\n"
    "2001:db8:1::1 = eth0 on-link\n"
    "2001:db8:1::5 = local\n"
    "2001:db8:1:1:: = eth0 via fe80::1\n"
    "fd00:8::9 = outside" },
  { "no-route", "link 2 eth0; addr eth0 192.168.1.5/24", "8.8.8.8 = blocked\n2600::1 = blocked" },
  { "no-rules", "rule flush; link 3 tun0 tun; 4 default dev tun0; 6 default dev tun0",
    "8.8.8.8 = blocked\n2600::1 = blocked" },
  { "ipv4-only-vpn", HOME "4 default dev tun0 metric 50",
    "8.8.8.8 = tun0\n2600::1 = eth0 via fe80::1" },
  { "order-of-metrics", HOME "6 default dev tun0 metric 101; 4 default dev tun0 metric 99",
    "8.8.8.8 = tun0\n2600::1 = eth0 via fe80::1" },
  { "def1",
    HOME "4 0.0.0.0/1 dev tun0; 4 128.0.0.0/1 dev tun0;"
         "4 198.51.100.6 via 192.168.1.1 dev eth0 proto static",
    "1.0.0.0 = tun0\n127.255.255.255 = outside\n128.0.0.0 = tun0\n223.255.255.255 = tun0\n"
    "198.51.100.5 = tun0\n198.51.100.6 = eth0 via 192.168.1.1\n198.51.100.7 = tun0" },
  { "ends-of-a-prefix", HOME "4 8.0.0.0 dev tun0; 4 8.255.255.255 dev tun0",
    "7.255.255.255 = eth0 via 192.168.1.1\n8.0.0.0 = tun0\n8.0.0.1 = eth0 via 192.168.1.1\n"
    "8.255.255.254 = eth0 via 192.168.1.1\n8.255.255.255 = tun0\n"
    "9.0.0.0 = eth0 via 192.168.1.1" },
  { "end-of-a-route",
    "link 2 eth0; link 3 tun0 tun; 4 8.0.0.0/8 via 192.168.1.1 dev eth0; 4 8.255.255.255 dev tun0",
    "8.255.255.254 = eth0 via 192.168.1.1\n8.255.255.255 = tun0\n9.0.0.0 = blocked" },
  { "half-of-def1", HOME "4 0.0.0.0/1 dev tun0",
    "126.255.255.255 = tun0\n128.0.0.0 = eth0 via 192.168.1.1" },
  { "openvpn-ipv6",
    HOME "6 ::/3 dev tun0; 6 2000::/4 dev tun0; 6 3000::/4 dev tun0; 6 fc00::/7 dev tun0",
    "2000:: = tun0\n2600::1 = tun0\n3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff = tun0\n"
    "2001:db8:1::1 = eth0 on-link\n4000:: = outside" },
  { "wg-quick",
    HOME "link 4 wg0 wireguard; 4 default dev wg0 table 51820; 6 default dev wg0 table 51820;"
         "rule 32764 lookup main suppress_prefixlength 0;"
         "rule 32765 not fwmark 0xca6c lookup 51820",
    "8.8.8.8 = wg0\n2600::1 = wg0\n2001:db8:1::1 = eth0 on-link" },
  { "wg-quick-and-a-more-specific-route",
    HOME "link 4 wg0 wireguard; 6 default dev wg0 table 51820; 6 2600::/16 via fe80::1 dev eth0;"
         "rule 32764 lookup main suppress_prefixlength 0;"
         "rule 32765 not fwmark 0xca6c lookup 51820",
    "2600::1 = eth0 via fe80::1\n2601::1 = wg0" },
  { "route-information-option",
    HOME "6 default dev tun0 metric 50; 6 2600:1::/48 via fe80::1 dev eth0 proto ra metric 100",
    "2600:0:ffff:: = tun0\n2600:1::1 = eth0 via fe80::1\n2600:1:1:: = tun0" },
  { "option-121",
    HOME "4 default dev tun0 metric 50;"
         "4 198.51.100.0/24 via 192.168.1.1 dev eth0 proto dhcp metric 100",
    "198.51.99.255 = tun0\n198.51.100.0 = eth0 via 192.168.1.1\n198.51.101.0 = tun0" },
  { "on-link-48",
    HOME "6 default dev tun0 metric 50; 6 2600:1::/48 dev eth0 proto kernel metric 100",
    "2600:1:0:5::1 = eth0 on-link\n2600:1:1::1 = tun0" },
  { "unreachable-before-the-uplink", HOME "6 unreachable default dev lo metric 1",
    "2600::1 = blocked\n2001:db8:1::1 = eth0 on-link" },
  { "unreachable-after-the-uplink", HOME "6 unreachable default dev lo metric 101",
    "2600::1 = eth0 via fe80::1" },
  { "unreachable-does-not-beat-a-longer-prefix",
    HOME "6 unreachable default dev lo metric 1; 6 2600:1::/48 via fe80::1 dev eth0 proto ra",
    "2600::1 = blocked\n2600:1::1 = eth0 via fe80::1" },
  { "blackhole-and-prohibit",
    HOME "4 blackhole 8.0.0.0/8; 4 prohibit 9.0.0.0/8; 4 8.8.0.0/16 dev tun0",
    "8.8.8.8 = tun0\n8.9.0.0 = blocked\n9.9.9.9 = blocked\n11.0.0.0 = eth0 via 192.168.1.1" },
  { "throw", HOME "rule 100 lookup 100; 4 default dev tun0 table 100; 4 throw 8.8.0.0/16 table 100",
    "8.7.255.255 = tun0\n8.8.8.8 = eth0 via 192.168.1.1\n8.9.0.0 = tun0" },
  { "empty-table-goes-on", HOME "rule 100 lookup 100",
    "8.8.8.8 = eth0 via 192.168.1.1\n2600::1 = eth0 via fe80::1" },
  { "suppress",
    HOME "rule 100 lookup 100 suppress_prefixlength 8; 4 8.0.0.0/8 dev tun0 table 100;"
         "4 9.0.0.0/9 dev tun0 table 100; 4 unreachable 11.0.0.0/8 table 100",
    "8.8.8.8 = eth0 via 192.168.1.1\n9.1.1.1 = tun0\n11.1.1.1 = blocked" },
  { "suppress-group",
    HOME "link 4 wg0 wireguard group 7; rule 100 lookup 100 suppress_ifgroup 7;"
         "4 default dev wg0 table 100; 4 8.0.0.0/8 dev tun0 table 100",
    "8.8.8.8 = tun0\n9.1.1.1 = eth0 via 192.168.1.1" },
  { "rule-actions",
    HOME "rule 10 to 8.0.0.0/8 blackhole; rule 11 to 9.0.0.0/8 prohibit;"
         "6 rule 12 to 2600::/16 unreachable; rule 13 to 11.0.0.0/8 nop",
    "8.8.8.8 = blocked\n9.9.9.9 = blocked\n11.1.1.1 = eth0 via 192.168.1.1\n"
    "2600::1 = blocked\n2601::1 = eth0 via fe80::1" },
  { "rule-goto",
    HOME "rule 10 to 8.0.0.0/8 goto 20; rule 11 blackhole; rule 20 lookup 100;"
         "rule 21 goto 5; rule 22 goto 32000; 4 default dev tun0 table 100",
    "8.8.8.8 = tun0\n9.9.9.9 = blocked" },
  { "rule-selectors-that-never-fit",
    HOME "rule 10 fwmark 0x1 lookup 100; rule 11 iif eth0 lookup 100; rule 12 oif tun0 lookup 100;"
         "rule 13 tos 0x10 lookup 100; rule 14 l3mdev; rule 15 uidrange 0-999 lookup 100;"
         "4 default dev tun0 table 100",
    "8.8.8.8 = eth0 via 192.168.1.1" },
  { "rule-not-l3mdev", HOME "rule 10 not l3mdev; rule 11 lookup 100; 4 default dev tun0 table 100",
    "8.8.8.8 = eth0 via 192.168.1.1" },
  { "rule-suppresses-what-shares-a-nexthop",
    HOME "rule 10 lookup 100 suppress_prefixlength 0; 6 default nhid 7 dev tun0 table 101;"
         "6 2600::/16 nhid 7 dev tun0 table 100; 6 2601::/16 dev tun0 table 100",
    "2600::1 = tun0 | eth0 via fe80::1\n2601::1 = tun0" },
  { "rule-iif-lo", HOME "rule 10 iif lo lookup 100; 4 default dev tun0 table 100",
    "8.8.8.8 = tun0" },
  { "rule-mark-outside-the-mask",
    HOME "rule 10 fwmark 0x1/0x2 lookup 100; 4 default dev tun0 table 100", "8.8.8.8 = tun0" },
  { "rule-user", HOME "rule 10 uidrange 1000-1000 lookup 100; 4 default dev tun0 table 100",
    "8.8.8.8 = tun0" },
  { "rule-not-user", HOME "rule 10 not uidrange 1000-2000 lookup 100; 4 default dev tun0 table 100",
    "8.8.8.8 = eth0 via 192.168.1.1" },
  { "rule-not-destination",
    HOME "rule 10 not to 8.0.0.0/8 lookup 100; 4 default dev tun0 table 100",
    "8.8.8.8 = eth0 via 192.168.1.1\n9.9.9.9 = tun0" },
  { "rule-for-some-packets",
    HOME "rule 10 ipproto 17 lookup 100; rule 11 to 9.0.0.0/8 dport 53 lookup 100;"
         "4 8.0.0.0/8 dev tun0 table 100; 4 9.0.0.0/8 dev tun0 table 100",
    "8.8.8.8 = tun0 | eth0 via 192.168.1.1\n9.9.9.9 = tun0 | eth0 via 192.168.1.1\n"
    "11.1.1.1 = eth0 via 192.168.1.1" },
  { "rule-for-some-packets-adds-a-way",
    HOME "rule 10 ipproto 17 lookup 100; rule 20 to 8.0.0.0/8 lookup 101; rule 30 lookup 100;"
         "4 default dev tun0 table 100; 4 default via 192.168.1.1 dev eth0 table 101",
    "7.0.0.0 = tun0\n8.8.8.8 = tun0 | eth0 via 192.168.1.1\n9.0.0.0 = tun0" },
  { "rule-for-some-packets-of-nobody",
    HOME "rule 10 ipproto 17 iif eth0 lookup 100; 4 default dev tun0 table 100",
    "8.8.8.8 = eth0 via 192.168.1.1" },
  /* Measured: an unconnected socket sends by the first lookup, a connected one by the second. */
  { "rule-source-ipv4", HOME "rule 10 from 192.168.1.5 lookup 100; 4 default dev tun0 table 100",
    "8.8.8.8 = eth0 via 192.168.1.1 | tun0" },
  { "rule-source-of-another-link",
    HOME "4 default dev tun0 metric 50; rule 10 from 192.168.1.5 lookup 100;"
         "4 default via 192.168.1.1 dev eth0 table 100",
    "8.8.8.8 = tun0" },
  { "rule-source-ipv4-needs-a-first-answer",
    "link 2 eth0; link 3 tun0 tun; addr eth0 192.168.1.5/24;"
    "rule 10 from 192.168.1.5 lookup 100; 4 default dev tun0 table 100",
    "8.8.8.8 = blocked" },
  { "rule-source-ipv6-needs-none",
    "link 2 eth0; link 3 tun0 tun; addr eth0 2001:db8:1::5/64; 6 unreachable default metric 1;"
    "rule 10 from 2001:db8:1::5 lookup 100; 6 default dev tun0 table 100",
    "2600::1 = tun0" },
  { "rule-source-preferred",
    HOME "4 8.0.0.0/8 via 192.168.1.1 dev eth0 src 10.8.0.2; rule 10 from 10.8.0.2 lookup 100;"
         "4 default dev tun0 table 100",
    "8.8.8.8 = eth0 via 192.168.1.1 | tun0\n9.9.9.9 = eth0 via 192.168.1.1" },
  /* RFC 6724: the outgoing link's address though its label is another one, but not if link-local */
  { "rule-source-ipv6",
    HOME "6 default dev tun0 metric 50; rule 10 from 2001:db8:1::5 lookup 100;"
         "6 default via fe80::1 dev eth0 table 100",
    "2600::1 = tun0" },
  { "rule-source-ipv6-tunnel-without-an-address",
    "link 2 eth0; link 3 tun0 tun; addr eth0 2001:db8:1::5/64; addr tun0 fe80::3/64;"
    "6 default dev tun0 metric 50; rule 10 from 2001:db8:1::5 lookup 100;"
    "6 default via fe80::1 dev eth0 table 100",
    "2600::1 = tun0 | eth0 via fe80::1" },
  { "rule-source-ipv6-not-a-deprecated-one",
    "link 2 eth0; link 3 tun0 tun; addr tun0 2001:db8:3::5/64 deprecated;"
    "addr eth0 2001:db8:1::5/64; 6 default dev tun0 metric 50;"
    "rule 10 from 2001:db8:1::5 lookup 100; 6 default via fe80::1 dev eth0 table 100",
    "2600::1 = tun0 | eth0 via fe80::1" },
  /* Measured: source-specific routes hide the others to the same destination, but not to ::/0 */
  { "source-specific",
    HOME "6 2600::/16 via fe80::16 dev eth0; 6 2600:1::/32 dev tun0;"
         "6 2600:1::/32 from 2001:db8:9::/48 via fe80::9 dev eth0;"
         "6 default from 2001:db8:1::/64 via fe80::8 dev eth0",
    "2600:1::1 = eth0 via fe80::16\n2600:2::1 = eth0 via fe80::16\n"
    "2601::1 = eth0 via fe80::1 | eth0 via fe80::8" },
  { "multipath",
    HOME "4 8.0.0.0/8 nexthop via 192.168.1.1 dev eth0 weight 2 nexthop dev tun0;"
         "4 9.0.0.0/8 nexthop via 192.168.1.1 dev eth0 dead nexthop dev tun0",
    "8.8.8.8 = eth0 via 192.168.1.1 | tun0\n9.9.9.9 = tun0" },
  { "dead",
    HOME "4 8.0.0.0/8 dev tun0 dead; 6 2600::/16 dev tun0 dead; 6 2601::/16 dev tun0 linkdown;"
         "6 2602::/16 dev tun0 metric 1 dead; 6 2602::/16 via fe80::2 dev eth0 metric 2 pref low;"
         "6 2602::/16 via fe80::3 dev eth0 metric 3 pref high",
    "8.8.8.8 = eth0 via 192.168.1.1\n2600::1 = eth0 via fe80::1\n2601::1 = tun0\n"
    "2602::1 = eth0 via fe80::3" },
  { "router-preference",
    HOME "6 2600::/16 via fe80::2 dev eth0 pref low; 6 2600::/16 via fe80::3 dev eth0 pref high;"
         "6 2600::/16 dev tun0; 6 2600::/16 dev eth0 metric 2000 pref high;"
         "6 2601::/16 dev tun0; 6 2601::/16 dev eth0",
    "2600::1 = eth0 via fe80::3\n2601::1 = tun0" },
  { "router-preference-of-a-hop",
    HOME "6 2600::/16 dev tun0;"
         "6 2600::/16 nexthop via fe80::2 dev eth0 nexthop via fe80::3 dev eth0;"
         "6 2601::/16 dev tun0 pref high;"
         "6 2601::/16 nexthop via fe80::2 dev eth0 nexthop via fe80::3 dev eth0",
    "2600::1 = tun0 | eth0 via fe80::2 | eth0 via fe80::3\n2601::1 = tun0" },
  { "several-ipv4-defaults",
    HOME "4 default via 192.168.1.2 dev eth0 metric 100; 4 default dev tun0 metric 100;"
         "4 default via 192.168.1.3 dev eth0 metric 101",
    "8.8.8.8 = eth0 via 192.168.1.1 | eth0 via 192.168.1.2" },
  { "type-of-service", HOME "4 default dev tun0 tos 0x10", "8.8.8.8 = eth0 via 192.168.1.1" },
  { "kinds-of-links",
    "link 2 eth0; link 3 tun0 tun; link 4 tap0 tun tap; link 5 ppp0 ppp; link 6 wg0 wireguard;"
    "link 7 gre0 gre noarp; link 8 ipip0 ipip pointopoint; link 9 x9 type 512; link 10 x10 type "
    "65534;"
    "4 15.0.0.0/8 dev gre0; 4 16.0.0.0/8 dev ipip0; 4 17.0.0.0/8 dev x9; 4 18.0.0.0/8 dev x10;"
    "4 8.0.0.0/8 dev tap0; 4 9.0.0.0/8 dev ppp0; 4 11.0.0.0/8 dev wg0; 4 12.0.0.0/8 dev lo;"
    "4 local 13.0.0.0/8 dev eth0; 4 14.0.0.0/8 via inet6 fe80::1 dev eth0",
    "8.8.8.8 = tap0 on-link\n9.9.9.9 = ppp0\n11.1.1.1 = wg0\n12.1.1.1 = local\n13.1.1.1 = local\n"
    "14.1.1.1 = eth0 via fe80::1\n15.1.1.1 = gre0\n16.1.1.1 = ipip0\n17.1.1.1 = x9\n"
    "18.1.1.1 = x10" },
};

/* In order, without gaps or overlaps, all of public space and nothing else, maximal. */
static void
check_form (const TlCoverage *coverage)
{
  gsize n = 0;
  const TlPrefix *space = tl_public_space (coverage->family, &n);
  TlAddress expected = space[0].address;
  gsize piece = 0;
  guint end;

  for (guint i = 0; i < coverage->spans->len; i = end) {
    const TlSpan *span = &g_array_index (coverage->spans, TlSpan, i);
    TlAddress last;

    for (end = i + 1; end < coverage->spans->len; end++) {
      const TlSpan *next = &g_array_index (coverage->spans, TlSpan, end);

      if (tl_address_compare (&next->first, &span->first) != 0)
        break;
      g_assert_cmpint (tl_address_compare (&next->last, &span->last), ==, 0);
      g_assert_false (tl_egress_equal (&next->egress, &span->egress));
    }

    g_assert_cmpint (tl_address_compare (&span->first, &expected), ==, 0);
    g_assert_cmpint (tl_address_compare (&span->first, &span->last), <=, 0);
    /* The pieces of public space that this span takes up follow each other without a gap. */
    for (tl_prefix_last (&space[piece], &last); tl_address_compare (&last, &span->last) < 0;
         tl_prefix_last (&space[piece], &last)) {
      tl_address_next (&last);
      piece++;
      g_assert_cmpuint (piece, <, n);
      g_assert_cmpint (tl_address_compare (&last, &space[piece].address), ==, 0);
    }
    expected = span->last;
    tl_address_next (&expected);
    if (tl_address_compare (&last, &span->last) == 0 && ++piece < n)
      expected = space[piece].address;
  }

  g_assert_cmpuint (piece, ==, n);
}

/* What the sweep says is what a single lookup says, at both ends of every range. */
static void
check_single_lookups (const TlNetState *net, const TlCoverage *coverage)
{
  for (guint i = 0; i < coverage->spans->len; i++) {
    const TlSpan *span = &g_array_index (coverage->spans, TlSpan, i);
    const TlAddress ends[] = { span->first, span->last };

    for (guint j = 0; j < 2; j++) {
      guint n = 0;
      const TlSpan *swept = tl_coverage_ways (coverage, &ends[j], &n);
      TlEgress single;
      gboolean goes = tl_egress_compute (net, &ends[j], UID, &single);

      g_assert_cmpuint (n, >, 0);
      g_assert_true (tl_egress_equal (&swept[0].egress, &single));
      g_assert_true (swept <= span && span < swept + n);
      g_assert_cmpint (goes, ==, single.type != TL_EGRESS_BLOCKED);
    }
  }
}

static void
check_address (const TlNetState *net, TlCoverage *const *coverage, const char *line)
{
  g_auto (GStrv) parts = g_strsplit (line, " = ", 2);
  g_autofree char *ways = NULL;
  g_autofree char *found = NULL;
  TlAddress address = { 0 };
  gboolean parsed = tl_address_parse (parts[0], &address);

  g_assert_true (parsed);
  ways = net_text_ways (net, coverage[address.family], &address);
  found = g_strdup_printf ("%s = %s", parts[0], ways);
  g_assert_cmpstr (found, ==, line);
}

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (TlNetState) net = net_text_parse (test->net);
  g_auto (GStrv) lines = g_strsplit (test->expected, "\n", -1);
  TlCoverage *coverage[TL_N_FAMILIES];

  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    coverage[family] = tl_coverage_compute (net, family, UID, NULL);
    check_form (coverage[family]);
    check_single_lookups (net, coverage[family]);
  }
  for (guint i = 0; lines[i] != NULL; i++)
    check_address (net, coverage, lines[i]);
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++)
    tl_coverage_unref (coverage[family]);
}

static const TlEgress *
first_way (const TlCoverage *coverage, const TlAddress *address)
{
  guint n = 0;
  const TlSpan *ways = tl_coverage_ways (coverage, address, &n);

  g_assert_cmpuint (n, >, 0);
  return &ways[0].egress;
}

static void
test_evidence (void)
{
  g_autoptr (TlNetState) net =
    net_text_parse (HOME "6 default dev tun0 metric 50;"
                         "6 2600:1::/48 via fe80::1 dev eth0 table 100 proto dhcp metric 9;"
                         "6 unreachable 2600:2::/48 dev lo proto static; rule 10 lookup 100");
  g_autoptr (TlCoverage) coverage = tl_coverage_compute (net, TL_FAMILY_IPV6, UID, NULL);
  TlPrefix specific = { 0 };
  TlPrefix closed = { 0 };
  const TlEgress *egress;

  g_assert_true (tl_prefix_parse ("2600:1::/48", &specific));
  g_assert_true (tl_prefix_parse ("2600:2::/48", &closed));

  egress = first_way (coverage, &specific.address);
  g_assert_cmpint (tl_prefix_compare (&egress->destination, &specific), ==, 0);
  g_assert_cmpuint (egress->table, ==, 100);
  g_assert_cmpuint (egress->protocol, ==, 16);  /* RTPROT_DHCP */
  g_assert_cmpuint (egress->route_type, ==, 1); /* RTN_UNICAST */
  g_assert_cmpint (egress->ifindex, ==, 2);

  egress = first_way (coverage, &closed.address);
  g_assert_cmpint (egress->type, ==, TL_EGRESS_BLOCKED);
  g_assert_cmpint (egress->ifindex, ==, 0);
  g_assert_false (egress->has_gateway);
  g_assert_cmpint (tl_prefix_compare (&egress->destination, &closed), ==, 0);
  g_assert_cmpuint (egress->route_type, ==, 7); /* RTN_UNREACHABLE */
}

/* Changes @field of a copy, and expects it to be told apart. */
#define CHECK_EGRESS(original, field, other)                                                       \
  G_STMT_START                                                                                     \
  {                                                                                                \
    TlEgress changed = (original);                                                                 \
    g_assert_true (tl_egress_equal (&changed, &(original)));                                       \
    changed.field = other;                                                                         \
    g_assert_false (tl_egress_equal (&changed, &(original)));                                      \
  }                                                                                                \
  G_STMT_END

static void
test_egress_equal (void)
{
  TlEgress egress = { .type = TL_EGRESS_GATEWAY, .ifindex = 2, .has_gateway = TRUE };

  CHECK_EGRESS (egress, type, TL_EGRESS_ON_LINK);
  CHECK_EGRESS (egress, ifindex, 3);
  CHECK_EGRESS (egress, has_gateway, FALSE);
  CHECK_EGRESS (egress, gateway.bytes[0], 1);
  CHECK_EGRESS (egress, table, 254);
  CHECK_EGRESS (egress, destination.length, 1);
  CHECK_EGRESS (egress, destination.address.bytes[3], 1);
  CHECK_EGRESS (egress, route_type, 1);
  CHECK_EGRESS (egress, protocol, 9);
}

/* Without a more specific route the whole family is one range; each one makes two more. */
static void
test_maximal (void)
{
  g_autoptr (TlNetState) plain = net_text_parse ("link 3 tun0 tun; 6 default dev tun0");
  g_autoptr (TlNetState) pair =
    net_text_parse ("link 3 tun0 tun; link 2 eth0; 6 default dev tun0;"
                    "6 2600::/17 via fe80::1 dev eth0; 6 2601::/16 via fe80::1 dev eth0");
  g_autoptr (TlCoverage) one = tl_coverage_compute (plain, TL_FAMILY_IPV6, UID, NULL);
  g_autoptr (TlCoverage) five = tl_coverage_compute (pair, TL_FAMILY_IPV6, UID, NULL);
  g_autoptr (TlCoverage) again = tl_coverage_compute (pair, TL_FAMILY_IPV6, UID, NULL);
  g_autofree char *text = net_text_coverage (pair, five);

  g_assert_cmpuint (one->spans->len, ==, 1);
  g_assert_cmpstr (text, ==,
                   "2000:: - 25ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff tun0\n"
                   "2600:: - 2600:7fff:ffff:ffff:ffff:ffff:ffff:ffff eth0 via fe80::1\n"
                   "2600:8000:: - 2600:ffff:ffff:ffff:ffff:ffff:ffff:ffff tun0\n"
                   "2601:: - 2601:ffff:ffff:ffff:ffff:ffff:ffff:ffff eth0 via fe80::1\n"
                   "2602:: - 3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff tun0\n");
  g_assert_true (tl_coverage_equal (five, again));
  g_assert_false (tl_coverage_equal (five, one));
}

static void
test_samples (void)
{
  g_autoptr (GString) text = g_string_new (HOME "6 default dev tun0 metric 50;");
  g_autoptr (TlNetState) net = NULL;
  g_autoptr (TlCoverage) coverage = NULL;
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (TlAddress));
  g_autoptr (GArray) few = g_array_new (FALSE, FALSE, sizeof (TlAddress));
  gboolean seen_eth0 = FALSE;
  gboolean seen_blocked = FALSE;

  /* 300 ranges of the tunnel and only one that is not, somewhere among them. */
  for (guint i = 0; i < 300; i++)
    g_string_append_printf (text, "6 2600:%x::/32 dev tun0;", i * 2);
  g_string_append (text, "6 2600:51::/33 via fe80::1 dev eth0; 6 unreachable 2600:77::/32");
  net = net_text_parse (text->str);
  coverage = tl_coverage_compute (net, TL_FAMILY_IPV6, UID, NULL);

  tl_coverage_samples (coverage, G_MAXUINT, all);
  g_assert_cmpuint (all->len, ==, coverage->spans->len);
  for (guint i = 0; i < all->len; i++) {
    const TlAddress *address = &g_array_index (all, TlAddress, i);
    const TlSpan *span = &g_array_index (coverage->spans, TlSpan, i);
    gboolean is_single = tl_address_compare (&span->first, &span->last) == 0;

    if (is_single) {
      g_assert_cmpint (tl_address_compare (&span->first, address), ==, 0);
      continue;
    }
    g_assert_cmpint (tl_address_compare (&span->first, address), <, 0);
    g_assert_cmpint (tl_address_compare (address, &span->last), <, 0);
  }

  tl_coverage_samples (coverage, 10, few);
  g_assert_cmpuint (few->len, ==, 10);
  for (guint i = 0; i < few->len; i++) {
    const TlEgress *egress = first_way (coverage, &g_array_index (few, TlAddress, i));

    seen_eth0 = seen_eth0 || (egress->ifindex == 2 && egress->type == TL_EGRESS_GATEWAY);
    seen_blocked = seen_blocked || egress->type == TL_EGRESS_BLOCKED;
  }
  g_assert_true (seen_eth0);
  g_assert_true (seen_blocked);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strdup_printf ("/coverage/%s", cases[i].name);

    g_test_add_data_func (path, &cases[i], test_case);
  }
  g_test_add_func ("/coverage/evidence", test_evidence);
  g_test_add_func ("/coverage/egress-equal", test_egress_equal);
  g_test_add_func ("/coverage/maximal", test_maximal);
  g_test_add_func ("/coverage/samples", test_samples);

  return g_test_run ();
}
