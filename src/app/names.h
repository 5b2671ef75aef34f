/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/verdict.h"

G_BEGIN_DECLS

/* Names of people's VPNs and connections, made fit for a sentence. */
char *tl_name_clean (const char *name);
char *tl_name_quote (const char *name);
char *tl_names_of_tunnels (const TlVerdict *verdict, TlFamily family);
char *tl_names_of_uplinks (const TlVerdict *verdict, TlFamily family);

G_END_DECLS
