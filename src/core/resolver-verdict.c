/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/verdict-private.h"

#include <linux/if.h>

/* Where names are looked up. */

static gboolean
is_on_this_computer (const TlNetState *net, const TlAddress *address)
{
  static const TlAddress loopback = { .family = TL_FAMILY_IPV6, .bytes = { [15] = 1 } };

  if (address->family == TL_FAMILY_IPV4 && address->bytes[0] == 127)
    return TRUE;

  /* glibc takes 0.0.0.0 and :: for the loopback. */
  return tl_address_compare (address, &loopback) == 0 || tl_address_is_zero (address) ||
         tl_net_state_link_with_address (net, address) != NULL;
}

static const TlResolver *
find_local (const TlNetState *net, const GPtrArray *resolvers)
{
  for (guint i = 0; resolvers != NULL && i < resolvers->len; i++) {
    const TlResolver *resolver = resolvers->pdata[i];

    if (is_on_this_computer (net, &resolver->address))
      return resolver;
  }

  return NULL;
}

static gboolean
is_link_local (const TlAddress *address)
{
  return address->family == TL_FAMILY_IPV6 && address->bytes[0] == 0xfe &&
         (address->bytes[1] & 0xc0) == 0x80;
}

static const TlLink *
find_link (const TlNetState *net, const char *name)
{
  for (guint i = 0; i < net->links->len; i++) {
    const TlLink *link = &g_array_index (net->links, TlLink, i);

    if (g_str_equal (link->name, name))
      return link;
  }

  return tl_net_state_link (net, (int)g_ascii_strtoll (name, NULL, 10));
}

/* The link by which packets leave this computer; NULL where they do not. */
static const TlLink *
link_of_egress (const TlNetState *net, const TlEgress *egress)
{
  const TlLink *link = tl_net_state_link (net, egress->ifindex);

  if (egress->type == TL_EGRESS_BLOCKED || egress->type == TL_EGRESS_LOCAL || link == NULL ||
      (link->flags & IFF_LOOPBACK) != 0)
    return NULL;

  return link;
}

static gboolean
is_outside (const TlVerdict *verdict, const TlLink *link)
{
  return link != NULL && tl_tunnel_of_link (verdict->tunnels, link->ifindex) == NULL;
}

/* The link by which it is asked, one past the tunnels where there is a choice; or NULL. */
static const TlLink *
find_way (const TlVerdict *verdict, const TlObservation *observation, const TlResolver *resolver)
{
  const TlAddress *address = &resolver->address;
  const TlLink *link = NULL;
  const TlSpan *ways;
  TlEgress egress;
  guint n;

  if (is_on_this_computer (observation->net, address))
    return NULL;
  /* Each link has a prefix of its own for these: the zone says which one. */
  if (is_link_local (address) && resolver->interface != NULL)
    return find_link (observation->net, resolver->interface);

  ways = tl_coverage_ways (observation->coverage[address->family], address, &n);
  for (guint i = 0; i < n && !is_outside (verdict, link); i++) {
    const TlLink *way = link_of_egress (observation->net, &ways[i].egress);

    link = way != NULL ? way : link;
  }
  if (n == 0 && tl_egress_compute (observation->net, address, observation->uid, &egress))
    link = link_of_egress (observation->net, &egress);

  return link;
}

/**
 * tl_resolver_link_outside:
 * @verdict: the verdict, or what there is of it: its tunnels
 * @observation: what is known
 * @resolver: a DNS server
 *
 * Returns: (transfer none) (nullable): the link past the tunnels by which it is, or may be, asked
 */
const TlLink *
tl_resolver_link_outside (const TlVerdict *verdict,
                          const TlObservation *observation,
                          const TlResolver *resolver)
{
  const TlLink *link = find_way (verdict, observation, resolver);

  return is_outside (verdict, link) ? link : NULL;
}

