/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "app/fix-outcome.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* The JSON contract of tunnel-light-cli; it changes only with `format`. */
#define TL_JSON_FORMAT 1

JsonNode *tl_verdict_to_json (const TlVerdict *verdict,
                              const GPtrArray *plans,
                              gboolean settling,
                              gint64 time);
JsonNode *tl_fixes_to_json (const GPtrArray *plans);
JsonNode *tl_outcome_to_json (const TlFixOutcome *outcome, const GPtrArray *plans);

G_END_DECLS
