/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/backend.h"

#include "app/exit-watch.h"

/**
 * TlBackend:
 *
 * Everything below the user interfaces, put together: makes the one object of each kind that a
 * process has, hands them to each other, and passes on what changes in the settings.
 */
struct _TlBackend {
  GObject parent_instance;

  TlSettings *settings;
  TlRtnl *rtnl;
  TlNmWatch *nm_watch;
  TlExitProbe *probes[TL_N_FAMILIES];
  TlMonitor *monitor;
  TlNmActions *actions;
  TlUndoJournal *journal;
  TlFixer *fixer;

  TlProbing probing;
  gboolean started;
};

G_DEFINE_FINAL_TYPE (TlBackend, tl_backend, G_TYPE_OBJECT)

static void
update_probing (TlBackend *self)
{
  gboolean may_ask =
    self->probing != TL_PROBING_OFF && tl_settings_get_policy (self->settings)->exit_checks;
  gboolean by_itself = self->probing == TL_PROBING_BY_SETTINGS
                         ? tl_settings_get_probing (self->settings)
                         : self->probing == TL_PROBING_ON;

  tl_monitor_set_may_ask (self->monitor, may_ask);
  tl_monitor_set_probing (self->monitor, may_ask && by_itself);
}

static void
on_settings_changed (TlBackend *self)
{
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    g_auto (GStrv) urls = tl_settings_dup_urls (self->settings, family);

    tl_exit_probe_set_urls (self->probes[family], (const char *const *)urls);
  }
  tl_monitor_set_policy (self->monitor, tl_settings_get_policy (self->settings));
  if (self->started)
    update_probing (self);
}

static void
tl_backend_dispose (GObject *object)
{
  TlBackend *self = TL_BACKEND (object);

  /* Who uses comes before who is used. */
  g_clear_object (&self->fixer);
  g_clear_object (&self->journal);
  g_clear_object (&self->actions);
  g_clear_object (&self->monitor);
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++)
    g_clear_object (&self->probes[family]);
  g_clear_object (&self->nm_watch);
  g_clear_object (&self->rtnl);
  g_clear_object (&self->settings);

  G_OBJECT_CLASS (tl_backend_parent_class)->dispose (object);
}

static void
tl_backend_class_init (TlBackendClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = tl_backend_dispose;
}

static void
tl_backend_init (TlBackend *self)
{
}

/**
 * tl_backend_new:
 * @policy_file: (nullable): a policy file, `-` for standard input, %NULL for the system's
 * @error: return location: %TL_ERROR_FAILED or %TL_ERROR_UNSUPPORTED where the kernel's tables
 *   cannot be read; nothing can be judged then
 *
 * A policy that cannot be used is no error here: ask tl_settings_get_policy_error().
 *
 * Returns: (transfer full): a new backend that does nothing yet
 */
TlBackend *
tl_backend_new (const char *policy_file, GError **error)
{
  g_autoptr (TlBackend) self = g_object_new (TL_TYPE_BACKEND, NULL);
  g_autoptr (TlPref64Watch) pref64_watch = NULL;
  g_autoptr (TlResolvConf) resolv_conf = NULL;
  g_autoptr (TlExitWatch) exit_watch = NULL;

  self->rtnl = tl_rtnl_new (error);
  if (self->rtnl == NULL)
    return NULL;

  self->settings = tl_settings_new (policy_file);
  self->nm_watch = tl_nm_watch_new ();
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    g_auto (GStrv) urls = tl_settings_dup_urls (self->settings, family);

    self->probes[family] = tl_exit_probe_new (family, (const char *const *)urls);
  }
  pref64_watch = tl_pref64_watch_new ();
  exit_watch = tl_exit_watch_new (self->rtnl, self->probes[TL_FAMILY_IPV4],
                                  self->probes[TL_FAMILY_IPV6], pref64_watch);
  resolv_conf = tl_resolv_conf_new (TL_RESOLV_CONF_FILE);
  self->monitor = tl_monitor_new (self->rtnl, self->nm_watch, resolv_conf, exit_watch,
                                  tl_settings_get_policy (self->settings));
  self->actions = tl_nm_actions_new (self->nm_watch);
  self->journal = tl_undo_journal_new (NULL);
  self->fixer = tl_fixer_new (self->monitor, self->actions, self->journal);

  g_signal_connect_object (self->settings, "changed", G_CALLBACK (on_settings_changed), self,
                           G_CONNECT_SWAPPED);

  return g_steal_pointer (&self);
}

/**
 * tl_backend_start:
 * @self: a backend
 * @probing: who decides whether exit addresses are asked for
 *
 * Starts to observe. Once.
 */
void
tl_backend_start (TlBackend *self, TlProbing probing)
{
  g_return_if_fail (TL_IS_BACKEND (self));
  g_return_if_fail (!self->started);

  self->started = TRUE;
  self->probing = probing;
  update_probing (self);
  tl_monitor_start (self->monitor);
}

/**
 * tl_backend_get_settings:
 * @self: a backend
 *
 * Returns: (transfer none): the settings
 */
TlSettings *
tl_backend_get_settings (TlBackend *self)
{
  g_return_val_if_fail (TL_IS_BACKEND (self), NULL);

  return self->settings;
}

/**
 * tl_backend_get_monitor:
 * @self: a backend
 *
 * Returns: (transfer none): the monitor
 */
TlMonitor *
tl_backend_get_monitor (TlBackend *self)
{
  g_return_val_if_fail (TL_IS_BACKEND (self), NULL);

  return self->monitor;
}

/**
 * tl_backend_get_fixer:
 * @self: a backend
 *
 * Returns: (transfer none): the fixer
 */
TlFixer *
tl_backend_get_fixer (TlBackend *self)
{
  g_return_val_if_fail (TL_IS_BACKEND (self), NULL);

  return self->fixer;
}
