/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/observer.h"

#include "app/kernel-check.h"

#include <unistd.h>

struct _TlObserver {
  TlRtnl *rtnl;
  TlNmWatch *nm_watch;
  TlResolvConf *resolv_conf;
  TlVerdict *latest;        /* nullable: its tunnels know whether they were full */
  gint64 unconfirmed_since; /* monotonic, or 0 */
};

static gboolean
ask_kernel (const TlAddress *address, TlEgress *ret_egress, gpointer user_data)
{
  return tl_rtnl_lookup (user_data, address, NULL, ret_egress, NULL, NULL);
}

/*
 * The tables that were read and the kernel's answers are not of the same moment. What the kernel
 * does not confirm counts only when it is still so a little later.
 *
 * Returns: whether something was not confirmed that does not count yet
 */
static gboolean
check_with_kernel (TlObserver *self, TlObservation *observation)
{
  gint64 now = g_get_monotonic_time ();
  gboolean counts =
    self->unconfirmed_since != 0 &&
    now - self->unconfirmed_since >= TL_OBSERVER_RECHECK_MS * G_TIME_SPAN_MILLISECOND;
  gboolean confirmed = TRUE;

  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    TlCoverage **coverage = &observation->coverage[family];
    TlKernelWord word = TL_KERNEL_CONFIRMS;
    g_autoptr (TlCoverage) checked = tl_kernel_check (*coverage, ask_kernel, self->rtnl, &word);

    if (word == TL_KERNEL_CONFIRMS)
      continue;
    confirmed = FALSE;
    if (counts) {
      tl_coverage_unref (*coverage);
      *coverage = g_steal_pointer (&checked);
      observation->kernel[family] = word;
    }
  }

  if (confirmed)
    self->unconfirmed_since = 0;
  if (confirmed || self->unconfirmed_since != 0)
    return !confirmed && !counts;

  self->unconfirmed_since = now;
  tl_rtnl_refresh (self->rtnl);
  return TRUE;
}

static void
add_once_full (TlObservation *observation, const TlVerdict *verdict)
{
  for (guint i = 0; i < verdict->tunnels->len; i++) {
    const TlTunnel *tunnel = verdict->tunnels->pdata[i];

    if (tunnel->full)
      tl_observation_add_once_full (observation, tunnel->activation, tunnel->interface);
  }
}

/**
 * tl_observer_new:
 * @rtnl: the kernel
 * @nm_watch: NetworkManager
 * @resolv_conf: the C library's DNS servers
 *
 * Returns: (transfer full): an observer
 */
TlObserver *
tl_observer_new (TlRtnl *rtnl, TlNmWatch *nm_watch, TlResolvConf *resolv_conf)
{
  TlObserver *self = g_new0 (TlObserver, 1);

  self->rtnl = g_object_ref (rtnl);
  self->nm_watch = g_object_ref (nm_watch);
  self->resolv_conf = g_object_ref (resolv_conf);
  return self;
}

/**
 * tl_observer_free:
 * @self: (transfer full): an observer
 */
void
tl_observer_free (TlObserver *self)
{
  g_object_unref (self->rtnl);
  g_object_unref (self->nm_watch);
  g_object_unref (self->resolv_conf);
  g_clear_pointer (&self->latest, tl_verdict_unref);
  g_free (self);
}

/**
 * tl_observer_observe:
 * @self: an observer; the kernel's tables must have been read
 * @nat64: (element-type TlPrefix): where the uplinks have NAT64 translators
 * @ret_doubtful: (out): whether the kernel did not confirm what its tables read, which may be
 *   because they are behind: to be observed again after %TL_OBSERVER_RECHECK_MS
 *
 * Returns: (transfer full): what is known now, the Internet's word aside; to be filled before it is
 *   shared
 */
TlObservation *
tl_observer_observe (TlObserver *self, const GArray *nat64, gboolean *ret_doubtful)
{
  const TlNetState *net = tl_rtnl_get_state (self->rtnl);
  const TlNmState *nm = tl_nm_watch_get_state (self->nm_watch);
  g_autoptr (TlNmState) none = tl_nm_state_new ();
  TlObservation *observation = tl_observation_new (net, nm != NULL ? nm : none, getuid (), nat64);
  GPtrArray *resolvers = tl_resolv_conf_get_resolvers (self->resolv_conf);

  observation->resolvers = resolvers != NULL ? g_ptr_array_ref (resolvers) : NULL;
  *ret_doubtful = check_with_kernel (self, observation);
  if (self->latest != NULL)
    add_once_full (observation, self->latest);
  return observation;
}

/**
 * tl_observer_remember_full:
 * @self: an observer
 * @observation: an observation in the making
 * @verdict: what it means
 *
 * Tunnels stay known as full for their life: one that has lost its routes leaks, it is no split
 * tunnel.
 */
void
tl_observer_remember_full (TlObserver *self, TlObservation *observation, const TlVerdict *verdict)
{
  g_clear_pointer (&self->latest, tl_verdict_unref);
  self->latest = tl_verdict_ref (verdict);
  g_ptr_array_set_size (observation->once_full, 0);
  add_once_full (observation, verdict);
}
