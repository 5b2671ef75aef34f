/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/policy.h"

#include <string.h>

/* A key of the file while it is read, with all that is to be told if it is wrong. */
typedef struct {
  GKeyFile *keys;
  const char *text;
  gsize length;
  const char *group;
  const char *key;
  TlPolicyFault *fault;
} Reader;

static gboolean
fail_at (const Reader *reader, guint line, TlPolicyMistake mistake)
{
  *reader->fault = (TlPolicyFault){ .mistake = mistake, .line = line };
  return FALSE;
}

static guint
line_of_offset (const Reader *reader, gsize offset)
{
  guint line = 1;

  for (gsize i = 0; i < offset; i++)
    line += reader->text[i] == '\n';

  return line;
}

/* GKeyFile keeps no line numbers. Where a key is given twice the last one counts, as there. */
static guint
line_of_key (const Reader *reader)
{
  g_autofree char *header = g_strdup_printf ("[%s]", reader->group);
  g_autofree char *text = g_strndup (reader->text, reader->length);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  gboolean in_group = FALSE;
  guint found = 0;

  for (guint i = 0; lines[i] != NULL; i++) {
    char *line = g_strstrip (lines[i]);
    char *equals = strchr (line, '=');

    if (line[0] == '[') {
      in_group = g_str_equal (line, header);
    } else if (in_group && equals != NULL) {
      *equals = '\0';
      if (g_str_equal (g_strchomp (line), reader->key))
        found = i + 1;
    }
  }

  return found;
}

static gboolean
fail (const Reader *reader, TlPolicyMistake mistake, const char *value)
{
  fail_at (reader, line_of_key (reader), mistake);
  reader->fault->key = reader->key;
  reader->fault->value = g_strdup (value);
  return FALSE;
}

static gboolean
loads (const char *text, gsize length)
{
  g_autoptr (GKeyFile) keys = g_key_file_new ();

  return g_key_file_load_from_data (keys, text, length, G_KEY_FILE_NONE, NULL);
}

/* The first line that makes GKeyFile refuse the text: what comes before it loads, with it not. */
static guint
line_of_syntax_error (const Reader *reader)
{
  g_autoptr (GArray) ends = g_array_new (FALSE, FALSE, sizeof (gsize));
  guint good = 0;
  guint bad;

  for (gsize i = 0; i < reader->length; i++) {
    gsize end = i + 1;

    if (reader->text[i] == '\n' || end == reader->length)
      g_array_append_val (ends, end);
  }

  bad = ends->len;
  while (bad - good > 1) {
    guint middle = good + (bad - good) / 2;

    if (loads (reader->text, g_array_index (ends, gsize, middle - 1)))
      good = middle;
    else
      bad = middle;
  }

  return bad;
}

static gboolean
load (const Reader *reader)
{
  g_autoptr (GError) syntax = NULL;
  const char *end;

  if (!g_utf8_validate_len (reader->text, reader->length, &end))
    return fail_at (reader, line_of_offset (reader, end - reader->text),
                    TL_POLICY_MISTAKE_ENCODING);
  if (g_key_file_load_from_data (reader->keys, reader->text, reader->length, G_KEY_FILE_NONE,
                                 &syntax))
    return TRUE;

  return fail_at (reader, line_of_syntax_error (reader),
                  g_error_matches (syntax, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_GROUP_NOT_FOUND)
                    ? TL_POLICY_MISTAKE_NO_GROUP
                    : TL_POLICY_MISTAKE_SYNTAX);
}

/* What GKeyFile cannot decode comes with an error, and partly decoded all the same. */
static char *
read_string (const Reader *reader)
{
  g_autoptr (GError) wrong = NULL;
  g_autofree char *value = g_key_file_get_string (reader->keys, reader->group, reader->key, &wrong);

  if (wrong != NULL) {
    fail (reader, TL_POLICY_MISTAKE_ESCAPE, NULL);
    return NULL;
  }

  return g_strstrip (g_steal_pointer (&value));
}

