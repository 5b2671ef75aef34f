/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/prefix.h"

#include <string.h>

/**
 * tl_family_to_string:
 * @family: a family
 *
 * Returns: (transfer none): `ipv4` or `ipv6`, as in the JSON contract
 */
const char *
tl_family_to_string (TlFamily family)
{
  return family == TL_FAMILY_IPV4 ? "ipv4" : "ipv6";
}

/**
 * tl_family_name:
 * @family: a family
 *
 * Returns: (transfer none): the family's proper name, the same in every language
 */
const char *
tl_family_name (TlFamily family)
{
  return family == TL_FAMILY_IPV4 ? "IPv4" : "IPv6";
}

/**
 * tl_prefix_init:
 * @prefix: (out): the prefix that holds @address
 * @address: any address of the prefix; its bits beyond @length are dropped
 * @length: bits, at most those of the family
 */
void
tl_prefix_init (TlPrefix *prefix, const TlAddress *address, guint length)
{
  guint bytes = tl_family_bytes (address->family);
  guint whole = length / 8;

  g_assert (length <= tl_family_bits (address->family));

  *prefix = (TlPrefix){ .address = *address, .length = length };
  if (whole < bytes) {
    prefix->address.bytes[whole] &= (guint8)(0xff00 >> length % 8);
    memset (prefix->address.bytes + whole + 1, 0, bytes - whole - 1);
  }
}

/**
 * tl_prefix_parse:
 * @text: an address, a slash and a length in bits (`2001:db8::/32`), or an address alone
 * @ret_prefix: (out): the prefix; untouched on failure
 *
 * Bits set beyond the length are an error, as for ip-route(8): they are a typing mistake.
 *
 * Returns: whether @text is a prefix of either family
 */
gboolean
tl_prefix_parse (const char *text, TlPrefix *ret_prefix)
{
  g_auto (GStrv) parts = g_strsplit (text, "/", 2);
  TlAddress address;
  TlPrefix prefix;
  guint64 length;

  if (parts[0] == NULL || !tl_address_parse (parts[0], &address))
    return FALSE;

  length = tl_family_bits (address.family);
  if (parts[1] != NULL && !g_ascii_string_to_unsigned (parts[1], 10, 0, length, &length, NULL))
    return FALSE;

  tl_prefix_init (&prefix, &address, length);
  if (tl_address_compare (&prefix.address, &address) != 0)
    return FALSE;

  *ret_prefix = prefix;
  return TRUE;
}

/**
 * tl_prefix_format:
 * @prefix: a prefix
 * @buffer: (out): the text, `2001:db8::/32`
 */
void
tl_prefix_format (const TlPrefix *prefix, char buffer[TL_PREFIX_STRLEN])
{
  char address[TL_ADDRESS_STRLEN];

  tl_address_format (&prefix->address, address);
  g_snprintf (buffer, TL_PREFIX_STRLEN, "%s/%u", address, prefix->length);
}

/**
 * tl_prefix_to_string:
 * @prefix: a prefix
 *
 * Returns: (transfer full): the text, `2001:db8::/32`
 */
char *
tl_prefix_to_string (const TlPrefix *prefix)
{
  char buffer[TL_PREFIX_STRLEN];

  tl_prefix_format (prefix, buffer);
  return g_strdup (buffer);
}

/**
 * tl_prefix_compare:
 * @a: a prefix
 * @b: another
 *
 * Orders by first address, then the shorter length first, so that a prefix comes right before
 * those it covers.
 *
 * Returns: less than, equal to or greater than zero
 */
int
tl_prefix_compare (const TlPrefix *a, const TlPrefix *b)
{
  int order = tl_address_compare (&a->address, &b->address);

  return order != 0 ? order : (int)a->length - (int)b->length;
}

/**
 * tl_prefix_contains:
 * @prefix: a prefix
 * @address: an address
 *
 * Returns: whether @address lies in @prefix; never across families
 */
gboolean
tl_prefix_contains (const TlPrefix *prefix, const TlAddress *address)
{
  guint whole = prefix->length / 8;
  guint rest = prefix->length % 8;

  if (prefix->address.family != address->family)
    return FALSE;
  if (memcmp (prefix->address.bytes, address->bytes, whole) != 0)
    return FALSE;

  return rest == 0 ||
         ((prefix->address.bytes[whole] ^ address->bytes[whole]) & (0xff00 >> rest) & 0xff) == 0;
}

/**
 * tl_prefix_covers:
 * @outer: a prefix
 * @inner: another
 *
 * Returns: whether all of @inner lies in @outer; a prefix covers itself
 */
