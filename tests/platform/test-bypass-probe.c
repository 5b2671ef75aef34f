/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/error.h"
#include "net-text.h"
#include "netns.h"
#include "observation-text.h"
#include "platform/bypass-probe.h"
#include "platform/mark-probe.h"

#include <gio/gio.h>
#include <signal.h>
#include <sys/prctl.h>

/* A computer and its router, each in a namespace of its own, and real firewalls on both. */

typedef struct {
  const char *name;
  const char *home;   /* (nullable): commands of nft(8) on the computer */
  const char *router; /* (nullable): on the router */
  const char *shell;  /* (nullable): on the computer, for a shell */
  TlFirewallWord expected;
} Case;

#define OUTPUT      "add chain inet t c { type filter hook output priority 0; };"
#define POSTROUTING "add chain inet t c { type filter hook postrouting priority 0; };"
#define NAT         "add chain inet t c { type nat hook output priority -100; };"
#define PREROUTING  "add chain inet t c { type filter hook prerouting priority 0; };"
#define FORWARD     "add chain inet t c { type filter hook forward priority 0; };"
#define EGRESS                                                                                     \
  "add table netdev t; add chain netdev t c { type filter hook egress device va priority 0; };"
/* Neighbour discovery is no traffic of programs. */
#define BOTH "add rule inet t c oifname va meta l4proto { tcp, udp } "
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

static GPid router;
static GPid server;

static void G_GNUC_PRINTF (1, 2) run (const char *format, ...)
{
  g_autofree char *command = NULL;
  g_autoptr (GError) error = NULL;
  const char *argv[] = { "sh", "-ec", NULL, NULL };
  int status = 0;
  va_list values;

  va_start (values, format);
  command = g_strdup_vprintf (format, values);
  va_end (values);
  argv[2] = command;
  if (!g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL,
                     &status, &error) ||
      !g_spawn_check_wait_status (status, &error))
    g_error ("%s: %s", command, error->message);
}

/* A test that is killed leaves nothing behind. */
static void
die_with_parent (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

/* Returns: a process that has said that it is ready */
static GPid
start (const char *const *argv)
{
  g_autoptr (GError) error = NULL;
  GPid pid = 0;
  g_autoptr (GIOChannel) said = NULL;
  g_autofree char *line = NULL;
  int out = -1;

  g_spawn_async_with_pipes (NULL, (char **)argv, NULL,
                            G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, die_with_parent, NULL,
                            &pid, NULL, &out, NULL, &error);
  g_assert_no_error (error);
  said = g_io_channel_unix_new (out);
  g_io_channel_set_close_on_unref (said, TRUE);
  g_io_channel_read_line (said, &line, NULL, NULL, &error);
  g_assert_no_error (error);
  return pid;
}

/* A process that holds the router's namespace. */
static void
start_router (void)
{
  const char *argv[] = { "unshare", "-n", "sh", "-c", "echo; exec sleep 1000", NULL };

  router = start (argv);
}

/* On the router: what comes to the port of DNS goes back. */
static void
start_server (void)
{
  const char *program = "import socket, sys\n"
                        "one = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)\n"
                        "one.bind(('::', 53))\n"
                        "print(flush=True)\n"
                        "while True:\n"
                        "    bytes, sender = one.recvfrom(512)\n"
                        "    one.sendto(bytes, sender)\n";
  g_autofree char *target = g_strdup_printf ("%d", router);
  const char *argv[] = { "nsenter", "-n", "-t", target, "/usr/bin/python3", "-c", program, NULL };

  server = start (argv);
}

/* Rates of ICMP errors are a matter of the whole program, not of one question; those of a router
 * that knows no way are always limited. */
static void
build (void)
{
  start_router ();
  netns_ip ("link add index 10 name va type veth peer name vb");
  netns_ip ("link set vb netns %d", router);
  run ("nsenter -n -t %d sh -ec '"
       "sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0"
       " net.ipv6.conf.vb.accept_dad=0 net.ipv6.conf.vb.addr_gen_mode=1"
       " net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1"
       " net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0;"
       "ip link set lo up; ip link set vb up;"
       "ip addr add 192.168.1.1/24 dev vb; ip addr add 2001:db8:1::1/64 dev vb;"
       "ip addr add fe80::1/64 dev vb;"
       "ip route add default via 192.168.1.254; ip -6 route add default via fe80::fe dev vb'",
       router);
  netns_ip_batch ("link set va up\n"
                  "addr add 192.168.1.5/24 dev va\n"
                  "addr add 2001:db8:1::5/64 dev va\n"
                  "addr add fe80::5/64 dev va\n"
                  "route add default via 192.168.1.1 dev va\n"
                  "route add ::/0 via fe80::1 dev va\n");
  netns_wait_for_carrier ("va");
}

static void
tear_down (void)
{
  kill (router, SIGKILL);
  g_spawn_close_pid (router);
  if (server != 0) {
    kill (server, SIGKILL);
    g_spawn_close_pid (server);
    server = 0;
  }
}

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
  build ();
  proxy = listen_as_proxy ();
  if (test->home != NULL)
    run ("nft '%s%s'", table, test->home);
  if (test->router != NULL)
    run ("nsenter -n -t %d nft '%s%s'", router, table, test->router);
  if (test->shell != NULL)
    run ("%s", test->shell);

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
  tear_down ();
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
  build ();
  if (test->served)
    start_server ();
  if (test->home != NULL)
    run ("nft 'add table inet t;%s'", test->home);
  if (test->router != NULL)
    run ("nsenter -n -t %d nft 'add table inet t;%s'", router, test->router);
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
  tear_down ();
}

