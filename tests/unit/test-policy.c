/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/policy.h"

#include <string.h>

static TlPolicy *
parse (const char *text)
{
  TlPolicyFault fault = { 0 };
  TlPolicy *policy = tl_policy_parse (text, -1, &fault);

  g_assert_nonnull (policy);
  return policy;
}

static void
assert_prefixes (const GArray *prefixes, const char *expected)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < prefixes->len; i++) {
    g_autofree char *prefix = tl_prefix_to_string (&g_array_index (prefixes, TlPrefix, i));

    g_string_append_printf (text, "%s%s", i > 0 ? " " : "", prefix);
  }
  g_assert_cmpstr (text->str, ==, expected);
}

static void
test_full (void)
{
  g_autoptr (TlPolicy) policy =
    parse ("# Tunnel Light\r\n"
           "[Organization]\r\n"
           "Name=Beispiel GmbH\r\n"
           "\r\n"
           "[Tunnel]\r\n"
           "Mode=full\r\n"
           "[Probe]\r\n"
           "Enabled=true\r\n"
           "IPv4=https://ip4.example.org/;http://198.51.100.1:8080/ip?format=text\r\n"
           "IPv6 = https://ip6.example.org/ ; http://[2001:db8::1]/\r\n"
           "[Exit]\r\n"
           "IPv4=198.51.100.0/24;203.0.113.7\r\n"
           "IPv6=2001:db8:1::/48;\r\n"
           "[Bypass]\r\n"
           "Expected=192.0.2.0/24;2001:db8:2::/48\r\n"
           "[DNS]\r\n"
           "OutsideTunnel=leak\r\n");
  g_autoptr (TlPolicy) other = tl_policy_ref (policy);
  const char *const ipv4[] = { "https://ip4.example.org/",
                               "http://198.51.100.1:8080/ip?format=text", NULL };
  const char *const ipv6[] = { "https://ip6.example.org/", "http://[2001:db8::1]/", NULL };

  g_assert_true (other == policy);
  g_assert_cmpstr (policy->organization, ==, "Beispiel GmbH");
  g_assert_cmpint (policy->mode, ==, TL_TUNNEL_MODE_FULL);
  g_assert_true (policy->exit_checks);
  g_assert_true (policy->exit_consent);
  g_assert_cmpstrv (policy->probe_urls[TL_FAMILY_IPV4], ipv4);
  g_assert_cmpstrv (policy->probe_urls[TL_FAMILY_IPV6], ipv6);
  assert_prefixes (policy->expected_exits[TL_FAMILY_IPV4], "198.51.100.0/24 203.0.113.7/32");
  assert_prefixes (policy->expected_exits[TL_FAMILY_IPV6], "2001:db8:1::/48");
  assert_prefixes (policy->expected_bypass, "192.0.2.0/24 2001:db8:2::/48");
  g_assert_cmpint (policy->resolvers_outside, ==, TL_SEVERITY_LEAK);
}

static void
assert_is_default (const TlPolicy *policy)
{
  g_assert_null (policy->organization);
  g_assert_cmpint (policy->mode, ==, TL_TUNNEL_MODE_AUTO);
  g_assert_true (policy->exit_checks);
  g_assert_false (policy->exit_consent);
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    g_assert_null (policy->probe_urls[family]);
    assert_prefixes (policy->expected_exits[family], "");
  }
  assert_prefixes (policy->expected_bypass, "");
  g_assert_cmpint (policy->resolvers_outside, ==, TL_SEVERITY_INFO);
}

static void
test_empty (void)
{
  const char *const texts[] = {
    "",
    "\n\n",
    "# nothing\n",
    "[Probe]\n[Tunnel]\n",
    "[Organization]\nName=\n[Exit]\nIPv4=\n[Bypass]\nExpected=\n",
    "[Tunnel]\nMode=auto",
    /* of a later version */
    "[Guard]\nMode=on\n[Tunnel]\nColour=42\n[Probe]\nipv4=nonsense\n",
    /* a comment is not a value */
    "[Tunnel]\n#Mode=nonsense\n",
  };
  g_autoptr (TlPolicy) none = tl_policy_new ();

  assert_is_default (none);
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (TlPolicy) policy = parse (texts[i]);

    assert_is_default (policy);
  }
}

static void
test_enabled (void)
{
  g_autoptr (TlPolicy) policy = parse ("[Probe]\nEnabled=false\n");

  g_assert_false (policy->exit_checks);
  g_assert_false (policy->exit_consent);
}

