/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/verdict-private.h"

#include <linux/if.h>
#include <math.h>

/* What the routes say of one family, and what a firewall makes of it. */

/* An IPv6 on-link prefix this long or longer is an ordinary LAN (RFC 4291, 2.5.4). */
#define LAN_PREFIX_LENGTH 64

/** What a span means, given who is a tunnel. */
typedef enum {
  SPAN_TUNNEL,
  SPAN_BYPASS,
  SPAN_BLOCKED,
  SPAN_TOLERATED,
  SPAN_SERVER,
} SpanKind;

/** Range: spans that bypass the same way, with nothing but exceptions between them. */
typedef struct {
  TlSpan span; /* all of them as one */
  guint begin; /* in the coverage */
  guint end;   /* the next one after them, or 0 where there are none */
  gboolean is_apart;
} Range;

typedef struct {
  TlVerdict *verdict;
  const TlObservation *observation;
  const TlPolicy *policy;
  TlFamily family;
  GArray *servers;  /* TlAddress: VPN servers, reached past the tunnels */
  guint8 *kinds;    /* SpanKind of each span of the coverage: a large table has very many */
  GArray *prefixes; /* TlPrefix: scratch: of one range */
  int named;        /* the link that was named last, or 0 */
  const char *name; /* its name, of g_intern_string() */
} Judging;

/*
 * tl_egress_is_lan:
 * @observation: what is known
 * @egress: where packets go
 *
 * Returns: whether that is an ordinary LAN: a /64 in which the host has an address. All else is
 *   TunnelCrack's LocalNet.
 */
gboolean
tl_egress_is_lan (const TlObservation *observation, const TlEgress *egress)
{
  if (egress->type != TL_EGRESS_ON_LINK || egress->destination.address.family != TL_FAMILY_IPV6 ||
      egress->destination.length < LAN_PREFIX_LENGTH)
    return FALSE;

  for (guint i = 0; i < observation->net->addresses->len; i++) {
    const TlLinkAddress *own = &g_array_index (observation->net->addresses, TlLinkAddress, i);

    if (own->ifindex == egress->ifindex && tl_prefix_contains (&egress->destination, &own->address))
      return TRUE;
  }

  return FALSE;
}

/* The translator's own address, which it takes packets for on this computer. */
static gboolean
is_clat_address (const TlObservation *observation, const TlEgress *egress)
{
  return egress->destination.address.family == TL_FAMILY_IPV6 &&
         egress->destination.length == tl_family_bits (TL_FAMILY_IPV6) && !egress->has_gateway &&
         tl_link_is_clat (observation->net, egress->ifindex);
}

/* Whether both are ways to the same addresses: such spans stand one after the other. */
static gboolean
is_same_space (const TlSpan *a, const TlSpan *b)
{
  return tl_address_compare (&a->first, &b->first) == 0;
}

static SpanKind
judge_egress (const Judging *judging, const TlEgress *egress)
{
  const TlLink *link;

  if (egress->type == TL_EGRESS_BLOCKED)
    return SPAN_BLOCKED;
  if (egress->type == TL_EGRESS_LOCAL)
    return SPAN_TOLERATED;
  if (tl_tunnel_of_link (judging->verdict->tunnels, egress->ifindex) != NULL)
    return SPAN_TUNNEL;

  link = tl_net_state_link (judging->observation->net, egress->ifindex);
  if (link != NULL && (link->flags & IFF_LOOPBACK) != 0)
    return SPAN_BLOCKED;
  if (tl_egress_is_lan (judging->observation, egress) ||
      is_clat_address (judging->observation, egress))
    return SPAN_TOLERATED;

  return tl_is_server_route (judging->verdict, judging->servers, egress) ? SPAN_SERVER
                                                                         : SPAN_BYPASS;
}

static void
add_server_finding (Judging *judging, const TlEgress *egress)
{
  const TlLink *link = tl_net_state_link (judging->observation->net, egress->ifindex);
  TlFinding *finding = tl_verdict_add_family_finding (judging->verdict, TL_FINDING_SERVER_ROUTE,
                                                      TL_SEVERITY_INFO, judging->family);

  finding->subject = tl_address_to_string (&egress->destination.address);
  finding->interface = g_strdup (link != NULL ? link->name : NULL);
}

static gboolean
is_exception (const Judging *judging, const TlEgress *egress)
{
  SpanKind kind = judge_egress (judging, egress);

  return kind == SPAN_TOLERATED || kind == SPAN_SERVER;
}

