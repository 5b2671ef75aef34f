/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "app/fixer.h"

G_BEGIN_DECLS

/* Verdicts and fixes as text for a terminal or for a mail to the help desk. */
char *tl_report_verdict (const TlVerdict *verdict, const GPtrArray *plans);
char *tl_report_fixes (const TlVerdict *verdict, const GPtrArray *plans);
char *tl_report_outcome (const TlFixOutcome *outcome, gboolean undo);
char *tl_report_line (const TlVerdict *verdict, gboolean settling);

G_END_DECLS
