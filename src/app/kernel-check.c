/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/kernel-check.h"

/* Questions asked of the kernel for one computed coverage: some microseconds each. */
#define SAMPLES_MAX 64
/* Ranges that are asked for one by one where the computation turned out to be wrong; more than any
 * table of routes that a computer at home has. */
#define RANGES_MAX 4096

/*
 * Where a packet goes; which table says so is not part of it. The route to an own address names
 * the address's link, the kernel's answer the loopback.
 */
static gboolean
goes_the_same_way (const TlEgress *a, const TlEgress *b)
{
  if (a->type == TL_EGRESS_LOCAL)
    return b->type == TL_EGRESS_LOCAL;
  if (a->type != b->type || a->ifindex != b->ifindex || a->has_gateway != b->has_gateway)
    return FALSE;

  return !a->has_gateway || tl_address_compare (&a->gateway, &b->gateway) == 0;
}

/* The kernel picks one next hop of a multipath route by a hash: any of them is right. */
static gboolean
is_among_ways (const TlCoverage *computed, const TlAddress *address, const TlEgress *answer)
{
  guint n = 0;
  const TlSpan *ways = tl_coverage_ways (computed, address, &n);

  for (guint i = 0; i < n; i++) {
    if (goes_the_same_way (&ways[i].egress, answer))
      return TRUE;
  }

  return FALSE;
}

/* Who does not answer once is not asked again: each question may take its time. */
static TlKernelWord
compare_with_kernel (const TlCoverage *computed, TlKernelAsk ask, gpointer user_data)
{
  g_autoptr (GArray) samples = g_array_new (FALSE, FALSE, sizeof (TlAddress));

  tl_coverage_samples (computed, SAMPLES_MAX, samples);
  for (guint i = 0; i < samples->len; i++) {
    const TlAddress *address = &g_array_index (samples, TlAddress, i);
    TlEgress answer;

    if (!ask (address, &answer, user_data))
      return TL_KERNEL_SILENT;
    if (!is_among_ways (computed, address, &answer))
      return TL_KERNEL_DIFFERS;
  }

  return TL_KERNEL_CONFIRMS;
}

static void
append_span (GArray *spans, const TlSpan *span)
{
  if (spans->len > 0) {
    TlSpan *previous = &g_array_index (spans, TlSpan, spans->len - 1);

    if (tl_address_compare (&previous->first, &span->first) == 0 &&
        tl_egress_equal (&previous->egress, &span->egress))
      return; /* a further next hop of the same range */
  }
  g_array_append_val (spans, *span);
}

/* What was not answered stays as computed, for show: it is known to be wrong somewhere. */
static TlCoverage *
enumerate_through_kernel (const TlCoverage *computed,
                          TlKernelAsk ask,
                          gpointer user_data,
                          TlKernelWord *ret_word)
{
  TlCoverage *answered = tl_coverage_new (computed->family, computed->spans->len);
  gboolean asking = TRUE;

  for (guint i = 0; i < computed->spans->len; i++) {
    TlSpan span = g_array_index (computed->spans, TlSpan, i);
    TlEgress answer;

    asking = asking && i < RANGES_MAX && ask (&span.first, &answer, user_data);
    if (asking)
      span.egress = answer;
    append_span (answered->spans, &span);
  }

  *ret_word = asking ? TL_KERNEL_DIFFERS : TL_KERNEL_SILENT;
  return answered;
}

/**
 * tl_kernel_check:
 * @computed: a coverage computed from the kernel's tables
 * @ask: asks the kernel for one address
 * @user_data: for @ask
 * @ret_word: (out): what the kernel says of @computed
 *
 * Asks for addresses out of each range. Where the kernel differs, it is right, and each range takes
 * its answer. An answer that is missing is no agreement.
 *
 * Returns: (transfer full): @computed itself, or what the kernel said
 */
TlCoverage *
tl_kernel_check (const TlCoverage *computed,
                 TlKernelAsk ask,
                 gpointer user_data,
                 TlKernelWord *ret_word)
{
  *ret_word = compare_with_kernel (computed, ask, user_data);
  if (*ret_word == TL_KERNEL_DIFFERS)
    return enumerate_through_kernel (computed, ask, user_data, ret_word);

  return tl_coverage_ref (computed);
}