static char **
read_list (const Reader *reader)
{
  g_autoptr (GError) wrong = NULL;
  g_auto (GStrv) values =
    g_key_file_get_string_list (reader->keys, reader->group, reader->key, NULL, &wrong);

  if (wrong != NULL) {
    fail (reader, TL_POLICY_MISTAKE_ESCAPE, NULL);
    return NULL;
  }

  for (guint i = 0; values[i] != NULL; i++)
    g_strstrip (values[i]);
  return g_steal_pointer (&values);
}

static gboolean
read_name (const Reader *reader, TlPolicy *policy)
{
  g_autofree char *name = read_string (reader);

  if (name == NULL)
    return FALSE;

  policy->organization = name[0] != '\0' ? g_steal_pointer (&name) : NULL;
  return TRUE;
}

static gboolean
read_mode (const Reader *reader, TlPolicy *policy)
{
  static const char *const modes[] = {
    [TL_TUNNEL_MODE_AUTO] = "auto",
    [TL_TUNNEL_MODE_FULL] = "full",
    [TL_TUNNEL_MODE_SPLIT] = "split",
  };
  g_autofree char *value = read_string (reader);

  if (value == NULL)
    return FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (modes); i++) {
    if (g_str_equal (value, modes[i])) {
      policy->mode = i;
      return TRUE;
    }
  }

  return fail (reader, TL_POLICY_MISTAKE_MODE, value);
}

static gboolean
read_outside_tunnel (const Reader *reader, TlPolicy *policy)
{
  static const char *const severities[] = {
    [TL_SEVERITY_INFO] = "info",
    [TL_SEVERITY_WARNING] = "warning",
    [TL_SEVERITY_LEAK] = "leak",
  };
  g_autofree char *value = read_string (reader);

  if (value == NULL)
    return FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (severities); i++) {
    if (g_str_equal (value, severities[i])) {
      policy->resolvers_outside = i;
      return TRUE;
    }
  }

  return fail (reader, TL_POLICY_MISTAKE_OUTSIDE_TUNNEL, value);
}

static gboolean
read_enabled (const Reader *reader, TlPolicy *policy)
{
  g_autofree char *value = read_string (reader);

  if (value == NULL)
    return FALSE;
  if (!g_str_equal (value, "true") && !g_str_equal (value, "false"))
    return fail (reader, TL_POLICY_MISTAKE_ENABLED, value);

  policy->exit_checks = policy->exit_consent = g_str_equal (value, "true");
  return TRUE;
}

static TlFamily
family_of_key (const Reader *reader)
{
  return g_str_equal (reader->key, "IPv6") ? TL_FAMILY_IPV6 : TL_FAMILY_IPV4;
}

static gboolean
check_url (const Reader *reader, const char *url)
{
  g_autoptr (GUri) uri =
    g_uri_parse (url, G_URI_FLAGS_ENCODED | G_URI_FLAGS_SCHEME_NORMALIZE, NULL);
  TlAddress address;

  /* Plain http has nothing to prove who answers. It is the organisation's own choice, for a
   * server of its own; the services built in are https. */
  if (uri == NULL || (!g_str_equal (g_uri_get_scheme (uri), "http") &&
                      !g_str_equal (g_uri_get_scheme (uri), "https")))
    return fail (reader, TL_POLICY_MISTAKE_URL, url);
  if (g_uri_get_host (uri) == NULL || g_uri_get_host (uri)[0] == '\0')
    return fail (reader, TL_POLICY_MISTAKE_URL_HOST, url);
  if (g_uri_get_userinfo (uri) != NULL)
    return fail (reader, TL_POLICY_MISTAKE_URL_LOGIN, NULL);
  if (tl_address_parse (g_uri_get_host (uri), &address) && address.family != family_of_key (reader))
    return fail (reader, TL_POLICY_MISTAKE_URL_FAMILY, url);

  return TRUE;
}

static gboolean
read_urls (const Reader *reader, TlPolicy *policy)
{
  g_auto (GStrv) urls = read_list (reader);

  if (urls == NULL)
    return FALSE;
  if (urls[0] == NULL)
    return fail (reader, TL_POLICY_MISTAKE_NO_SERVICE, NULL);

  for (guint i = 0; urls[i] != NULL; i++) {
    if (!check_url (reader, urls[i]))
      return FALSE;
  }

  policy->probe_urls[family_of_key (reader)] = g_steal_pointer (&urls);
  return TRUE;
}

