/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/prefix.h"

G_BEGIN_DECLS

/*
 * What the kernel's rtnetlink says, as values: links, addresses, routes and rules.
 * Names and numbers are the kernel's (linux/rtnetlink.h, linux/fib_rules.h, ip-route(8)).
 * Lifetimes are left out on purpose: a change of lifetimes alone is no event.
 */

/**
 * TlLink:
 * @ifindex: the kernel's index, greater than 0
 * @name: the interface name
 * @kind: (not nullable): IFLA_INFO_KIND (`tun`, `wireguard`, `veth`, `bridge`, …), or empty
 * @type: ARPHRD_…, linux/if_arp.h
 * @flags: IFF_…, of which IFF_UP, IFF_LOWER_UP, IFF_POINTOPOINT and IFF_LOOPBACK are read
 * @group: the group of `ip link set group`
 * @master: index of the bridge, bond or vrf it belongs to, or 0
 *
 * A network interface.
 */
typedef struct {
  int ifindex;
  char *name;
  char *kind;
  guint16 type;
  guint32 flags;
  guint32 group;
  int master;
} TlLink;

/**
 * TlLinkAddress:
 * @ifindex: the link
 * @address: the host's own address
 * @prefix: the prefix it brings along; with a peer, the peer's
 * @scope: RT_SCOPE_…
 * @flags: IFA_F_…
 *
 * An address of a link.
 */
typedef struct {
  int ifindex;
  TlAddress address;
  TlPrefix prefix;
  guint8 scope;
  guint32 flags;
} TlLinkAddress;

/**
 * TlNextHop:
 * @ifindex: the link, or 0 where the route has none
 * @has_gateway: whether packets go to @gateway rather than to a neighbour
 * @gateway: the gateway; of either family (RFC 5549)
 * @flags: RTNH_F_…, of which RTNH_F_DEAD and RTNH_F_LINKDOWN are read
 * @weight: 1 to 256, share of a multipath route
 */
typedef struct {
  int ifindex;
  gboolean has_gateway;
  TlAddress gateway;
  guint8 flags;
  guint16 weight;
} TlNextHop;

/**
 * TlRoute:
 * @destination: where to
 * @source: IPv6 source-specific routes: where from; length 0 is any
 * @table: RT_TABLE_… or any number
 * @priority: the metric; 0 is best
 * @nexthop_id: id of the nexthop object, or 0
 * @type: RTN_…
 * @protocol: RTPROT_…: who made it
 * @scope: RT_SCOPE_…
 * @preference: ICMPV6_ROUTER_PREF_… (RFC 4191); medium is 0
 * @tos: type of service, or 0 for any
 * @has_preferred_source: whether @preferred_source is set
 * @preferred_source: `src` of ip-route(8)
 * @hop: the (first) next hop
 * @more_hops: (nullable) (array length=n_more_hops): further next hops of a multipath route
 *
 * In an order that leaves no gaps: a large table has very many.
 */
typedef struct {
  TlPrefix destination;
  TlPrefix source;
  TlAddress preferred_source;
  guint8 has_preferred_source;
  guint8 type;
  guint8 protocol;
  guint8 scope;
  guint8 preference;
  guint8 tos;
  guint32 table;
  guint32 priority;
  guint32 nexthop_id;
  TlNextHop hop;
  guint n_more_hops;
  TlNextHop *more_hops;
} TlRoute;

/**
 * TlRule:
 * @priority: order; lower first
 * @action: FR_ACT_…
 * @invert: FIB_RULE_INVERT: it applies where the selectors do not
 * @from: source prefix; length 0 is any
 * @to: destination prefix; length 0 is any
 * @table: for FR_ACT_TO_TBL
 * @goto_priority: for FR_ACT_GOTO
 * @fwmark: the mark, compared under @fwmask
 * @fwmask: 0: no mark selector
 * @iif: (nullable): incoming interface; `lo` is the host's own packets
 * @oif: (nullable): interface the socket is bound to
 * @has_uid_range: whether @uid_first and @uid_last apply
 * @uid_first: first user
 * @uid_last: last user
 * @suppress_prefix_length: a result this short or shorter does not count; -1: none
 * @suppress_group: a result over a link of this group does not count; -1: none
 * @l3mdev: the table is that of the vrf the packet belongs to
 * @tos: type of service, or 0 for any
 * @ip_protocol: IPPROTO_…, or 0 for any
 * @has_ports: whether it selects by source or destination port
 *
 * A rule of ip-rule(8).
 */
typedef struct {
  guint32 priority;
  guint8 action;
  gboolean invert;
  TlPrefix from;
  TlPrefix to;
  guint32 table;
  guint32 goto_priority;
  guint32 fwmark;
  guint32 fwmask;
  char *iif;
  char *oif;
  gboolean has_uid_range;
  guint32 uid_first;
  guint32 uid_last;
  int suppress_prefix_length;
  gint64 suppress_group;
  gboolean l3mdev;
  guint8 tos;
  guint8 ip_protocol;
  gboolean has_ports;
} TlRule;

/**
 * TlNetState:
 * @links: (element-type TlLink): in order of ifindex
 * @addresses: (element-type TlLinkAddress): in order of ifindex, then address
 * @routes: (element-type TlRoute): of each family, every table, in the order of the dump
 * @rules: (element-type TlRule): of each family, in order of priority, then of the dump
 * @incomplete: whether something of each family was told that could not be understood, so that more
 *   may be there than is known
 *
 * One consistent picture of the kernel's tables. Built once, never changed after; share it by
 * reference.
 */
typedef struct {
  GArray *links;
  GArray *addresses;
  GArray *routes[TL_N_FAMILIES];
  GArray *rules[TL_N_FAMILIES];
  gboolean incomplete[TL_N_FAMILIES];
} TlNetState;

const TlNextHop *tl_route_hop (const TlRoute *route, guint i);
gboolean tl_route_equal (const TlRoute *a, const TlRoute *b);

gboolean tl_link_swallows (const TlLink *link);

TlNetState *tl_net_state_new (void);
void tl_net_state_expect_routes (TlNetState *state, TlFamily family, guint n);
TlNetState *tl_net_state_copy (const TlNetState *state);
TlNetState *tl_net_state_ref (const TlNetState *state);
void tl_net_state_unref (TlNetState *state);
gboolean tl_net_state_equal (const TlNetState *a, const TlNetState *b);
const TlLink *tl_net_state_link (const TlNetState *state, int ifindex);
gboolean tl_net_state_has_address (const TlNetState *state, int ifindex, const TlAddress *address);
const TlLink *tl_net_state_link_with_address (const TlNetState *state, const TlAddress *address);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TlNetState, tl_net_state_unref)

G_END_DECLS
