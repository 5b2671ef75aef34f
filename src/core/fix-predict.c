/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/fix-predict.h"

#include "core/block-route.h"
#include "core/fix-servers.h"
#include "core/verdict-private.h"

#include <linux/if.h>
#include <linux/rtnetlink.h>

/* What a fix would come to, by routes alone. */

/* Takes its next hops on that link away; returns whether one is left. */
static gboolean
remove_hops_on_link (TlRoute *route, int ifindex)
{
  guint n = 0;

  for (guint i = 0; i < route->n_more_hops; i++) {
    if (route->more_hops[i].ifindex != ifindex)
      route->more_hops[n++] = route->more_hops[i];
  }
  route->n_more_hops = n;
  if (route->hop.ifindex != ifindex)
    return TRUE;
  if (n == 0)
    return FALSE;

  route->hop = route->more_hops[--route->n_more_hops];
  return TRUE;
}

static void
remove_family_from_link (TlNetState *net, int ifindex, TlFamily family)
{
  for (guint i = net->addresses->len; i-- > 0;) {
    const TlLinkAddress *own = &g_array_index (net->addresses, TlLinkAddress, i);

    if (own->ifindex == ifindex && own->address.family == family)
      g_array_remove_index (net->addresses, i);
  }
  for (guint i = net->routes[family]->len; i-- > 0;) {
    TlRoute *route = &g_array_index (net->routes[family], TlRoute, i);

    if (!remove_hops_on_link (route, ifindex))
      g_array_remove_index (net->routes[family], i);
  }
}

static void
add_unreachable_route (TlNetState *net, const TlPrefix *destination)
{
  TlRoute route = {
    .destination = *destination,
    .source.address.family = destination->address.family,
    .table = RT_TABLE_MAIN,
    .priority = TL_BLOCK_METRIC,
    .type = RTN_UNREACHABLE,
    .protocol = RTPROT_STATIC,
  };

  g_array_append_val (net->routes[destination->address.family], route);
}

/*
 * Where NetworkManager is told to leave foreign things alone, it takes IPv4's addresses and routes
 * away and puts them back 60 ms later, those of DHCP and fixed ones (measured with 1.42.4).
 */
static void
predict_change (const TlChange *change, TlNetState *net)
{
  if (change->target_kind == TL_TARGET_PROFILE)
    return; /* the change of the link beside it is what acts now */
  if (change->setting == TL_SETTING_METHOD) {
    if (change->family == TL_FAMILY_IPV6)
      remove_family_from_link (net, change->ifindex, change->family);
    return;
  }
  for (guint i = 0; i < change->routes->len; i++)
    add_unreachable_route (net, &g_array_index (change->routes, TlPrefix, i));
}

/**
 * tl_fix_plan_predict:
 * @plan: a plan
 * @observation: what is known
 *
 * Returns: (transfer full): what would be known after @plan was done, by routes alone: no exit
 *   address, since the Internet cannot be asked about what has not happened
 */
TlObservation *
tl_fix_plan_predict (const TlFixPlan *plan, const TlObservation *observation)
{
  g_autoptr (TlNetState) net = tl_net_state_copy (observation->net);
  TlObservation *predicted;

  for (guint i = 0; i < plan->changes->len; i++)
    predict_change (plan->changes->pdata[i], net);

  predicted = tl_observation_new (net, observation->nm, observation->uid, observation->nat64);
  /* The firewall stays; where ranges change, its word is void by itself. */
  tl_answers_set_firewall (&predicted->answers, observation->answers.firewall);
  for (guint i = 0; i < observation->once_full->len; i++) {
    const TlOnceFull *once = observation->once_full->pdata[i];

    tl_observation_add_once_full (predicted, once->activation, once->interface);
  }
  return predicted;
}

/** Sweep: goes through a coverage range by range, and says of each where packets to it go. */
typedef struct {
  const TlVerdict *verdict;
  const TlObservation *observation;
  const GArray *spans;
  guint next;
  TlAddress last;
  gboolean tunnelled;
  gboolean outside;
} Sweep;

static Sweep
sweep_init (const TlVerdict *verdict, const TlObservation *observation, TlFamily family)
{
  return (Sweep){
    .verdict = verdict,
    .observation = observation,
    .spans = observation->coverage[family]->spans,
  };
}

