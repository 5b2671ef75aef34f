/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/kernel-check.h"

/* Questions asked of the kernel for one computed coverage: some microseconds each. */
#define SAMPLES_MAX 64
/* Questions where the computation turned out to be wrong: enough for any table of routes that a
 * computer at home has. */
#define QUESTIONS_MAX 8192

/* The kernel picks one next hop of a multipath route by a hash: any of them is right. */
static gboolean
is_among_ways (const TlCoverage *computed, const TlAddress *address, const TlEgress *answer)
{
  guint n = 0;
  const TlSpan *ways = tl_coverage_ways (computed, address, &n);

  for (guint i = 0; i < n; i++) {
    if (tl_egress_same_hop (&ways[i].egress, answer))
      return TRUE;
  }

  return FALSE;
}

/**
 * tl_kernel_compare:
 * @computed: a coverage computed from the kernel's tables
 * @ask: asks the kernel for one address
 * @user_data: for @ask
 *
 * Asks for addresses out of each range. Who does not answer once is not asked again, since each
 * question may take its time: an answer that is missing is no agreement.
 *
 * Returns: what the kernel says of @computed
 */
TlKernelWord
tl_kernel_compare (const TlCoverage *computed, TlKernelAsk ask, gpointer user_data)
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

/** Enumeration: the way through all ranges. */
typedef struct {
  const TlCoverage *computed;
  GArray *ends; /* (element-type TlAddress): sorted: addresses right after which a prefix ends or
                   begins */
  TlKernelAsk ask;
  gpointer user_data;
  guint n_asked;
  gboolean silent;
} Enumeration;

static gboolean
ask_kernel (Enumeration *self, const TlAddress *address, TlEgress *ret_answer)
{
  if (!self->silent)
    self->silent =
      ++self->n_asked > QUESTIONS_MAX || !self->ask (address, ret_answer, self->user_data);

  return !self->silent;
}

static int
compare_addresses (gconstpointer a, gconstpointer b)
{
  return tl_address_compare (a, b);
}

static void
add_ends (GArray *ends, const TlPrefix *prefix)
{
  TlAddress before = prefix->address;
  TlAddress last;

  if (tl_address_previous (&before))
    g_array_append_val (ends, before);
  tl_prefix_last (prefix, &last);
  g_array_append_val (ends, last);
}

/* Wherever a prefix of any table begins or ends, the kernel may take another way. */
static GArray *
find_ends (const TlNetState *net, TlFamily family)
{
  GArray *ends = g_array_new (FALSE, FALSE, sizeof (TlAddress));

  for (guint i = 0; i < net->routes[family]->len; i++)
    add_ends (ends, &g_array_index (net->routes[family], TlRoute, i).destination);
  for (guint i = 0; i < net->rules[family]->len; i++)
    add_ends (ends, &g_array_index (net->rules[family], TlRule, i).to);
  g_array_sort (ends, compare_addresses);

  return ends;
}

/* Moves @last back to the first of the known ends that is not before @first. */
static void
stop_at_end (const Enumeration *self, const TlAddress *first, TlAddress *last)
{
  guint from = 0;
  guint until = self->ends->len;

  while (from < until) {
    guint middle = from + (until - from) / 2;

    if (tl_address_compare (&g_array_index (self->ends, TlAddress, middle), first) < 0)
      from = middle + 1;
    else
      until = middle;
  }
  if (from < self->ends->len &&
      tl_address_compare (&g_array_index (self->ends, TlAddress, from), last) < 0)
    *last = g_array_index (self->ends, TlAddress, from);
}

/*
 * What blocks does not tell its prefix, and IPv6 may name another route that shares the nexthop
 * object (measured with 6.18).
 */
static gboolean
tells_prefix (const TlEgress *answer, const TlAddress *address)
{
  return answer->type != TL_EGRESS_BLOCKED && tl_prefix_contains (&answer->destination, address);
}

/*
 * Moves @last back to where the answer for @first certainly ends: with the prefix that matched, or
 * before the one that matches an address further on. Where that blocks, the range counts as worse
 * than it is.
 */
static void
stop_at_match (Enumeration *self, const TlAddress *first, const TlEgress *answer, TlAddress *last)
{
  TlAddress end, inside;
  TlEgress other;

  if (tells_prefix (answer, first)) {
    tl_prefix_last (&answer->destination, &end);
    if (tl_address_compare (&end, last) < 0)
      *last = end;
  }

  for (inside = tl_address_inside (first, last);
       tl_address_compare (&inside, first) > 0 && ask_kernel (self, &inside, &other);
       inside = tl_address_inside (first, last)) {
    if (!tells_prefix (&other, &inside) || tl_egress_same_hop (&other, answer) ||
        tl_address_compare (&other.destination.address, first) <= 0)
      return;
    *last = other.destination.address;
    tl_address_previous (last);
  }
}

/* Appends what the kernel says from @first on, up to @last at most; returns the end of it. */
static TlAddress
append_answer (Enumeration *self,
               const TlAddress *first,
               const TlAddress *last,
               TlCoverage *answered)
{
  g_autoptr (GArray) egresses = g_array_new (FALSE, FALSE, sizeof (TlEgress));
  TlAddress end = *last;
  TlEgress answer;
  guint n = 0;
  const TlSpan *ways = tl_coverage_ways (self->computed, first, &n);
  gboolean as_computed = !ask_kernel (self, first, &answer);

  if (!as_computed) {
    stop_at_end (self, first, &end);
    as_computed = is_among_ways (self->computed, first, &answer);
    if (!as_computed || n == 1)
      stop_at_match (self, first, &answer, &end);
  }

  /* The kernel names one of several ways only. */
  for (guint i = 0; as_computed && i < n; i++)
    g_array_append_val (egresses, ways[i].egress);
  if (!as_computed)
    g_array_append_val (egresses, answer);
  tl_coverage_append (answered, first, &end, &g_array_index (egresses, TlEgress, 0), egresses->len);

  return end;
}

/**
 * tl_kernel_enumerate:
 * @computed: a coverage computed from the kernel's tables, with which the kernel does not agree
 * @net: these tables
 * @ask: asks the kernel for one address
 * @user_data: for @ask
 * @ret_word: (out): %TL_KERNEL_DIFFERS, or %TL_KERNEL_SILENT where it has not told everything
 *
 * The kernel is right. It is asked wherever a prefix of any table begins or ends, and goes on from
 * where the prefix ends that it says has matched. What it was not asked, or did not answer, stays
 * as computed, for show: it is known to be wrong somewhere.
 *
 * Returns: (transfer full): what the kernel said
 */
TlCoverage *
tl_kernel_enumerate (const TlCoverage *computed,
                     const TlNetState *net,
                     TlKernelAsk ask,
                     gpointer user_data,
                     TlKernelWord *ret_word)
{
  TlCoverage *answered = tl_coverage_new (computed->family, computed->spans->len);
  g_autoptr (GArray) ends = find_ends (net, computed->family);
  Enumeration self = { .computed = computed, .ends = ends, .ask = ask, .user_data = user_data };
  guint n = 0;

  for (guint i = 0; i < computed->spans->len; i += n) {
    const TlSpan *range = &g_array_index (computed->spans, TlSpan, i);
    TlAddress at = range->first;
    TlAddress end;

    tl_coverage_ways (computed, &at, &n);
    do {
      end = append_answer (&self, &at, &range->last, answered);
      at = end;
    } while (tl_address_compare (&end, &range->last) < 0 && tl_address_next (&at));
  }

  *ret_word = self.silent ? TL_KERNEL_SILENT : TL_KERNEL_DIFFERS;
  return answered;
}
