/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/net-state.h"

G_BEGIN_DECLS

/**
 * TlEgressType:
 * @TL_EGRESS_BLOCKED: unreachable, prohibit, blackhole, no route at all, or into a link that drops
 *   everything
 * @TL_EGRESS_GATEWAY: out of a link to a gateway, or into a point-to-point link
 * @TL_EGRESS_ON_LINK: to a neighbour on a link
 * @TL_EGRESS_LOCAL: to the host itself
 */
typedef enum {
  TL_EGRESS_BLOCKED,
  TL_EGRESS_GATEWAY,
  TL_EGRESS_ON_LINK,
  TL_EGRESS_LOCAL,
} TlEgressType;

/**
 * TlEgress:
 * @type: the #TlEgressType, in one byte
 * @ifindex: the link, or 0 where blocked
 * @has_gateway: whether @gateway is set
 * @gateway: the next router
 * @table: the table of the route that decides, or 0 where no route does
 * @destination: the route's destination; length 0 and all zero where no route decides
 * @route_type: RTN_… of that route, or 0 where no route decides
 * @protocol: RTPROT_… of that route
 *
 * What the kernel does with an ordinary program's packet to an address: no mark, not bound to a
 * link, source chosen by the kernel. Says nothing about which links are tunnels. In an order that
 * leaves no gaps: a large table has very many.
 */
typedef struct {
  TlPrefix destination;
  TlAddress gateway;
  guint8 has_gateway;
  guint8 type;
  guint8 route_type;
  guint8 protocol;
  guint32 table;
  int ifindex;
} TlEgress;

/**
 * TlSpan:
 * @first: first address
 * @last: last address
 * @egress: the egress of every address between them, both included
 *
 * Where packets to the same addresses may go several ways there is one span for each way over the
 * same addresses, one after the other: the live next hops of a multipath route, and the outcomes
 * of rules that select by protocol, port or source address (see tl_coverage_compute()).
 */
typedef struct {
  TlAddress first;
  TlAddress last;
  TlEgress egress;
} TlSpan;

/** TL_MARKS_MAX: so many marks of packets are looked at in each family at most. */
#define TL_MARKS_MAX 8

/**
 * TlCoverage:
 * @family: the family
 * @mark: the firewall mark of the packets it is about; 0: none, as programs send them
 * @spans: (element-type TlSpan): the egress of all public space of the family, in order and
 *   without gaps in it; neighbours with the same egress (or egresses) are one span
 *
 * The coverage of a family. Built once, never changed after; share it by reference.
 */
typedef struct {
  TlFamily family;
  guint32 mark;
  GArray *spans;
} TlCoverage;

TlCoverage *tl_coverage_new (TlFamily family, guint n_spans);
TlCoverage *
tl_coverage_compute (const TlNetState *net, TlFamily family, guint32 uid, const GArray *nat64);
TlCoverage *tl_coverage_compute_marked (const TlNetState *net,
                                        TlFamily family,
                                        guint32 uid,
                                        guint32 mark,
                                        const GArray *nat64);
GPtrArray *
tl_coverages_of_marks (const TlNetState *net, TlFamily family, guint32 uid, const GArray *nat64);
TlCoverage *tl_coverage_ref (const TlCoverage *coverage);
void tl_coverage_unref (TlCoverage *coverage);
void tl_coverage_append (TlCoverage *coverage,
                         const TlAddress *first,
                         const TlAddress *last,
                         const TlEgress *egresses,
                         guint n_egresses);
gboolean tl_coverage_equal (const TlCoverage *a, const TlCoverage *b);
const TlSpan *tl_coverage_ways (const TlCoverage *coverage, const TlAddress *address, guint *ret_n);
void tl_coverage_samples (const TlCoverage *coverage, guint most, GArray *addresses);

void tl_egress_init (TlEgress *egress,
                     const TlNetState *net,
                     TlFamily family,
                     const TlRoute *route,
                     const TlNextHop *hop);
gboolean tl_egress_same_hop (const TlEgress *a, const TlEgress *b);
gboolean tl_span_same_range (const TlSpan *a, const TlSpan *b);
gboolean tl_egress_same_way (const TlEgress *a, const TlEgress *b);
gboolean tl_egress_equal (const TlEgress *a, const TlEgress *b);
gboolean tl_egress_compute (const TlNetState *net,
                            const TlAddress *destination,
                            guint32 uid,
                            TlEgress *ret_egress);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TlCoverage, tl_coverage_unref)

G_END_DECLS
