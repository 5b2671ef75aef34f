/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/prefix.h"

/*
 * What the Internet does not route: the IANA IPv4 Special-Purpose Address Registry (RFC 6890)
 * where "Globally Reachable" is false, multicast (RFC 5771) and the reserved class E (RFC 1112).
 * The documentation prefixes of RFC 5737 are missing on purpose: laboratories and manuals use
 * them where an ordinary person's computer has public addresses.
 * In order and disjoint: the public space is computed as what lies between them.
 */
static const char *const not_public_ipv4[] = {
  "0.0.0.0/8",      /* RFC 791: this network */
  "10.0.0.0/8",     /* RFC 1918: private use */
  "100.64.0.0/10",  /* RFC 6598: shared address space (carrier-grade NAT, mesh VPNs) */
  "127.0.0.0/8",    /* RFC 1122: loopback */
  "169.254.0.0/16", /* RFC 3927: link local */
  "172.16.0.0/12",  /* RFC 1918: private use */
  "192.0.0.0/24",   /* RFC 6890: IETF protocol assignments (DS-Lite, 464XLAT) */
  "192.168.0.0/16", /* RFC 1918: private use */
  "198.18.0.0/15",  /* RFC 2544: benchmarking */
  "224.0.0.0/4",    /* RFC 5771: multicast */
  "240.0.0.0/4",    /* RFC 1112: reserved, and limited broadcast */
};

/* RFC 4291: all global unicast that IANA has ever given out. */
static const char *const public_ipv6 = "2000::/3";

static GArray *
compute_public_ipv4 (void)
{
  GArray *space = g_array_new (FALSE, FALSE, sizeof (TlPrefix));
  TlAddress from = { .family = TL_FAMILY_IPV4 };

  for (gsize i = 0; i < G_N_ELEMENTS (not_public_ipv4); i++) {
    TlPrefix gap;
    TlAddress until;
    gboolean parsed = tl_prefix_parse (not_public_ipv4[i], &gap);

    g_assert (parsed);
    if (tl_address_compare (&from, &gap.address) < 0) {
      until = gap.address;
      tl_address_previous (&until);
      tl_range_to_prefixes (&from, &until, space);
    }
    tl_prefix_last (&gap, &from);
    tl_address_next (&from); /* wraps after the last gap, which ends the family */
  }

  return space;
}

static GArray *
compute_public_ipv6 (void)
{
  GArray *space = g_array_new (FALSE, FALSE, sizeof (TlPrefix));
  TlPrefix prefix;
  gboolean parsed = tl_prefix_parse (public_ipv6, &prefix);

  g_assert (parsed);
  g_array_append_val (space, prefix);
  return space;
}

/**
 * tl_public_space:
 * @family: a family
 * @ret_n_prefixes: (out): how many prefixes
 *
 * Returns: (transfer none) (array length=ret_n_prefixes): the family's public space in order, as
 *   the fewest prefixes; valid for the life of the program
 */
const TlPrefix *
tl_public_space (TlFamily family, gsize *ret_n_prefixes)
{
  static GArray *spaces[TL_N_FAMILIES];

  if (g_once_init_enter (&spaces[family])) {
    GArray *space = family == TL_FAMILY_IPV4 ? compute_public_ipv4 () : compute_public_ipv6 ();

    g_once_init_leave (&spaces[family], space);
  }

  *ret_n_prefixes = spaces[family]->len;
  return (const TlPrefix *)(gpointer)spaces[family]->data;
}

/*
 * What the registries have been given to hand out of 2000::/3 (IANA, IPv6 Global Unicast Address
 * Assignments); of IPv4 nearly all is in use. Documentation prefixes (RFC 3849, 9637, 5737) count.
 */
static const char *const assigned_ipv4[] = { "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24" };
static const char *const assigned_ipv6[] = {
  "2001::/16", "2001:db8::/32", "2003::/18", "2400::/12", "2410::/12", "2600::/12", "2610::/23",
  "2620::/23", "2630::/12",     "2800::/12", "2a00::/12", "2a10::/12", "2c00::/12", "3fff::/20",
};

/**
 * tl_assigned_space:
 * @family: a family
 * @ret_n_prefixes: (out): how many prefixes
 *
 * Returns: (transfer none) (array length=ret_n_prefixes): parts of the public space where somebody
 *   is, as a help to find them by chance; valid for the life of the program
 */
const TlPrefix *
tl_assigned_space (TlFamily family, gsize *ret_n_prefixes)
{
  static GArray *spaces[TL_N_FAMILIES];

  if (g_once_init_enter (&spaces[family])) {
    const char *const *texts = family == TL_FAMILY_IPV4 ? assigned_ipv4 : assigned_ipv6;
    gsize n =
      family == TL_FAMILY_IPV4 ? G_N_ELEMENTS (assigned_ipv4) : G_N_ELEMENTS (assigned_ipv6);
    GArray *space = g_array_new (FALSE, FALSE, sizeof (TlPrefix));

    for (gsize i = 0; i < n; i++) {
      TlPrefix prefix;
      gboolean parsed = tl_prefix_parse (texts[i], &prefix);

      g_assert (parsed);
      g_array_append_val (space, prefix);
    }
    g_once_init_leave (&spaces[family], space);
  }

  *ret_n_prefixes = spaces[family]->len;
  return (const TlPrefix *)(gpointer)spaces[family]->data;
}

/**
 * tl_address_is_public:
 * @address: an address
 *
 * Returns: whether the Internet routes it (documentation prefixes count)
 */
gboolean
tl_address_is_public (const TlAddress *address)
{
  TlPrefix prefix;

  tl_prefix_init (&prefix, address, tl_family_bits (address->family));
  return tl_prefix_meets_public (&prefix);
}

/**
 * tl_prefix_meets_public:
 * @prefix: a prefix
 *
 * Returns: whether any address of @prefix is public
 */
gboolean
tl_prefix_meets_public (const TlPrefix *prefix)
{
  gsize n = 0;
  const TlPrefix *space = tl_public_space (prefix->address.family, &n);

  for (gsize i = 0; i < n; i++) {
    if (tl_prefix_covers (&space[i], prefix) || tl_prefix_covers (prefix, &space[i]))
      return TRUE;
  }

  return FALSE;
}
