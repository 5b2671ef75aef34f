/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/fix-predict.h"
#include "observation-text.h"

#define LEAK LINE TUN

/* The changes that are expected where the case does not say otherwise. */
#define BLOCK     ": tun0 ipv6.routes <> <::/0 metric 1 unreachable>\n"
#define OFF       ": eth0 ipv6.method <auto> <disabled>\n"
#define OFF_THERE ": Home ipv6.method <auto> <disabled>, eth0 ipv6.method <auto> <disabled>\n"

#define TUNNEL_KNOWN "activation tun0 tun tun0 external;vpn 10.8.0.2 openvpn Corp default;"
/* A tunnel without a route to its server. */
#define BY_HAND "link 3 tun0 tun; addr tun0 10.8.0.2/24; 4 default dev tun0 metric 50;"
#define VPN_AT(servers)                                                                            \
  HOME "activation tun0 tun tun0 external;vpn 10.8.0.2 openvpn Corp default server " servers ";"
/* A tunnel whose default route is worse than the uplink's. */
#define TUN_BEHIND                                                                                 \
  "link 3 tun0 tun; addr tun0 10.8.0.2/24; 4 default dev tun0 proto static metric 1000;"           \
  "4 198.51.100.6 via 192.168.1.1 dev eth0 proto static metric 1000;"
#define BLOCK_BOTH                                                                                 \
  ": tun0 ipv4.routes <> <0.0.0.0/0 metric 1 unreachable>, "                                       \
  "tun0 ipv6.routes <> <::/0 metric 1 unreachable>\n"
#define OFF_BOTH ": eth0 ipv4.method <auto> <disabled>, eth0 ipv6.method <auto> <disabled>\n"
#define OFF_BOTH_THERE                                                                             \
  ": Home ipv4.method <auto> <disabled>, eth0 ipv4.method <auto> <disabled>, "                     \
  "Home ipv6.method <auto> <disabled>, eth0 ipv6.method <auto> <disabled>\n"
/* A home with a default route of two next hops. */
#define TUN_AT_TWO_ROUTERS(hops)                                                                   \
  "link 2 eth0; addr eth0 192.168.1.5/24; addr eth0 2001:db8:1::5/64; addr eth0 fe80::5/64;"       \
  "link 4 wlan0; addr wlan0 2001:db8:2::5/64;"                                                     \
  "4 default via 192.168.1.1 dev eth0 proto dhcp metric 100;"                                      \
  "6 default proto ra metric 100 " hops ";" TUN
/* A VPN for the company's own traffic. */
#define TUN_COMPANY                                                                                \
  "link 3 tun0 tun; addr tun0 10.8.0.2/24; 4 10.0.0.0/8 dev tun0 proto static metric 50;"          \
  "4 198.51.100.6 via 192.168.1.1 dev eth0 proto static metric 50;"
#define VPN_COMPANY HOME "activation tun0 tun tun0 external;vpn 10.8.0.2 openvpn Corp;"

typedef struct {
  const char *name;
  const char *net;
  const char *nm;
  const char *policy;
  const char *method;
  /* Of each fix: its name, `ok` or why not, `password`, and its changes. */
  const char *expected;
} Case;