/*
 * Rules by source give a second way to the same addresses, once the source is chosen: out of a link
 * that an exception has chosen already, it is the same exception.
 */
static SpanKind
judge_span (const Judging *judging, guint index)
{
  const GArray *spans = judging->observation->coverage[judging->family]->spans;
  const TlSpan *span = &g_array_index (spans, TlSpan, index);
  SpanKind kind = judge_egress (judging, &span->egress);
  guint first = index;

  while (first > 0 && is_same_space (&g_array_index (spans, TlSpan, first - 1), span))
    first--;
  for (guint i = first; kind == SPAN_BYPASS && i < spans->len; i++) {
    const TlSpan *other = &g_array_index (spans, TlSpan, i);

    if (!is_same_space (other, span))
      break;
    if (other->egress.ifindex == span->egress.ifindex && is_exception (judging, &other->egress))
      kind = SPAN_TOLERATED;
  }

  return kind;
}

static double
address_to_double (const TlAddress *address)
{
  guint64 halves[2];

  memcpy (halves, address->bytes, sizeof halves);
  if (address->family == TL_FAMILY_IPV4)
    return (double)(GUINT64_FROM_BE (halves[0]) >> 32);

  return (double)GUINT64_FROM_BE (halves[0]) * 0x1p64 + (double)GUINT64_FROM_BE (halves[1]);
}

static double
span_size (const TlSpan *span)
{
  return address_to_double (&span->last) - address_to_double (&span->first) + 1;
}

/* Of the public space, and of what NAT64 makes reach the Internet as well. */
static double
space_size (TlFamily family, const GArray *nat64)
{
  gsize n = 0;
  const TlPrefix *space = tl_public_space (family, &n);
  double size = 0;

  for (gsize i = 0; i < n; i++)
    size += ldexp (1, (int)tl_family_bits (family) - space[i].length);
  for (guint i = 0; i < nat64->len; i++) {
    const TlPrefix *prefix = &g_array_index (nat64, TlPrefix, i);

    if (prefix->address.family == family && !tl_prefix_meets_public (prefix))
      size += ldexp (1, (int)tl_family_bits (family) - prefix->length);
  }

  return size;
}

/* The next hops of a multipath route share the same addresses. */
static guint
count_spans_at (const GArray *spans, guint index)
{
  const TlSpan *span = &g_array_index (spans, TlSpan, index);
  guint n = 1;

  for (guint i = index; i-- > 0 && is_same_space (&g_array_index (spans, TlSpan, i), span);)
    n++;
  for (guint i = index + 1;
       i < spans->len && is_same_space (&g_array_index (spans, TlSpan, i), span); i++)
    n++;

  return n;
}

static void
add_share (TlShare *share, SpanKind kind, double part)
{
  switch (kind) {
  case SPAN_TUNNEL:
    share->tunnel += part;
    break;
  case SPAN_BYPASS:
    share->bypass += part;
    break;
  case SPAN_BLOCKED:
    share->blocked += part;
    break;
  case SPAN_TOLERATED:
  case SPAN_SERVER:
    share->on_link += part;
    break;
  default:
    g_assert_not_reached ();
  }
}

/* Where @prefix stands in a sorted row, or would. */
static guint
find_place (const GArray *prefixes, const TlPrefix *prefix)
{
  guint from = 0;
  guint until = prefixes->len;

  while (from < until) {
    guint middle = from + (until - from) / 2;

    if (tl_prefix_compare (&g_array_index (prefixes, TlPrefix, middle), prefix) < 0)
      from = middle + 1;
    else
      until = middle;
  }

  return from;
}

/* Nearly all come in order: only one that holds others comes after them, and again and again. */
static void
note_route (Judging *judging, const TlPrefix *destination)
{
  GArray *routes = judging->verdict->families[judging->family].bypass_routes;
  guint place = routes->len;

  if (tl_policy_expects_bypass (judging->policy, destination))
    return;
  if (place > 0 &&
      tl_prefix_compare (&g_array_index (routes, TlPrefix, place - 1), destination) >= 0)
    place = find_place (routes, destination);

  if (place == routes->len ||
      tl_prefix_compare (&g_array_index (routes, TlPrefix, place), destination) != 0)
    g_array_insert_val (routes, place, *destination);
}

/* Nearly always it is the same one again. */
static const char *
name_of_link (Judging *judging, int ifindex)
{
  if (judging->named != ifindex) {
    const TlLink *link = tl_net_state_link (judging->observation->net, ifindex);

    judging->named = ifindex;
    judging->name = g_intern_string (link != NULL ? link->name : "?");
  }

  return judging->name;
}

