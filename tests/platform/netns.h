/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

void netns_init (void);
void netns_enter_new (void);
void netns_ip (const char *arguments, ...) G_GNUC_PRINTF (1, 2);
void netns_ip_batch (const char *commands);
void netns_ip_try_batch (const char *options, const char *commands);
char *netns_ip_output (const char *arguments);
void netns_wait_for_carrier (const char *link);

G_END_DECLS