static const Case cases[] = {
  { "the-leak", LEAK, VPN, NULL, NULL,
    "block-now ok" BLOCK "off-now ok" OFF "off-on-network ok" OFF_THERE },
  { "ignore-where-asked", LEAK, VPN, NULL, "ignore",
    "block-now ok" BLOCK "off-now ok" OFF
    "off-on-network ok: Home ipv6.method <auto> <ignore>, eth0 ipv6.method <auto> <ignore>\n" },
  { "each-more-specific-route", LEAK "6 2600:1::/48 via fe80::1 dev eth0 proto ra metric 100", VPN,
    NULL, NULL,
    "block-now ok: tun0 ipv6.routes <> "
    "<::/0 metric 1 unreachable, 2600:1::/48 metric 1 unreachable>\n"
    "off-now ok" OFF "off-on-network ok" OFF_THERE },
  { "a-tunnel-that-carries-ipv6", LINE TUN TUN_IPV6 "6 2600:1::/48 via fe80::1 dev eth0 proto ra",
    VPN, NULL, NULL,
    "block-now nm-too-old\n"
    "off-now tunnel-carries" OFF "off-on-network tunnel-carries" OFF_THERE },
  { "only-what-bypasses", LINE TUN TUN_IPV6 "6 2600:1::/48 via fe80::1 dev eth0 proto ra",
    VPN "version 1.54", NULL, NULL,
    "block-now ok: tun0 ipv6.routes <> <2600:1::/48 metric 1 unreachable>\n"
    "off-now tunnel-carries" OFF "off-on-network tunnel-carries" OFF_THERE },
  /* IT wants everything in the tunnel, the VPN takes the company's traffic only. */
  { "policy-wants-more-than-the-vpn", LINE TUN_COMPANY, VPN_COMPANY, "full", NULL,
    "block-now only-uplink\noff-now server" OFF_BOTH "off-on-network server" OFF_BOTH_THERE },
  { "policy-wants-all-routes", LINE TUN_COMPANY "4 0.0.0.0/1 dev tun0; 4 128.0.0.0/1 dev tun0",
    VPN_COMPANY, "full", NULL,
    "block-now ok" BLOCK "off-now ok" OFF "off-on-network ok" OFF_THERE },
  { "policy-expects-a-bypass", LEAK "6 2600:1::/48 via fe80::1 dev eth0 proto ra metric 100", VPN,
    "bypass 2600:1::/48", NULL,
    "block-now ok" BLOCK "off-now ok" OFF "off-on-network ok" OFF_THERE },
  { "policy-wants-company-traffic-only", LEAK, VPN, "split", NULL,
    "block-now no-leak\noff-now no-leak\noff-on-network no-leak\n" },
  { "no-leak", LINE TUN TUN_IPV6, VPN, NULL, NULL,
    "block-now no-leak\noff-now no-leak\noff-on-network no-leak\n" },
  { "no-vpn", LINE, HOME, NULL, NULL,
    "block-now no-leak\noff-now no-leak\noff-on-network no-leak\n" },
  { "server-over-ipv6",
    LINE "link 3 tun0 tun; addr tun0 10.8.0.2/24; 4 default dev tun0 metric 50;"
         "6 2001:db8:f::6 via fe80::1 dev eth0 proto static metric 50",
    VPN, NULL, NULL, "block-now ok" BLOCK "off-now server" OFF "off-on-network server" OFF_THERE },
  { "one-of-two-servers-over-ipv6", LEAK,
    HOME "activation tun0 tun tun0 external;"
         "vpn 10.8.0.2 openvpn Corp default server 198.51.100.6,2001:db8:f::6",
    NULL, NULL, "block-now ok" BLOCK "off-now server" OFF "off-on-network server" OFF_THERE },
  /* openvpn by hand over udp6 and wg-quick pin no route: the server may be over IPv6. */
  { "server-nobody-knows", LINE BY_HAND, HOME "activation tun0 tun tun0 external;", NULL, NULL,
    "block-now ok" BLOCK "off-now server-unknown" OFF "off-on-network server-unknown" OFF_THERE },
  { "server-by-name-without-a-route", LINE BY_HAND, VPN_AT ("vpn.example"), NULL, NULL,
    "block-now ok" BLOCK "off-now server-unknown" OFF "off-on-network server-unknown" OFF_THERE },
  { "server-over-ipv4-without-a-route", LINE BY_HAND, VPN_AT ("198.51.100.6"), NULL, NULL,
    "block-now ok" BLOCK "off-now ok" OFF "off-on-network ok" OFF_THERE },
  { "server-over-ipv6-without-a-route", LINE BY_HAND, VPN_AT ("2001:db8:f::6"), NULL, NULL,
    "block-now server" BLOCK "off-now server" OFF "off-on-network server" OFF_THERE },
  { "one-route-for-two-tunnels", LEAK "link 4 wg0 wireguard; 4 203.0.113.0/24 dev wg0",
    VPN "activation wg0 wireguard wg0 external;", NULL, NULL,
    "block-now ok" BLOCK "off-now server-unknown" OFF "off-on-network server-unknown" OFF_THERE },
  /* Of two routes that look like the server's, either may be: it stays open, and so does the leak.
   */
  { "one-of-two-routes-to-the-server",
    LINE BY_HAND TUN_IPV6 "4 198.51.100.6 via 192.168.1.1 dev eth0; "
                          "4 198.51.100.7 via 192.168.1.1 dev eth0",
    HOME "activation tun0 tun tun0 external;version 1.54", NULL, NULL,
    "block-now server-unknown\n"
    "off-now tunnel-carries: eth0 ipv4.method <auto> <disabled>\n"
    "off-on-network tunnel-carries: Home ipv4.method <auto> <disabled>, "
    "eth0 ipv4.method <auto> <disabled>\n" },
  { "one-of-two-routes-to-the-server-and-a-leak",
    LINE BY_HAND "6 2600::1 via fe80::1 dev eth0; 6 2600::2 via fe80::1 dev eth0",
    HOME "activation tun0 tun tun0 external", NULL, NULL,
    "block-now server-unknown" BLOCK "off-now server-unknown" OFF
    "off-on-network server-unknown" OFF_THERE },
  { "host-route-of-the-router", LINE BY_HAND "6 2600::1 via fe80::1 dev eth0 proto ra", VPN, NULL,
    NULL,
    "block-now ok: tun0 ipv6.routes <> "
    "<::/0 metric 1 unreachable, 2600::1/128 metric 1 unreachable>\n"
    "off-now server-unknown" OFF "off-on-network server-unknown" OFF_THERE },
  { "two-routers", TUN_AT_TWO_ROUTERS ("nexthop via fe80::1 dev eth0 nexthop via fe80::2 dev eth0"),
    VPN, NULL, NULL, "block-now ok" BLOCK "off-now ok" OFF "off-on-network ok" OFF_THERE },
  { "two-uplinks-share-a-route",
    TUN_AT_TWO_ROUTERS ("nexthop via fe80::1 dev eth0 nexthop via fe80::1 dev wlan0"),
    VPN "activation wlan0 802-11-wireless Flat", NULL, NULL,
    "block-now ok" BLOCK
    "off-now ok: eth0 ipv6.method <auto> <disabled>, wlan0 ipv6.method <auto> <disabled>\n"
    "off-on-network ok: Home ipv6.method <auto> <disabled>, eth0 ipv6.method <auto> <disabled>, "
    "Flat ipv6.method <auto> <disabled>, wlan0 ipv6.method <auto> <disabled>\n" },
  /* To block what the tunnel shares with the uplink takes it out of the tunnel. */
  { "tunnel-shares-a-route",
    LINE TUN TUN_IPV6 "6 2600:1::/48 metric 50 nexthop via fe80::1 dev eth0 nexthop dev tun0",
    VPN "version 1.54", NULL, NULL,
    "block-now no-help: tun0 ipv6.routes <> <2600:1::/48 metric 1 unreachable>\n"
    "off-now tunnel-carries" OFF "off-on-network tunnel-carries" OFF_THERE },
  { "ipv6-is-the-only-uplink",
    "link 2 eth0; addr eth0 2001:db8:1::5/64; 6 default via fe80::1 dev eth0 proto ra metric 100;"
    "link 3 tun0 tun; addr tun0 10.8.0.2/24; 4 default dev tun0 metric 50",
    VPN, NULL, NULL,
    "block-now ok" BLOCK "off-now only-uplink" OFF "off-on-network only-uplink" OFF_THERE },
  /* NetworkManager's `ipv4.route-metric=1000`: the tunnel is meant for everything, the uplink wins.
   */
  { "nothing-in-the-tunnel", LINE TUN_BEHIND, VPN, NULL, NULL,
    "block-now only-uplink" BLOCK_BOTH "off-now server" OFF_BOTH
    "off-on-network server" OFF_BOTH_THERE },
  { "only-the-company-in-the-tunnel", LINE TUN_BEHIND "4 203.0.113.0/24 dev tun0 metric 1000", VPN,
    NULL, NULL,
    "block-now only-uplink" BLOCK_BOTH "off-now tunnel-carries" OFF_BOTH
    "off-on-network tunnel-carries" OFF_BOTH_THERE },
  { "no-networkmanager", LEAK, "absent", NULL, NULL,
    "block-now nm-absent\noff-now nm-absent\noff-on-network nm-absent\n" },
  { "old-networkmanager", LEAK, VPN "version 1.40", NULL, NULL,
    "block-now nm-too-old" BLOCK "off-now nm-too-old" OFF "off-on-network nm-too-old" OFF_THERE },
  { "not-permitted", LEAK, VPN "control no", NULL, NULL,
    "block-now permission" BLOCK "off-now permission" OFF "off-on-network permission" OFF_THERE },
  { "password", LEAK, VPN "system password", NULL, NULL,
    "block-now ok" BLOCK "off-now ok" OFF "off-on-network ok password" OFF_THERE },
  { "profile-of-ones-own", LEAK,
    "activation eth0 802-3-ethernet Home own;" TUNNEL_KNOWN "system password", NULL, NULL,
    "block-now ok" BLOCK "off-now ok" OFF "off-on-network ok" OFF_THERE },
  { "read-only", LEAK, "activation eth0 802-3-ethernet Home read-only;" TUNNEL_KNOWN, NULL, NULL,
    "block-now ok" BLOCK "off-now ok" OFF "off-on-network read-only" OFF_THERE },
  { "tunnel-unknown-to-networkmanager", LEAK, HOME, NULL, NULL,
    "block-now nm-absent\noff-now ok" OFF "off-on-network ok" OFF_THERE },
  /* The mirror image; switching IPv4 off would cut the way to the server. */
  { "ipv6-only-vpn",
    LINE "link 3 tun0 tun; addr tun0 2001:db8:8::2/64; 6 default dev tun0 metric 50;"
         "4 198.51.100.6 via 192.168.1.1 dev eth0 proto static metric 50",
    HOME "activation tun0 tun tun0 external;version 1.54", NULL, NULL,
    "block-now ok: tun0 ipv4.routes <> <0.0.0.0/0 metric 1 unreachable>\n"
    "off-now server: eth0 ipv4.method <auto> <disabled>\n"
    "off-on-network server: Home ipv4.method <auto> <disabled>, "
    "eth0 ipv4.method <auto> <disabled>\n" },
  /* Over IPv6 it would be reached still, but IPv4 does not go off by Reapply (measured). */
  { "ipv6-only-vpn-over-ipv6",
    LINE "link 3 tun0 tun; addr tun0 2001:db8:8::2/64; 6 default dev tun0 metric 50;"
         "6 2001:db8:f::6 via fe80::1 dev eth0 proto static metric 50",
    HOME "activation tun0 tun tun0 external", NULL, NULL,
    "block-now nm-too-old\n"
    "off-now no-help: eth0 ipv4.method <auto> <disabled>\n"
    "off-on-network no-help: Home ipv4.method <auto> <disabled>, "
    "eth0 ipv4.method <auto> <disabled>\n" },
};

