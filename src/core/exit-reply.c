/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/exit-reply.h"

#include "core/error.h"

#include <string.h>

/* RFC 4291, section 2.5.5.2: an IPv4 address in IPv6's clothes says nothing about IPv6. */
static gboolean
is_ipv4_mapped (const TlAddress *address)
{
  static const guint8 prefix[12] = { [10] = 0xff, [11] = 0xff };

  return address->family == TL_FAMILY_IPV6 && memcmp (address->bytes, prefix, sizeof prefix) == 0;
}

static gboolean
check_address (const TlAddress *address, TlFamily family, GError **error)
{
  TlFamily real = is_ipv4_mapped (address) ? TL_FAMILY_IPV4 : address->family;
  char text[TL_ADDRESS_STRLEN];

  tl_address_format (address, text);
  if (real != family) {
    g_set_error (error, TL_ERROR, TL_ERROR_INVALID,
                 "the answer is an %s address where %s was asked (%s)", tl_family_name (real),
                 tl_family_name (family), text);
    return FALSE;
  }
  if (!tl_address_is_public (address)) {
    g_set_error (error, TL_ERROR, TL_ERROR_INVALID, "the answer is not a public address (%s)",
                 text);
    return FALSE;
  }

  return TRUE;
}

/**
 * tl_exit_reply_parse:
 * @body: what an exit service answered; need not end in NUL
 * @length: its length in bytes
 * @family: the family that was asked over
 * @ret_address: (out): the exit address; untouched on failure
 * @error: return location for an error
 *
 * Reads the answer of a service that tells the caller's address: one address in the notation of
 * inet_pton(3) with white space around it at most, of the family that was asked over, and public.
 * Everything else, say the page of a captive portal, is an error: no address is better than a
 * wrong one. Services that wrap the address in JSON are unwrapped before, by a library
 * (src/platform/exit-probe.c).
 *
 * The messages go into `exit.error` of the JSON contract, untranslated.
 *
 * Returns: whether @ret_address was set; else @error is of %TL_ERROR with %TL_ERROR_INVALID
 */
gboolean
tl_exit_reply_parse (const char *body,
                     gsize length,
                     TlFamily family,
                     TlAddress *ret_address,
                     GError **error)
{
  g_autofree char *text = NULL;
  TlAddress address;

  if (length > TL_EXIT_REPLY_MAX) {
    g_set_error (error, TL_ERROR, TL_ERROR_INVALID, "the answer is longer than %d bytes",
                 TL_EXIT_REPLY_MAX);
    return FALSE;
  }

  text = g_strndup (body, length);
  g_strstrip (text);
  if (text[0] == '\0' && memchr (body, '\0', length) == NULL) {
    g_set_error_literal (error, TL_ERROR, TL_ERROR_INVALID, "the answer is empty");
    return FALSE;
  }
  if (memchr (body, '\0', length) != NULL || !tl_address_parse (text, &address)) {
    g_set_error_literal (error, TL_ERROR, TL_ERROR_INVALID, "the answer is not an address");
    return FALSE;
  }
  /* A mapped address is wrong for both families: over IPv4 nobody may see it either. */
  if (family == TL_FAMILY_IPV4 && is_ipv4_mapped (&address)) {
    g_set_error_literal (error, TL_ERROR, TL_ERROR_INVALID,
                         "the answer is an IPv4-mapped IPv6 address");
    return FALSE;
  }
  if (!check_address (&address, family, error))
    return FALSE;

  *ret_address = address;
  return TRUE;
}
