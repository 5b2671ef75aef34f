/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/policy.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define TL_TYPE_POLICY_FILE (tl_policy_file_get_type ())
G_DECLARE_FINAL_TYPE (TlPolicyFile, tl_policy_file, TL, POLICY_FILE, GObject)

TlPolicyFile *tl_policy_file_new (const char *name);
const TlPolicy *tl_policy_file_get_policy (TlPolicyFile *self);
const GError *tl_policy_file_get_error (TlPolicyFile *self);

G_END_DECLS
