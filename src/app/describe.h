/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "app/fix-outcome.h"

G_BEGIN_DECLS

/*
 * Verdicts and fixes put into words. All return text in the person's language, plain, without
 * markup; (transfer full) where it is a `char *`.
 */
const char *tl_describe_icon_name (TlState state);
char *tl_describe_headline (const TlVerdict *verdict, TlState light);
char *tl_describe_explanation (const TlVerdict *verdict, TlState light);
const char *tl_describe_tri (TlTri value);
const char *tl_describe_status (TlStatus status);
const char *tl_describe_family_status (const TlVerdict *verdict, TlFamily family);
char *tl_describe_exit (const TlFamilyVerdict *family);
char *tl_describe_finding (const TlFinding *finding, const TlVerdict *verdict);
char *tl_describe_resolvers (const TlFinding *finding, const GPtrArray *addresses);
char *tl_describe_bypass (const TlBypass *entry);
char *tl_describe_fix_title (TlFixId id, const TlVerdict *verdict);
char *tl_describe_fix_command (const TlFixPlan *plan, const TlVerdict *verdict);
char *tl_describe_fix_effect (const TlFixPlan *plan, const TlVerdict *verdict);
char *tl_describe_fix_holds (TlFixId fix, const GPtrArray *changes, const TlVerdict *verdict);
const char *tl_describe_fix_lasts (TlLasts lasts);
const char *tl_describe_fix_reason (TlFixReason reason, const TlVerdict *verdict);
char *tl_describe_change (const TlChange *change);
char *tl_describe_outcome (const TlFixOutcome *outcome, gboolean undo);
int tl_describe_exit_code (const TlVerdict *verdict);

G_END_DECLS
