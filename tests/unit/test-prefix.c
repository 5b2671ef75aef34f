/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/prefix.h"

static TlPrefix
prefix (const char *text)
{
  TlPrefix value = { 0 };
  gboolean parsed = tl_prefix_parse (text, &value);

  g_assert_true (parsed);
  return value;
}

static TlAddress
address (const char *text)
{
  TlAddress value = { 0 };
  gboolean parsed = tl_address_parse (text, &value);

  g_assert_true (parsed);
  return value;
}

static void
test_parse (void)
{
  const char *const good[][2] = {
    { "0.0.0.0/0", "0.0.0.0/0" },
    { "192.0.2.1", "192.0.2.1/32" },
    { "2001:DB8::/32", "2001:db8::/32" },
    { "::/0", "::/0" },
    { "::ffff:192.0.2.1", "::ffff:192.0.2.1/128" },
  };
  const char *const bad[] = {
    "",
    "/8",
    "192.0.2.1/33",
    "192.0.2.1/24", /* bits beyond the length */
    "192.0.2.0/-1",
    "192.0.2.0/+24",
    "192.0.2.0/24/1",
    "192.0.2.0 /24",
    "192.0.2",
    "2001:db8::/129",
    "2001:db8::1%eth0",
    "example.org",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++) {
    TlPrefix parsed = prefix (good[i][0]);
    g_autofree char *text = tl_prefix_to_string (&parsed);

    g_assert_cmpstr (text, ==, good[i][1]);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    TlPrefix untouched = { .length = 77 };

    g_assert_false (tl_prefix_parse (bad[i], &untouched));
    g_assert_cmpuint (untouched.length, ==, 77);
  }
}

static void
test_contains (void)
{
  TlPrefix outer = prefix ("2000::/3");
  TlPrefix inner = prefix ("2001:db8::/32");
  TlPrefix all = prefix ("0.0.0.0/0");
  TlAddress inside = address ("3fff:ffff::1");
  TlAddress outside = address ("4000::");
  TlAddress other_family = address ("32.1.2.3");

  g_assert_true (tl_prefix_contains (&outer, &inside));
  g_assert_false (tl_prefix_contains (&outer, &outside));
  g_assert_false (tl_prefix_contains (&outer, &other_family));
  g_assert_true (tl_prefix_contains (&all, &other_family));
  g_assert_true (tl_prefix_covers (&outer, &inner));
  g_assert_true (tl_prefix_covers (&inner, &inner));
  g_assert_false (tl_prefix_covers (&inner, &outer));
  g_assert_false (tl_prefix_covers (&all, &inner));
}