static void
test_called_off (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GArray) none = g_array_new (FALSE, FALSE, sizeof (TlSpan));
  g_autoptr (GArray) answers = NULL;
  g_autoptr (GError) error = NULL;

  netns_enter_new ();
  build ();
  run ("nft 'add table inet t;%s'", OUTPUT BOTH "drop");
  g_cancellable_cancel (cancellable);
  answers = ask (none, cancellable, &error);
  g_assert_null (answers);
  g_assert_error (error, TL_ERROR, TL_ERROR_CANCELLED);
  tear_down ();
}

/*
 * Something marks packets, and a rule leads those with the mark around the tunnel. The other end of
 * the tunnel answers, too: the same router, by another link.
 */
typedef struct {
  const char *name;
  const char *nft; /* (nullable): commands of nft(8) on the computer */
  TlFirewallWord expected;
} MarkCase;

#define ROUTE "add chain inet t r { type route hook output priority 0; };"
#define MARK  "add rule inet t r meta mark set 0x1;"
#define MASQUERADE                                                                                 \
  "add chain inet t n { type nat hook postrouting priority 100; };"                                \
  "add rule inet t n oifname va masquerade;"
#define MARK_IF(what) "add rule inet t r " what " meta mark set 0x1;"

static const MarkCase mark_cases[] = {
  { "nothing", NULL, TL_FIREWALL_SILENT },
  { "all", ROUTE MARK, TL_FIREWALL_LEAVES },
  { "all-with-nat", ROUTE MARK MASQUERADE, TL_FIREWALL_LEAVES },
  { "quic", ROUTE MARK_IF ("udp dport 443"), TL_FIREWALL_LEAVES },
  { "names", ROUTE MARK_IF ("udp dport 53"), TL_FIREWALL_LEAVES },
  { "web-with-nat", ROUTE MARK_IF ("tcp dport 443") MASQUERADE, TL_FIREWALL_LEAVES },
  { "names-by-tcp-with-nat", ROUTE MARK_IF ("tcp dport 53") MASQUERADE, TL_FIREWALL_LEAVES },
  { "half-of-the-addresses", ROUTE MARK_IF ("ip daddr 128.0.0.0/1") MARK_IF ("ip6 daddr 3000::/4"),
    TL_FIREWALL_LEAVES },
  { "another-mark", ROUTE "add rule inet t r meta mark set 0x2;", TL_FIREWALL_SILENT },
  { "another-user", ROUTE MARK_IF ("meta skuid 4711"), TL_FIREWALL_SILENT },
  { "all-but-it-is-dropped", ROUTE MARK POSTROUTING BOTH "drop", TL_FIREWALL_SILENT },
  /* A mark that is set behind the second lookup leads nowhere. */
  { "too-late", POSTROUTING "add rule inet t c meta mark set 0x1;", TL_FIREWALL_SILENT },
};

