/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/resolver-list.h"
#include "core/verdict.h"
#include "observation-text.h"

/* DNS servers, and what it means where they are asked. */

typedef struct {
  const char *name;
  const char *net;
  const char *nm;
  const char *exits; /* resolv.conf stands here */
  const char *policy;
  const char *expected;
} Case;

#define BOTH     LINE TUN TUN_IPV6
#define OUTSIDE  "dns 192.168.1.1 eth0"
#define OWN_LINE "link 3 tun0 tun; addr tun0 10.8.0.2/24; addr tun0 fe80::8/64;"

static const Case cases[] = {
  { "no-vpn", LINE, HOME OUTSIDE, NULL, NULL, "no-vpn" },
  { "split", BOTH, VPN OUTSIDE, NULL, "split; dns leak", "split" },
  { "the-homes-router", BOTH, VPN OUTSIDE, NULL, NULL,
    "safe; info resolver-bypass 192.168.1.1 eth0" },
  { "in-the-tunnel", BOTH, VPN "dns 10.8.0.1 tun0; dns 9.9.9.9", NULL, "dns leak", "safe" },
  { "public-past-the-tunnel", BOTH "4 9.9.9.9 via 192.168.1.1 dev eth0 proto dhcp",
    VPN "dns 9.9.9.9", NULL, NULL, "leak; info resolver-bypass 9.9.9.9 eth0" },
  { "public-of-the-family-that-leaks", LINE TUN, VPN "dns 2001:db8:53::53", NULL, NULL,
    "leak; info resolver-bypass 2001:db8:53::53 eth0" },
  { "blocked", LINE TUN "6 unreachable default dev lo metric 1", VPN "dns 2001:db8:53::53", NULL,
    "dns leak", "safe" },
  { "twice", BOTH, VPN OUTSIDE "; dns 192.168.1.1 tun0", NULL, NULL,
    "safe; info resolver-bypass 192.168.1.1 eth0" },

  /* The zone decides, since each link has a link-local prefix. */
  { "link-local-of-the-uplink", OWN_LINE BOTH, VPN "dns fe80::1 eth0", NULL, NULL,
    "safe; info resolver-bypass fe80::1 eth0" },
  { "link-local-of-the-tunnel", OWN_LINE BOTH, VPN "dns fe80::1 tun0", NULL, NULL, "safe" },
  { "link-local-of-a-link-that-is-gone", BOTH, VPN "dns fe80::1 wlan9", NULL, NULL, "safe" },
  { "link-local-in-the-file", OWN_LINE BOTH, VPN, "resolv.conf fe80::1%eth0", NULL,
    "safe; info resolver-bypass fe80::1 eth0" },
  { "link-local-in-the-file-by-number", OWN_LINE BOTH, VPN, "resolv.conf fe80::1%3", NULL, "safe" },

  /* Who says which servers are in use. */
  { "the-file-without-networkmanager", BOTH, "absent", "resolv.conf 192.168.1.1", NULL,
    "safe; info resolver-bypass 192.168.1.1 eth0" },
  { "the-file-counts-whoever-wrote-it", BOTH, VPN OUTSIDE, "resolv.conf 10.8.0.1", NULL, "safe" },
  { "the-file-counts-against-the-tunnels", BOTH, VPN "dns 10.8.0.1",
    "resolv.conf 192.168.1.1 10.8.0.1", NULL, "safe; info resolver-bypass 192.168.1.1 eth0" },
  { "a-service-on-this-computer", BOTH, VPN OUTSIDE, "resolv.conf 127.0.0.53", NULL,
    "safe; info resolver-bypass 192.168.1.1 eth0; info resolver-local 127.0.0.53" },
  { "a-service-with-a-choice", BOTH, VPN OUTSIDE "; dns 10.8.0.1 tun0", "resolv.conf 127.0.0.53",
    "dns leak",
    "safe; warning resolver-bypass 192.168.1.1 eth0 perhaps; info resolver-local 127.0.0.53" },
  { "a-service-without-a-choice", BOTH, VPN OUTSIDE "; dns 127.0.0.1", "resolv.conf 127.0.0.53",
    "dns leak", "leak; leak resolver-bypass 192.168.1.1 eth0; info resolver-local 127.0.0.53" },
  { "after-one-in-the-tunnel", BOTH, VPN, "resolv.conf 10.8.0.1 192.168.1.1", "dns leak",
    "leak; leak resolver-bypass 192.168.1.1 eth0 perhaps" },
  { "a-service-at-an-own-address", BOTH, VPN "dns 10.8.0.1", "resolv.conf 192.168.1.5", NULL,
    "safe; info resolver-local 192.168.1.5" },
  { "a-service-over-ipv6", BOTH, VPN OUTSIDE, "resolv.conf ::1", NULL,
    "safe; info resolver-bypass 192.168.1.1 eth0; info resolver-local ::1" },
  { "a-service-without-networkmanager", BOTH, "absent", "resolv.conf 127.0.0.1", NULL,
    "safe; info resolver-local 127.0.0.1" },
  { "networkmanager-tells-of-the-service-too", BOTH, VPN "dns 127.0.0.1", NULL, NULL, "safe" },

  /* Names of IPv6 alone, where that is not in the tunnel. */
  { "name-found-where-ipv6-leaks", LINE TUN, VPN, "name found", NULL,
    "leak; info ipv6-name-found" },
  { "name-missing-where-ipv6-leaks", LINE TUN, VPN, "name missing", NULL,
    "leak; info ipv6-name-missing" },
  { "name-missing-where-ipv6-is-blocked", LINE TUN "6 unreachable default dev lo metric 1", VPN,
    "name missing", NULL, "safe; info ipv6-name-missing" },
  { "name-in-the-tunnel", BOTH, VPN, "name found", NULL, "safe" },
  { "name-without-ipv6", LINE_IPV4 TUN, VPN, "name missing", NULL, "safe" },
  { "name-without-vpn", LINE, HOME, "name found", NULL, "no-vpn" },
  { "name-in-a-split-tunnel", LINE TUN, VPN, "name found", "split", "split" },

  /* The policy. */
  { "warning", BOTH, VPN OUTSIDE, NULL, "dns warning",
    "safe; warning resolver-bypass 192.168.1.1 eth0" },
  { "leak", BOTH, VPN OUTSIDE, NULL, "dns leak", "leak; leak resolver-bypass 192.168.1.1 eth0" },
  { "expected", BOTH, VPN OUTSIDE, NULL, "dns leak; bypass 192.168.1.0/24",
    "safe; info resolver-bypass 192.168.1.1 eth0" },
  { "leak-under-ipsec", LINE "rule 220 lookup 220", HOME "vpn 10.99.0.2 strongswan Corp;" OUTSIDE,
    NULL, "full; dns leak", "unknown; warning resolver-bypass 192.168.1.1 eth0" },
};

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (TlObservation) observation = observation_text_parse (test->net, test->nm, test->exits);
  g_autoptr (TlPolicy) policy = test->policy != NULL ? policy_text_parse (test->policy) : NULL;
  g_autoptr (TlVerdict) verdict = tl_judge (observation, policy);
  g_autoptr (GString) text = g_string_new (tl_state_to_string (verdict->state));

  for (guint i = 0; i < verdict->findings->len; i++) {
    const TlFinding *finding = verdict->findings->pdata[i];
    g_autofree char *name = tl_finding_name (finding);

    if (g_str_has_prefix (name, "resolver-") || g_str_has_prefix (name, "ipv6-name-"))
      g_string_append_printf (
        text, "; %s %s%s%s%s%s%s%s", tl_severity_to_string (finding->severity), name,
        finding->subject != NULL ? " " : "", finding->subject != NULL ? finding->subject : "",
        finding->interface != NULL ? " " : "", finding->interface != NULL ? finding->interface : "",
        finding->detail != NULL ? " " : "", finding->detail != NULL ? finding->detail : "");
  }
  g_assert_cmpstr (text->str, ==, test->expected);
}

