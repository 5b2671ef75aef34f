/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/coverage.h"

G_BEGIN_DECLS

/*
 * The kernel's tables as text, for tests. Statements are separated by line ends or `;`, `#` begins
 * a comment. The words are those of ip(8), and a line of `ip route show table all` is a statement
 * when its family stands before it:
 *
 *   link 2 eth0                                    Ethernet; `lo` is always there as link 1
 *   link 3 tun0 tun [tap]                          also `wireguard` and `ppp`: point-to-point
 *   link 4 br0 bridge down no-carrier noarp pointopoint loopback group 7 master 2 type 1
 *   addr eth0 192.168.1.5/24                       with the kernel's own routes but for `bare`;
 *                                                  `noprefixroute`,
 *                                                  `secondary`, `temporary`, `deprecated`,
 *                                                  `tentative`, `scope link`, `peer PREFIX`
 *   6 default via fe80::1 dev eth0 metric 100 proto ra pref high
 *   6 unreachable 2001:db8::/32 metric 1
 *   4 default table 100 nexthop via 192.0.2.1 dev eth0 weight 2 nexthop dev tun0 dead
 *   rule 100 from 10.0.0.0/8 lookup 100            both families where no `4` or `6` is before it
 *                                                  and no prefix tells
 *   6 rule 99 not fwmark 0xca6c lookup 51820
 *   rule 98 lookup main suppress_prefixlength 0
 *   rule flush                                     without the kernel's own three rules
 *
 * A link is named by its name or its index. What is left out is as the kernel would have it:
 * metric 1024 for IPv6, protocol boot, table main, rules 0, 32766 and 32767.
 * A mistake in the text ends the test.
 */

TlNetState *net_text_parse (const char *text);
char *net_text_egress (const TlNetState *net, const TlEgress *egress);
char *net_text_coverage (const TlNetState *net, const TlCoverage *coverage);
char *net_text_ways (const TlNetState *net, const TlCoverage *coverage, const TlAddress *address);

G_END_DECLS