static gboolean
is_known (const TlVerdict *verdict, TlFindingId id, const char *subject)
{
  for (guint i = 0; i < verdict->findings->len; i++) {
    const TlFinding *finding = verdict->findings->pdata[i];

    if (finding->id == id && g_strcmp0 (finding->subject, subject) == 0)
      return TRUE;
  }

  return FALSE;
}

/* Under IPsec without an interface, routes do not tell: what they say of DNS is no leak then. */
static TlSeverity
find_severity (const TlVerdict *verdict, const TlPolicy *policy, const TlAddress *address)
{
  TlPrefix host;

  tl_prefix_init (&host, address, tl_family_bits (address->family));
  if (policy == NULL || tl_policy_expects_bypass (policy, &host))
    return TL_SEVERITY_INFO;

  return verdict->state == TL_STATE_UNKNOWN ? MIN (policy->resolvers_outside, TL_SEVERITY_WARNING)
                                            : policy->resolvers_outside;
}

/* One that a firewall keeps back is asked nowhere, whatever the policy makes of those outside. */
static void
add_outside (TlVerdict *verdict,
             const TlObservation *observation,
             const TlResolver *resolver,
             const TlLink *link,
             TlSeverity severity,
             gboolean perhaps)
{
  g_autofree char *subject = tl_address_to_string (&resolver->address);
  const TlFirewallAnswer *answer =
    tl_firewall_find_resolver (observation->answers.firewall, &resolver->address, link->ifindex);
  gboolean blocked = tl_firewall_word (verdict, observation, answer) == TL_FIREWALL_BLOCKED;
  TlFindingId id = blocked ? TL_FINDING_RESOLVER_BLOCKED : TL_FINDING_RESOLVER_BYPASS;
  TlFinding *finding;

  if (is_known (verdict, id, subject))
    return;

  finding = tl_verdict_add_finding (verdict, id, blocked ? TL_SEVERITY_INFO : severity);
  finding->subject = g_steal_pointer (&subject);
  finding->interface = g_strdup (link->name);
  finding->detail = g_strdup (perhaps && !blocked ? TL_RESOLVER_PERHAPS : NULL);
}

static gboolean
has_inside (const TlVerdict *verdict, const TlObservation *observation, const GPtrArray *resolvers)
{
  for (guint i = 0; i < resolvers->len; i++) {
    const TlLink *link = find_way (verdict, observation, resolvers->pdata[i]);

    if (link != NULL && !is_outside (verdict, link))
      return TRUE;
  }

  return FALSE;
}

/* The C library asks one after the other: what comes behind one in the tunnel is asked where that
 * one does not answer. */
static void
judge_named (TlVerdict *verdict,
             const TlObservation *observation,
             const TlPolicy *policy,
             const GPtrArray *resolvers)
{
  gboolean inside = FALSE;

  for (guint i = 0; i < resolvers->len; i++) {
    const TlResolver *resolver = resolvers->pdata[i];
    const TlLink *link = find_way (verdict, observation, resolver);

    if (is_outside (verdict, link))
      add_outside (verdict, observation, resolver, link,
                   find_severity (verdict, policy, &resolver->address), inside);
    inside |= link != NULL && !is_outside (verdict, link);
  }
}

/* A service on this computer chooses whom to ask, by the name for instance. Where one in the tunnel
 * is among them, it is not certain that any other is asked, and no leak. NetworkManager names them
 * in any order. */
static void
judge_behind (TlVerdict *verdict, const TlObservation *observation, const TlPolicy *policy)
{
  const GPtrArray *resolvers = observation->nm->resolvers;
  gboolean perhaps = has_inside (verdict, observation, resolvers);

  for (guint i = 0; i < resolvers->len; i++) {
    const TlResolver *resolver = resolvers->pdata[i];
    const TlLink *link = find_way (verdict, observation, resolver);
    TlSeverity severity = find_severity (verdict, policy, &resolver->address);

    if (is_outside (verdict, link))
      add_outside (verdict, observation, resolver, link,
                   perhaps ? MIN (severity, TL_SEVERITY_WARNING) : severity, perhaps);
  }
}

