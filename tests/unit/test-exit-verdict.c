/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/verdict.h"
#include "observation-text.h"

/* What the Internet's answers mean: the language is that of observation-text.h. */

typedef struct {
  const char *name;
  const char *net;
  const char *nm;
  const char *exits;
  const char *policy;
  const char *expected; /* the light; exits with owner; what is found by them */
} Case;

#define BOTH LINE TUN TUN_IPV6

static const Case cases[] = {
  { "company", LINE_IPV4 TUN, VPN, "exit 198.51.100.6 10.8.0.2", NULL,
    "safe; 198.51.100.6 tunnel" },
  { "company-in-both-families", BOTH, VPN,
    "exit 198.51.100.6 10.8.0.2 192.0.2.80; exit 2001:db8:8::2 2001:db8:8::2 2001:db8:80::1", NULL,
    "safe; 198.51.100.6 tunnel; 2001:db8:8::2 tunnel" },
  { "company-in-one-home-in-the-other", LINE TUN, VPN,
    "exit 198.51.100.6 10.8.0.2 192.0.2.80; exit 2001:db8:1::5 2001:db8:1::5 2001:db8:80::1", NULL,
    "leak; 198.51.100.6 tunnel; 2001:db8:1::5 uplink; leak ipv6-exit-uplink" },
  { "without-vpn", LINE, HOME, "exit 203.0.113.9 192.168.1.5", NULL, "no-vpn; 203.0.113.9 uplink" },
  { "split", LINE TUN, VPN, "exit 2001:db8:1::5 2001:db8:1::5 2001:db8:80::1", "split",
    "split; 2001:db8:1::5 uplink" },

  /* No answer. */
  { "failed", LINE_IPV4 TUN, VPN, "exit error", NULL, "safe; none unknown; info ipv4-exit-failed" },
  { "failed-where-nothing-goes", LINE TUN "6 unreachable default dev lo metric 1", VPN,
    "exit error ipv6", NULL, "safe; none unknown" },
  { "failed-where-it-leaks", LINE TUN, VPN, "exit error ipv6", NULL,
    "leak; none unknown; info ipv6-exit-failed" },

  /* The uplink's own address, or of its prefix, whatever the table says. */
  { "home-by-prefix", BOTH, VPN, "exit 2001:db8:1::77 2001:db8:8::2", NULL,
    "leak; 2001:db8:1::77 uplink; leak ipv6-exit-uplink" },
  { "home-though-the-kernel-says-tunnel", BOTH, VPN,
    "exit 2001:db8:1::5 2001:db8:8::2 2001:db8:80::1 out tun0", NULL,
    "leak; 2001:db8:1::5 uplink; leak ipv6-exit-uplink" },
  { "home-by-route", LINE TUN, VPN, "exit 2001:db8:1::5 2001:db8:1::5", NULL,
    "leak; 2001:db8:1::5 uplink; leak ipv6-exit-uplink" },
  { "temporary-address", BOTH "addr eth0 2001:db8:1::a1b2/64 temporary;", VPN,
    "exit 2001:db8:1::a1b2", NULL, "leak; 2001:db8:1::a1b2 uplink; leak ipv6-exit-uplink" },
  { "temporary-address-that-is-gone", BOTH, VPN, "exit 2001:db8:1::dead:beef", NULL,
    "leak; 2001:db8:1::dead:beef uplink; leak ipv6-exit-uplink" },
  { "prefix-by-route-alone",
    "link 2 eth0; addr eth0 192.168.1.5/24; addr eth0 2001:db8:1::5/128;"
    "4 default via 192.168.1.1 dev eth0 metric 100; 6 default via fe80::1 dev eth0 proto ra;"
    "6 2001:db8:1::/64 dev eth0 proto ra;" TUN TUN_IPV6,
    VPN, "exit 2001:db8:1::77", NULL, "leak; 2001:db8:1::77 uplink; leak ipv6-exit-uplink" },
  { "prefix-by-address-alone",
    "link 2 eth0; addr eth0 192.168.1.5/24; addr eth0 2001:db8:1::5/64 bare;"
    "4 default via 192.168.1.1 dev eth0 metric 100; 6 default via fe80::1 dev eth0 proto ra;" TUN
      TUN_IPV6,
    VPN, "exit 2001:db8:1::77", NULL, "leak; 2001:db8:1::77 uplink; leak ipv6-exit-uplink" },
  { "routed-prefix-is-not-on-link",
    BOTH "6 2001:db8:2::/64 via fe80::1 dev eth0 metric 2000; 6 2001:db8:2::/64 dev tun0", VPN,
    "exit 2001:db8:2::1 2001:db8:8::2 2001:db8:80::1", NULL, "safe; 2001:db8:2::1 tunnel" },
  { "own-address-of-a-ppp-uplink",
    "link 2 ppp0 ppp; addr ppp0 203.0.113.5/32 peer 203.0.113.1; 4 default dev ppp0 metric 100;"
    "link 3 tun0 tun; addr tun0 10.8.0.2/24; 4 default dev tun0 metric 50",
    "activation ppp0 pppoe Home", "exit 203.0.113.5 10.8.0.2", NULL,
    "leak; 203.0.113.5 uplink; leak ipv4-exit-uplink" },
  { "the-tunnels-own-out-of-the-homes-prefix",
    LINE TUN "addr tun0 2001:db8:1::99/128; 6 default dev tun0 proto static metric 50", VPN,
    "exit 2001:db8:1::99 2001:db8:1::99 2001:db8:80::1", NULL, "safe; 2001:db8:1::99 tunnel" },
  { "server-on-the-same-network",
    "link 2 eth0; addr eth0 2001:db8:1::5/64; 6 default via fe80::1 dev eth0 proto ra;"
    "link 3 tun0 tun; addr tun0 10.8.0.2/24; " TUN_IPV6,
    HOME "vpn 10.8.0.2 openvpn Corp default server 2001:db8:1::99",
    "exit 2001:db8:1::99 2001:db8:8::2 2001:db8:80::1", NULL, "safe; 2001:db8:1::99 tunnel" },
  { "ipsec-address-on-the-uplink", LINE "addr eth0 198.51.100.99/32; rule 220 lookup 220",
    HOME "vpn 198.51.100.99 strongswan Corp", "exit 198.51.100.99 198.51.100.99", NULL,
    "unknown; 198.51.100.99 uplink" },

  /* Past the tunnel: what the kernel answers for the service and the socket's own address. */
  { "past-the-tunnel",
    LINE_IPV4 "link 3 tun0 tun; addr tun0 10.8.0.2/24; 4 default dev tun0 metric 50;"
              "4 198.51.100.6 via 192.168.1.1 dev eth0; 4 192.0.2.80 via 192.168.1.1 dev eth0",
    HOME, "exit 203.0.113.5 192.168.1.5 192.0.2.80", NULL,
    "leak; 203.0.113.5 uplink; leak ipv4-exit-uplink" },
  { "past-the-tunnel-by-dhcp",
    LINE_IPV4 "link 3 tun0 tun; addr tun0 10.8.0.2/24; 4 default dev tun0 metric 50;"
              "4 192.0.2.80 via 192.168.1.1 dev eth0 proto dhcp",
    HOME, "exit 203.0.113.5 192.168.1.5 192.0.2.80", NULL,
    "leak; 203.0.113.5 uplink; leak ipv4-exit-uplink" },
  { "past-the-tunnel-whose-server-is-elsewhere",
    LINE "link 3 tun0 tun; addr tun0 10.8.0.2/24; 4 default dev tun0 metric 50;" TUN_IPV6
         "6 2001:db8:51::6 via fe80::1 dev eth0; 4 192.0.2.80 via 192.168.1.1 dev eth0",
    HOME, "exit 203.0.113.5 192.168.1.5 192.0.2.80", NULL,
    "leak; 203.0.113.5 uplink; leak ipv4-exit-uplink" },
  { "on-the-server-of-nobody-known",
    LINE_IPV4 "link 3 tun0 tun; addr tun0 10.8.0.2/24; 4 default dev tun0 metric 50;"
              "4 198.51.100.6 via 192.168.1.1 dev eth0",
    HOME, "exit 203.0.113.5 192.168.1.5 198.51.100.6; second 198.51.100.6 10.8.0.2 192.0.2.81",
    NULL, "safe; 198.51.100.6 tunnel, 203.0.113.5 uplink" },
  { "kernel-says-uplink-though-routes-are-tight", LINE_IPV4 TUN, VPN,
    "exit 203.0.113.9 192.168.1.5 192.0.2.80 out eth0", NULL,
    "leak; 203.0.113.9 uplink; leak ipv4-exit-uplink" },
  { "tunnels-source-out-of-the-uplink", LINE_IPV4 TUN, VPN,
    "exit 203.0.113.9 10.8.0.2 192.0.2.80 out eth0", NULL,
    "leak; 203.0.113.9 uplink; leak ipv4-exit-uplink" },
  { "source-decides-among-the-ways",
    LINE_IPV4 TUN "rule 100 from 192.168.1.0/24 lookup 77;"
                  "4 default via 192.168.1.1 dev eth0 table 77",
    VPN, "exit 198.51.100.6 10.8.0.2 192.0.2.80", NULL, "safe; 198.51.100.6 tunnel" },
  { "kernel-says-tunnel-of-a-link-that-is-gone", LINE_IPV4, HOME,
    "exit 198.51.100.6 10.8.0.2 192.0.2.80 out lo", NULL, "no-vpn; 198.51.100.6 unknown" },

  /* Contradictions that prove nothing. */
  { "uplinks-source-into-a-tunnel-without-address",
    LINE_IPV4 "link 3 wg0 wireguard; 4 default dev wg0 metric 50", HOME,
    "exit 198.51.100.6 192.168.1.5 192.0.2.80", NULL,
    "safe; 198.51.100.6 tunnel; info ipv4-exit-contradicts" },
  { "uplinks-source-into-a-tunnel", LINE_IPV4 TUN, VPN, "exit 198.51.100.6 192.168.1.5 192.0.2.80",
    NULL, "safe; 198.51.100.6 tunnel; warning ipv4-exit-contradicts" },
  { "an-answer-though-blocked", LINE TUN "6 unreachable default dev lo metric 1", VPN,
    "exit 2001:db8:9::1", NULL, "safe; 2001:db8:9::1 unknown; warning ipv6-exit-contradicts" },
  { "the-uplinks-source-though-blocked", LINE TUN "6 unreachable default dev lo metric 1", VPN,
    "exit 2001:db8:9::1 2001:db8:1::5 2001:db8:80::1", NULL,
    "leak; 2001:db8:9::1 uplink; leak ipv6-exit-uplink" },

  /* Services that are rightly reached past the tunnel. */
  { "service-on-the-server", LINE_IPV4 TUN,
    HOME "vpn 10.8.0.2 openvpn Corp default server 198.51.100.6",
    "exit 203.0.113.5 192.168.1.5 198.51.100.6", NULL,
    "safe; 203.0.113.5 uplink; info ipv4-exit-exempt" },
  { "service-on-the-server-of-nobody-known",
    LINE_IPV4 "link 3 tun0 tun; addr tun0 10.8.0.2/24; 4 default dev tun0 metric 50;"
              "4 198.51.100.6 via 192.168.1.1 dev eth0",
    HOME, "exit 203.0.113.5 192.168.1.5 198.51.100.6", NULL,
    "safe; 203.0.113.5 uplink; info ipv4-exit-exempt" },
  { "service-on-the-own-network", BOTH, VPN, "exit 2001:db8:1::5 2001:db8:1::5 2001:db8:1::80",
    NULL, "safe; 2001:db8:1::5 uplink; info ipv6-exit-exempt" },
  { "service-on-this-computer", BOTH, VPN, "exit 2001:db8:1::5 2001:db8:1::5 2001:db8:1::5", NULL,
    "safe; 2001:db8:1::5 uplink; info ipv6-exit-exempt" },
  { "service-at-a-private-address", LINE_IPV4 TUN, VPN, "exit 203.0.113.9 192.168.1.5 192.168.1.80",
    NULL, "safe; 203.0.113.9 uplink; info ipv4-exit-exempt" },
  { "service-on-a-network-that-claims-too-much", BOTH "6 2600:1::/48 dev eth0 proto kernel", VPN,
    "exit 2001:db8:1::5 2001:db8:1::5 2600:1::80 out eth0 onlink", NULL,
    "leak; 2001:db8:1::5 uplink; leak ipv6-exit-uplink" },
  { "service-that-may-bypass", BOTH "6 2600:1::/48 via fe80::1 dev eth0 proto static", VPN,
    "exit 2001:db8:1::5 2001:db8:1::5 2600:1::80", "bypass 2600:1::/32",
    "safe; 2001:db8:1::5 uplink; info ipv6-exit-exempt" },
  { "service-that-may-bypass-and-does-not", BOTH, VPN,
    "exit 2001:db8:1::5 2001:db8:8::2 2600:1::80", "bypass 2600:1::/32",
    "leak; 2001:db8:1::5 uplink; leak ipv6-exit-uplink" },

  /* As before the VPN came up. */
  { "unchanged", LINE_IPV4 TUN, VPN, "exit 203.0.113.9 10.8.0.2; before 203.0.113.9", NULL,
    "safe; 203.0.113.9 tunnel; warning ipv4-exit-unchanged" },
  { "unchanged-and-routes-agree", LINE_IPV4 TUN "4 9.0.0.0/8 via 192.168.1.1 dev eth0 proto dhcp",
    VPN, "exit 203.0.113.9; before 203.0.113.9", NULL,
    "leak; 203.0.113.9 unknown; leak ipv4-exit-unchanged" },
  { "unchanged-through-the-tunnel", LINE_IPV4 TUN "4 9.0.0.0/8 via 192.168.1.1 dev eth0 proto dhcp",
    VPN, "exit 203.0.113.9 10.8.0.2 192.0.2.80; before 203.0.113.9", NULL,
    "leak; 203.0.113.9 tunnel; warning ipv4-exit-unchanged" },
  { "changed", LINE_IPV4 TUN, VPN, "exit 203.0.113.8 10.8.0.2; before 203.0.113.9", NULL,
    "safe; 203.0.113.8 tunnel" },
  { "unchanged-under-ipsec", LINE "rule 220 lookup 220", HOME "vpn 10.99.0.2 strongswan Corp",
    "exit 203.0.113.9 192.168.1.5 192.0.2.80; before 203.0.113.9", NULL,
    "unknown; 203.0.113.9 uplink; warning ipv4-exit-unchanged" },

  /* What the company expects. */
  { "not-expected", LINE_IPV4 TUN, VPN, "exit 203.0.113.9 10.8.0.2", "exit 198.51.100.0/24",
    "leak; 203.0.113.9 tunnel; leak ipv4-exit-unexpected" },
  { "expected-and-unchanged", LINE_IPV4 TUN, VPN, "exit 198.51.100.6 10.8.0.2; before 198.51.100.6",
    "exit 198.51.100.0/24", "safe; 198.51.100.6 tunnel" },
  { "expected-of-the-other-family", LINE_IPV4 TUN, VPN, "exit 203.0.113.9 10.8.0.2",
    "exit 2001:db8::/32", "safe; 203.0.113.9 tunnel" },
  { "expected-and-yet-of-the-uplink", BOTH, VPN, "exit 2001:db8:1::5 2001:db8:8::2",
    "exit 2001:db8::/32", "leak; 2001:db8:1::5 uplink; leak ipv6-exit-uplink" },

  /* Two services. */
  { "two-agree", LINE_IPV4 TUN, VPN,
    "exit 198.51.100.6 10.8.0.2 192.0.2.80; second 198.51.100.6 10.8.0.2 192.0.2.81", NULL,
    "safe; 198.51.100.6 tunnel, 198.51.100.6 tunnel" },
  { "two-exits-of-the-company", LINE_IPV4 TUN, VPN,
    "exit 198.51.100.6 10.8.0.2 192.0.2.80; second 198.51.100.7 10.8.0.2 192.0.2.81", NULL,
    "safe; 198.51.100.6 tunnel, 198.51.100.7 tunnel; info ipv4-exit-disagrees" },
  { "two-expected-exits", LINE_IPV4 TUN, VPN, "exit 198.51.100.6; second 198.51.100.7",
    "exit 198.51.100.0/24",
    "safe; 198.51.100.6 unknown, 198.51.100.7 unknown; info ipv4-exit-disagrees" },
  { "two-that-nobody-knows", LINE_IPV4 TUN, VPN, "exit 198.51.100.6; second 203.0.113.9", NULL,
    "safe; 198.51.100.6 unknown, 203.0.113.9 unknown; warning ipv4-exit-disagrees" },
  { "the-second-is-of-the-uplink", BOTH, VPN,
    "exit 2001:db8:8::2 2001:db8:8::2; second 2001:db8:1::5 2001:db8:8::2", NULL,
    "leak; 2001:db8:1::5 uplink, 2001:db8:8::2 tunnel; leak ipv6-exit-uplink" },
  { "the-first-is-of-the-uplink", BOTH, VPN,
    "exit 2001:db8:1::5 2001:db8:8::2; second 2001:db8:8::2 2001:db8:8::2", NULL,
    "leak; 2001:db8:1::5 uplink, 2001:db8:8::2 tunnel; leak ipv6-exit-uplink" },
  { "the-second-is-not-expected", LINE_IPV4 TUN, VPN,
    "exit 198.51.100.6 10.8.0.2; second 203.0.113.9 10.8.0.2", "exit 198.51.100.0/24",
    "leak; 203.0.113.9 tunnel, 198.51.100.6 tunnel; leak ipv4-exit-unexpected" },
  { "the-first-has-failed", LINE_IPV4 TUN, VPN, "exit error; second 198.51.100.6 10.8.0.2", NULL,
    "safe; 198.51.100.6 tunnel, none unknown" },
  { "the-second-has-failed", LINE_IPV4 TUN, VPN, "exit 198.51.100.6 10.8.0.2; second error", NULL,
    "safe; 198.51.100.6 tunnel, none unknown" },
  { "both-have-failed", LINE_IPV4 TUN, VPN, "exit error; second error", NULL,
    "safe; none unknown, none unknown; info ipv4-exit-failed" },
  { "an-exempt-one-hides-nothing", LINE_IPV4 TUN,
    HOME "vpn 10.8.0.2 openvpn Corp default server 198.51.100.6",
    "exit 203.0.113.5 192.168.1.5 198.51.100.6; second 203.0.113.7 10.8.0.2 192.0.2.80", NULL,
    "safe; 203.0.113.7 tunnel, 203.0.113.5 uplink" },
  { "two-without-vpn", LINE, HOME, "exit 203.0.113.9; second 203.0.113.8", NULL,
    "no-vpn; 203.0.113.9 unknown, 203.0.113.8 unknown" },
};