static gboolean
read_prefixes (const Reader *reader, GArray *prefixes)
{
  g_auto (GStrv) values = read_list (reader);

  if (values == NULL)
    return FALSE;

  for (guint i = 0; values[i] != NULL; i++) {
    TlPrefix prefix;

    if (!tl_prefix_parse (values[i], &prefix))
      return fail (reader, TL_POLICY_MISTAKE_PREFIX, values[i]);
    g_array_append_val (prefixes, prefix);
  }

  return TRUE;
}

static gboolean
read_exits (const Reader *reader, TlPolicy *policy)
{
  TlFamily family = family_of_key (reader);
  GArray *prefixes = policy->expected_exits[family];

  if (!read_prefixes (reader, prefixes))
    return FALSE;

  for (guint i = 0; i < prefixes->len; i++) {
    const TlPrefix *prefix = &g_array_index (prefixes, TlPrefix, i);
    char text[TL_PREFIX_STRLEN];

    tl_prefix_format (prefix, text);
    if (prefix->address.family != family)
      return fail (reader, TL_POLICY_MISTAKE_PREFIX_FAMILY, text);
  }

  return TRUE;
}

static gboolean
read_bypass (const Reader *reader, TlPolicy *policy)
{
  return read_prefixes (reader, policy->expected_bypass);
}

static const struct {
  const char *group;
  const char *key;
  gboolean (*read) (const Reader *reader, TlPolicy *policy);
} known_keys[] = {
  { "Organization", "Name", read_name },
  { "Tunnel", "Mode", read_mode },
  { "Probe", "Enabled", read_enabled },
  { "Probe", "IPv4", read_urls },
  { "Probe", "IPv6", read_urls },
  { "Exit", "IPv4", read_exits },
  { "Exit", "IPv6", read_exits },
  { "Bypass", "Expected", read_bypass },
  { "DNS", "OutsideTunnel", read_outside_tunnel },
};

/**
 * tl_policy_parse:
 * @text: the text of a policy file; need not end in NUL
 * @length: its length in bytes, or -1 up to the NUL
 * @ret_fault: (out): what is wrong where %NULL is returned, for tl_policy_fault_clear()
 *
 * Reads a policy file, in the format of #GKeyFile:
 * |[
 * [Organization]
 * Name=Example Ltd
 * [Tunnel]
 * Mode=full                      # full, split or auto
 * [Probe]
 * Enabled=true                   # false: exit addresses are never asked for
 * IPv4=https://ip4.example.org/  # services that answer with the caller's address
 * IPv6=https://ip6.example.org/;https://[2001:db8::1]/
 * [Exit]
 * IPv4=198.51.100.0/24           # the company's own exit addresses
 * IPv6=2001:db8:1::/48
 * [Bypass]
 * Expected=203.0.113.0/24        # what is meant to go around the VPN
 * [DNS]
 * OutsideTunnel=leak             # what a DNS server outside a full tunnel is: info, warning, leak
 * ]|
 * (Comments stand on lines of their own in a real file.) Lists are separated by `;`. Groups and
 * keys that are not known are left alone, so that one file serves several versions.
 *
 * Returns: (transfer full) (nullable): the policy, or %NULL with @ret_fault
 */
TlPolicy *
tl_policy_parse (const char *text, gssize length, TlPolicyFault *ret_fault)
{
  g_autoptr (TlPolicy) policy = tl_policy_new ();
  g_autoptr (GKeyFile) keys = g_key_file_new ();
  Reader reader = {
    .keys = keys,
    .text = text,
    .length = length < 0 ? strlen (text) : (gsize)length,
    .fault = ret_fault,
  };

  if (!load (&reader))
    return NULL;

  for (guint i = 0; i < G_N_ELEMENTS (known_keys); i++) {
    reader.group = known_keys[i].group;
    reader.key = known_keys[i].key;
    if (g_key_file_has_key (keys, reader.group, reader.key, NULL) &&
        !known_keys[i].read (&reader, policy))
      return NULL;
  }

  return g_steal_pointer (&policy);
}