/* As glibc reads the file. */
static void
test_file (void)
{
  const struct {
    const char *text;
    const char *expected;
  } table[] = {
    { "", "" },
    { "nameserver 192.0.2.1\n", "192.0.2.1 " },
    { "nameserver 192.0.2.1", "192.0.2.1 " },
    { "# nameserver 192.0.2.1\n;nameserver 192.0.2.1\n nameserver 192.0.2.2\n", "" },
    { "search a.example\noptions edns0\nnameserver\t2001:db8::1  # mine\r\n", "2001:db8::1 " },
    { "nameserver fe80::1%eth0\r\nnameserver fe80::2%2", "fe80::1%eth0 fe80::2%2 " },
    { "nameserver nonsense\nnameserver\nnameservers 192.0.2.1\nnameserver 192.0.2.2",
      "192.0.2.2 " },
    { "nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\nnameserver 192.0.2.4\n",
      "192.0.2.1 192.0.2.2 192.0.2.3 " },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (GPtrArray) resolvers = tl_resolver_list_parse (table[i].text);
    g_autoptr (GString) text = g_string_new (NULL);

    for (guint j = 0; j < resolvers->len; j++) {
      const TlResolver *resolver = resolvers->pdata[j];
      g_autofree char *address = tl_address_to_string (&resolver->address);

      g_string_append_printf (text, "%s%s%s ", address, resolver->interface != NULL ? "%" : "",
                              resolver->interface != NULL ? resolver->interface : "");
    }
    g_assert_cmpstr (text->str, ==, table[i].expected);
  }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strdup_printf ("/resolver-verdict/%s", cases[i].name);

    g_test_add_data_func (path, &cases[i], test_case);
  }
  g_test_add_func ("/resolver-verdict/file", test_file);

  return g_test_run ();
}
