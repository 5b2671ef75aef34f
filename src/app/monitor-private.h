/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "app/check-list.h"
#include "app/firewall-watch.h"
#include "app/monitor.h"
#include "app/observer.h"
#include "app/settling.h"

G_BEGIN_DECLS

/* Between the files that make a monitor. */

/**
 * TlMonitor:
 *
 * Keeps the verdict up to date: puts what the adapters see together into observations, has them
 * judged, and knows when things have settled and when the Internet should be asked. Everything is
 * driven by events; it has timers only while something is under way.
 *
 * `changed` is emitted when the verdict, the light, or what is under way has changed.
 */
struct _TlMonitor {
  GObject parent_instance;

  TlRtnl *rtnl;
  TlNmWatch *nm_watch;
  TlResolvConf *resolv_conf;
  TlObserver *observer;
  TlExitWatch *exit_watch;
  TlFirewallWatch *firewall_watch;
  TlPolicy *policy;
  gboolean probing;
  gboolean may_ask;

  TlObservation *observation;
  TlVerdict *bare; /* by routes alone: what decides whether a change is relevant */
  TlVerdict *verdict;
  gint64 checked_at;

  TlSettling settling;
  gboolean awaits_firewall; /* its word belongs to what is settling */
  gboolean is_behind;       /* something was told, and waits for the tables to be read */
  gboolean awaits_tables;   /* there are answers that may be of a change not read yet */
  GSource *settle_source;
  GSource *doubt_source;    /* while the kernel has not confirmed what is known */
  GSource *firewall_source; /* while the firewall is to be asked later */
  GSource *nm_source;
  gboolean nm_given_up;

  TlCheckList *checks;
  GPtrArray *unjudged; /* GTask: checks that have ended, and whose answers are being judged */
};

TlCheckList *tl_monitor_check_list_new (TlMonitor *self);
void tl_monitor_advance_checks (TlMonitor *self);
void tl_monitor_update (TlMonitor *self);

void tl_monitor_settle (TlMonitor *self);
void tl_monitor_note_doubt (TlMonitor *self, gboolean doubtful);

void tl_monitor_watch_answers (TlMonitor *self);
void tl_monitor_take_waiting_answers (TlMonitor *self);
void tl_monitor_collect_answers (TlMonitor *self, TlAnswers *answers);
void tl_monitor_take_judged (const TlObservation *observation,
                             const TlVerdict *verdict,
                             gpointer user_data);
gboolean
tl_monitor_adopt (TlMonitor *self, const TlObservation *observation, const TlVerdict *verdict);
void tl_monitor_ask_exits_again (TlMonitor *self);
void tl_monitor_plan_firewall (TlMonitor *self);
gboolean tl_monitor_ask_firewall (TlMonitor *self);

G_END_DECLS
