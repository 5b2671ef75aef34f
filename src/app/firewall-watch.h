/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/verdict.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/** TL_FIREWALL_AGAIN_MS: asked again no sooner than so many milliseconds after the last time. */
#define TL_FIREWALL_AGAIN_MS 1000
/** TL_FIREWALL_GOOD_MS: so long "blocked" is good while nothing changes, and what is said of marks.
 */
#define TL_FIREWALL_GOOD_MS 60000

#define TL_TYPE_FIREWALL_WATCH (tl_firewall_watch_get_type ())
G_DECLARE_FINAL_TYPE (TlFirewallWatch, tl_firewall_watch, TL, FIREWALL_WATCH, GObject)

TlFirewallWatch *tl_firewall_watch_new (void);
gboolean tl_firewall_watch_ask (TlFirewallWatch *self,
                                const TlObservation *observation,
                                const TlVerdict *bare);
void tl_firewall_watch_forget (TlFirewallWatch *self);
void tl_firewall_watch_note_event (TlFirewallWatch *self);
void tl_firewall_watch_fill (TlFirewallWatch *self, TlAnswers *answers);
gboolean tl_firewall_watch_has_blocked (TlFirewallWatch *self);
gboolean tl_firewall_watch_get_asking (TlFirewallWatch *self);
gint64 tl_firewall_watch_get_due (TlFirewallWatch *self, gboolean by_itself, gint64 quiet);

gboolean tl_has_mark_question (const TlVerdict *bare);
gboolean tl_has_firewall_question (const TlVerdict *bare);

G_END_DECLS
