/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/prefix.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

static int
to_af (TlFamily family)
{
  return family == TL_FAMILY_IPV4 ? AF_INET : AF_INET6;
}

/**
 * tl_address_from_bytes:
 * @family: a family
 * @bytes: 4 or 16 bytes in network byte order
 * @ret_address: (out): the address
 */
void
tl_address_from_bytes (TlFamily family, const void *bytes, TlAddress *ret_address)
{
  *ret_address = (TlAddress){ .family = family };
  memcpy (ret_address->bytes, bytes, tl_family_bytes (family));
}

/**
 * tl_address_parse:
 * @text: an address in the notation of inet_pton(3), nothing before or after it
 * @ret_address: (out): the address; untouched on failure
 *
 * Returns: whether @text is an address of either family
 */
gboolean
tl_address_parse (const char *text, TlAddress *ret_address)
{
  guint8 bytes[16];

  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    if (inet_pton (to_af (family), text, bytes) == 1) {
      tl_address_from_bytes (family, bytes, ret_address);
      return TRUE;
    }
  }

  return FALSE;
}

/**
 * tl_address_format:
 * @address: an address
 * @buffer: (out): the text, as inet_ntop(3) and RFC 5952 write it
 */
void
tl_address_format (const TlAddress *address, char buffer[TL_ADDRESS_STRLEN])
{
  if (inet_ntop (to_af (address->family), address->bytes, buffer, TL_ADDRESS_STRLEN) == NULL)
    buffer[0] = '\0';
}

/**
 * tl_address_to_string:
 * @address: an address
 *
 * Returns: (transfer full): the text, as inet_ntop(3) and RFC 5952 write it
 */
char *
tl_address_to_string (const TlAddress *address)
{
  char buffer[TL_ADDRESS_STRLEN];

  tl_address_format (address, buffer);
  return g_strdup (buffer);
}

/**
 * tl_address_is_zero:
 * @address: an address
 *
 * Returns: whether it is the unspecified address (0.0.0.0, ::)
 */
gboolean
tl_address_is_zero (const TlAddress *address)
{
  static const guint8 zero[16];

  return memcmp (address->bytes, zero, sizeof zero) == 0;
}

/**
 * tl_address_next:
 * @address: (inout): an address; the next one afterwards
 *
 * Returns: %FALSE after the family's last address, which wraps to zero
 */
gboolean
tl_address_next (TlAddress *address)
{
  for (guint i = tl_family_bytes (address->family); i-- > 0;) {
    if (++address->bytes[i] != 0)
      return TRUE;
  }

  return FALSE;
}

/**
 * tl_address_previous:
 * @address: (inout): an address; the one before it afterwards
 *
 * Returns: %FALSE before the family's first address, which wraps to the last
 */
gboolean
tl_address_previous (TlAddress *address)
{
  for (guint i = tl_family_bytes (address->family); i-- > 0;) {
    if (address->bytes[i]-- != 0)
      return TRUE;
  }

  return FALSE;
}

/**
 * tl_address_middle:
 * @first: an address
 * @last: another of the same family
 *
 * Returns: the address in the middle between them, or just before it
 */
TlAddress
tl_address_middle (const TlAddress *first, const TlAddress *last)
{
  TlAddress middle = *first;
  guint carry = 0;

  for (guint i = tl_family_bytes (first->family); i-- > 0;) {
    guint sum = first->bytes[i] + last->bytes[i] + carry;

    middle.bytes[i] = sum & 0xff;
    carry = sum >> 8;
  }
  for (guint i = 0; i < tl_family_bytes (first->family); i++) {
    guint next = middle.bytes[i] & 1;

    middle.bytes[i] = (guint8)(carry << 7 | middle.bytes[i] >> 1);
    carry = next;
  }

  return middle;
}

/**
 * tl_address_inside:
 * @first: first address of a range
 * @last: last address of it
 *
 * A point that is no round number: 159/256 (about the golden section) of the way from @first to
 * @last. Ranges begin and end at round numbers, and so does the middle of most.
 *
 * Returns: an address between them, both included
 */
TlAddress
tl_address_inside (const TlAddress *first, const TlAddress *last)
{
  TlAddress inner = *first;
  guint n = tl_family_bytes (first->family);
  guint8 distance[16] = { 0 };
  guint8 product[17] = { 0 };
  int borrow = 0;
  guint carry = 0;

  for (guint i = n; i-- > 0;) {
    int digit = last->bytes[i] - first->bytes[i] - borrow;

    borrow = digit < 0 ? 1 : 0;
    distance[i] = digit & 0xff;
  }

  for (guint i = n; i-- > 0;) {
    carry += distance[i] * 159u;
    product[i + 1] = carry & 0xff;
    carry >>= 8;
  }
  product[0] = carry;

  /* Divided by 256: all but the product's last byte. */
  carry = 0;
  for (guint i = n; i-- > 0;) {
    carry += first->bytes[i] + product[i];
    inner.bytes[i] = carry & 0xff;
    carry >>= 8;
  }

  return inner;
}

/**
 * tl_addresses_contain:
 * @addresses: (element-type TlAddress): addresses
 * @address: an address
 *
 * Returns: whether @address is one of them
 */
gboolean
tl_addresses_contain (const GArray *addresses, const TlAddress *address)
{
  for (guint i = 0; i < addresses->len; i++) {
    if (tl_address_compare (&g_array_index (addresses, TlAddress, i), address) == 0)
      return TRUE;
  }

  return FALSE;
}