static void
add_bypass (Judging *judging,
            const TlSpan *range,
            guint32 mark,
            const GArray *prefixes,
            TlFirewallWord word)
{
  TlFamilyVerdict *result = &judging->verdict->families[judging->family];
  TlBypass bypass = {
    .interface = name_of_link (judging, range->egress.ifindex),
    .ifindex = range->egress.ifindex,
    .has_gateway = range->egress.has_gateway,
    .gateway = range->egress.gateway,
    .table = range->egress.table,
    .mark = mark,
    .firewall = word,
  };

  for (guint i = 0; i < prefixes->len; i++) {
    bypass.prefix = g_array_index (prefixes, TlPrefix, i);
    bypass.expected = tl_policy_expects_bypass (judging->policy, &bypass.prefix);
    g_array_append_val (result->bypass, bypass);
  }
}

/* Where nothing of a range is a surprise, nobody needs to know more of it. */
static gboolean
is_expected (const Judging *judging, const GArray *prefixes)
{
  for (guint i = 0; i < prefixes->len; i++) {
    if (!tl_policy_expects_bypass (judging->policy, &g_array_index (prefixes, TlPrefix, i)))
      return FALSE;
  }

  return TRUE;
}

/* DNS servers that a firewall leaves open in what it closes otherwise: each is a range that
 * bypasses. */
static void
add_open_resolvers (Judging *judging, const GArray *open)
{
  for (guint i = 0; i < open->len; i++) {
    const TlFirewallAnswer *answer = &g_array_index (open, TlFirewallAnswer, i);
    const TlSpan *range = &answer->range;
    g_autoptr (GArray) prefixes = g_array_new (FALSE, FALSE, sizeof (TlPrefix));

    tl_range_to_prefixes (&range->first, &range->last, prefixes);
    add_bypass (judging, range, 0, prefixes, answer->word);
    if (!is_expected (judging, prefixes))
      note_route (judging, &range->egress.destination);
  }
}

/* One range: it is blocked, but perhaps for DNS servers, or it bypasses. */
static void
judge_range (Judging *judging, const Range *range)
{
  TlFamilyVerdict *result = &judging->verdict->families[judging->family];
  const GArray *spans = judging->observation->coverage[judging->family]->spans;
  GArray *prefixes = judging->prefixes;
  const TlFirewallAnswer *answer =
    tl_firewall_find (judging->observation->answers.firewall, &range->span);
  TlFirewallWord word = tl_firewall_word (judging->verdict, judging->observation, answer);
  g_autoptr (GArray) open = NULL;

  g_array_set_size (prefixes, 0);
  tl_range_to_prefixes (&range->span.first, &range->span.last, prefixes);
  if (result->ranges->len < TL_FIREWALL_RANGES_MAX && !is_expected (judging, prefixes))
    g_array_append_val (result->ranges, range->span);
  if (word != TL_FIREWALL_BLOCKED) {
    add_bypass (judging, &range->span, 0, prefixes, word);
    return;
  }

  open = g_array_new (FALSE, FALSE, sizeof (TlFirewallAnswer));
  for (guint i = range->begin; i < range->end; i++) {
    if (judging->kinds[i] != SPAN_BYPASS)
      continue;
    judging->kinds[i] = SPAN_BLOCKED;
    tl_find_open_resolvers (judging->verdict, judging->observation,
                            &g_array_index (spans, TlSpan, i), open);
  }
  tl_add_firewall_finding (judging->verdict, judging->observation, &range->span, prefixes, open);
  add_open_resolvers (judging, open);
}

/* A rule for packets with a mark says nothing by itself: some must have been seen to go its way. */
static void
judge_marked (Judging *judging)
{
  const GArray *marked = judging->verdict->families[judging->family].marked;

  for (guint i = 0; i < marked->len; i++) {
    const TlMarkedRange *range = &g_array_index (marked, TlMarkedRange, i);
    const TlFirewallAnswer *answer =
      tl_firewall_find (judging->observation->answers.firewall, &range->span);
    TlFirewallWord word = tl_firewall_word (judging->verdict, judging->observation, answer);
    g_autoptr (GArray) prefixes = NULL;

    if (word != TL_FIREWALL_LEAVES)
      continue;
    prefixes = g_array_new (FALSE, FALSE, sizeof (TlPrefix));
    tl_range_to_prefixes (&range->span.first, &range->span.last, prefixes);
    add_bypass (judging, &range->span, range->mark, prefixes, word);
  }
}

