/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/prefix.h"

G_BEGIN_DECLS

/* Random routes and rules as commands of ip(8), drawn from g_test_rand_int(). */

/** RANDOM_NET_LINKS: what the commands rely on: two Ethernet links and a tunnel. */
#define RANDOM_NET_LINKS                                                                           \
  "link set lo up\n"                                                                               \
  "link add v0 type veth peer name v1\nlink set v0 up\nlink set v1 up\n"                           \
  "link add w0 type veth peer name w1\nlink set w0 up\nlink set w1 up\n"                           \
  "tuntap add t0 mode tun\nlink set t0 up group 7\n"

/** RANDOM_NET_ADDRESSES: the same; an address of w0 goes when it is set down. */
#define RANDOM_NET_ADDRESSES                                                                       \
  "addr add 192.168.1.5/24 dev v0\naddr add 2001:db8:1::5/64 dev v0 nodad\n"                       \
  "addr add 198.51.100.5/24 dev w0\naddr add 2001:db8:2::5/64 dev w0 nodad\n"                      \
  "addr add 10.8.0.2/24 dev t0\naddr add 2001:db8:3::5/64 dev t0 nodad\n"

/** RANDOM_NET_CLEAR: undoes the routes of one family, and all nexthop objects. */
#define RANDOM_NET_CLEAR                                                                           \
  "route flush table all proto 77\nroute flush table all proto 78\nnexthop flush\n"

/**
 * RandomRules:
 * @RANDOM_RULES_PLAIN: neither of the following
 * @RANDOM_RULES_SOURCE: also rules and routes that select by source
 * @RANDOM_RULES_PROTOCOL: also rules that select by protocol or port
 */
typedef enum {
  RANDOM_RULES_PLAIN,
  RANDOM_RULES_SOURCE,
  RANDOM_RULES_PROTOCOL,
} RandomRules;

void random_net_address (TlFamily family, TlAddress *ret_address);
void random_net_groups (GString *commands);
void random_net_routes (TlFamily family, RandomRules rules, GString *commands);
void random_net_rules (TlFamily family, RandomRules rules, GString *commands);

G_END_DECLS