gboolean
tl_prefix_covers (const TlPrefix *outer, const TlPrefix *inner)
{
  return outer->length <= inner->length && tl_prefix_contains (outer, &inner->address);
}

/**
 * tl_prefix_last:
 * @prefix: a prefix
 * @ret_address: (out): its last address
 */
void
tl_prefix_last (const TlPrefix *prefix, TlAddress *ret_address)
{
  TlAddress last = prefix->address;
  guint bytes = tl_family_bytes (last.family);
  guint whole = prefix->length / 8;

  if (whole < bytes) {
    last.bytes[whole] |= 0xff >> prefix->length % 8;
    memset (last.bytes + whole + 1, 0xff, bytes - whole - 1);
  }
  *ret_address = last;
}

/**
 * tl_prefix_equal:
 * @a: a prefix
 * @b: another; both as gconstpointer, to be a #GEqualFunc
 *
 * Returns: whether both are the same
 */
gboolean
tl_prefix_equal (gconstpointer a, gconstpointer b)
{
  return tl_prefix_compare (a, b) == 0;
}

/**
 * tl_prefix_hash:
 * @prefix: a prefix, as gconstpointer to be a #GHashFunc
 *
 * Returns: the same number for equal prefixes
 */
guint
tl_prefix_hash (gconstpointer prefix)
{
  const TlPrefix *value = prefix;
  const guint64 golden = G_GUINT64_CONSTANT (0x9e3779b97f4a7c15); /* 2^64 by the golden section */
  guint64 halves[2];

  memcpy (halves, value->address.bytes, sizeof halves);
  return ((halves[0] * golden ^ halves[1]) * golden >> 32) ^ value->length;
}

/**
 * tl_prefixes_equal:
 * @a: (element-type TlPrefix): prefixes
 * @b: (element-type TlPrefix): others
 *
 * Returns: whether both are the same in the same order
 */
gboolean
tl_prefixes_equal (const GArray *a, const GArray *b)
{
  if (a->len != b->len)
    return FALSE;

  for (guint i = 0; i < a->len; i++) {
    if (tl_prefix_compare (&g_array_index (a, TlPrefix, i), &g_array_index (b, TlPrefix, i)) != 0)
      return FALSE;
  }

  return TRUE;
}

/**
 * tl_prefixes_contain:
 * @prefixes: (element-type TlPrefix): prefixes
 * @prefix: a prefix
 *
 * Returns: whether @prefix itself is one of them; that one covers it is not enough
 */
gboolean
tl_prefixes_contain (const GArray *prefixes, const TlPrefix *prefix)
{
  for (guint i = 0; i < prefixes->len; i++) {
    if (tl_prefix_compare (&g_array_index (prefixes, TlPrefix, i), prefix) == 0)
      return TRUE;
  }

  return FALSE;
}

/* How many bits at the end of @address are zero. */
static guint
count_trailing_zeros (const TlAddress *address)
{
  guint bits = 0;

  for (guint i = tl_family_bytes (address->family); i-- > 0;) {
    if (address->bytes[i] != 0)
      return bits + g_bit_nth_lsf (address->bytes[i], -1);
    bits += 8;
  }

  return bits;
}

/* How many bits of @last from its end on can be free: those after the first that differs. */
static guint
count_free_bits (const TlAddress *first, const TlAddress *last)
{
  guint n = tl_family_bytes (first->family);

  for (guint i = 0; i < n; i++) {
    guint8 differing = first->bytes[i] ^ last->bytes[i];

    if (differing != 0)
      return (n - 1 - i) * 8 + g_bit_storage (differing);
  }

  return 0;
}

/**
 * tl_range_to_prefixes:
 * @first: first address of the range
 * @last: last address of the range, same family, not before @first
 * @prefixes: (element-type TlPrefix): the fewest prefixes that make up the range are appended
 */
void
tl_range_to_prefixes (const TlAddress *first, const TlAddress *last, GArray *prefixes)
{
  guint bits = tl_family_bits (first->family);
  TlAddress at = *first;

  while (TRUE) {
    guint free_bits = MIN (count_trailing_zeros (&at), count_free_bits (&at, last));
    TlPrefix widest = { .address = at, .length = bits - free_bits };
    TlAddress end;

    /* As wide as it starts here, and does not reach beyond the range: one step back at most. */
    tl_prefix_last (&widest, &end);
    if (tl_address_compare (&end, last) > 0) {
      widest.length++;
      tl_prefix_last (&widest, &end);
    }

    g_array_append_val (prefixes, widest);
    if (tl_address_compare (&end, last) >= 0)
      return;
    at = end;
    tl_address_next (&at);
  }
}
