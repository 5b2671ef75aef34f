/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "ui/presenter.h"

#include "app/describe.h"

/**
 * TlPresenter:
 *
 * Takes what is known from where it is known and hands it, as one value, to whoever shows it: tray,
 * notifications, the window while there is one, and the desktop's list of background applications
 * where no panel shows the light.
 */
struct _TlPresenter {
  GObject parent_instance;

  TlSettings *settings;
  TlMonitor *monitor;
  TlFixer *fixer;
  TlRunner *runner;
  TlTray *tray;
  TlNotifier *notifier;
  TlBackgroundStatus *background_status;
  TlWindow *window; /* weak */

  /* What the light was when the outcome was told: once it is another, the words are old. */
  gboolean has_outcome_light;
  TlState outcome_light;
};

G_DEFINE_FINAL_TYPE (TlPresenter, tl_presenter, G_TYPE_OBJECT)

/* Remembers the light that the outcome was told with. */
static void
note_outcome_light (TlPresenter *self, TlState light)
{
  if (tl_runner_get_outcome (self->runner) == NULL) {
    self->has_outcome_light = FALSE;
  } else if (!self->has_outcome_light && light != TL_STATE_CHECKING) {
    self->has_outcome_light = TRUE;
    self->outcome_light = light;
  }
}

static gboolean
is_outcome_old (TlPresenter *self, TlState light)
{
  return self->has_outcome_light && light != TL_STATE_CHECKING && light != self->outcome_light;
}

static gboolean
must_ask_consent (TlPresenter *self)
{
  return tl_settings_get_consent (self->settings) == TL_CONSENT_UNASKED &&
         tl_settings_get_policy (self->settings)->exit_checks;
}

/* Of the fix that an undo would take back. From the journal, so that it is known after a restart.
 */
static char *
describe_holds (GPtrArray *undoable, const TlVerdict *verdict)
{
  const TlJournalEntry *entry;

  if (undoable->len == 0 || verdict == NULL)
    return NULL;
  entry = g_ptr_array_index (undoable, 0);
  return tl_describe_fix_holds (entry->fix, entry->changes, verdict);
}

static void
update_background_status (TlPresenter *self, const TlSnapshot *snapshot)
{
  g_autofree char *headline = NULL;

  if (!tl_tray_get_hosted (self->tray))
    headline = tl_describe_headline (snapshot->verdict, snapshot->light);
  tl_background_status_set_message (self->background_status, headline);
}

static void
refresh (TlPresenter *self)
{
  g_autoptr (GPtrArray) plans = NULL;
  g_autoptr (GPtrArray) undoable = tl_fixer_get_undoable (self->fixer);
  const GError *policy_error = tl_settings_get_policy_error (self->settings);
  g_autofree char *holds = describe_holds (undoable, tl_monitor_get_verdict (self->monitor));
  TlSnapshot snapshot = {
    .verdict = tl_monitor_get_verdict (self->monitor),
    .light = tl_monitor_get_light (self->monitor),
    .settling = tl_monitor_get_settling (self->monitor),
    .asking = tl_monitor_get_asking (self->monitor),
    .can_undo = undoable->len > 0,
    .holds = holds,
    .job = tl_runner_get_job (self->runner),
    .outcome = tl_runner_get_outcome (self->runner),
    .checked_at = tl_monitor_get_checked_at (self->monitor),
    .ask_consent = must_ask_consent (self),
    .policy_error = policy_error ? policy_error->message : NULL,
  };

  note_outcome_light (self, snapshot.light);
  if (is_outcome_old (self, snapshot.light)) {
    tl_runner_forget_outcome (self->runner);
    return; /* it says `changed`, and that brings us here again */
  }

  if (snapshot.light == TL_STATE_LEAK)
    plans = tl_monitor_get_fix_plans (self->monitor, NULL);
  snapshot.plans = plans;

  tl_tray_update (self->tray, &snapshot);
  tl_notifier_update (self->notifier, &snapshot);
  if (self->window != NULL)
    tl_window_update (self->window, &snapshot);
  update_background_status (self, &snapshot);
}

static void
on_settings_changed (TlPresenter *self)
{
  tl_notifier_set_enabled (self->notifier,
                           tl_settings_get_flag (self->settings, TL_FLAG_NOTIFICATIONS));
  refresh (self);
}

static void
on_runner_done (TlPresenter *self)
{
  g_autoptr (GPtrArray) undoable = tl_fixer_get_undoable (self->fixer);

  tl_notifier_send_outcome (self->notifier, tl_runner_get_outcome (self->runner),
                            undoable->len > 0);
}

static void
tl_presenter_dispose (GObject *object)
{
  TlPresenter *self = TL_PRESENTER (object);

  g_clear_weak_pointer (&self->window);
  g_clear_object (&self->background_status);
  g_clear_object (&self->notifier);
  g_clear_object (&self->tray);
  g_clear_object (&self->runner);
  g_clear_object (&self->fixer);
  g_clear_object (&self->monitor);
  g_clear_object (&self->settings);

  G_OBJECT_CLASS (tl_presenter_parent_class)->dispose (object);
}

static void
tl_presenter_class_init (TlPresenterClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = tl_presenter_dispose;
}

static void
tl_presenter_init (TlPresenter *self)
{
}

/**
 * tl_presenter_new:
 * @backend: where verdicts, fixes and settings come from
 * @runner: what the person has asked for
 * @tray: the light
 * @notifier: notifications
 * @background_status: the desktop's list of background applications
 *
 * Returns: (transfer full): a presenter that shows things already
 */
TlPresenter *
tl_presenter_new (TlBackend *backend,
                  TlRunner *runner,
                  TlTray *tray,
                  TlNotifier *notifier,
                  TlBackgroundStatus *background_status)
{
  TlPresenter *self = g_object_new (TL_TYPE_PRESENTER, NULL);

  self->settings = g_object_ref (tl_backend_get_settings (backend));
  self->monitor = g_object_ref (tl_backend_get_monitor (backend));
  self->fixer = g_object_ref (tl_backend_get_fixer (backend));
  self->runner = g_object_ref (runner);
  self->tray = g_object_ref (tray);
  self->notifier = g_object_ref (notifier);
  self->background_status = g_object_ref (background_status);

  g_signal_connect_object (self->settings, "changed", G_CALLBACK (on_settings_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->monitor, "changed", G_CALLBACK (refresh), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->fixer, "changed", G_CALLBACK (refresh), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->runner, "changed", G_CALLBACK (refresh), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->runner, "done", G_CALLBACK (on_runner_done), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->tray, "hosted-changed", G_CALLBACK (refresh), self,
                           G_CONNECT_SWAPPED);
  on_settings_changed (self);

  return self;
}

/**
 * tl_presenter_set_window:
 * @self: the presenter
 * @window: (nullable): a window to fill; not kept alive
 */
void
tl_presenter_set_window (TlPresenter *self, TlWindow *window)
{
  g_set_weak_pointer (&self->window, window);
  refresh (self);
}

/**
 * tl_presenter_get_window:
 * @self: the presenter
 *
 * Returns: (transfer none) (nullable): the window, while there is one
 */
TlWindow *
tl_presenter_get_window (TlPresenter *self)
{
  return self->window;
}
