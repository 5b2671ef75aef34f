/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/policy.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/** TlConsent: whether automatic questions to exit services are allowed by the person. */
typedef enum {
  TL_CONSENT_UNASKED,
  TL_CONSENT_YES,
  TL_CONSENT_NO,
} TlConsent;

/**
 * TlFlag: settings that are true or false
 * @TL_FLAG_EXIT_CHECKS: the person lets exit addresses be asked for
 * @TL_FLAG_NOTIFICATIONS: the person wants notifications
 * @TL_FLAG_TRAY_HINT_SHOWN: it was said what would show the light
 * @TL_FLAG_FIRST_START_DONE: the window has come up by itself
 */
typedef enum {
  TL_FLAG_EXIT_CHECKS,
  TL_FLAG_NOTIFICATIONS,
  TL_FLAG_TRAY_HINT_SHOWN,
  TL_FLAG_FIRST_START_DONE,
} TlFlag;

#define TL_TYPE_SETTINGS (tl_settings_get_type ())
G_DECLARE_FINAL_TYPE (TlSettings, tl_settings, TL, SETTINGS, GObject)

TlSettings *tl_settings_new (const char *policy_file);
const TlPolicy *tl_settings_get_policy (TlSettings *self);
const GError *tl_settings_get_policy_error (TlSettings *self);
TlConsent tl_settings_get_consent (TlSettings *self);
void tl_settings_set_consent (TlSettings *self, TlConsent consent);
gboolean tl_settings_get_probing (TlSettings *self);
gboolean tl_settings_get_flag (TlSettings *self, TlFlag flag);
void tl_settings_set_flag (TlSettings *self, TlFlag flag, gboolean value);
char **tl_settings_dup_urls (TlSettings *self, TlFamily family);

G_END_DECLS
