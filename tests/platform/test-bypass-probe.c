/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/error.h"
#include "net-text.h"
#include "netns.h"
#include "platform/bypass-probe.h"
#include "router-net.h"

#include <gio/gio.h>

typedef struct {
  const char *name;
  const char *home;   /* (nullable): commands of nft(8) on the computer */
  const char *router; /* (nullable): on the router */
  const char *shell;  /* (nullable): on the computer, for a shell */
  TlFirewallWord expected;
} Case;

#define OUTPUT      "add chain inet t c { type filter hook output priority 0; };"
#define POSTROUTING ROUTER_NET_POSTROUTING
#define NAT         "add chain inet t c { type nat hook output priority -100; };"
#define PREROUTING  "add chain inet t c { type filter hook prerouting priority 0; };"
#define FORWARD     "add chain inet t c { type filter hook forward priority 0; };"
#define EGRESS                                                                                     \
  "add table netdev t; add chain netdev t c { type filter hook egress device va priority 0; };"
#define BOTH ROUTER_NET_BOTH
#define UDP  "add rule inet t c oifname va meta l4proto udp "
#define TCP  "add rule inet t c oifname va meta l4proto tcp "
/* Of each family the first packet alone goes out. */
#define ONCE  "limit rate 1/hour burst 1 packets "
#define LIMIT BOTH "meta nfproto ipv4 " ONCE "accept;" BOTH "meta nfproto ipv6 " ONCE "accept;" BOTH
/* And the packets of the first connection, also those that come later. */
#define KNOWN(family)                                                                              \
  "add set inet t " family " { type inet_service; size 1; flags dynamic; timeout 1h; };" TCP       \
  "meta nfproto " family " update @" family " { tcp sport } accept;"
#define SILENCE PREROUTING "add rule inet t c meta l4proto { tcp, udp } drop"

