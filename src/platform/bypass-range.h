/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/firewall.h"

G_BEGIN_DECLS

/** TlBypassRange: one range of a bypass probe, with the packets that are sent to it. */
typedef struct _TlBypassRange TlBypassRange;

typedef void (*TlBypassRangeFunc) (gpointer user_data);

TlBypassRange *tl_bypass_range_new (const TlCoverage *coverage,
                                    const TlSpan *span,
                                    guint n_samples,
                                    GRand *random);
TlBypassRange *tl_bypass_range_new_of_resolver (const TlSpan *span, GRand *random);
void tl_bypass_range_free (TlBypassRange *range);
void tl_bypass_range_send (TlBypassRange *range,
                           GMainContext *context,
                           TlBypassRangeFunc on_decided,
                           gpointer user_data);
gboolean tl_bypass_range_judge (TlBypassRange *range);
const TlFirewallAnswer *tl_bypass_range_get_answer (const TlBypassRange *range);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TlBypassRange, tl_bypass_range_free)

G_END_DECLS
