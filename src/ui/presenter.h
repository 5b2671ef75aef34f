/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "app/backend.h"
#include "ui/background-status.h"
#include "ui/notifier.h"
#include "ui/runner.h"
#include "ui/tray.h"
#include "ui/window.h"

G_BEGIN_DECLS

#define TL_TYPE_PRESENTER (tl_presenter_get_type ())
G_DECLARE_FINAL_TYPE (TlPresenter, tl_presenter, TL, PRESENTER, GObject)

TlPresenter *tl_presenter_new (TlBackend *backend,
                               TlRunner *runner,
                               TlTray *tray,
                               TlNotifier *notifier,
                               TlBackgroundStatus *background_status);
void tl_presenter_set_window (TlPresenter *self, TlWindow *window);
TlWindow *tl_presenter_get_window (TlPresenter *self);

G_END_DECLS
