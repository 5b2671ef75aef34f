/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/fix-plan.h"

G_BEGIN_DECLS

TlObservation *tl_fix_plan_predict (const TlFixPlan *plan, const TlObservation *observation);
TlFixReason tl_fix_plan_check (const TlFixPlan *plan,
                               const TlObservation *observation,
                               const TlPolicy *policy,
                               const TlVerdict *before);

G_END_DECLS
