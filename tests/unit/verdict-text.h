/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/verdict.h"

G_BEGIN_DECLS

/** VerdictCase: an observation and a policy in words of observation-text.h, and their verdict. */
typedef struct {
  const char *name;
  const char *net;
  const char *nm;
  const char *exits;
  const char *policy;
  const char *expected;
} VerdictCase;

char *verdict_to_text (const TlVerdict *verdict);
TlVerdict *verdict_case_judge (const VerdictCase *test);
void verdict_cases_add (const char *path, const VerdictCase *cases, gsize n_cases);

G_END_DECLS