static void
add_exit (GString *text, const char *before, const TlExit *exit, TlExitOwner owner)
{
  g_autofree char *address = NULL;

  if (exit == NULL)
    return;
  address = exit->has_address ? tl_address_to_string (&exit->address) : g_strdup ("none");
  g_string_append_printf (text, "%s%s %s", before, address, tl_exit_owner_to_string (owner));
}

static gboolean
is_about_exits (TlFindingId id)
{
  return g_str_has_prefix (tl_finding_id_to_string (id), "exit-") &&
         id != TL_FINDING_EXIT_NOT_ASKED;
}

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (TlObservation) observation = observation_text_parse (test->net, test->nm, test->exits);
  g_autoptr (TlPolicy) policy = test->policy != NULL ? policy_text_parse (test->policy) : NULL;
  g_autoptr (TlVerdict) verdict = tl_judge (observation, policy);
  g_autoptr (TlVerdict) again = tl_judge (observation, policy);
  g_autoptr (GString) text = g_string_new (tl_state_to_string (verdict->state));

  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    const TlFamilyVerdict *result = &verdict->families[family];

    add_exit (text, "; ", result->exit, result->exit_owner);
    add_exit (text, ", ", result->other_exit, result->other_owner);
  }
  for (guint i = 0; i < verdict->findings->len; i++) {
    const TlFinding *finding = verdict->findings->pdata[i];
    g_autofree char *name = tl_finding_name (finding);

    if (is_about_exits (finding->id))
      g_string_append_printf (text, "; %s %s", tl_severity_to_string (finding->severity), name);
  }

  g_assert_cmpstr (text->str, ==, test->expected);
  g_assert_true (tl_verdict_equal (verdict, again));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strdup_printf ("/exit-verdict/%s", cases[i].name);

    g_test_add_data_func (path, &cases[i], test_case);
  }

  return g_test_run ();
}