static const char *
reason_name (TlFixReason reason)
{
  static const char *const names[] = {
    [TL_FIX_REASON_NONE] = "ok",
    [TL_FIX_REASON_NO_LEAK] = "no-leak",
    [TL_FIX_REASON_SERVER] = "server",
    [TL_FIX_REASON_SERVER_UNKNOWN] = "server-unknown",
    [TL_FIX_REASON_ONLY_UPLINK] = "only-uplink",
    [TL_FIX_REASON_TUNNEL_CARRIES] = "tunnel-carries",
    [TL_FIX_REASON_READ_ONLY] = "read-only",
    [TL_FIX_REASON_PERMISSION] = "permission",
    [TL_FIX_REASON_NM_ABSENT] = "nm-absent",
    [TL_FIX_REASON_NM_TOO_OLD] = "nm-too-old",
    [TL_FIX_REASON_NO_HELP] = "no-help",
  };

  return names[reason];
}

static char *
summarise (const GPtrArray *plans)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < plans->len; i++) {
    const TlFixPlan *plan = plans->pdata[i];

    g_assert_cmpint (plan->available, ==, plan->reason == TL_FIX_REASON_NONE);
    g_string_append_printf (text, "%s %s%s", tl_fix_id_to_string (plan->id),
                            reason_name (plan->reason), plan->password ? " password" : "");
    for (guint j = 0; j < plan->changes->len; j++) {
      const TlChange *change = plan->changes->pdata[j];
      g_autofree char *setting = tl_change_setting_name (change);

      g_string_append_printf (text, "%s %s %s <%s> <%s>", j > 0 ? "," : ":", change->target,
                              setting, change->from, change->to);
    }
    g_string_append_c (text, '\n');
  }
  return g_string_free (text, FALSE);
}

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (TlObservation) observation = observation_text_parse (test->net, test->nm, NULL);
  g_autoptr (TlPolicy) policy = test->policy != NULL ? policy_text_parse (test->policy) : NULL;
  g_autoptr (TlVerdict) verdict = tl_judge (observation, policy);
  g_autoptr (GPtrArray) plans = tl_fix_plans (observation, policy, verdict, test->method);
  g_autofree char *summary = summarise (plans);

  g_assert_cmpstr (summary, ==, test->expected);
}

