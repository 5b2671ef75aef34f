/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "app/exit-watch.h"
#include "core/error.h"
#include "core/fix-plan.h"
#include "platform/nm-watch.h"
#include "platform/resolv-conf.h"
#include "platform/rtnl.h"

G_BEGIN_DECLS

#define TL_TYPE_MONITOR (tl_monitor_get_type ())
G_DECLARE_FINAL_TYPE (TlMonitor, tl_monitor, TL, MONITOR, GObject)

TlMonitor *tl_monitor_new (TlRtnl *rtnl,
                           TlNmWatch *nm_watch,
                           TlResolvConf *resolv_conf,
                           TlExitWatch *exit_watch,
                           const TlPolicy *policy);
void tl_monitor_start (TlMonitor *self);
void tl_monitor_set_policy (TlMonitor *self, const TlPolicy *policy);
void tl_monitor_set_may_ask (TlMonitor *self, gboolean may_ask);
void tl_monitor_set_probing (TlMonitor *self, gboolean probing);

const TlVerdict *tl_monitor_get_verdict (TlMonitor *self);
const TlObservation *tl_monitor_get_observation (TlMonitor *self);
gboolean tl_monitor_get_settling (TlMonitor *self);
gboolean tl_monitor_get_asking (TlMonitor *self);
TlState tl_monitor_get_light (TlMonitor *self);
gint64 tl_monitor_get_checked_at (TlMonitor *self);
GPtrArray *tl_monitor_get_fix_plans (TlMonitor *self, const char *method);

void tl_monitor_check (TlMonitor *self,
                       gboolean ask_exits,
                       guint timeout_ms,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data);
gboolean tl_monitor_check_finish (TlMonitor *self, GAsyncResult *result, GError **error);

G_END_DECLS
