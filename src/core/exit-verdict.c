/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/verdict-private.h"

#include <linux/rtnetlink.h>

/* What the Internet says of one family. */

static gboolean
names_exits (const TlPolicy *policy, TlFamily family)
{
  return policy != NULL && policy->expected_exits[family]->len > 0;
}

static gboolean
is_expected (const TlPolicy *policy, const TlExit *exit)
{
  for (guint i = 0; policy != NULL && i < policy->expected_exits[exit->family]->len; i++) {
    if (tl_prefix_contains (&g_array_index (policy->expected_exits[exit->family], TlPrefix, i),
                            &exit->address))
      return TRUE;
  }

  return FALSE;
}

static gboolean
bypasses (const TlFamilyVerdict *result)
{
  return result->status == TL_STATUS_BYPASS || result->status == TL_STATUS_PARTIAL;
}

static gboolean
is_in_bypass (const TlFamilyVerdict *result, const TlAddress *address)
{
  for (guint i = 0; i < result->bypass->len; i++) {
    if (tl_prefix_contains (&g_array_index (result->bypass, TlBypass, i).prefix, address))
      return TRUE;
  }

  return FALSE;
}

/*
 * The service is reached past the tunnels, and rightly so: it stands on the home's own network or
 * on this computer, it is the VPN's server, or the organisation expects it. What it sees says
 * nothing of the rest.
 */
static gboolean
is_exempt (const TlVerdict *verdict,
           const TlObservation *observation,
           const TlPolicy *policy,
           const TlExit *exit)
{
  g_autoptr (GArray) servers = NULL;
  TlPrefix host;
  TlEgress way;

  if (!exit->has_destination || !tl_exit_find_way (verdict, observation, exit, &way))
    return FALSE;
  if (way.type == TL_EGRESS_LOCAL)
    return TRUE;
  if (tl_exit_owner_of_link (verdict, way.ifindex) != TL_EXIT_OWNER_UPLINK)
    return FALSE;

  tl_prefix_init (&host, &exit->destination, tl_family_bits (exit->family));
  servers = tl_find_servers (verdict, observation, exit->family);
  return tl_nm_state_has_server (observation->nm, &exit->destination) ||
         tl_is_server_route (verdict, servers, &way) || tl_policy_expects_bypass (policy, &host) ||
         (way.type == TL_EGRESS_ON_LINK &&
          !is_in_bypass (&verdict->families[exit->family], &exit->destination));
}

/* The service was reached past the tunnels. Under IPsec without an interface, routes do not tell.
 */
static gboolean
went_around (const TlVerdict *verdict, const TlExit *exit, TlExitOwner owner)
{
  if (owner != TL_EXIT_OWNER_UPLINK || verdict->state == TL_STATE_UNKNOWN)
    return FALSE;

  return exit->has_destination || bypasses (&verdict->families[exit->family]);
}

/** Answer: what one service's answer means; without a finding where it is as it should be. */
typedef struct {
  const TlExit *exit; /* nullable */
  TlExitOwner owner;
  gboolean of_uplink; /* the address itself is the uplink's, whatever the routes say */
  gboolean has_finding;
  TlFindingId id;
  TlSeverity severity;
} Answer;

static void
set_finding (Answer *answer, TlFindingId id, TlSeverity severity)
{
  answer->has_finding = TRUE;
  answer->id = id;
  answer->severity = severity;
}

static gboolean
has_address_of_family (const TlNetState *net, int ifindex, TlFamily family)
{
  for (guint i = 0; i < net->addresses->len; i++) {
    const TlLinkAddress *own = &g_array_index (net->addresses, TlLinkAddress, i);

    if (own->ifindex == ifindex && own->address.family == family && own->scope == RT_SCOPE_UNIVERSE)
      return TRUE;
  }

  return FALSE;
}

/*
 * The answer came by a way that the routes do not explain: though they are closed, or under an
 * address of the uplink though they lead into a tunnel. A tunnel without an address of the family
 * borrows the uplink's, which explains that.
 */
static void
look_for_contradiction (const TlVerdict *verdict, const TlObservation *observation, Answer *answer)
{
  TlStatus status = verdict->families[answer->exit->family].status;
  const TlAddress *source = &answer->exit->source;
  gboolean of_uplink = FALSE;
  gboolean of_tunnel = FALSE;
  gboolean borrowed = TRUE;

  if ((status == TL_STATUS_BLOCKED || status == TL_STATUS_ABSENT) &&
      answer->owner == TL_EXIT_OWNER_UNKNOWN) {
    set_finding (answer, TL_FINDING_EXIT_CONTRADICTS, TL_SEVERITY_WARNING);
    return;
  }
  if (!answer->exit->has_source || answer->owner != TL_EXIT_OWNER_TUNNEL)
    return;

  for (guint i = 0; i < verdict->uplinks->len; i++)
    of_uplink |= tl_net_state_has_address (
      observation->net, ((const TlUplink *)verdict->uplinks->pdata[i])->ifindex, source);
  for (guint i = 0; i < verdict->tunnels->len; i++) {
    const TlTunnel *tunnel = verdict->tunnels->pdata[i];

    of_tunnel |= tl_net_state_has_address (observation->net, tunnel->ifindex, source);
    if (tunnel->carries[source->family])
      borrowed &= !has_address_of_family (observation->net, tunnel->ifindex, source->family);
  }
  if (of_uplink && !of_tunnel && !tl_is_of_vpn (observation->nm, source))
    set_finding (answer, TL_FINDING_EXIT_CONTRADICTS,
                 borrowed ? TL_SEVERITY_INFO : TL_SEVERITY_WARNING);
}

