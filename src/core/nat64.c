/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/nat64.h"

#include <string.h>

/* ipv4only.arpa has these IPv4 addresses and no IPv6 address (RFC 7050, 2.2). */
static const guint8 well_known[][4] = { { 192, 0, 0, 170 }, { 192, 0, 0, 171 } };

/* Where the four octets of the IPv4 address stand behind a prefix of each length (RFC 6052, 2.2).
 */
static const struct {
  guint length;
  guint octets[4];
} layouts[] = {
  { 96, { 12, 13, 14, 15 } }, { 64, { 9, 10, 11, 12 } }, { 56, { 7, 9, 10, 11 } },
  { 48, { 6, 7, 9, 10 } },    { 40, { 5, 6, 7, 9 } },    { 32, { 4, 5, 6, 7 } },
};

/**
 * tl_nat64_prefix_from_address:
 * @synthesised: an IPv6 address that the resolver gives for `ipv4only.arpa`
 * @ret_prefix: (out): the prefix of the NAT64 translator that it was made for: packets there reach
 *   the IPv4 Internet; untouched if there is none
 *
 * The discovery of RFC 7050: whoever synthesises an address for a name that has none tells where
 * in it the IPv4 address stands.
 *
 * Returns: whether there is such a prefix
 */
gboolean
tl_nat64_prefix_from_address (const TlAddress *synthesised, TlPrefix *ret_prefix)
{
  if (synthesised->family != TL_FAMILY_IPV6)
    return FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS (layouts); i++) {
    guint8 embedded[4];

    for (gsize j = 0; j < G_N_ELEMENTS (embedded); j++)
      embedded[j] = synthesised->bytes[layouts[i].octets[j]];
    for (gsize j = 0; j < G_N_ELEMENTS (well_known); j++) {
      if (memcmp (embedded, well_known[j], sizeof embedded) == 0) {
        tl_prefix_init (ret_prefix, synthesised, layouts[i].length);
        return TRUE;
      }
    }
  }

  return FALSE;
}

/**
 * tl_nat64_prefix_from_option:
 * @option: an option of a router advertisement, from its type on
 * @length: its length in bytes
 * @ret_prefix: (out): the prefix of the NAT64 translator that it names; untouched on failure
 * @ret_lifetime_s: (out): how long it is good for, in seconds; 0 withdraws it; untouched on failure
 *
 * PREF64, RFC 8781, 4: type 38, length 2 (times eight bytes), 13 bits of lifetime in units of eight
 * seconds, 3 bits that stand for the prefix's length, and the first 96 bits of the prefix.
 *
 * Returns: whether it is such an option
 */
gboolean
tl_nat64_prefix_from_option (const guint8 *option,
                             gsize length,
                             TlPrefix *ret_prefix,
                             guint *ret_lifetime_s)
{
  static const guint lengths[] = { 96, 64, 56, 48, 40, 32 };
  guint8 bytes[16] = { 0 };
  TlAddress address;
  guint16 word;

  if (length != 16 || option[0] != TL_PREF64_OPTION || option[1] != 2)
    return FALSE;
  word = (guint16)(option[2] << 8 | option[3]);
  if ((word & 7) >= G_N_ELEMENTS (lengths))
    return FALSE;

  memcpy (bytes, option + 4, 12);
  tl_address_from_bytes (TL_FAMILY_IPV6, bytes, &address);
  tl_prefix_init (ret_prefix, &address, lengths[word & 7]);
  *ret_lifetime_s = word & ~7U;
  return TRUE;
}

/**
 * tl_nat64_add_prefix:
 * @prefixes: (element-type TlPrefix): prefixes
 * @prefix: one more; nothing happens where it is there already
 */
void
tl_nat64_add_prefix (GArray *prefixes, const TlPrefix *prefix)
{
  if (!tl_prefixes_contain (prefixes, prefix))
    g_array_append_val (prefixes, *prefix);
}

/**
 * tl_nat64_prefixes_from_addresses:
 * @synthesised: (element-type TlAddress): what the resolver gives for `ipv4only.arpa`
 *
 * Returns: (transfer full) (element-type TlPrefix): the prefixes of NAT64 translators, each once;
 *   empty where there are none
 */
GArray *
tl_nat64_prefixes_from_addresses (const GArray *synthesised)
{
  GArray *prefixes = g_array_new (FALSE, FALSE, sizeof (TlPrefix));

  for (guint i = 0; i < synthesised->len; i++) {
    TlPrefix prefix;

    if (tl_nat64_prefix_from_address (&g_array_index (synthesised, TlAddress, i), &prefix))
      tl_nat64_add_prefix (prefixes, &prefix);
  }

  return prefixes;
}