static void
test_wrong (void)
{
  const struct {
    const char *text;
    guint line;
    TlPolicyMistake mistake;
    const char *value;
  } table[] = {
    /* syntax */
    { "[Tunnel]\nMode=full\nnonsense\n", 3, TL_POLICY_MISTAKE_SYNTAX, NULL },
    { "[Tunnel]\nnonsense", 2, TL_POLICY_MISTAKE_SYNTAX, NULL },
    { "nonsense\n[Tunnel]\nMode=full\n", 1, TL_POLICY_MISTAKE_SYNTAX, NULL },
    { "[Tunnel\nMode=full\n", 1, TL_POLICY_MISTAKE_SYNTAX, NULL },
    { "[Tunnel]\n\n\n=full\n[Probe]\n", 4, TL_POLICY_MISTAKE_SYNTAX, NULL },
    { "\n\nMode=full\n[Tunnel]\n", 3, TL_POLICY_MISTAKE_NO_GROUP, NULL },
    { "[Tunnel]\nMode=full\n# \xe4\n", 3, TL_POLICY_MISTAKE_ENCODING, NULL },
    { "<html>\n<body>\n", 1, TL_POLICY_MISTAKE_SYNTAX, NULL },
    /* values */
    { "[Tunnel]\nMode=all\n", 2, TL_POLICY_MISTAKE_MODE, "all" },
    { "[Tunnel]\nMode=\n", 2, TL_POLICY_MISTAKE_MODE, "" },
    { "[Tunnel]\nMode=Full\n", 2, TL_POLICY_MISTAKE_MODE, "Full" },
    { "[Tunnel]\nMode=full # all\n", 2, TL_POLICY_MISTAKE_MODE, "full # all" },
    { "[Tunnel]\nMode=f\\ull\n", 2, TL_POLICY_MISTAKE_ESCAPE, NULL },
    { "[Organization]\nName=A\\&B\n", 2, TL_POLICY_MISTAKE_ESCAPE, NULL },
    { "[Probe]\nEnabled=maybe\n", 2, TL_POLICY_MISTAKE_ENABLED, "maybe" },
    { "[Probe]\n\nIPv4=\n", 3, TL_POLICY_MISTAKE_NO_SERVICE, NULL },
    { "[Probe]\nIPv4=ip.example.org\n", 2, TL_POLICY_MISTAKE_URL, "ip.example.org" },
    { "[Probe]\nIPv4=ftp://ip.example.org\n", 2, TL_POLICY_MISTAKE_URL, "ftp://ip.example.org" },
    { "[Probe]\nIPv6=file:///etc/passwd\n", 2, TL_POLICY_MISTAKE_URL, "file:///etc/passwd" },
    { "[Probe]\nIPv4=https://a.example.org;;https://b.example.org\n", 2, TL_POLICY_MISTAKE_URL,
      "" },
    { "[Probe]\nIPv4=https://a.example.org:99999\n", 2, TL_POLICY_MISTAKE_URL,
      "https://a.example.org:99999" },
    { "[Probe]\nIPv4=https:///ip\n", 2, TL_POLICY_MISTAKE_URL_HOST, "https:///ip" },
    { "[Probe]\nIPv4=https://me:secret@a.example.org\n", 2, TL_POLICY_MISTAKE_URL_LOGIN, NULL },
    { "[Probe]\nIPv4=https://[2001:db8::1]/\n", 2, TL_POLICY_MISTAKE_URL_FAMILY,
      "https://[2001:db8::1]/" },
    { "[Probe]\nIPv6=https://198.51.100.1/\n", 2, TL_POLICY_MISTAKE_URL_FAMILY,
      "https://198.51.100.1/" },
    { "[Probe]\nIPv6=https://a.example.org\\x\n", 2, TL_POLICY_MISTAKE_ESCAPE, NULL },
    { "[DNS]\nOutsideTunnel=no\n", 2, TL_POLICY_MISTAKE_OUTSIDE_TUNNEL, "no" },
    { "[Exit]\nIPv4=198.51.100.0/33\n", 2, TL_POLICY_MISTAKE_PREFIX, "198.51.100.0/33" },
    { "[Exit]\nIPv4=198.51.100.1/24\n", 2, TL_POLICY_MISTAKE_PREFIX, "198.51.100.1/24" },
    { "[Exit]\nIPv4=198.51.100.0/24,203.0.113.0/24\n", 2, TL_POLICY_MISTAKE_PREFIX,
      "198.51.100.0/24,203.0.113.0/24" },
    { "[Exit]\nIPv4=2001:db8::/32\n", 2, TL_POLICY_MISTAKE_PREFIX_FAMILY, "2001:db8::/32" },
    { "[Exit]\nIPv4=198.51.100.0/24\nIPv6=198.51.100.0/24\n", 3, TL_POLICY_MISTAKE_PREFIX_FAMILY,
      "198.51.100.0/24" },
    { "[Bypass]\nExpected=example.org\n", 2, TL_POLICY_MISTAKE_PREFIX, "example.org" },
    /* which line: the same key elsewhere, twice, indented, in a comment */
    { "[Probe]\nIPv4=https://a.example.org\n[Exit]\nIPv4=x\n", 4, TL_POLICY_MISTAKE_PREFIX, "x" },
    { "[Tunnel]\nMode=x\nMode=y\n", 3, TL_POLICY_MISTAKE_MODE, "y" },
    { "[Tunnel]\n[Exit]\nMode=q\n#Mode=r\n [Tunnel] \n  Mode = x\n", 6, TL_POLICY_MISTAKE_MODE,
      "x" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {
    g_auto (TlPolicyFault) fault = { 0 };

    g_test_message ("%s", table[i].text);
    g_assert_null (tl_policy_parse (table[i].text, -1, &fault));
    g_assert_cmpuint (fault.line, ==, table[i].line);
    g_assert_cmpint (fault.mistake, ==, table[i].mistake);
    g_assert_cmpstr (fault.value, ==, table[i].value);
  }
}

static void
test_length (void)
{
  const char text[] = "[Tunnel]\nMode=full\0\nMode=split\n";
  g_auto (TlPolicyFault) fault = { 0 };
  g_autoptr (TlPolicy) policy = tl_policy_parse (text, sizeof text - 1, &fault);
  g_autoptr (TlPolicy) start = NULL;

  g_assert_null (policy);
  g_assert_cmpint (fault.mistake, ==, TL_POLICY_MISTAKE_ENCODING);
  g_assert_cmpuint (fault.line, ==, 2);

  start = tl_policy_parse (text, 18, &fault);
  g_assert_nonnull (start);
  g_assert_cmpint (start->mode, ==, TL_TUNNEL_MODE_FULL);
}

/* The example that people copy from README.md: the indented block that begins with a group. */
static char *
read_example (void)
{
  g_autofree char *file = g_test_build_filename (G_TEST_DIST, "..", "..", "README.md", NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) error = NULL;
  GString *example = g_string_new (NULL);

  g_file_get_contents (file, &text, NULL, &error);
  g_assert_no_error (error);
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++) {
    gboolean indented = g_str_has_prefix (lines[i], "    ");

    if (indented && (example->len > 0 || lines[i][4] == '['))
      g_string_append_printf (example, "%s\n", lines[i] + 4);
    else if (example->len > 0 && lines[i][0] != '\0')
      break;
  }

  return g_string_free (example, FALSE);
}

static void
test_readme (void)
{
  g_autofree char *example = read_example ();
  g_autoptr (TlPolicy) policy = parse (example);

  g_assert_cmpstr (policy->organization, ==, "Example Corp");
  g_assert_cmpint (policy->mode, ==, TL_TUNNEL_MODE_FULL);
  g_assert_true (policy->exit_consent);
  g_assert_cmpuint (g_strv_length (policy->probe_urls[TL_FAMILY_IPV4]), ==, 2);
  g_assert_cmpuint (g_strv_length (policy->probe_urls[TL_FAMILY_IPV6]), ==, 1);
  assert_prefixes (policy->expected_exits[TL_FAMILY_IPV4], "198.51.100.0/24 203.0.113.7/32");
  assert_prefixes (policy->expected_exits[TL_FAMILY_IPV6], "2001:db8:1::/48");
  assert_prefixes (policy->expected_bypass, "192.0.2.0/24 2001:db8:2::/48");
  g_assert_cmpint (policy->resolvers_outside, ==, TL_SEVERITY_INFO);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/policy/full", test_full);
  g_test_add_func ("/policy/empty", test_empty);
  g_test_add_func ("/policy/enabled", test_enabled);
  g_test_add_func ("/policy/wrong", test_wrong);
  g_test_add_func ("/policy/length", test_length);
  g_test_add_func ("/policy/readme", test_readme);

  return g_test_run ();
}