static const Case cases[] = {
  { "open", NULL, NULL, NULL, TL_FIREWALL_LEAVES },
  { "output-drop", OUTPUT BOTH "drop", NULL, NULL, TL_FIREWALL_BLOCKED },
  { "postrouting-drop", POSTROUTING BOTH "drop", NULL, NULL, TL_FIREWALL_BLOCKED },
  { "egress-drop", EGRESS "add rule netdev t c meta l4proto { tcp, udp } drop", NULL, NULL,
    TL_FIREWALL_BLOCKED },
  { "reject", OUTPUT BOTH "reject", NULL, NULL, TL_FIREWALL_BLOCKED },
  { "reject-as-if-the-host-were-missing", OUTPUT BOTH "reject with icmpx type host-unreachable",
    NULL, NULL, TL_FIREWALL_BLOCKED },
  { "reject-with-reset", OUTPUT UDP "reject;" TCP "reject with tcp reset", NULL, NULL,
    TL_FIREWALL_BLOCKED },
  { "drop-and-reset", OUTPUT UDP "drop;" TCP "reject with tcp reset", NULL, NULL,
    TL_FIREWALL_BLOCKED },
  { "udp-drop", OUTPUT UDP "drop", NULL, NULL, TL_FIREWALL_LEAVES },
  { "udp-reject", OUTPUT UDP "reject", NULL, NULL, TL_FIREWALL_LEAVES },
  { "tcp-drop", OUTPUT TCP "drop", NULL, NULL, TL_FIREWALL_LEAVES },
  { "tcp-reset", OUTPUT TCP "reject with tcp reset", NULL, NULL, TL_FIREWALL_LEAVES },
  { "one-tcp-port-open", OUTPUT UDP "drop;" TCP "tcp dport != 443 drop", NULL, NULL,
    TL_FIREWALL_LEAVES },

  /* Half of the range, of each family; and half of it for TCP only. */
  { "half-drop", OUTPUT BOTH "ip daddr 0.0.0.0/1 drop;" BOTH "ip6 daddr 2000::/4 drop", NULL, NULL,
    TL_FIREWALL_LEAVES },
  { "half-tcp-drop",
    OUTPUT UDP "drop;" TCP "ip daddr 128.0.0.0/1 drop;" TCP "ip6 daddr 3000::/4 drop", NULL, NULL,
    TL_FIREWALL_LEAVES },
  { "other-half-tcp-drop",
    OUTPUT UDP "drop;" TCP "ip daddr 0.0.0.0/1 drop;" TCP "ip6 daddr 2000::/4 drop", NULL, NULL,
    TL_FIREWALL_LEAVES },
  { "other-half-udp-drop",
    OUTPUT TCP "drop;" UDP "ip daddr 0.0.0.0/1 drop;" UDP "ip6 daddr 2000::/4 drop", NULL, NULL,
    TL_FIREWALL_LEAVES },
  { "eighth-open", OUTPUT BOTH "ip daddr != 32.0.0.0/3 drop;" BOTH "ip6 daddr != 2400::/6 drop",
    NULL, NULL, TL_FIREWALL_LEAVES },

  /* What the router does is no word of this computer's. */
  { "router-prerouting-drop", NULL, PREROUTING "add rule inet t c meta l4proto { tcp, udp } drop",
    NULL, TL_FIREWALL_SILENT },
  { "router-forward-drop", NULL, FORWARD "add rule inet t c drop", NULL, TL_FIREWALL_LEAVES },
  { "router-drop-under-udp-drop", OUTPUT UDP "drop",
    PREROUTING "add rule inet t c meta l4proto { tcp, udp } drop", NULL, TL_FIREWALL_SILENT },
  { "router-reset-under-udp-drop", OUTPUT UDP "drop",
    PREROUTING "add rule inet t c meta l4proto tcp reject with tcp reset", NULL,
    TL_FIREWALL_SILENT },

  /* A proxy of this computer may do anything with what it takes, whoever listens. */
  { "local-proxy",
    OUTPUT UDP "drop;"
               "add chain inet t n { type nat hook output priority -100; };"
               "add rule inet t n meta l4proto tcp redirect to :3128",
    NULL, NULL, TL_FIREWALL_SILENT },
  { "local-proxy-is-off",
    OUTPUT UDP "drop;"
               "add chain inet t n { type nat hook output priority -100; };"
               "add rule inet t n meta l4proto tcp redirect to :3129",
    NULL, NULL, TL_FIREWALL_SILENT },

  /* What it lets out first has left, whatever it keeps back afterwards and whoever is silent. */
  { "rate-limit", OUTPUT LIMIT "drop", SILENCE, NULL, TL_FIREWALL_SILENT },
  { "rate-limit-and-reject", OUTPUT LIMIT "reject", SILENCE, NULL, TL_FIREWALL_SILENT },
  { "rate-limit-in-egress",
    EGRESS "add rule netdev t c meta protocol ip meta l4proto { tcp, udp } " ONCE "accept;"
           "add rule netdev t c meta protocol ip6 meta l4proto { tcp, udp } " ONCE "accept;"
           "add rule netdev t c meta l4proto { tcp, udp } drop",
    SILENCE, NULL, TL_FIREWALL_SILENT },
  { "limit-of-connections",
    OUTPUT BOTH "meta nfproto ipv4 ct count over 1 reject;" BOTH
                "meta nfproto ipv6 ct count over 1 reject",
    SILENCE, NULL, TL_FIREWALL_SILENT },
  { "limit-of-tcp-connections", OUTPUT UDP "drop;" KNOWN ("ipv4") KNOWN ("ipv6") TCP "reject",
    SILENCE, NULL, TL_FIREWALL_SILENT },

  /* No router there: the kernel's own errors for a missing neighbour are no refusal. */
  { "no-neighbour", OUTPUT UDP "drop", NULL,
    "for f in 4 6; do sysctl -qw net.ipv$f.neigh.va.retrans_time_ms=50 "
    "net.ipv$f.neigh.va.mcast_solicit=2; done;"
    "ip route replace default via 192.168.1.9 dev va;"
    "ip -6 route replace default via fe80::9 dev va",
    TL_FIREWALL_SILENT },
};

/** DnsCase: DNS servers by themselves, of each family one on the own network and one behind it. */
typedef struct {
  const char *name;
  const char *home;
  const char *router;
  TlFirewallWord range;
  TlFirewallWord near;
  TlFirewallWord far;
  gboolean served; /* whether the near ones answer */
} DnsCase;

#define DNS_OUT(proto)                                                                             \
  proto "ip daddr { 192.168.1.1, 9.9.9.9 } th dport 53 accept;" proto                              \
        "ip6 daddr { fe80::1, 2001:db8:53::53 } th dport 53 accept;"
#define FAR_OUT                                                                                    \
  UDP "ip daddr 9.9.9.9 udp dport 53 accept;" UDP "ip6 daddr 2001:db8:53::53 udp dport 53 accept;"