static void
sweep_note (Sweep *sweep, const TlEgress *egress)
{
  const TlLink *link = tl_net_state_link (sweep->observation->net, egress->ifindex);

  if (egress->type != TL_EGRESS_GATEWAY && egress->type != TL_EGRESS_ON_LINK)
    return;
  if (tl_tunnel_of_link (sweep->verdict->tunnels, egress->ifindex) != NULL)
    sweep->tunnelled = TRUE;
  else if (link == NULL || (link->flags & IFF_LOOPBACK) == 0)
    sweep->outside = TRUE;
}

/* Returns whether there is one more range. There may be several ways to the same addresses. */
static gboolean
sweep_on (Sweep *sweep)
{
  const TlSpan *first;

  if (sweep->next >= sweep->spans->len)
    return FALSE;

  first = &g_array_index (sweep->spans, TlSpan, sweep->next);
  sweep->last = first->last;
  sweep->tunnelled = FALSE;
  sweep->outside = FALSE;
  for (; sweep->next < sweep->spans->len; sweep->next++) {
    const TlSpan *span = &g_array_index (sweep->spans, TlSpan, sweep->next);

    if (tl_address_compare (&span->first, &first->first) != 0)
      break;
    sweep_note (sweep, &span->egress);
  }

  return TRUE;
}

/*
 * Whether nothing has left the tunnel, and nothing goes past it that did not before; @ret_closed
 * is set where something went past it and does not any more.
 */
static gboolean
is_no_worse (Sweep *before, Sweep *after, gboolean *ret_closed)
{
  gboolean more = sweep_on (before) && sweep_on (after);

  while (more) {
    int order = tl_address_compare (&before->last, &after->last);

    if ((before->tunnelled && !after->tunnelled) || (after->outside && !before->outside))
      return FALSE;
    if (before->outside && !after->outside)
      *ret_closed = TRUE;
    if (order <= 0)
      more = sweep_on (before);
    if (order >= 0)
      more = sweep_on (after) && more;
  }

  return TRUE;
}

/*
 * Whether a tunnel carries all of a family but for more specific routes. Closing every other way
 * where none does is no fix: it takes the Internet away.
 */
static gboolean
has_tunnel_for_everything (const TlVerdict *verdict, const TlObservation *observation)
{
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    const GArray *spans = observation->coverage[family]->spans;

    for (guint i = 0; i < spans->len; i++) {
      const TlEgress *egress = &g_array_index (spans, TlSpan, i).egress;

      if (egress->destination.length <= TL_FULL_PREFIX_LENGTH &&
          tl_tunnel_of_link (verdict->tunnels, egress->ifindex) != NULL)
        return TRUE;
    }
  }

  return FALSE;
}

/**
 * tl_fix_plan_check:
 * @plan: a plan
 * @observation: what is known
 * @policy: (nullable): what IT has set
 * @before: what @observation means
 *
 * Better is: no leak any more, less goes past the tunnel and nothing that did not before, nothing
 * has left the tunnel, it still carries a family, and the way to its server is kept. Ranges are
 * compared, never shares: much of one prefix is no reason to lose a little of another.
 *
 * Returns: %TL_FIX_REASON_NONE if it is predicted to be better after @plan was done, else why not
 */
TlFixReason
tl_fix_plan_check (const TlFixPlan *plan,
                   const TlObservation *observation,
                   const TlPolicy *policy,
                   const TlVerdict *before)
{
  g_autoptr (TlObservation) predicted = tl_fix_plan_predict (plan, observation);
  g_autoptr (TlVerdict) verdict = tl_judge (predicted, policy);
  gboolean closed = FALSE;

  if (!tl_fix_keeps_servers (before, observation, predicted))
    return TL_FIX_REASON_SERVER;
  if (!has_tunnel_for_everything (verdict, predicted))
    return TL_FIX_REASON_ONLY_UPLINK;
  if (verdict->state != TL_STATE_SAFE)
    return TL_FIX_REASON_NO_HELP;
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    Sweep old = sweep_init (before, observation, family);
    Sweep new = sweep_init (verdict, predicted, family);

    if (!is_no_worse (&old, &new, &closed))
      return TL_FIX_REASON_NO_HELP;
  }

  return closed ? TL_FIX_REASON_NONE : TL_FIX_REASON_NO_HELP;
}
