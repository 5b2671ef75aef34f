/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/nat64.h"

/* The prefixes of RFC 6052, 2.4, and what is no synthesised address at all. */
static const struct {
  const char *address;
  const char *prefix;
} cases[] = {
  { "64:ff9b::c000:aa", "64:ff9b::/96" },
  { "64:ff9b::192.0.0.171", "64:ff9b::/96" },
  { "2001:db8:c000:aa::", "2001:db8::/32" },
  { "2001:db8:1c0:0:aa::", "2001:db8:100::/40" },
  { "2001:db8:122:c000:0:aa00::", "2001:db8:122::/48" },
  { "2001:db8:122:3c0:0:aa::", "2001:db8:122:300::/56" },
  { "2001:db8:122:344:c0:0:aa00:0", "2001:db8:122:344::/64" },
  { "2001:db8:122:344::c000:aa", "2001:db8:122:344::/96" },
  { "2001:db8::1", NULL },
  { "64:ff9b::c000:ac", NULL },
  { "192.0.0.170", NULL },
};

static void
test_prefix_from_address (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    TlAddress address;
    TlPrefix prefix;
    gboolean parsed = tl_address_parse (cases[i].address, &address);
    gboolean found;

    g_assert_true (parsed);
    found = tl_nat64_prefix_from_address (&address, &prefix);
    g_assert_cmpint (found, ==, cases[i].prefix != NULL);
    if (found) {
      g_autofree char *text = tl_prefix_to_string (&prefix);

      g_assert_cmpstr (text, ==, cases[i].prefix);
    }
  }
}

/* Two addresses for one translator, as ipv4only.arpa has two of IPv4, and one that is none. */
static void
test_prefixes_from_addresses (void)
{
  const char *const texts[] = { "64:ff9b::c000:aa", "64:ff9b::c000:ab", "2001:db8::1",
                                "2001:db8:122:344::c000:aa" };
  g_autoptr (GArray) addresses = g_array_new (FALSE, FALSE, sizeof (TlAddress));
  g_autoptr (GArray) prefixes = NULL;
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    TlAddress address;

    g_assert_true (tl_address_parse (texts[i], &address));
    g_array_append_val (addresses, address);
  }
  prefixes = tl_nat64_prefixes_from_addresses (addresses);
  g_assert_cmpuint (prefixes->len, ==, 2);
  first = tl_prefix_to_string (&g_array_index (prefixes, TlPrefix, 0));
  second = tl_prefix_to_string (&g_array_index (prefixes, TlPrefix, 1));
  g_assert_cmpstr (first, ==, "64:ff9b::/96");
  g_assert_cmpstr (second, ==, "2001:db8:122:344::/96");
}

/* RFC 8781, 4. */
static void
test_prefix_from_option (void)
{
  static const struct {
    guint8 option[16];
    const char *prefix;
    guint lifetime;
  } table[] = {
    { { 38, 2, 0x07, 0x08, 0, 0x64, 0xff, 0x9b }, "64:ff9b::/96", 1800 },
    { { 38, 2, 0xff, 0xf8, 0x20, 1, 0x0d, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8 },
      "2001:db8:102:304:506:708::/96",
      65528 },
    { { 38, 2, 0x07, 0x09, 0x20, 1, 0x0d, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8 },
      "2001:db8:102:304::/64",
      1800 },
    { { 38, 2, 0x07, 0x0a, 0x20, 1, 0x0d, 0xb8, 1, 2, 3, 4, 5 }, "2001:db8:102:300::/56", 1800 },
    { { 38, 2, 0x07, 0x0b, 0x20, 1, 0x0d, 0xb8, 1, 2, 3, 4, 5 }, "2001:db8:102::/48", 1800 },
    { { 38, 2, 0x07, 0x0c, 0x20, 1, 0x0d, 0xb8, 1, 2, 3, 4, 5 }, "2001:db8:100::/40", 1800 },
    { { 38, 2, 0x00, 0x05, 0x20, 1, 0x0d, 0xb8, 1, 2, 3, 4, 5 }, "2001:db8::/32", 0 },
    { { 38, 2, 0x07, 0x0e, 0, 0x64, 0xff, 0x9b }, NULL, 0 }, /* reserved lengths */
    { { 38, 2, 0x07, 0x0f, 0, 0x64, 0xff, 0x9b }, NULL, 0 },
    { { 38, 3, 0x07, 0x08, 0, 0x64, 0xff, 0x9b }, NULL, 0 },
    { { 25, 2, 0x07, 0x08, 0, 0x64, 0xff, 0x9b }, NULL, 0 },
  };
  TlPrefix prefix;
  guint lifetime;

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {
    gboolean read = tl_nat64_prefix_from_option (table[i].option, 16, &prefix, &lifetime);

    g_assert_cmpint (read, ==, table[i].prefix != NULL);
    if (read) {
      g_autofree char *text = tl_prefix_to_string (&prefix);

      g_assert_cmpstr (text, ==, table[i].prefix);
      g_assert_cmpuint (lifetime, ==, table[i].lifetime);
    }
  }
  g_assert_false (tl_nat64_prefix_from_option (table[0].option, 15, &prefix, &lifetime));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/nat64/prefix-from-address", test_prefix_from_address);
  g_test_add_func ("/nat64/prefixes-from-addresses", test_prefixes_from_addresses);
  g_test_add_func ("/nat64/prefix-from-option", test_prefix_from_option);

  return g_test_run ();
}
