/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include <glib-object.h>
#include <string.h>

G_BEGIN_DECLS

/**
 * TlFamily:
 * @TL_FAMILY_IPV4: IPv4
 * @TL_FAMILY_IPV6: IPv6
 *
 * An address family. Usable as an index into arrays of %TL_N_FAMILIES.
 */
typedef enum {
  TL_FAMILY_IPV4,
  TL_FAMILY_IPV6,
} TlFamily;

#define TL_N_FAMILIES 2

/** TL_ADDRESS_STRLEN: bytes that hold any address as text, NUL included. */
#define TL_ADDRESS_STRLEN 46
/** TL_PREFIX_STRLEN: bytes that hold any prefix as text, NUL included. */
#define TL_PREFIX_STRLEN 50

/**
 * TlAddress:
 * @bytes: the address in network byte order; IPv4 uses the first four, the rest is zero
 * @family: the #TlFamily, in one byte: a large table has very many addresses
 *
 * An address of either family: a plain value, to be copied by assignment.
 */
typedef struct {
  guint8 bytes[16];
  guint8 family;
} TlAddress;

/**
 * TlPrefix:
 * @address: the first address of the prefix; bits beyond @length are zero
 * @length: bits, 0 to 32 or 0 to 128
 *
 * A prefix (RFC 4632, RFC 4291): a plain value, to be copied by assignment.
 */
typedef struct {
  TlAddress address;
  guint8 length;
} TlPrefix;

const char *tl_family_to_string (TlFamily family);
const char *tl_family_name (TlFamily family);

/* Inline are those which every address of a large table goes through several times. */

/**
 * tl_family_bits:
 * @family: a family
 *
 * Returns: the length of an address in bits, 32 or 128
 */
static inline guint
tl_family_bits (TlFamily family)
{
  return family == TL_FAMILY_IPV4 ? 32 : 128;
}

/**
 * tl_family_bytes:
 * @family: a family
 *
 * Returns: the length of an address in bytes, 4 or 16
 */
static inline guint
tl_family_bytes (TlFamily family)
{
  return tl_family_bits (family) / 8;
}

/**
 * tl_address_compare:
 * @a: an address
 * @b: another
 *
 * Returns: less than, equal to or greater than zero; all of IPv4 comes before all of IPv6
 */
static inline int
tl_address_compare (const TlAddress *a, const TlAddress *b)
{
  if (a->family != b->family)
    return a->family < b->family ? -1 : 1;

  return memcmp (a->bytes, b->bytes, sizeof a->bytes);
}

gboolean tl_address_parse (const char *text, TlAddress *ret_address);
void tl_address_from_bytes (TlFamily family, const void *bytes, TlAddress *ret_address);
char *tl_address_to_string (const TlAddress *address);
void tl_address_format (const TlAddress *address, char buffer[TL_ADDRESS_STRLEN]);
gboolean tl_address_is_zero (const TlAddress *address);
gboolean tl_address_next (TlAddress *address);
gboolean tl_address_previous (TlAddress *address);
TlAddress tl_address_middle (const TlAddress *first, const TlAddress *last);
TlAddress tl_address_inside (const TlAddress *first, const TlAddress *last);
gboolean tl_addresses_contain (const GArray *addresses, const TlAddress *address);

gboolean tl_prefix_parse (const char *text, TlPrefix *ret_prefix);
void tl_prefix_init (TlPrefix *prefix, const TlAddress *address, guint length);
char *tl_prefix_to_string (const TlPrefix *prefix);
void tl_prefix_format (const TlPrefix *prefix, char buffer[TL_PREFIX_STRLEN]);
int tl_prefix_compare (const TlPrefix *a, const TlPrefix *b);
gboolean tl_prefix_equal (gconstpointer a, gconstpointer b);
guint tl_prefix_hash (gconstpointer prefix);
gboolean tl_prefix_contains (const TlPrefix *prefix, const TlAddress *address);
gboolean tl_prefix_covers (const TlPrefix *outer, const TlPrefix *inner);
void tl_prefix_last (const TlPrefix *prefix, TlAddress *ret_address);
gboolean tl_prefixes_equal (const GArray *a, const GArray *b);
gboolean tl_prefixes_contain (const GArray *prefixes, const TlPrefix *prefix);

/* Public space: what the Internet routes */
const TlPrefix *tl_public_space (TlFamily family, gsize *ret_n_prefixes);
const TlPrefix *tl_assigned_space (TlFamily family, gsize *ret_n_prefixes);
gboolean tl_address_is_public (const TlAddress *address);
gboolean tl_prefix_meets_public (const TlPrefix *prefix);

void tl_range_to_prefixes (const TlAddress *first, const TlAddress *last, GArray *prefixes);

G_END_DECLS
