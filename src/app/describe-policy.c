/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/describe-policy.h"

#include <glib/gi18n.h>

/* The words of the file itself are never translated: Mode, full, Enabled=false. */
static char *
describe_value (const TlPolicyFault *fault)
{
  const char *key = fault->key;
  const char *value = fault->value;

  switch ((guint)fault->mistake) {
  case TL_POLICY_MISTAKE_ESCAPE:
    return g_strdup_printf (_ ("%s has a backslash that means nothing"), key);
  case TL_POLICY_MISTAKE_MODE:
    return g_strdup_printf (_ ("Mode must be full, split or auto, not “%s”"), value);
  case TL_POLICY_MISTAKE_ENABLED:
    return g_strdup_printf (_ ("Enabled must be true or false, not “%s”"), value);
  case TL_POLICY_MISTAKE_NO_SERVICE:
    return g_strdup_printf (_ ("%s names no service; Enabled=false switches the checks off"), key);
  case TL_POLICY_MISTAKE_URL:
    return g_strdup_printf (_ ("“%s” is not an http or https address"), value);
  case TL_POLICY_MISTAKE_URL_HOST:
    return g_strdup_printf (_ ("“%s” names no host"), value);
  case TL_POLICY_MISTAKE_URL_LOGIN:
    return g_strdup (_ ("an address with a user name or password is not supported"));
  case TL_POLICY_MISTAKE_URL_FAMILY:
    /* Translators: a web address; IPv4 or IPv6 */
    return g_strdup_printf (_ ("“%s” cannot be reached over %s"), value, key);
  case TL_POLICY_MISTAKE_PREFIX:
    return g_strdup_printf (_ ("“%s” is not a prefix"), value);
  case TL_POLICY_MISTAKE_OUTSIDE_TUNNEL:
    return g_strdup_printf (_ ("OutsideTunnel must be info, warning or leak, not “%s”"), value);
  case TL_POLICY_MISTAKE_PREFIX_FAMILY:
  default:
    /* Translators: a range of addresses; IPv4 or IPv6 */
    return g_strdup_printf (_ ("“%s” is not an %s prefix"), value, key);
  }
}

/**
 * tl_describe_policy_fault:
 * @fault: what is wrong with a policy file
 *
 * Returns: (transfer full): the reason without file and line, to come after a colon
 */
char *
tl_describe_policy_fault (const TlPolicyFault *fault)
{
  switch ((guint)fault->mistake) {
  case TL_POLICY_MISTAKE_ENCODING:
    return g_strdup (_ ("is not UTF-8 text"));
  case TL_POLICY_MISTAKE_NO_GROUP:
    return g_strdup (_ ("a key before the first group"));
  case TL_POLICY_MISTAKE_SYNTAX:
    return g_strdup (_ ("neither a group, a key with a value nor a comment"));
  default:
    return describe_value (fault);
  }
}