static gboolean
continues (const Range *range, const TlSpan *span)
{
  return tl_egress_same_hop (&range->span.egress, &span->egress) &&
         range->span.egress.table == span->egress.table;
}

/*
 * Ranges that leave the same way are one if nothing between them goes elsewhere: one's own LAN, the
 * route to the server and what is not public do not part them. NAT64's prefix lies far from the
 * rest; all between them is not public at all.
 */
static void
judge_ranges (Judging *judging)
{
  const GArray *spans = judging->observation->coverage[judging->family]->spans;
  gboolean has_nat64 = judging->observation->nat64->len > 0;
  Range range = { 0 };

  for (guint i = 0; i < spans->len; i++) {
    const TlSpan *span = &g_array_index (spans, TlSpan, i);
    SpanKind kind = judging->kinds[i];
    gboolean is_apart = has_nat64 && !tl_address_is_public (&span->first);

    if (kind == SPAN_TOLERATED || kind == SPAN_SERVER)
      continue;
    if (range.end > 0 &&
        (kind != SPAN_BYPASS || is_apart || range.is_apart || !continues (&range, span))) {
      judge_range (judging, &range);
      range.end = 0;
    }
    if (kind != SPAN_BYPASS)
      continue;
    if (range.end == 0)
      range = (Range){ .span = *span, .begin = i, .is_apart = is_apart };
    range.span.last = span->last;
    range.end = i + 1;
  }
  if (range.end > 0)
    judge_range (judging, &range);
}

static void
sum_up (Judging *judging)
{
  TlFamilyVerdict *result = &judging->verdict->families[judging->family];
  const GArray *spans = judging->observation->coverage[judging->family]->spans;
  double whole = space_size (judging->family, judging->observation->nat64);

  for (guint i = 0; i < spans->len; i++) {
    const TlSpan *span = &g_array_index (spans, TlSpan, i);
    SpanKind kind = judging->kinds[i];

    add_share (&result->share, kind, span_size (span) / whole / count_spans_at (spans, i));
    if (kind == SPAN_BYPASS)
      note_route (judging, &span->egress.destination);
    else if (kind == SPAN_SERVER)
      add_server_finding (judging, &span->egress);
    result->tunnel |= kind == SPAN_TUNNEL;
    result->closed |= kind == SPAN_BLOCKED;
  }
}

/* A bypass is one whatever else there is; that there is none needs the kernel's whole word. */
static TlStatus
conclude (const TlFamilyVerdict *result, gboolean bypasses, gboolean proven)
{
  if (!bypasses && !proven)
    return TL_STATUS_UNKNOWN;
  if (result->tunnel)
    return bypasses ? TL_STATUS_PARTIAL : TL_STATUS_TUNNELLED;
  if (bypasses)
    return TL_STATUS_BYPASS;

  return result->local ? TL_STATUS_BLOCKED : TL_STATUS_ABSENT;
}

/*
 * tl_judge_family:
 * @verdict: the verdict so far, with its tunnels and uplinks; the family's part is filled in
 * @observation: what is known
 * @policy: (nullable): what IT has set
 * @family: the family
 */
void
tl_judge_family (TlVerdict *verdict,
                 const TlObservation *observation,
                 const TlPolicy *policy,
                 TlFamily family)
{
  TlFamilyVerdict *result = &verdict->families[family];
  guint n = observation->coverage[family]->spans->len;
  g_autoptr (GArray) servers = tl_find_servers (verdict, observation, family);
  g_autofree guint8 *kinds = g_new (guint8, n);
  g_autoptr (GArray) prefixes = g_array_new (FALSE, FALSE, sizeof (TlPrefix));
  Judging judging = { verdict, observation, policy, family, servers, kinds, prefixes, 0, "?" };

  result->bypass = g_array_new (FALSE, FALSE, sizeof (TlBypass));
  result->ranges = g_array_new (FALSE, FALSE, sizeof (TlSpan));
  result->bypass_routes = g_array_new (FALSE, FALSE, sizeof (TlPrefix));
  for (guint i = 0; i < n; i++)
    kinds[i] = (guint8)judge_span (&judging, i);
  judge_ranges (&judging);
  result->marked = tl_find_marked_ranges (verdict, observation, family);
  judge_marked (&judging);
  sum_up (&judging);

  for (guint i = 0; i < verdict->uplinks->len; i++)
    result->local |= ((const TlUplink *)verdict->uplinks->pdata[i])->offers[family];
  result->status =
    conclude (result, result->bypass->len > 0, tl_observation_is_proven (observation, family));
}
