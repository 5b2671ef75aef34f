/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/verdict-private.h"

/* What the firewall's word means. */

/* An exit service that answered over a range: no firewall closes it, whatever a sample says. */
static gboolean
answered_over (const TlObservation *observation, const TlSpan *range)
{
  TlFamily family = range->first.family;
  const TlExit *exit = observation->answers.exits[family];
  const TlSpan *ways;
  guint n = 0;

  if (exit == NULL || !exit->has_address || !exit->has_destination ||
      tl_address_compare (&exit->destination, &range->first) < 0 ||
      tl_address_compare (&exit->destination, &range->last) > 0)
    return FALSE;

  ways = tl_coverage_ways (observation->coverage[family], &exit->destination, &n);
  for (guint i = 0; i < n; i++) {
    if (ways[i].egress.ifindex != range->egress.ifindex)
      return FALSE;
  }

  return n > 0;
}

/*
 * Whether it is the next router that has answered, not somebody at the other end of an IPsec
 * tunnel: what comes out of one without an interface seems to have come in on the uplink. A router
 * answers over IPv6 with one of its addresses on the link, whichever.
 */
static gboolean
is_next_router (const TlObservation *observation, const TlFirewallAnswer *answer)
{
  const TlEgress *egress = &answer->range.egress;
  const GArray *addresses = observation->net->addresses;

  if (!answer->has_router || !egress->has_gateway)
    return FALSE;
  if (tl_address_compare (&answer->router, &egress->gateway) == 0)
    return TRUE;

  for (guint i = 0; i < addresses->len; i++) {
    const TlLinkAddress *own = &g_array_index (addresses, TlLinkAddress, i);

    if (own->ifindex == egress->ifindex && own->prefix.address.family == TL_FAMILY_IPV6 &&
        tl_prefix_contains (&own->prefix, &answer->router))
      return TRUE;
  }

  return FALSE;
}

/*
 * tl_firewall_word:
 * @verdict: the verdict so far: its state is unknown where IPsec may be there
 * @observation: what is known
 * @answer: (nullable): what was found out about packets to a range
 *
 * Returns: what becomes of packets to it
 */
TlFirewallWord
tl_firewall_word (const TlVerdict *verdict,
                  const TlObservation *observation,
                  const TlFirewallAnswer *answer)
{
  if (answer == NULL)
    return TL_FIREWALL_NOT_ASKED;
  if (answer->word == TL_FIREWALL_BLOCKED && answered_over (observation, &answer->range))
    return TL_FIREWALL_LEAVES;
  if (answer->word == TL_FIREWALL_LEAVES && verdict->state == TL_STATE_UNKNOWN &&
      !is_next_router (observation, answer))
    return TL_FIREWALL_SILENT;

  return answer->word;
}

/*
 * tl_add_silent_finding:
 * @verdict: the verdict so far, with the family judged
 * @family: the family
 *
 * Adds a finding where the family leaks by routes alone: packets to all of what bypasses were
 * neither seen to leave nor stopped.
 */
void
tl_add_silent_finding (TlVerdict *verdict, TlFamily family)
{
  const GArray *bypass = verdict->families[family].bypass;
  gboolean silent = FALSE;

  for (guint i = 0; i < bypass->len; i++) {
    const TlBypass *entry = &g_array_index (bypass, TlBypass, i);

    if (entry->expected)
      continue;
    if (entry->firewall != TL_FIREWALL_SILENT)
      return;
    silent = TRUE;
  }
  if (silent)
    tl_verdict_add_family_finding (verdict, TL_FINDING_FIREWALL_SILENT, TL_SEVERITY_INFO, family);
}

static TlFinding *
find_blocked_finding (const TlVerdict *verdict, TlFamily family, const char *interface)
{
  for (guint i = 0; i < verdict->findings->len; i++) {
    TlFinding *finding = verdict->findings->pdata[i];

    if (finding->id == TL_FINDING_FIREWALL_BLOCKED && finding->family == family &&
        g_strcmp0 (finding->interface, interface) == 0)
      return finding;
  }

  return NULL;
}

/*
 * tl_find_open_resolvers:
 * @verdict: the verdict so far
 * @observation: what is known
 * @span: a span of a range that a firewall closes
 * @open: (element-type TlFirewallAnswer): an array, to which those for DNS servers in @span are
 *   appended whose packets are not kept back, with the way of @span
 *
 * A firewall that closes everything else often leaves DNS open, and no sample of addresses finds
 * the one server.
 */
void
tl_find_open_resolvers (const TlVerdict *verdict,
                        const TlObservation *observation,
                        const TlSpan *span,
                        GArray *open)
{
  const GArray *answers = observation->answers.firewall;

  for (guint i = 0; answers != NULL && i < answers->len; i++) {
    const TlFirewallAnswer *given = &g_array_index (answers, TlFirewallAnswer, i);
    TlFirewallAnswer answer;

    if (!given->of_resolver || given->range.egress.ifindex != span->egress.ifindex ||
        tl_address_compare (&span->first, &given->range.first) > 0 ||
        tl_address_compare (&span->last, &given->range.last) < 0)
      continue;
    answer = *given;
    answer.range.egress = span->egress;
    answer.word = tl_firewall_word (verdict, observation, &answer);
    if (answer.word != TL_FIREWALL_BLOCKED)
      g_array_append_val (open, answer);
  }
}

static void
note_open_resolvers (TlFinding *finding, const GArray *open)
{
  for (guint i = 0; i < open->len; i++) {
    const TlFirewallAnswer *answer = &g_array_index (open, TlFirewallAnswer, i);
    g_autofree char *address = tl_address_to_string (&answer->range.first);
    char *all = finding->detail != NULL ? g_strjoin (", ", finding->detail, address, NULL)
                                        : g_steal_pointer (&address);

    g_free (finding->detail);
    finding->detail = all;
  }
}

/*
 * tl_add_firewall_finding:
 * @verdict: the verdict so far
 * @observation: what is known
 * @range: a range that routes let bypass, and that a firewall closes
 * @prefixes: (element-type TlPrefix): the same range
 * @open: (element-type TlFirewallAnswer): DNS servers in it that it leaves open
 *
 * Adds a finding, one for each family and link however many ranges there are.
 */
void
tl_add_firewall_finding (TlVerdict *verdict,
                         const TlObservation *observation,
                         const TlSpan *range,
                         const GArray *prefixes,
                         const GArray *open)
{
  const TlLink *link = tl_net_state_link (observation->net, range->egress.ifindex);
  const char *interface = link != NULL ? link->name : NULL;
  TlFinding *finding = find_blocked_finding (verdict, range->first.family, interface);
  char first[TL_ADDRESS_STRLEN];
  char last[TL_ADDRESS_STRLEN];

  if (finding != NULL) {
    finding->n_ranges++;
    g_clear_pointer (&finding->subject, g_free);
    note_open_resolvers (finding, open);
    return;
  }

  tl_address_format (&range->first, first);
  tl_address_format (&range->last, last);
  finding = tl_verdict_add_family_finding (verdict, TL_FINDING_FIREWALL_BLOCKED, TL_SEVERITY_INFO,
                                           range->first.family);
  finding->n_ranges = 1;
  finding->subject = prefixes->len == 1
                       ? tl_prefix_to_string (&g_array_index (prefixes, TlPrefix, 0))
                       : g_strdup_printf ("%s–%s", first, last);
  finding->interface = g_strdup (interface);
  note_open_resolvers (finding, open);
}
