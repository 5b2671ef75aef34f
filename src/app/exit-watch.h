/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/verdict.h"
#include "platform/exit-probe.h"
#include "platform/pref64-watch.h"
#include "platform/rtnl.h"

G_BEGIN_DECLS

#define TL_TYPE_EXIT_WATCH (tl_exit_watch_get_type ())
G_DECLARE_FINAL_TYPE (TlExitWatch, tl_exit_watch, TL, EXIT_WATCH, GObject)

TlExitWatch *tl_exit_watch_new (TlRtnl *rtnl,
                                TlExitProbe *ipv4_probe,
                                TlExitProbe *ipv6_probe,
                                TlPref64Watch *pref64_watch);
void tl_exit_watch_ask (TlExitWatch *self, guint timeout_ms);
void tl_exit_watch_give_up (TlExitWatch *self);
void tl_exit_watch_note_closed (TlExitWatch *self, TlFamily family, gboolean closed);
void tl_exit_watch_forget (TlExitWatch *self);
void tl_exit_watch_note_verdict (TlExitWatch *self,
                                 const TlObservation *observation,
                                 const TlVerdict *verdict);
void tl_exit_watch_fill (TlExitWatch *self, TlAnswers *answers);
const GArray *tl_exit_watch_get_nat64 (TlExitWatch *self);
gboolean tl_exit_watch_get_asked (TlExitWatch *self);
gboolean tl_exit_watch_get_asking (TlExitWatch *self);

G_END_DECLS