static const DnsCase dns_cases[] = {
  { "open", NULL, NULL, TL_FIREWALL_LEAVES, TL_FIREWALL_LEAVES, TL_FIREWALL_LEAVES, FALSE },
  { "blocked", OUTPUT BOTH "drop", NULL, TL_FIREWALL_BLOCKED, TL_FIREWALL_BLOCKED,
    TL_FIREWALL_BLOCKED, FALSE },
  { "all-but-dns", OUTPUT DNS_OUT (UDP) BOTH "drop", NULL, TL_FIREWALL_BLOCKED, TL_FIREWALL_LEAVES,
    TL_FIREWALL_LEAVES, FALSE },
  { "all-but-dns-by-tcp", OUTPUT DNS_OUT (TCP) BOTH "drop", NULL, TL_FIREWALL_BLOCKED,
    TL_FIREWALL_SILENT, TL_FIREWALL_LEAVES, FALSE },
  { "all-but-far-dns", OUTPUT FAR_OUT BOTH "reject", NULL, TL_FIREWALL_BLOCKED, TL_FIREWALL_BLOCKED,
    TL_FIREWALL_LEAVES, FALSE },
  { "all-but-dns-and-a-silent-router", OUTPUT DNS_OUT (UDP) BOTH "drop", SILENCE,
    TL_FIREWALL_BLOCKED, TL_FIREWALL_SILENT, TL_FIREWALL_SILENT, FALSE },
  { "dns-alone", OUTPUT BOTH "th dport 53 drop", NULL, TL_FIREWALL_LEAVES, TL_FIREWALL_BLOCKED,
    TL_FIREWALL_BLOCKED, FALSE },
  /* Whoever answers has not been kept from it, and nobody waits any longer. */
  { "answered", NULL, NULL, TL_FIREWALL_LEAVES, TL_FIREWALL_SILENT, TL_FIREWALL_LEAVES, TRUE },
};

static TlSpan
whole_range (const TlCoverage *coverage)
{
  const GArray *spans = coverage->spans;
  TlSpan range = g_array_index (spans, TlSpan, 0);

  range.last = g_array_index (spans, TlSpan, spans->len - 1).last;
  return range;
}

static void
on_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **)user_data = g_object_ref (result);
}

/* Returns: answers for all of IPv4, all of IPv6, and then the DNS servers */
static GArray *
ask (const GArray *resolvers, GCancellable *cancellable, GError **error)
{
  g_autoptr (TlNetState) net =
    net_text_parse ("link 10 va; addr va 192.168.1.5/24; addr va 2001:db8:1::5/64;"
                    "4 default via 192.168.1.1 dev va; 6 default via fe80::1 dev va");
  TlCoverage *coverage[TL_N_FAMILIES];
  g_autoptr (GArray) ranges = g_array_new (FALSE, FALSE, sizeof (TlSpan));
  g_autoptr (GAsyncResult) result = NULL;

  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    TlSpan range;

    coverage[family] = tl_coverage_compute (net, family, 0, NULL);
    range = whole_range (coverage[family]);
    g_array_append_val (ranges, range);
  }
  tl_bypass_probe_ask (coverage, ranges, resolvers, cancellable, on_ready, &result);
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++)
    tl_coverage_unref (coverage[family]);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);

  return tl_bypass_probe_ask_finish (result, error);
}

static GSocket *
listen_as_proxy (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GInetAddress) any = g_inet_address_new_any (G_SOCKET_FAMILY_IPV6);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (any, 3128);
  GSocket *socket =
    g_socket_new (G_SOCKET_FAMILY_IPV6, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, &error);

  g_assert_no_error (error);
  g_socket_bind (socket, address, TRUE, &error);
  g_assert_no_error (error);
  g_socket_listen (socket, &error);
  g_assert_no_error (error);
  return socket;
}

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  const char *table = "add table inet t;";
  g_autoptr (GSocket) proxy = NULL;
  g_autoptr (GArray) none = g_array_new (FALSE, FALSE, sizeof (TlSpan));
  g_autoptr (GArray) answers = NULL;
  g_autoptr (GError) error = NULL;
  gint64 begin;

  netns_enter_new ();
  router_net_build ();
  proxy = listen_as_proxy ();
  if (test->home != NULL)
    router_net_run ("nft '%s%s'", table, test->home);
  if (test->router != NULL)
    router_net_run_on_router ("nft '%s%s'", table, test->router);
  if (test->shell != NULL)
    router_net_run ("%s", test->shell);

  begin = g_get_monotonic_time ();
  answers = ask (none, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (answers->len, ==, TL_N_FAMILIES);
  for (guint i = 0; i < answers->len; i++) {
    const TlFirewallAnswer *answer = &g_array_index (answers, TlFirewallAnswer, i);

    g_test_message ("%s: %d", tl_family_to_string (answer->range.first.family), answer->word);
    g_assert_cmpint (answer->word, ==, test->expected);
    g_assert_cmpint (answer->has_router, ==, test->expected == TL_FIREWALL_LEAVES);
  }
  /* On a busy computer a timer may be late. */
  g_assert_cmpint (g_get_monotonic_time () - begin, <,
                   (TL_BYPASS_PROBE_TIMEOUT_MS + 1000) * G_TIME_SPAN_MILLISECOND);
  router_net_tear_down ();
}