static void
test_ends (void)
{
  const char *const ends[][2] = {
    { "0.0.0.0/0", "255.255.255.255" },
    { "10.0.0.0/9", "10.127.255.255" },
    { "192.0.2.7/32", "192.0.2.7" },
    { "2000::/3", "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
  };
  TlAddress last = address ("255.255.255.255");
  TlAddress first = address ("::");

  for (gsize i = 0; i < G_N_ELEMENTS (ends); i++) {
    TlPrefix value = prefix (ends[i][0]);
    TlAddress expected = address (ends[i][1]);
    TlAddress end;

    tl_prefix_last (&value, &end);
    g_assert_cmpint (tl_address_compare (&end, &expected), ==, 0);
  }

  g_assert_false (tl_address_next (&last));
  g_assert_true (tl_address_is_zero (&last));
  g_assert_false (tl_address_previous (&first));
  g_assert_true (tl_address_next (&last));
}

static void
test_between (void)
{
  const struct {
    const char *first, *last, *middle, *inside;
  } cases[] = {
    { "0.0.0.0", "255.255.255.255", "127.255.255.255", "158.255.255.255" },
    { "192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.1" },
    { "192.0.2.1", "192.0.2.2", "192.0.2.1", "192.0.2.1" },
    { "2000::", "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
      "2fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "33df:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
    { "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
      "9eff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    TlAddress first = address (cases[i].first);
    TlAddress last = address (cases[i].last);
    TlAddress found[] = { tl_address_middle (&first, &last), tl_address_inside (&first, &last) };
    g_autofree char *middle = tl_address_to_string (&found[0]);
    g_autofree char *inside = tl_address_to_string (&found[1]);

    g_assert_cmpstr (middle, ==, cases[i].middle);
    g_assert_cmpstr (inside, ==, cases[i].inside);
  }
}

static void
test_lists (void)
{
  TlPrefix prefixes[] = { prefix ("192.0.2.0/24"), prefix ("::/0"), prefix ("2000::/3") };
  TlAddress addresses[] = { address ("0.0.0.0"), address ("192.0.2.1") };
  TlAddress zero = address ("::");
  g_autoptr (GArray) both = g_array_new (FALSE, FALSE, sizeof (TlPrefix));
  g_autoptr (GArray) other = g_array_new (FALSE, FALSE, sizeof (TlPrefix));
  g_autoptr (GArray) hosts = g_array_new (FALSE, FALSE, sizeof (TlAddress));

  g_array_append_vals (both, prefixes, 2);
  g_array_append_vals (other, prefixes, 1);
  g_array_append_vals (hosts, addresses, 2);

  g_assert_true (tl_prefixes_contain (both, &prefixes[1]));
  g_assert_false (tl_prefixes_contain (both, &prefixes[2])); /* covered is not contained */
  g_assert_true (tl_addresses_contain (hosts, &addresses[1]));
  g_assert_false (tl_addresses_contain (hosts, &zero)); /* the same bytes of another family */

  g_assert_false (tl_prefixes_equal (both, other));
  g_array_append_val (other, prefixes[2]);
  g_assert_false (tl_prefixes_equal (both, other));
  g_array_index (other, TlPrefix, 1) = prefixes[1];
  g_assert_true (tl_prefixes_equal (both, other));
}

static void
test_range (void)
{
  const struct {
    const char *first, *last, *expected;
  } cases[] = {
    { "0.0.0.0", "255.255.255.255", "0.0.0.0/0" },
    { "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::/0" },
    { "192.0.2.1", "192.0.2.6", "192.0.2.1/32 192.0.2.2/31 192.0.2.4/31 192.0.2.6/32" },
    { "255.255.255.255", "255.255.255.255", "255.255.255.255/32" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GArray) prefixes = g_array_new (FALSE, FALSE, sizeof (TlPrefix));
    g_autoptr (GString) text = g_string_new (NULL);
    TlAddress first = address (cases[i].first);
    TlAddress last = address (cases[i].last);

    tl_range_to_prefixes (&first, &last, prefixes);
    for (guint j = 0; j < prefixes->len; j++) {
      char buffer[TL_PREFIX_STRLEN];

      tl_prefix_format (&g_array_index (prefixes, TlPrefix, j), buffer);
      g_string_append_printf (text, "%s%s", j > 0 ? " " : "", buffer);
    }
    g_assert_cmpstr (text->str, ==, cases[i].expected);
  }
}

static void
test_public (void)
{
  const char *const is_public[] = {
    "1.1.1.1",         "9.255.255.255", "11.0.0.0",     "100.63.255.255",
    "100.128.0.0",     "192.0.2.1",     "198.51.100.6", "203.0.113.1",
    "223.255.255.255", "2000::",        "2001:db8::1",  "3fff:ffff::",
  };
  const char *const is_not[] = {
    "0.1.2.3",     "10.0.0.1",  "100.64.0.1", "127.0.0.1",       "169.254.1.1", "172.31.255.255",
    "192.168.1.1", "224.0.0.1", "240.0.0.1",  "255.255.255.255", "::1",         "fe80::1",
    "fd00::1",     "4000::",    "1fff::",     "64:ff9b::1",      "ff02::1",     "::ffff:1.1.1.1",
  };
  TlPrefix with_public = prefix ("192.0.0.0/8");
  TlPrefix without = prefix ("192.168.4.0/24");

  for (gsize i = 0; i < G_N_ELEMENTS (is_public); i++) {
    TlAddress value = address (is_public[i]);

    g_assert_true (tl_address_is_public (&value));
  }
  for (gsize i = 0; i < G_N_ELEMENTS (is_not); i++) {
    TlAddress value = address (is_not[i]);

    g_assert_false (tl_address_is_public (&value));
  }
  g_assert_true (tl_prefix_meets_public (&with_public));
  g_assert_false (tl_prefix_meets_public (&without));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/prefix/parse", test_parse);
  g_test_add_func ("/prefix/contains", test_contains);
  g_test_add_func ("/prefix/ends", test_ends);
  g_test_add_func ("/prefix/between", test_between);
  g_test_add_func ("/prefix/lists", test_lists);
  g_test_add_func ("/prefix/range", test_range);
  g_test_add_func ("/prefix/public", test_public);

  return g_test_run ();
}
