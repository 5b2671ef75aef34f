/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/settings.h"

#include "app/policy-file.h"
#include "config.h"

#define KEY_CONSENT "exit-checks-consent"

/* The keys of the schema, and what they are where there is none. */
static const struct {
  const char *key;
  gboolean built_in;
} flags[] = {
  [TL_FLAG_EXIT_CHECKS] = { "exit-checks", TRUE },
  [TL_FLAG_NOTIFICATIONS] = { "notifications", TRUE },
  [TL_FLAG_TRAY_HINT_SHOWN] = { "tray-hint-shown", FALSE },
  [TL_FLAG_FIRST_START_DONE] = { "first-start-done", FALSE },
};

/* Without a schema, and without a list in it: services that answer with the caller's address under
 * a name that has addresses of one family alone. */
static const char *const built_in_urls[TL_N_FAMILIES][5] = {
  [TL_FAMILY_IPV4] = { "https://ipv4.icanhazip.com", "https://v4.ident.me",
                       "https://api4.ipify.org", "https://ipv4.am.i.mullvad.net/json", NULL },
  [TL_FAMILY_IPV6] = { "https://ipv6.icanhazip.com", "https://v6.ident.me",
                       "https://api6.ipify.org", "https://ipv6.am.i.mullvad.net/json", NULL },
};
static const char *const url_keys[TL_N_FAMILIES] = {
  [TL_FAMILY_IPV4] = "exit-services-ipv4",
  [TL_FAMILY_IPV6] = "exit-services-ipv6",
};

/**
 * TlSettings:
 *
 * What the person and the organisation want. The person's word is in GSettings, or for the length
 * of the process in here where the schema is not installed; the organisation's is the policy file.
 * Where both speak of the same, the methods say who wins.
 */
struct _TlSettings {
  GObject parent_instance;

  GSettings *settings; /* nullable: no schema */
  GHashTable *unsaved; /* key -> int, in place of it */

  TlPolicyFile *policy_file;
};