static TlFirewallWord
word_of (const GArray *answers, guint index)
{
  const TlFirewallAnswer *answer = &g_array_index (answers, TlFirewallAnswer, index);

  g_assert_cmpint (answer->of_resolver, ==, index >= TL_N_FAMILIES);
  return answer->word;
}

static void
test_dns_case (gconstpointer data)
{
  static const char *const resolvers[] = { "192.168.1.1", "fe80::1", "9.9.9.9", "2001:db8:53::53" };
  const DnsCase *test = data;
  g_autoptr (GArray) spans = g_array_new (FALSE, FALSE, sizeof (TlSpan));
  g_autoptr (GArray) answers = NULL;
  g_autoptr (GError) error = NULL;
  gint64 begin;

  netns_enter_new ();
  router_net_build ();
  if (test->served)
    router_net_start_server ();
  if (test->home != NULL)
    router_net_run ("nft 'add table inet t;%s'", test->home);
  if (test->router != NULL)
    router_net_run_on_router ("nft 'add table inet t;%s'", test->router);
  for (guint i = 0; i < G_N_ELEMENTS (resolvers); i++) {
    TlSpan span = { .egress = { .type = TL_EGRESS_GATEWAY, .ifindex = 10 } };

    g_assert_true (tl_address_parse (resolvers[i], &span.first));
    span.last = span.first;
    g_array_append_val (spans, span);
  }

  begin = g_get_monotonic_time ();
  answers = ask (spans, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (answers->len, ==, TL_N_FAMILIES + G_N_ELEMENTS (resolvers));
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    g_test_message ("%s", tl_family_to_string (family));
    g_assert_cmpint (word_of (answers, family), ==, test->range);
    g_assert_cmpint (word_of (answers, TL_N_FAMILIES + family), ==, test->near);
    g_assert_cmpint (word_of (answers, 2 * TL_N_FAMILIES + family), ==, test->far);
  }
  if (test->served)
    g_assert_cmpint (g_get_monotonic_time () - begin, <, 500 * G_TIME_SPAN_MILLISECOND);
  router_net_tear_down ();
}

static void
test_called_off (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GArray) none = g_array_new (FALSE, FALSE, sizeof (TlSpan));
  g_autoptr (GArray) answers = NULL;
  g_autoptr (GError) error = NULL;

  netns_enter_new ();
  router_net_build ();
  router_net_run ("nft 'add table inet t;%s'", OUTPUT BOTH "drop");
  g_cancellable_cancel (cancellable);
  answers = ask (none, cancellable, &error);
  g_assert_null (answers);
  g_assert_error (error, TL_ERROR, TL_ERROR_CANCELLED);
  router_net_tear_down ();
}

/* The other way round: an answer out of a tunnel does not say that anything went around it. */
static void
test_marked_into_tunnel (void)
{
  g_autoptr (GArray) none = g_array_new (FALSE, FALSE, sizeof (TlSpan));
  g_autoptr (GArray) answers = NULL;
  g_autoptr (GError) error = NULL;

  netns_enter_new ();
  router_net_build_tunnel ();
  netns_ip_batch ("route replace default via 192.168.1.1 dev va\n"
                  "route delete ::/0 via fe80::8 dev tun0 metric 1\n"
                  "route replace default via 10.8.0.1 dev tun0 table 100\n"
                  "route replace ::/0 via fe80::8 dev tun0 table 100\n");
  router_net_run ("nft 'add table inet t;" ROUTER_NET_ROUTE ROUTER_NET_MARK
                  "add chain inet t n { type nat hook postrouting priority 100; };"
                  "add rule inet t n oifname tun0 masquerade'");

  answers = ask (none, NULL, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < answers->len; i++)
    g_assert_cmpint (g_array_index (answers, TlFirewallAnswer, i).word, ==, TL_FIREWALL_SILENT);
  router_net_tear_down ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  netns_init ();
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strdup_printf ("/bypass-probe/%s", cases[i].name);

    g_test_add_data_func (path, &cases[i], test_case);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (dns_cases); i++) {
    g_autofree char *path = g_strdup_printf ("/bypass-probe/dns/%s", dns_cases[i].name);

    g_test_add_data_func (path, &dns_cases[i], test_dns_case);
  }
  g_test_add_func ("/bypass-probe/called-off", test_called_off);
  g_test_add_func ("/bypass-probe/marked-into-tunnel", test_marked_into_tunnel);

  return g_test_run ();
}