static void
build_tunnel (void)
{
  build ();
  netns_ip ("link add index 11 name tun0 type veth peer name vt");
  netns_ip ("link set vt netns %d", router);
  run ("nsenter -n -t %d sh -ec '"
       "sysctl -qw net.ipv6.conf.vt.accept_dad=0 net.ipv6.conf.vt.addr_gen_mode=1;"
       "ip link set vt up; ip addr add 10.8.0.1/24 dev vt; ip addr add 2001:db8:8::1/64 dev vt;"
       "ip addr add fe80::8/64 dev vt'",
       router);
  netns_ip_batch ("link set tun0 up\n"
                  "addr add 10.8.0.2/24 dev tun0\n"
                  "addr add 2001:db8:8::2/64 dev tun0\n"
                  "route replace default via 10.8.0.1 dev tun0\n"
                  "route replace ::/0 via fe80::8 dev tun0 metric 1\n"
                  "route add default via 192.168.1.1 dev va table 100\n"
                  "route add ::/0 via fe80::1 dev va table 100\n"
                  "rule add fwmark 0x1 lookup 100 priority 100\n");
  netns_ip ("-6 rule add fwmark 0x1 lookup 100 priority 100");
  netns_wait_for_carrier ("tun0");
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
  build_tunnel ();
  if (test->nft != NULL)
    run ("nft 'add table inet t;%s'", test->nft);

  answers = ask_marks ();
  g_assert_cmpuint (answers->len, ==, TL_N_FAMILIES);
  for (guint i = 0; i < answers->len; i++) {
    const TlFirewallAnswer *answer = &g_array_index (answers, TlFirewallAnswer, i);

    g_test_message ("%s: %d", tl_family_to_string (answer->range.first.family), answer->word);
    g_assert_cmpint (answer->word, ==, test->expected);
  }
  tear_down ();
}

/* The other way round: an answer out of a tunnel does not say that anything went around it. */
static void
test_marked_into_tunnel (void)
{
  g_autoptr (GArray) none = g_array_new (FALSE, FALSE, sizeof (TlSpan));
  g_autoptr (GArray) answers = NULL;
  g_autoptr (GError) error = NULL;

  netns_enter_new ();
  build_tunnel ();
  netns_ip_batch ("route replace default via 192.168.1.1 dev va\n"
                  "route delete ::/0 via fe80::8 dev tun0 metric 1\n"
                  "route replace default via 10.8.0.1 dev tun0 table 100\n"
                  "route replace ::/0 via fe80::8 dev tun0 table 100\n");
  run ("nft 'add table inet t;" ROUTE MARK
       "add chain inet t n { type nat hook postrouting priority 100; };"
       "add rule inet t n oifname tun0 masquerade'");

  answers = ask (none, NULL, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < answers->len; i++)
    g_assert_cmpint (g_array_index (answers, TlFirewallAnswer, i).word, ==, TL_FIREWALL_SILENT);
  tear_down ();
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
  for (gsize i = 0; i < G_N_ELEMENTS (mark_cases); i++) {
    g_autofree char *path = g_strdup_printf ("/mark-probe/%s", mark_cases[i].name);

    g_test_add_data_func (path, &mark_cases[i], test_mark);
  }

  return g_test_run ();
}
