/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/verdict-private.h"

/* Which ranges a mark would pull out of the tunnel: what a firewall that marks could do. */

/** WayOut: what the way of a marked packet means. */
typedef enum {
  WAY_INSIDE, /* into a tunnel, or nowhere */
  WAY_EXEMPT, /* to an ordinary LAN, or to the host itself */
  WAY_PAST,   /* out of an uplink */
} WayOut;

/** Sweep: goes through the ranges of two coverages, of packets with and without a mark. */
typedef struct {
  const TlVerdict *verdict;
  const TlObservation *observation;
  GArray *found; /* TlMarkedRange: of this mark and of others */
  GArray *open;  /* guint: places in @found of ranges that may still go on */
  guint32 mark;
} Sweep;

static gboolean
is_uplink (const TlVerdict *verdict, int ifindex)
{
  for (guint i = 0; i < verdict->uplinks->len; i++) {
    if (((const TlUplink *)verdict->uplinks->pdata[i])->ifindex == ifindex)
      return TRUE;
  }

  return FALSE;
}

static WayOut
judge_way (const Sweep *sweep, const TlEgress *egress)
{
  if (egress->type == TL_EGRESS_BLOCKED || !is_uplink (sweep->verdict, egress->ifindex))
    return egress->type == TL_EGRESS_LOCAL ? WAY_EXEMPT : WAY_INSIDE;

  return egress->type == TL_EGRESS_LOCAL || tl_egress_is_lan (sweep->observation, egress)
           ? WAY_EXEMPT
           : WAY_PAST;
}

/* A range that goes on behind what is an exception without marks, too, is still one. */
static void
note_past (Sweep *sweep, const TlAddress *first, const TlAddress *last, const TlEgress *egress)
{
  TlMarkedRange range = { .span = { *first, *last, *egress }, .mark = sweep->mark };

  for (guint i = 0; i < sweep->open->len; i++) {
    guint place = g_array_index (sweep->open, guint, i);
    TlMarkedRange *before = &g_array_index (sweep->found, TlMarkedRange, place);

    if (tl_egress_same_hop (&before->span.egress, egress) &&
        before->span.egress.table == egress->table) {
      before->span.last = *last;
      return;
    }
  }
  g_array_append_val (sweep->open, sweep->found->len);
  g_array_append_val (sweep->found, range);
}

/*
 * Only what routes lead into a tunnel: what they lead around it bypasses anyway, and what they
 * block is refused before a firewall can mark it (measured).
 */
static void
note_part (Sweep *sweep,
           const TlAddress *first,
           const TlAddress *last,
           const TlSpan *plain,
           guint n_plain,
           const TlSpan *marked,
           guint n_marked)
{
  gboolean tunnelled = FALSE;
  gboolean blocked = FALSE;
  gboolean inside = FALSE;

  for (guint i = 0; i < n_plain; i++) {
    blocked |= plain[i].egress.type == TL_EGRESS_BLOCKED;
    tunnelled |= tl_tunnel_of_link (sweep->verdict->tunnels, plain[i].egress.ifindex) != NULL;
  }
  for (guint i = 0; i < n_marked; i++) {
    WayOut way = judge_way (sweep, &marked[i].egress);

    inside |= way == WAY_INSIDE;
    if (way == WAY_PAST && tunnelled)
      note_past (sweep, first, last, &marked[i].egress);
  }
  if (inside || (blocked && !tunnelled))
    g_array_set_size (sweep->open, 0);
}

/* How many spans there are over the same addresses, from @index on. */
static guint
count_ways (const GArray *spans, guint index)
{
  const TlSpan *span = &g_array_index (spans, TlSpan, index);
  guint n = 1;

  while (index + n < spans->len &&
         tl_address_compare (&g_array_index (spans, TlSpan, index + n).first, &span->first) == 0)
    n++;

  return n;
}

/* Both coverages are of the same space, whatever the mark is. */
static void
sweep_mark (Sweep *sweep, const GArray *plain, const GArray *marked)
{
  guint i = 0;
  guint j = 0;

  while (i < plain->len && j < marked->len) {
    const TlSpan *a = &g_array_index (plain, TlSpan, i);
    const TlSpan *b = &g_array_index (marked, TlSpan, j);
    guint n_a = count_ways (plain, i);
    guint n_b = count_ways (marked, j);
    int order = tl_address_compare (&a->last, &b->last);

    note_part (sweep, tl_address_compare (&a->first, &b->first) < 0 ? &b->first : &a->first,
               order < 0 ? &a->last : &b->last, a, n_a, b, n_b);
    i += order <= 0 ? n_a : 0;
    j += order >= 0 ? n_b : 0;
  }
}

/* Two marks may lead the same way: one question is enough. */
static void
drop_known (GArray *found, guint n_known)
{
  for (guint i = found->len; i-- > n_known;) {
    for (guint j = 0; j < n_known; j++) {
      if (tl_span_same_range (&g_array_index (found, TlMarkedRange, i).span,
                              &g_array_index (found, TlMarkedRange, j).span)) {
        g_array_remove_index (found, i);
        break;
      }
    }
  }
}

/*
 * tl_find_marked_ranges:
 * @verdict: the verdict so far, with its tunnels and uplinks
 * @observation: what is known
 * @family: a family
 *
 * Returns: (transfer full) (element-type TlMarkedRange): see TlFamilyVerdict
 */
GArray *
tl_find_marked_ranges (const TlVerdict *verdict, const TlObservation *observation, TlFamily family)
{
  g_autoptr (GArray) open = g_array_new (FALSE, FALSE, sizeof (guint));
  GArray *found = g_array_new (FALSE, FALSE, sizeof (TlMarkedRange));
  const GPtrArray *marked = observation->marked[family];

  for (guint i = 0; i < marked->len; i++) {
    const TlCoverage *coverage = marked->pdata[i];
    Sweep sweep = { verdict, observation, found, open, coverage->mark };
    guint n_known = found->len;

    g_array_set_size (open, 0);
    sweep_mark (&sweep, observation->coverage[family]->spans, coverage->spans);
    drop_known (found, n_known);
  }

  return found;
}
