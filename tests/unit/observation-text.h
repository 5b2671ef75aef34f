/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/observation.h"
#include "core/policy.h"
#include "net-text.h"

G_BEGIN_DECLS

/*
 * Observations as text, for tests. The kernel's tables are those of net-text.h; NetworkManager's
 * word has statements separated by `;`, or is `absent`:
 *
 *   activation LINK TYPE NAME [external] [default] [read-only] [own] [blocks PREFIX]
 *                                                  a VPN if `wireguard` and not external
 *   vpn ADDRESS KIND NAME [default] [activating] [server S,S] [blocks PREFIX]
 *                                                  `-`: its address is not told yet
 *   dns ADDRESS [LINK]
 *   version 1.42 ; control no ; system password
 *
 * and the Internet's word:
 *
 *   exit ADDRESS [SOURCE [DESTINATION]] [out LINK [onlink]]
 *   exit error [ipv6]
 *   second …                                       a second service asked at the same time
 *   before ADDRESS ; nat64 PREFIX
 *   name found ; name missing                      whether names of IPv6 alone are found
 *   resolv.conf ADDRESS[%LINK] …                   what the C library asks for names
 *
 * A policy has the statements `full`, `split`, `exit PREFIX`, `bypass PREFIX`, `dns leak` and
 * `dns warning`.
 */

/* A home with both families; the router is 192.168.1.1 and fe80::1. */
#define LINE                                                                                       \
  "link 2 eth0; addr eth0 192.168.1.5/24; addr eth0 2001:db8:1::5/64; addr eth0 fe80::5/64;"       \
  "4 default via 192.168.1.1 dev eth0 proto dhcp metric 100;"                                      \
  "6 default via fe80::1 dev eth0 proto ra metric 100;"
#define LINE_IPV4                                                                                  \
  "link 2 eth0; addr eth0 192.168.1.5/24; addr eth0 fe80::5/64;"                                   \
  "4 default via 192.168.1.1 dev eth0 proto dhcp metric 100;"
/* NetworkManager's OpenVPN: IPv4 only, as measured. */
#define TUN                                                                                        \
  "link 3 tun0 tun; addr tun0 10.8.0.2/24; 4 default dev tun0 proto static metric 50;"             \
  "4 198.51.100.6 via 192.168.1.1 dev eth0 proto static metric 50;"
#define TUN_IPV6 "addr tun0 2001:db8:8::2/64; 6 default dev tun0 proto static metric 50;"
#define HOME     "activation eth0 802-3-ethernet Home;"
#define VPN      HOME "activation tun0 tun tun0 external;vpn 10.8.0.2 openvpn Corp default;"

TlObservation *observation_text_parse (const char *net, const char *nm, const char *exits);
TlPolicy *policy_text_parse (const char *text);

G_END_DECLS