/*
 * Without an answer for a name, browsers stay away from IPv6; calls and malware, which have
 * addresses, do not. So it says nothing about safety, and is told where IPv6 is not in the tunnel.
 */
static void
add_name_finding (TlVerdict *verdict, const TlObservation *observation)
{
  TlStatus status = verdict->families[TL_FAMILY_IPV6].status;

  if (observation->answers.ipv6_name == TL_MAYBE ||
      (status != TL_STATUS_BYPASS && status != TL_STATUS_PARTIAL && status != TL_STATUS_BLOCKED))
    return;

  tl_verdict_add_family_finding (verdict,
                                 observation->answers.ipv6_name == TL_YES ? TL_FINDING_NAME_FOUND
                                                                          : TL_FINDING_NAME_MISSING,
                                 TL_SEVERITY_INFO, TL_FAMILY_IPV6);
}

/* Those that NetworkManager has are asked where programs ask a service on this computer, or where
 * nobody says whom they ask. */
static gboolean
is_behind_asked (const TlObservation *observation)
{
  const GPtrArray *named = observation->resolvers;

  return named == NULL || named->len == 0 || find_local (observation->net, named) != NULL;
}

static void
find_outside (const TlVerdict *verdict,
              const TlObservation *observation,
              const GPtrArray *resolvers,
              GArray *spans)
{
  for (guint i = 0; resolvers != NULL && i < resolvers->len; i++) {
    const TlResolver *resolver = resolvers->pdata[i];
    const TlLink *link = tl_resolver_link_outside (verdict, observation, resolver);
    TlSpan span = { .first = resolver->address, .last = resolver->address };

    if (link == NULL)
      continue;
    span.egress.type = TL_EGRESS_GATEWAY;
    span.egress.ifindex = link->ifindex;
    g_array_append_val (spans, span);
  }
}

static int
compare_first (gconstpointer a, gconstpointer b)
{
  return tl_address_compare (&((const TlSpan *)a)->first, &((const TlSpan *)b)->first);
}

/**
 * tl_find_resolvers_outside:
 * @verdict: a verdict
 * @observation: what it was made from
 * @spans: (element-type TlSpan): an empty array, to which a span is added for each DNS server in
 *   use that is, or may be, asked past the tunnels, in order: its address and the link, of whatever
 *   type the way is
 */
void
tl_find_resolvers_outside (const TlVerdict *verdict,
                           const TlObservation *observation,
                           GArray *spans)
{
  find_outside (verdict, observation, observation->resolvers, spans);
  if (is_behind_asked (observation))
    find_outside (verdict, observation, observation->nm->resolvers, spans);

  g_array_sort (spans, compare_first);
  for (guint i = spans->len; i-- > 1;) {
    const TlSpan *span = &g_array_index (spans, TlSpan, i);

    if (compare_first (span - 1, span) == 0 && (span - 1)->egress.ifindex == span->egress.ifindex)
      g_array_remove_index (spans, i);
  }
}

/*
 * tl_add_resolver_findings:
 * @verdict: the verdict so far, with its tunnels, of which one is full
 * @observation: what is known
 * @policy: (nullable): what IT has set
 *
 * What resolv.conf(5) names is what programs ask, whoever has written it. Where that is a service
 * on this computer (systemd-resolved, dnsmasq), it asks the servers that NetworkManager has.
 */
void
tl_add_resolver_findings (TlVerdict *verdict,
                          const TlObservation *observation,
                          const TlPolicy *policy)
{
  const GPtrArray *named = observation->resolvers;
  const TlResolver *local = find_local (observation->net, named);

  add_name_finding (verdict, observation);
  if (named == NULL || named->len == 0) {
    judge_behind (verdict, observation, policy);
    return;
  }

  judge_named (verdict, observation, policy, named);
  if (local != NULL) {
    TlFinding *finding =
      tl_verdict_add_finding (verdict, TL_FINDING_RESOLVER_LOCAL, TL_SEVERITY_INFO);

    finding->subject = tl_address_to_string (&local->address);
    judge_behind (verdict, observation, policy);
  }
}