/* What a fix is predicted to do is judged like anything else, and leaves the observation alone. */
static void
test_predict (void)
{
  g_autoptr (TlObservation) observation = observation_text_parse (LEAK, VPN, NULL);
  g_autoptr (TlVerdict) verdict = tl_judge (observation, NULL);
  g_autoptr (GPtrArray) plans = tl_fix_plans (observation, NULL, verdict, NULL);

  for (TlFixId id = 0; id < TL_N_FIXES; id++) {
    const TlFixPlan *plan = tl_fix_plans_find (plans, id);
    g_autoptr (TlObservation) predicted = tl_fix_plan_predict (plan, observation);
    g_autoptr (TlVerdict) after = tl_judge (predicted, NULL);
    g_autoptr (TlVerdict) before = tl_judge (observation, NULL);

    g_assert_cmpint (after->state, ==, TL_STATE_SAFE);
    g_assert_cmpint (after->families[TL_FAMILY_IPV6].status, ==,
                     id == TL_FIX_BLOCK_NOW ? TL_STATUS_BLOCKED : TL_STATUS_ABSENT);
    g_assert_true (tl_verdict_equal (verdict, before));
  }
  g_assert_cmpint (tl_fix_plans_first (plans)->id, ==, TL_FIX_BLOCK_NOW);
}

static void
test_names (void)
{
  for (TlFixId id = 0; id < TL_N_FIXES; id++) {
    TlFixId parsed = TL_N_FIXES;

    g_assert_true (tl_fix_id_from_string (tl_fix_id_to_string (id), &parsed));
    g_assert_cmpint (parsed, ==, id);
  }
  g_assert_false (tl_fix_id_from_string ("block", &(TlFixId){ 0 }));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strdup_printf ("/fix-plan/%s", cases[i].name);

    g_test_add_data_func (path, &cases[i], test_case);
  }
  g_test_add_func ("/fix-plan/predict", test_predict);
  g_test_add_func ("/fix-plan/names", test_names);

  return g_test_run ();
}
