/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/policy.h"

G_BEGIN_DECLS

char *tl_describe_policy_fault (const TlPolicyFault *fault);

G_END_DECLS
