/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/verdict.h"

G_BEGIN_DECLS

/* Between the files that make a verdict or predict one; tl_judge() is what others call. */

/* Carrying this much or more of the address space is meant for everything: 0/1, ::/3, 2000::/3. */
#define TL_FULL_PREFIX_LENGTH 3

GPtrArray *tl_find_tunnels (const TlObservation *observation);
GPtrArray *tl_find_uplinks (const TlObservation *observation, const GPtrArray *tunnels);

TlTunnel *tl_tunnel_of_link (const GPtrArray *tunnels, int ifindex);
gboolean tl_coverage_uses_link (const TlCoverage *coverage, int ifindex);
gboolean tl_link_is_clat (const TlNetState *net, int ifindex);
gboolean tl_link_offers (const TlNetState *net, int ifindex, TlFamily family);
gboolean tl_link_is_tunnel (const TlObservation *observation, const TlLink *link);
const TlActivation *
tl_vpn_activation_of_link (const TlObservation *observation, const TlLink *link);

gboolean tl_may_lead_to_server (const TlVerdict *verdict, const TlEgress *egress);
GArray *
tl_find_servers (const TlVerdict *verdict, const TlObservation *observation, TlFamily family);
gboolean
tl_is_server_route (const TlVerdict *verdict, const GArray *servers, const TlEgress *egress);

gboolean tl_suspects_ipsec (const TlVerdict *verdict, const TlObservation *observation);

gboolean tl_egress_is_lan (const TlObservation *observation, const TlEgress *egress);
GArray *
tl_find_marked_ranges (const TlVerdict *verdict, const TlObservation *observation, TlFamily family);
void tl_judge_family (TlVerdict *verdict,
                      const TlObservation *observation,
                      const TlPolicy *policy,
                      TlFamily family);
gboolean tl_is_of_vpn (const TlNmState *nm, const TlAddress *address);
gboolean tl_exit_is_of_uplink (const TlVerdict *verdict,
                               const TlObservation *observation,
                               const TlAddress *address);
TlExitOwner tl_exit_owner_of_link (const TlVerdict *verdict, int ifindex);
gboolean tl_exit_find_way (const TlVerdict *verdict,
                           const TlObservation *observation,
                           const TlExit *exit,
                           TlEgress *ret_way);
TlExitOwner
tl_exit_find_owner (const TlVerdict *verdict, const TlObservation *observation, const TlExit *exit);
TlFirewallWord tl_firewall_word (const TlVerdict *verdict,
                                 const TlObservation *observation,
                                 const TlFirewallAnswer *answer);
void tl_find_open_resolvers (const TlVerdict *verdict,
                             const TlObservation *observation,
                             const TlSpan *span,
                             GArray *open);
void tl_add_firewall_finding (TlVerdict *verdict,
                              const TlObservation *observation,
                              const TlSpan *range,
                              const GArray *prefixes,
                              const GArray *open);
void tl_add_silent_finding (TlVerdict *verdict, TlFamily family);
void tl_judge_exit (TlVerdict *verdict,
                    const TlObservation *observation,
                    const TlPolicy *policy,
                    TlFamily family);
void tl_add_resolver_findings (TlVerdict *verdict,
                               const TlObservation *observation,
                               const TlPolicy *policy);
void tl_add_orphan_findings (TlVerdict *verdict, const TlObservation *observation);
TlFinding *tl_verdict_add_finding (TlVerdict *verdict, TlFindingId id, TlSeverity severity);
TlFinding *tl_verdict_add_family_finding (TlVerdict *verdict,
                                          TlFindingId id,
                                          TlSeverity severity,
                                          TlFamily family);

G_END_DECLS
