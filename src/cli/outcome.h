/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "app/fixer.h"
#include "cli/session.h"

G_BEGIN_DECLS

int tl_outcome_print (const TlFixOutcome *outcome,
                      gboolean undo,
                      const TlOptions *options,
                      TlSession *session);

G_END_DECLS