enum {
  SIGNAL_CHANGED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (TlSettings, tl_settings, G_TYPE_OBJECT)

/* g_settings_new() ends the program where the schema is missing. */
static GSettings *
open_settings (void)
{
  GSettingsSchemaSource *source = g_settings_schema_source_get_default ();
  g_autoptr (GSettingsSchema) schema =
    source != NULL ? g_settings_schema_source_lookup (source, TL_APP_ID, TRUE) : NULL;

  return schema != NULL ? g_settings_new_full (schema, NULL, NULL) : NULL;
}

/* An older schema may be installed than the one that this program knows. */
static gboolean
has_key (TlSettings *self, const char *key)
{
  g_autoptr (GSettingsSchema) schema = NULL;

  if (self->settings == NULL)
    return FALSE;

  g_object_get (self->settings, "settings-schema", &schema, NULL);
  return g_settings_schema_has_key (schema, key);
}

static int
get_unsaved (TlSettings *self, const char *key, int built_in)
{
  gpointer value;

  return g_hash_table_lookup_extended (self->unsaved, key, NULL, &value) ? GPOINTER_TO_INT (value)
                                                                         : built_in;
}

static void
set_unsaved (TlSettings *self, const char *key, int value)
{
  g_hash_table_insert (self->unsaved, g_strdup (key), GINT_TO_POINTER (value));
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
on_setting_changed (GSettings *settings, const char *key, gpointer user_data)
{
  g_signal_emit (user_data, signals[SIGNAL_CHANGED], 0);
}

static void
on_policy_changed (TlSettings *self)
{
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
tl_settings_dispose (GObject *object)
{
  TlSettings *self = TL_SETTINGS (object);

  if (self->policy_file != NULL)
    g_signal_handlers_disconnect_by_data (self->policy_file, self);
  g_clear_object (&self->policy_file);
  if (self->settings != NULL)
    g_signal_handlers_disconnect_by_data (self->settings, self);
  g_clear_object (&self->settings);

  G_OBJECT_CLASS (tl_settings_parent_class)->dispose (object);
}

static void
tl_settings_finalize (GObject *object)
{
  TlSettings *self = TL_SETTINGS (object);

  g_hash_table_unref (self->unsaved);

  G_OBJECT_CLASS (tl_settings_parent_class)->finalize (object);
}

static void
tl_settings_class_init (TlSettingsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = tl_settings_dispose;
  object_class->finalize = tl_settings_finalize;

  /**
   * TlSettings::changed:
   *
   * Something that a method of this class answers is different, or the policy's error is.
   */
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", TL_TYPE_SETTINGS, G_SIGNAL_RUN_LAST, 0, NULL,
                                          NULL, NULL, G_TYPE_NONE, 0);
}

static void
tl_settings_init (TlSettings *self)
{
  self->unsaved = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->settings = open_settings ();
  if (self->settings != NULL)
    g_signal_connect (self->settings, "changed", G_CALLBACK (on_setting_changed), self);
}

/**
 * tl_settings_new:
 * @policy_file: (nullable): see tl_policy_file_new()
 *
 * Returns: (transfer full): the settings; a policy that cannot be read is told by
 *   tl_settings_get_policy_error()
 */
TlSettings *
tl_settings_new (const char *policy_file)
{
  TlSettings *self = g_object_new (TL_TYPE_SETTINGS, NULL);

  self->policy_file = tl_policy_file_new (policy_file);
  g_signal_connect_swapped (self->policy_file, "changed", G_CALLBACK (on_policy_changed), self);

  return self;
}

/**
 * tl_settings_get_policy:
 * @self: the settings
 *
 * Returns: (transfer none): the last policy that was good; an empty one where there is none
 */
const TlPolicy *
tl_settings_get_policy (TlSettings *self)
{
  g_return_val_if_fail (TL_IS_SETTINGS (self), NULL);

  return tl_policy_file_get_policy (self->policy_file);
}

/**
 * tl_settings_get_policy_error:
 * @self: the settings
 *
 * Returns: (transfer none) (nullable): see tl_policy_file_get_error()
 */
const GError *
tl_settings_get_policy_error (TlSettings *self)
{
  g_return_val_if_fail (TL_IS_SETTINGS (self), NULL);

  return tl_policy_file_get_error (self->policy_file);
}

/**
 * tl_settings_get_consent:
 * @self: the settings
 *
 * Returns: what the person answered at the first start
 */
TlConsent
tl_settings_get_consent (TlSettings *self)
{
  g_return_val_if_fail (TL_IS_SETTINGS (self), TL_CONSENT_UNASKED);

  return has_key (self, KEY_CONSENT)
           ? (TlConsent)g_settings_get_enum (self->settings, KEY_CONSENT)
           : (TlConsent)get_unsaved (self, KEY_CONSENT, TL_CONSENT_UNASKED);
}

/**
 * tl_settings_set_consent:
 * @self: the settings
 * @consent: the person's answer
 */
void
tl_settings_set_consent (TlSettings *self, TlConsent consent)
{
  g_return_if_fail (TL_IS_SETTINGS (self));

  if (has_key (self, KEY_CONSENT))
    g_settings_set_enum (self->settings, KEY_CONSENT, consent);
  else
    set_unsaved (self, KEY_CONSENT, consent);
}

/**
 * tl_settings_get_probing:
 * @self: the settings
 *
 * Whether exit services may be asked without being told to. The policy's no wins over everything,
 * then the person's no; the policy's yes stands for the answer of a person who was not asked.
 *
 * Returns: whether to ask by itself
 */
gboolean
tl_settings_get_probing (TlSettings *self)
{
  const TlPolicy *policy;
  TlConsent consent;

  g_return_val_if_fail (TL_IS_SETTINGS (self), FALSE);

  policy = tl_policy_file_get_policy (self->policy_file);
  if (!policy->exit_checks || !tl_settings_get_flag (self, TL_FLAG_EXIT_CHECKS))
    return FALSE;

  consent = tl_settings_get_consent (self);
  return consent == TL_CONSENT_UNASKED ? policy->exit_consent : consent == TL_CONSENT_YES;
}

/**
 * tl_settings_get_flag:
 * @self: the settings
 * @flag: which
 *
 * Returns: its value; where there is no schema, what was set before in this process
 */
gboolean
tl_settings_get_flag (TlSettings *self, TlFlag flag)
{
  g_return_val_if_fail (TL_IS_SETTINGS (self), FALSE);

  return has_key (self, flags[flag].key)
           ? g_settings_get_boolean (self->settings, flags[flag].key)
           : get_unsaved (self, flags[flag].key, flags[flag].built_in);
}

/**
 * tl_settings_set_flag:
 * @self: the settings
 * @flag: which
 * @value: its new value
 */
void
tl_settings_set_flag (TlSettings *self, TlFlag flag, gboolean value)
{
  g_return_if_fail (TL_IS_SETTINGS (self));

  if (has_key (self, flags[flag].key))
    g_settings_set_boolean (self->settings, flags[flag].key, value);
  else
    set_unsaved (self, flags[flag].key, value);
}

/**
 * tl_settings_dup_urls:
 * @self: the settings
 * @family: a family
 *
 * Returns: (transfer full): services to ask for the exit address, in turn: the policy's, else the
 *   person's, else those built in; never empty
 */
char **
tl_settings_dup_urls (TlSettings *self, TlFamily family)
{
  const TlPolicy *policy;
  g_auto (GStrv) urls = NULL;

  g_return_val_if_fail (TL_IS_SETTINGS (self), NULL);

  policy = tl_policy_file_get_policy (self->policy_file);
  if (policy->probe_urls[family] != NULL)
    return g_strdupv (policy->probe_urls[family]);

  if (has_key (self, url_keys[family]))
    urls = g_settings_get_strv (self->settings, url_keys[family]);
  if (urls != NULL && urls[0] != NULL)
    return g_steal_pointer (&urls);

  return g_strdupv ((char **)built_in_urls[family]);
}
