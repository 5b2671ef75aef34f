/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/verdict.h"

G_BEGIN_DECLS

/** TL_BYPASS_SHOWN: how many ranges are shown at most; there can be very many. */
#define TL_BYPASS_SHOWN 20

/**
 * TlBypassRest:
 * @ranges: how many ranges are not shown
 * @share: which part of the family's public space they are, 0 to 1; for show only
 */
typedef struct {
  guint ranges;
  double share;
} TlBypassRest;

GPtrArray *tl_widest_bypasses (const TlFamilyVerdict *family, guint most, TlBypassRest *ret_rest);

G_END_DECLS