static void
judge_address (const TlVerdict *verdict,
               const TlObservation *observation,
               const TlPolicy *policy,
               Answer *answer)
{
  const TlExit *exit = answer->exit;
  const TlFamilyVerdict *result = &verdict->families[exit->family];
  const TlExit *before = observation->answers.exits_before[exit->family];
  gboolean unchanged = before != NULL && before->has_address &&
                       tl_address_compare (&before->address, &exit->address) == 0;

  if (is_exempt (verdict, observation, policy, exit)) {
    set_finding (answer, TL_FINDING_EXIT_EXEMPT, TL_SEVERITY_INFO);
  } else if (answer->of_uplink || went_around (verdict, exit, answer->owner)) {
    set_finding (answer, TL_FINDING_EXIT_UPLINK, TL_SEVERITY_LEAK);
  } else if (names_exits (policy, exit->family) && !is_expected (policy, exit)) {
    set_finding (answer, TL_FINDING_EXIT_UNEXPECTED, TL_SEVERITY_LEAK);
  } else if (unchanged && !is_expected (policy, exit)) {
    /* In the office, or with one's own router as the VPN's server, it is right. */
    gboolean agreed = verdict->state != TL_STATE_UNKNOWN && bypasses (result) &&
                      answer->owner != TL_EXIT_OWNER_TUNNEL;

    set_finding (answer, TL_FINDING_EXIT_UNCHANGED,
                 agreed ? TL_SEVERITY_LEAK : TL_SEVERITY_WARNING);
  } else {
    look_for_contradiction (verdict, observation, answer);
  }
}

static Answer
judge_answer (const TlVerdict *verdict,
              const TlObservation *observation,
              const TlPolicy *policy,
              const TlExit *exit)
{
  Answer answer = { .exit = exit };
  TlStatus status;

  if (exit == NULL)
    return answer;
  answer.of_uplink =
    exit->has_address && tl_exit_is_of_uplink (verdict, observation, &exit->address);
  if (answer.of_uplink)
    answer.owner = TL_EXIT_OWNER_UPLINK;
  else if (exit->has_address)
    answer.owner = tl_exit_find_owner (verdict, observation, exit);
  if (verdict->tunnels->len == 0 || verdict->state == TL_STATE_SPLIT)
    return answer;

  status = verdict->families[exit->family].status;
  if (exit->has_address)
    judge_address (verdict, observation, policy, &answer);
  else if (status != TL_STATUS_BLOCKED && status != TL_STATUS_ABSENT)
    /* Where nothing goes anywhere, no answer is the right answer. */
    set_finding (&answer, TL_FINDING_EXIT_FAILED, TL_SEVERITY_INFO);

  return answer;
}

/* An answer that does not count is no reason to hide one that does. */
static gboolean
counts (const Answer *answer)
{
  return answer->exit != NULL && answer->exit->has_address &&
         !(answer->has_finding && answer->id == TL_FINDING_EXIT_EXEMPT);
}

static gboolean
is_worse (const Answer *a, const Answer *b)
{
  if (counts (a) != counts (b))
    return counts (a);
  if (a->has_finding != b->has_finding)
    return counts (a) ? a->has_finding : b->has_finding;

  return a->has_finding && a->severity > b->severity;
}

static void
add_answer_finding (TlVerdict *verdict, const Answer *answer)
{
  const TlExit *exit = answer->exit;
  TlFinding *finding =
    tl_verdict_add_family_finding (verdict, answer->id, answer->severity, exit->family);

  finding->subject = exit->has_address ? tl_address_to_string (&exit->address) : NULL;
  finding->detail = g_strdup (exit->has_address ? exit->url : exit->error);
}

/*
 * Two services that see two addresses. Where one of them is evidence of a leak, that is what there
 * is to say. A company may have several exits.
 */
static void
add_disagreement (TlVerdict *verdict, const TlPolicy *policy, const Answer *one, const Answer *two)
{
  gboolean through_tunnel =
    one->owner == TL_EXIT_OWNER_TUNNEL && two->owner == TL_EXIT_OWNER_TUNNEL;
  gboolean both_right =
    through_tunnel || (is_expected (policy, one->exit) && is_expected (policy, two->exit));
  TlFinding *finding;

  if (one->has_finding && one->severity == TL_SEVERITY_LEAK)
    return;

  finding = tl_verdict_add_family_finding (verdict, TL_FINDING_EXIT_DISAGREES,
                                           both_right ? TL_SEVERITY_INFO : TL_SEVERITY_WARNING,
                                           one->exit->family);
  finding->subject = tl_address_to_string (&one->exit->address);
  finding->detail = tl_address_to_string (&two->exit->address);
}

/*
 * tl_judge_exit:
 * @verdict: the verdict so far, with the family judged by routes; the exits are filled in, the
 *   worse one first
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
  Answer worse = judge_answer (verdict, observation, policy, observation->answers.exits[family]);
  Answer other =
    judge_answer (verdict, observation, policy, observation->answers.second_exits[family]);

  if (worse.exit == NULL)
    return;
  if (other.exit != NULL && is_worse (&other, &worse)) {
    Answer swapped = worse;

    worse = other;
    other = swapped;
  }

  result->exit = tl_exit_ref (worse.exit);
  result->exit_owner = worse.owner;
  if (other.exit != NULL) {
    result->other_exit = tl_exit_ref (other.exit);
    result->other_owner = other.owner;
  }

  if (worse.has_finding)
    add_answer_finding (verdict, &worse);
  if (verdict->tunnels->len > 0 && verdict->state != TL_STATE_SPLIT && counts (&other) &&
      tl_address_compare (&worse.exit->address, &other.exit->address) != 0)
    add_disagreement (verdict, policy, &worse, &other);
}
