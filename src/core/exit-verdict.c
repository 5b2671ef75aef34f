/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/verdict-private.h"

/* What the Internet says of one family: whose address does it see? */

static gboolean
is_uplink (const TlVerdict *verdict, int ifindex)
{
  for (guint i = 0; i < verdict->uplinks->len; i++) {
    if (((const TlUplink *)verdict->uplinks->pdata[i])->ifindex == ifindex)
      return TRUE;
  }

  return FALSE;
}

/* IPsec without an interface puts its address on the uplink. */
static gboolean
is_of_vpn (const TlNmState *nm, const TlAddress *address)
{
  for (guint i = 0; i < nm->activations->len; i++) {
    const TlActivation *activation = nm->activations->pdata[i];

    for (guint j = 0; activation->is_vpn && j < activation->addresses->len; j++) {
      if (tl_address_compare (&g_array_index (activation->addresses, TlAddress, j), address) == 0)
        return TRUE;
    }
  }

  return FALSE;
}

/* The uplink's own address, or one out of a prefix that lies on the uplink: the person's home. */
static gboolean
is_of_uplink (const TlVerdict *verdict, const TlObservation *observation, const TlAddress *address)
{
  const GArray *addresses = observation->net->addresses;

  for (guint i = 0; i < addresses->len; i++) {
    const TlLinkAddress *own = &g_array_index (addresses, TlLinkAddress, i);

    if (is_uplink (verdict, own->ifindex) && tl_prefix_contains (&own->prefix, address) &&
        !is_of_vpn (observation->nm, &own->address))
      return TRUE;
  }

  return FALSE;
}

/*
 * The links that the packets to the service may take. Where rules choose by source, there is more
 * than one, and the source that was seen decides.
 */
static TlExitOwner
find_owner_by_routes (const TlVerdict *verdict,
                      const TlCoverage *coverage,
                      const TlAddress *destination)
{
  gboolean through_tunnel = FALSE;
  gboolean through_uplink = FALSE;

  for (guint i = 0; i < coverage->spans->len; i++) {
    const TlSpan *span = &g_array_index (coverage->spans, TlSpan, i);

    if (tl_address_compare (&span->first, destination) > 0)
      break;
    if (tl_address_compare (destination, &span->last) > 0)
      continue;
    if (tl_tunnel_of_link (verdict->tunnels, span->egress.ifindex) != NULL)
      through_tunnel = TRUE;
    else if (is_uplink (verdict, span->egress.ifindex))
      through_uplink = TRUE;
  }

  if (through_tunnel == through_uplink)
    return TL_EXIT_OWNER_UNKNOWN;
  return through_tunnel ? TL_EXIT_OWNER_TUNNEL : TL_EXIT_OWNER_UPLINK;
}

static TlExitOwner
find_owner (const TlVerdict *verdict, const TlObservation *observation, const TlExit *exit)
{
  const TlLink *link;

  if (!exit->has_address)
    return TL_EXIT_OWNER_UNKNOWN;
  if (is_of_uplink (verdict, observation, &exit->address))
    return TL_EXIT_OWNER_UPLINK;
  if (exit->has_destination) {
    TlExitOwner owner =
      find_owner_by_routes (verdict, observation->coverage[exit->family], &exit->destination);

    if (owner != TL_EXIT_OWNER_UNKNOWN)
      return owner;
  }
  if (!exit->has_source)
    return TL_EXIT_OWNER_UNKNOWN;

  link = tl_net_state_link_with_address (observation->net, &exit->source);
  if (link == NULL)
    return TL_EXIT_OWNER_UNKNOWN;
  if (tl_tunnel_of_link (verdict->tunnels, link->ifindex) != NULL)
    return TL_EXIT_OWNER_TUNNEL;

  return is_uplink (verdict, link->ifindex) ? TL_EXIT_OWNER_UPLINK : TL_EXIT_OWNER_UNKNOWN;
}

static gboolean
is_unexpected (const TlPolicy *policy, const TlExit *exit)
{
  const GArray *expected = policy != NULL ? policy->expected_exits[exit->family] : NULL;

  if (expected == NULL || expected->len == 0)
    return FALSE;
  for (guint i = 0; i < expected->len; i++) {
    if (tl_prefix_contains (&g_array_index (expected, TlPrefix, i), &exit->address))
      return FALSE;
  }

  return TRUE;
}

static void
add_exit_finding (TlVerdict *verdict, TlFindingId id, TlSeverity severity, const TlExit *exit)
{
  TlFinding *finding = tl_verdict_add_family_finding (verdict, id, severity, exit->family);

  finding->subject = exit->has_address ? tl_address_to_string (&exit->address) : NULL;
  finding->detail = g_strdup (exit->has_address ? exit->url : exit->error);
}

static gboolean
bypasses (const TlFamilyVerdict *result)
{
  return result->status == TL_STATUS_BYPASS || result->status == TL_STATUS_PARTIAL;
}

/*
 * The service was reached past the tunnels. That proves a leak, unless it is known to be meant: it
 * is the VPN's own server, or the organisation expects it.
 */
static gboolean
went_around (const TlVerdict *verdict,
             const TlObservation *observation,
             const TlPolicy *policy,
             const TlExit *exit)
{
  TlPrefix host;

  /* Under IPsec without an interface, routes do not tell. */
  if (verdict->families[exit->family].exit_owner != TL_EXIT_OWNER_UPLINK ||
      verdict->state == TL_STATE_UNKNOWN)
    return FALSE;
  if (!exit->has_destination)
    return bypasses (&verdict->families[exit->family]);

  tl_prefix_init (&host, &exit->destination, tl_family_bits (exit->family));
  return !tl_nm_state_has_server (observation->nm, &exit->destination) &&
         !tl_policy_expects_bypass (policy, &host);
}

/*
 * tl_judge_exit:
 * @verdict: the verdict so far, with the family judged by routes; the exit is filled in
 * @observation: what is known
 * @policy: (nullable): what IT has set
 * @family: the family
 *
 * Findings are made only under a full tunnel: without one an exit address of one's own is right.
 */
void
tl_judge_exit (TlVerdict *verdict,
               const TlObservation *observation,
               const TlPolicy *policy,
               TlFamily family)
{
  TlFamilyVerdict *result = &verdict->families[family];
  const TlExit *exit = observation->exits[family];
  const TlExit *before = observation->exits_before[family];

  if (exit == NULL)
    return;

  result->exit = tl_exit_ref (exit);
  result->exit_owner = find_owner (verdict, observation, exit);
  if (verdict->tunnels->len == 0 || verdict->state == TL_STATE_SPLIT)
    return;

  if (!exit->has_address) {
    /* Where nothing goes anywhere, no answer is the right answer. */
    if (result->status != TL_STATUS_BLOCKED && result->status != TL_STATUS_ABSENT)
      add_exit_finding (verdict, TL_FINDING_EXIT_FAILED, TL_SEVERITY_INFO, exit);
  } else if (is_of_uplink (verdict, observation, &exit->address) ||
             went_around (verdict, observation, policy, exit)) {
    add_exit_finding (verdict, TL_FINDING_EXIT_UPLINK, TL_SEVERITY_LEAK, exit);
  } else if (is_unexpected (policy, exit)) {
    add_exit_finding (verdict, TL_FINDING_EXIT_UNEXPECTED, TL_SEVERITY_LEAK, exit);
  } else if (before != NULL && before->has_address &&
             tl_address_compare (&before->address, &exit->address) == 0) {
    add_exit_finding (verdict, TL_FINDING_EXIT_UNCHANGED, TL_SEVERITY_WARNING, exit);
  }
}
