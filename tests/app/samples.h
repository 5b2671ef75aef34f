/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/fix-plan.h"
#include "core/verdict.h"

G_BEGIN_DECLS

/* Verdicts made by hand: any combination, also such as no rule would reach. */
typedef struct {
  const char *name; /* of the sample, for messages */
  TlState state;
  TlStatus ipv4;
  TlStatus ipv6;
} Sample;

extern const Sample samples[];
extern const gsize n_samples;

TlVerdict *sample_new (const Sample *sample);
TlVerdict *sample_new_leak (void);
GPtrArray *sample_plans_new (void);
void sample_free (TlVerdict *verdict);
TlTunnel *sample_add_tunnel (TlVerdict *verdict, const char *name);
TlBypass *sample_add_bypass (TlVerdict *verdict, const char *prefix, const char *gateway);
TlFinding *
sample_add_finding (TlVerdict *verdict, TlFindingId id, TlSeverity severity, TlFamily family);

G_END_DECLS
