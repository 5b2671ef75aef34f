/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/monitor.h"

#include "app/monitor-private.h"
#include "app/relevance.h"
#include "platform/source-util.h"

/* NetworkManager is waited for this long at the start; routes alone decide after that. */
#define NM_PATIENCE_MS 1000

enum { SIGNAL_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (TlMonitor, tl_monitor, G_TYPE_OBJECT)

/* The network has changed: whoever waits for answers needs new ones. */
static void
forget_answers (TlMonitor *self)
{
  tl_exit_watch_forget (self->exit_watch);
  tl_firewall_watch_forget (self->firewall_watch);
  tl_check_list_note_forgotten (self->checks);
}

static void
note_change (TlMonitor *self, const TlVerdict *bare)
{
  gint64 now = g_get_monotonic_time ();

  self->awaits_firewall |=
    tl_firewall_watch_has_blocked (self->firewall_watch) || tl_has_mark_question (bare);
  forget_answers (self);
  tl_settling_note_change (&self->settling, now);
  if (tl_has_new_tunnel (self->bare, bare))
    tl_settling_note_tunnel (&self->settling, now);
}

/* The first observation is no change: nothing is known to be about to come. */
static void
on_observed (const TlObservation *observation,
             const TlVerdict *bare,
             const TlVerdict *verdict,
             gboolean relevant,
             gboolean doubtful,
             gpointer user_data)
{
  g_autoptr (TlMonitor) self = g_object_ref (TL_MONITOR (user_data));
  gboolean turned;

  tl_monitor_note_doubt (self, doubtful);
  if (relevant)
    note_change (self, bare);
  else
    tl_firewall_watch_note_event (self->firewall_watch);
  /* A kill switch that was there before us is no flash of red. */
  if (self->observation == NULL && self->probing && tl_has_firewall_question (bare)) {
    self->awaits_firewall = TRUE;
    tl_settling_note_change (&self->settling, g_get_monotonic_time ());
  }
  g_clear_pointer (&self->bare, tl_verdict_unref);
  self->bare = tl_verdict_ref (bare);

  turned = tl_monitor_adopt (self, observation, verdict);
  tl_monitor_settle (self);
  if (turned)
    tl_monitor_ask_exits_again (self);
  tl_monitor_plan_firewall (self);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
  tl_monitor_advance_checks (self);
}

/*
 * tl_monitor_update:
 * @self: a monitor
 *
 * Observes anew, once there is something to observe.
 */
void
tl_monitor_update (TlMonitor *self)
{
  g_auto (TlAnswers) answers = TL_ANSWERS_NONE;

  if (tl_rtnl_get_state (self->rtnl) == NULL ||
      (tl_nm_watch_get_state (self->nm_watch) == NULL && !self->nm_given_up))
    return;

  self->is_behind = FALSE;
  tl_monitor_collect_answers (self, &answers);
  tl_observer_observe (self->observer, self->policy, tl_exit_watch_get_nat64 (self->exit_watch),
                       &answers);
}

static void
on_rtnl_changed (TlRtnl *rtnl, gpointer user_data)
{
  tl_monitor_update (TL_MONITOR (user_data));
}

/* Who sets a VPN up does so before telling: what it tells of may not be in the tables yet. */
static void
on_told (GObject *adapter, gpointer user_data)
{
  TlMonitor *self = TL_MONITOR (user_data);

  if (tl_rtnl_is_current (self->rtnl))
    tl_monitor_update (self);
  else
    self->is_behind = TRUE;
}

static void
on_rtnl_read (TlRtnl *rtnl, gpointer user_data)
{
  g_autoptr (TlMonitor) self = g_object_ref (TL_MONITOR (user_data));

  if (self->is_behind)
    tl_monitor_update (self);
  tl_monitor_take_waiting_answers (self);
  tl_check_list_note_read (self->checks);
  tl_monitor_advance_checks (self);
}

static gboolean
on_nm_patience_over (gpointer user_data)
{
  g_autoptr (TlMonitor) self = g_object_ref (TL_MONITOR (user_data));

  tl_source_clear (&self->nm_source);
  self->nm_given_up = TRUE;
  if (self->observation == NULL)
    tl_monitor_update (self);
  return G_SOURCE_REMOVE;
}

static void
tl_monitor_dispose (GObject *object)
{
  TlMonitor *self = TL_MONITOR (object);

  tl_source_clear (&self->settle_source);
  tl_source_clear (&self->doubt_source);
  tl_source_clear (&self->firewall_source);
  tl_source_clear (&self->nm_source);
  if (self->firewall_watch != NULL) {
    g_signal_handlers_disconnect_by_data (self->firewall_watch, self);
    /* A question on its way keeps it alive, and sends. */
    tl_firewall_watch_forget (self->firewall_watch);
  }
  if (self->exit_watch != NULL)
    g_signal_handlers_disconnect_by_data (self->exit_watch, self);
  if (self->rtnl != NULL)
    g_signal_handlers_disconnect_by_data (self->rtnl, self);
  if (self->nm_watch != NULL)
    g_signal_handlers_disconnect_by_data (self->nm_watch, self);
  if (self->resolv_conf != NULL)
    g_signal_handlers_disconnect_by_data (self->resolv_conf, self);
  g_clear_pointer (&self->observer, tl_observer_free);
  g_clear_object (&self->rtnl);
  g_clear_object (&self->nm_watch);
  g_clear_object (&self->resolv_conf);
  g_clear_object (&self->exit_watch);
  g_clear_object (&self->firewall_watch);

  G_OBJECT_CLASS (tl_monitor_parent_class)->dispose (object);
}

static void
tl_monitor_finalize (GObject *object)
{
  TlMonitor *self = TL_MONITOR (object);

  g_clear_pointer (&self->policy, tl_policy_unref);
  g_clear_pointer (&self->observation, tl_observation_unref);
  g_clear_pointer (&self->bare, tl_verdict_unref);
  g_clear_pointer (&self->verdict, tl_verdict_unref);
  tl_check_list_free (self->checks);
  g_ptr_array_unref (self->unjudged);

  G_OBJECT_CLASS (tl_monitor_parent_class)->finalize (object);
}

static void
tl_monitor_class_init (TlMonitorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = tl_monitor_dispose;
  object_class->finalize = tl_monitor_finalize;

  /**
   * TlMonitor::changed:
   *
   * The verdict, the light, or what is under way has changed.
   */
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tl_monitor_init (TlMonitor *self)
{
  self->may_ask = TRUE;
  self->firewall_watch = tl_firewall_watch_new ();
  self->checks = tl_monitor_check_list_new (self);
  self->unjudged = g_ptr_array_new_with_free_func (g_object_unref);
}

/**
 * tl_monitor_new:
 * @rtnl: the kernel
 * @nm_watch: NetworkManager
 * @resolv_conf: the C library's DNS servers
 * @exit_watch: the Internet
 * @policy: what IT has set
 *
 * Returns: (transfer full): a monitor that does nothing until tl_monitor_start()
 */
TlMonitor *
tl_monitor_new (TlRtnl *rtnl,
                TlNmWatch *nm_watch,
                TlResolvConf *resolv_conf,
                TlExitWatch *exit_watch,
                const TlPolicy *policy)
{
  TlMonitor *self = g_object_new (TL_TYPE_MONITOR, NULL);

  self->rtnl = g_object_ref (rtnl);
  self->nm_watch = g_object_ref (nm_watch);
  self->resolv_conf = g_object_ref (resolv_conf);
  self->observer =
    tl_observer_new (rtnl, nm_watch, resolv_conf, on_observed, tl_monitor_take_judged, self);
  self->exit_watch = g_object_ref (exit_watch);
  self->policy = tl_policy_ref (policy);
  return self;
}

/**
 * tl_monitor_start:
 * @self: a monitor
 *
 * Starts to watch, NetworkManager included.
 */
void
tl_monitor_start (TlMonitor *self)
{
  g_signal_connect (self->rtnl, "changed", G_CALLBACK (on_rtnl_changed), self);
  g_signal_connect (self->rtnl, "read", G_CALLBACK (on_rtnl_read), self);
  g_signal_connect (self->nm_watch, "changed", G_CALLBACK (on_told), self);
  g_signal_connect (self->resolv_conf, "changed", G_CALLBACK (on_told), self);
  tl_monitor_watch_answers (self);
  self->nm_source = tl_source_add_timeout (NULL, NM_PATIENCE_MS, on_nm_patience_over, self);
  tl_nm_watch_start (self->nm_watch);
  tl_monitor_update (self);
}

/**
 * tl_monitor_set_policy:
 * @self: a monitor
 * @policy: what IT has set now
 */
void
tl_monitor_set_policy (TlMonitor *self, const TlPolicy *policy)
{
  TlPolicy *kept = tl_policy_ref (policy);

  g_clear_pointer (&self->policy, tl_policy_unref);
  self->policy = kept;
  tl_monitor_update (self);
}

/**
 * tl_monitor_set_probing:
 * @self: a monitor
 * @probing: whether the Internet may be asked for the exit addresses by itself, after each
 *   relevant change that has settled, and the firewall
 */
void
tl_monitor_set_probing (TlMonitor *self, gboolean probing)
{
  self->probing = probing;
  if (probing && self->verdict != NULL && !self->settling.active &&
      !tl_exit_watch_get_asked (self->exit_watch)) {
    tl_exit_watch_ask (self->exit_watch, TL_EXIT_PROBE_TIMEOUT_MS);
    g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
  }
  tl_monitor_plan_firewall (self);
}

/**
 * tl_monitor_set_may_ask:
 * @self: a monitor
 * @may_ask: whether the Internet may be asked at all, even when somebody wants it for once
 */
void
tl_monitor_set_may_ask (TlMonitor *self, gboolean may_ask)
{
  self->may_ask = may_ask;
}

/**
 * tl_monitor_get_verdict:
 * @self: a monitor
 *
 * Returns: (transfer none) (nullable): what is known at this moment; %NULL before the kernel's
 *   tables were read for the first time
 */
const TlVerdict *
tl_monitor_get_verdict (TlMonitor *self)
{
  return self->verdict;
}

/**
 * tl_monitor_get_observation:
 * @self: a monitor
 *
 * Returns: (transfer none) (nullable): what the verdict was made from
 */
const TlObservation *
tl_monitor_get_observation (TlMonitor *self)
{
  return self->observation;
}

/**
 * tl_monitor_get_settling:
 * @self: a monitor
 *
 * Returns: whether relevant changes are still arriving
 */
gboolean
tl_monitor_get_settling (TlMonitor *self)
{
  return self->settling.active;
}

/**
 * tl_monitor_get_asking:
 * @self: a monitor
 *
 * Returns: whether the Internet is being asked right now
 */
gboolean
tl_monitor_get_asking (TlMonitor *self)
{
  return tl_exit_watch_get_asking (self->exit_watch);
}

/**
 * tl_monitor_get_light:
 * @self: a monitor
 *
 * Returns: the state to show: %TL_STATE_CHECKING until things have settled; but no VPN is no VPN
 */
TlState
tl_monitor_get_light (TlMonitor *self)
{
  if (self->verdict == NULL)
    return TL_STATE_CHECKING;
  if (self->settling.active && self->verdict->state != TL_STATE_NO_VPN)
    return TL_STATE_CHECKING;

  return self->verdict->state;
}

/**
 * tl_monitor_get_checked_at:
 * @self: a monitor
 *
 * Returns: when what is known was last checked, microseconds since the epoch; 0 for never
 */
gint64
tl_monitor_get_checked_at (TlMonitor *self)
{
  return self->checked_at;
}

/**
 * tl_monitor_get_fix_plans:
 * @self: a monitor
 * @method: (nullable): see tl_fix_plans()
 *
 * Returns: (transfer full) (element-type TlFixPlan): what could be done now, best first; empty
 *   before the first verdict
 */
GPtrArray *
tl_monitor_get_fix_plans (TlMonitor *self, const char *method)
{
  if (self->verdict == NULL)
    return g_ptr_array_new_with_free_func ((GDestroyNotify)tl_fix_plan_free);

  return tl_fix_plans (self->observation, self->policy, self->verdict, method);
}
