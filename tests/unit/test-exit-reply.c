/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/error.h"
#include "core/exit-reply.h"

#include <string.h>

static void
test_good (void)
{
  const struct {
    const char *body;
    TlFamily family;
    const char *address;
  } table[] = {
    { "198.51.100.6", TL_FAMILY_IPV4, "198.51.100.6" },
    { "198.51.100.6\n", TL_FAMILY_IPV4, "198.51.100.6" },
    { " \t198.51.100.6\r\n\r\n", TL_FAMILY_IPV4, "198.51.100.6" },
    { "2001:db8:1::5\n", TL_FAMILY_IPV6, "2001:db8:1::5" },
    { "2001:DB8:1:0:0:0:0:5", TL_FAMILY_IPV6, "2001:db8:1::5" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *text = NULL;
    TlAddress address;
    gboolean parsed = tl_exit_reply_parse (table[i].body, strlen (table[i].body), table[i].family,
                                           &address, &error);

    g_assert_no_error (error);
    g_assert_true (parsed);
    text = tl_address_to_string (&address);
    g_assert_cmpstr (text, ==, table[i].address);
  }
}

#define NOT_AN_ADDRESS "the answer is not an address"

static void
test_bad (void)
{
  const struct {
    const char *body;
    gsize length; /* 0: up to the NUL */
    TlFamily family;
    const char *message;
  } table[] = {
    { "", 0, TL_FAMILY_IPV4, "the answer is empty" },
    { " \n", 0, TL_FAMILY_IPV6, "the answer is empty" },
    { "<html>Please log in</html>", 0, TL_FAMILY_IPV4, NOT_AN_ADDRESS },
    { "198.51.100.6\n198.51.100.7\n", 0, TL_FAMILY_IPV4, NOT_AN_ADDRESS },
    { "198.51.100.6, 10.0.0.1", 0, TL_FAMILY_IPV4, NOT_AN_ADDRESS },
    { "198.51.100.6:4711", 0, TL_FAMILY_IPV4, NOT_AN_ADDRESS },
    { "198.51.100.6/32", 0, TL_FAMILY_IPV4, NOT_AN_ADDRESS },
    { "198.51.100", 0, TL_FAMILY_IPV4, NOT_AN_ADDRESS },
    { "3325256710", 0, TL_FAMILY_IPV4, NOT_AN_ADDRESS },
    { "198.51.100.006", 0, TL_FAMILY_IPV4, NOT_AN_ADDRESS },
    { "[2001:db8::1]", 0, TL_FAMILY_IPV6, NOT_AN_ADDRESS },
    { "2001:db8::1%eth0", 0, TL_FAMILY_IPV6, NOT_AN_ADDRESS },
    { "ip.example.org", 0, TL_FAMILY_IPV4, NOT_AN_ADDRESS },
    { "198.51.100.6\0", 13, TL_FAMILY_IPV4, NOT_AN_ADDRESS },
    { "198.51.100.6\0<html>", 19, TL_FAMILY_IPV4, NOT_AN_ADDRESS },
    { "\0", 1, TL_FAMILY_IPV4, NOT_AN_ADDRESS },
    { "\xff\xfe", 0, TL_FAMILY_IPV4, NOT_AN_ADDRESS },
    { "198.51.100.6", 0, TL_FAMILY_IPV6,
      "the answer is an IPv4 address where IPv6 was asked (198.51.100.6)" },
    { "2001:db8::1", 0, TL_FAMILY_IPV4,
      "the answer is an IPv6 address where IPv4 was asked (2001:db8::1)" },
    { "::ffff:198.51.100.6", 0, TL_FAMILY_IPV6,
      "the answer is an IPv4 address where IPv6 was asked (::ffff:198.51.100.6)" },
    { "::ffff:198.51.100.6", 0, TL_FAMILY_IPV4, "the answer is an IPv4-mapped IPv6 address" },
    { "192.168.1.1", 0, TL_FAMILY_IPV4, "the answer is not a public address (192.168.1.1)" },
    { "127.0.0.1", 0, TL_FAMILY_IPV4, "the answer is not a public address (127.0.0.1)" },
    { "100.64.0.1", 0, TL_FAMILY_IPV4, "the answer is not a public address (100.64.0.1)" },
    { "0.0.0.0", 0, TL_FAMILY_IPV4, "the answer is not a public address (0.0.0.0)" },
    { "fd00::1", 0, TL_FAMILY_IPV6, "the answer is not a public address (fd00::1)" },
    { "fe80::1", 0, TL_FAMILY_IPV6, "the answer is not a public address (fe80::1)" },
    { "::1", 0, TL_FAMILY_IPV6, "the answer is not a public address (::1)" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (GError) error = NULL;
    gsize length = table[i].length > 0 ? table[i].length : strlen (table[i].body);
    TlAddress address = { .bytes = { 42 } };
    gboolean parsed =
      tl_exit_reply_parse (table[i].body, length, table[i].family, &address, &error);

    g_assert_error (error, TL_ERROR, TL_ERROR_INVALID);
    g_assert_cmpstr (error->message, ==, table[i].message);
    g_assert_false (parsed);
    g_assert_cmpint (address.bytes[0], ==, 42);
  }
}

static void
test_length (void)
{
  g_autofree char *body = g_strnfill (TL_EXIT_REPLY_MAX + 1, ' ');
  g_autoptr (GError) error = NULL;
  TlAddress address;

  memcpy (body, "198.51.100.6", 12);
  g_assert_true (tl_exit_reply_parse (body, TL_EXIT_REPLY_MAX, TL_FAMILY_IPV4, &address, NULL));
  g_assert_false (
    tl_exit_reply_parse (body, TL_EXIT_REPLY_MAX + 1, TL_FAMILY_IPV4, &address, &error));
  g_assert_error (error, TL_ERROR, TL_ERROR_INVALID);
  g_assert_cmpstr (error->message, ==, "the answer is longer than 1024 bytes");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/exit-reply/good", test_good);
  g_test_add_func ("/exit-reply/bad", test_bad);
  g_test_add_func ("/exit-reply/length", test_length);

  return g_test_run ();
}
