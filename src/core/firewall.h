/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/coverage.h"

G_BEGIN_DECLS

/** TL_FIREWALL_RANGES_MAX: so many ranges are asked about at most; for the rest routes decide. */
#define TL_FIREWALL_RANGES_MAX 160
/** TL_FIREWALL_MARKED_MAX: so many ranges that marks would pull out of a tunnel, too. */
#define TL_FIREWALL_MARKED_MAX 16
/** TL_FIREWALL_SAMPLES: addresses of a range that packets are sent to at most; a power of two. */
#define TL_FIREWALL_SAMPLES 16
/** TL_FIREWALL_SAMPLES_IN_ALL: of all ranges together. */
#define TL_FIREWALL_SAMPLES_IN_ALL 320

/**
 * TlFirewallWord:
 * @TL_FIREWALL_NOT_ASKED: nothing was sent
 * @TL_FIREWALL_SILENT: neither of the two below was seen, so the route's word stands
 * @TL_FIREWALL_LEAVES: the next router has answered a packet, or the kernel has seen it go: it left
 *   this computer
 * @TL_FIREWALL_BLOCKED: this computer itself refused every packet of a sample, UDP and TCP
 *
 * What becomes of packets that routes lead around the tunnels.
 */
typedef enum {
  TL_FIREWALL_NOT_ASKED,
  TL_FIREWALL_SILENT,
  TL_FIREWALL_LEAVES,
  TL_FIREWALL_BLOCKED,
} TlFirewallWord;

/**
 * TlFirewallAnswer:
 * @range: the addresses asked about, and the way out that routes give them
 * @of_resolver: whether it is a DNS server alone, asked at the port of DNS: what a firewall leaves
 *   open when it closes the rest
 * @word: what becomes of packets to them
 * @has_router: whether @router is set
 * @router: who answered a packet that left
 */
typedef struct {
  TlSpan range;
  gboolean of_resolver;
  TlFirewallWord word;
  gboolean has_router;
  TlAddress router;
} TlFirewallAnswer;

const TlFirewallAnswer *tl_firewall_find (const GArray *answers, const TlSpan *range);
const TlFirewallAnswer *
tl_firewall_find_resolver (const GArray *answers, const TlAddress *address, int ifindex);
gboolean tl_firewall_has_blocked (const GArray *answers);
guint tl_firewall_n_samples (guint n_ranges);
void tl_firewall_samples (const TlCoverage *coverage,
                          const TlSpan *range,
                          guint n_samples,
                          GRand *random,
                          GArray *addresses);

G_END_DECLS
