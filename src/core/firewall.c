/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/firewall.h"

/* A part of a range in which no address was found that packets can be sent to has none worth it. */
#define TRIES_MAX 64

/**
 * tl_firewall_find:
 * @answers: (nullable) (element-type TlFirewallAnswer): what was found out
 * @range: a range and its way out
 *
 * Returns: (transfer none) (nullable): the answer for exactly this range: a sample of another one
 *   does not stand for it
 */
const TlFirewallAnswer *
tl_firewall_find (const GArray *answers, const TlSpan *range)
{
  for (guint i = 0; answers != NULL && i < answers->len; i++) {
    const TlFirewallAnswer *answer = &g_array_index (answers, TlFirewallAnswer, i);

    if (!answer->of_resolver && tl_span_same_range (&answer->range, range))
      return answer;
  }

  return NULL;
}

/**
 * tl_firewall_find_resolver:
 * @answers: (nullable) (element-type TlFirewallAnswer): what was found out
 * @address: of a DNS server
 * @ifindex: the link by which routes lead to it
 *
 * Returns: (transfer none) (nullable): the answer for it; where it was not asked about, that for
 *   the range in which it lies
 */
const TlFirewallAnswer *
tl_firewall_find_resolver (const GArray *answers, const TlAddress *address, int ifindex)
{
  const TlFirewallAnswer *around = NULL;

  for (guint i = 0; answers != NULL && i < answers->len; i++) {
    const TlFirewallAnswer *answer = &g_array_index (answers, TlFirewallAnswer, i);

    if (answer->range.egress.ifindex != ifindex ||
        tl_address_compare (&answer->range.first, address) > 0 ||
        tl_address_compare (&answer->range.last, address) < 0)
      continue;
    if (answer->of_resolver)
      return answer;
    around = answer;
  }

  return around;
}

/**
 * tl_firewall_has_blocked:
 * @answers: (nullable) (element-type TlFirewallAnswer): what was found out
 *
 * Returns: whether a firewall closes some of what routes let bypass
 */
gboolean
tl_firewall_has_blocked (const GArray *answers)
{
  for (guint i = 0; answers != NULL && i < answers->len; i++) {
    if (g_array_index (answers, TlFirewallAnswer, i).word == TL_FIREWALL_BLOCKED)
      return TRUE;
  }

  return FALSE;
}

/* A single address has no halves. */
static void
take_half (TlAddress *first, TlAddress *last, gboolean upper)
{
  TlAddress middle = tl_address_middle (first, last);

  if (!upper) {
    *last = middle;
  } else if (tl_address_compare (&middle, last) < 0) {
    tl_address_next (&middle);
    *first = middle;
  }
}

static TlAddress
random_between (TlAddress first, TlAddress last, GRand *random)
{
  while (tl_address_compare (&first, &last) != 0)
    take_half (&first, &last, g_rand_boolean (random));

  return first;
}

/* What lies between the spans of a range is not public, or an exception to it. */
static gboolean
goes_this_way (const TlCoverage *coverage, const TlAddress *address, const TlEgress *egress)
{
  guint n = 0;
  const TlSpan *ways = tl_coverage_ways (coverage, address, &n);

  for (guint i = 0; i < n; i++) {
    if (tl_egress_same_hop (&ways[i].egress, egress))
      return TRUE;
  }

  return FALSE;
}

static void
add_sample (const TlCoverage *coverage,
            const TlSpan *range,
            TlAddress first,
            TlAddress last,
            GRand *random,
            GArray *addresses)
{
  for (guint i = 0; i < TRIES_MAX; i++) {
    TlAddress address = random_between (first, last, random);

    if (goes_this_way (coverage, &address, &range->egress)) {
      g_array_append_val (addresses, address);
      return;
    }
  }
}

/* Most of the space is nobody's: chance hardly ever hits what a filter against bogons lets out. */
static void
add_assigned (const TlCoverage *coverage, const TlSpan *range, GRand *random, GArray *addresses)
{
  gsize n = 0;
  const TlPrefix *assigned = tl_assigned_space (range->first.family, &n);

  for (gsize i = 0; i < n; i++) {
    TlAddress first = assigned[i].address;
    TlAddress last;

    tl_prefix_last (&assigned[i], &last);
    if (tl_address_compare (&first, &range->first) < 0)
      first = range->first;
    if (tl_address_compare (&last, &range->last) > 0)
      last = range->last;
    if (tl_address_compare (&first, &last) <= 0)
      add_sample (coverage, range, first, last, random, addresses);
  }
}

/**
 * tl_firewall_n_samples:
 * @n_ranges: how many ranges are asked about, at most %TL_FIREWALL_RANGES_MAX
 *
 * Returns: how many addresses of each of them packets are sent to; a power of two
 */
guint
tl_firewall_n_samples (guint n_ranges)
{
  guint n_samples = TL_FIREWALL_SAMPLES;

  while (n_samples * n_ranges > TL_FIREWALL_SAMPLES_IN_ALL)
    n_samples /= 2;

  return n_samples;
}

/**
 * tl_firewall_samples:
 * @coverage: the coverage of the range's family
 * @range: a range and its way out
 * @n_samples: see tl_firewall_n_samples()
 * @random: where chance comes from
 * @addresses: (element-type TlAddress): an array, to which addresses are appended
 *
 * Cuts the range into @n_samples equal parts and takes a random address out of each, so
 * that a firewall that closes only a part of the range is noticed; and one out of each block of
 * tl_assigned_space() that the range meets. Parts in which nothing goes out
 * that way are left out.
 */
void
tl_firewall_samples (const TlCoverage *coverage,
                     const TlSpan *range,
                     guint n_samples,
                     GRand *random,
                     GArray *addresses)
{
  for (guint part = 0; part < n_samples; part++) {
    TlAddress first = range->first;
    TlAddress last = range->last;

    for (guint bit = n_samples / 2; bit > 0; bit /= 2)
      take_half (&first, &last, (part & bit) != 0);
    add_sample (coverage, range, first, last, random, addresses);
  }
  add_assigned (coverage, range, random, addresses);
}
