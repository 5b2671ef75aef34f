/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/nm-edit-private.h"

#include "core/error.h"
#include "platform/ip-edit.h"

/**
 * tl_nm_settings_parse:
 * @settings: (type a{sa{sv}}): a profile as NetworkManager sent it
 * @error: of libnm: #NMConnectionError
 *
 * libnm refuses a profile that has a setting it does not know, as a newer NetworkManager may send;
 * those are left out.
 *
 * Returns: (transfer full) (nullable): the profile
 */
NMConnection *
tl_nm_settings_parse (GVariant *settings, GError **error)
{
  g_autoptr (GVariant) known = NULL;
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{sa{sv}}"));
  GVariantIter iter;
  const char *name;
  GVariant *setting;

  g_variant_iter_init (&iter, settings);
  while (g_variant_iter_loop (&iter, "{&s@a{sv}}", &name, &setting)) {
    if (nm_setting_lookup_type (name) != G_TYPE_INVALID)
      g_variant_builder_add (&builder, "{s@a{sv}}", name, setting);
  }

  known = g_variant_ref_sink (g_variant_builder_end (&builder));
  return nm_simple_connection_new_from_dbus (known, error);
}

/**
 * tl_nm_edit_new:
 * @change: what shall be changed
 * @undo: whether to take it back
 *
 * Returns: (transfer full): an edit that has yet to be given a target and its settings
 */
TlNmEdit *
tl_nm_edit_new (const TlChange *change, gboolean undo)
{
  TlNmEdit *edit = g_rc_box_new0 (TlNmEdit);

  edit->change = tl_change_copy (change);
  edit->undo = undo;
  return edit;
}

/**
 * tl_nm_edit_ref:
 * @edit: an edit
 *
 * Returns: (transfer full): @edit
 */
TlNmEdit *
tl_nm_edit_ref (TlNmEdit *edit)
{
  return g_rc_box_acquire (edit);
}

static void
edit_clear (gpointer data)
{
  TlNmEdit *edit = data;

  tl_change_free (edit->change);
  g_clear_object (&edit->device);
  g_clear_object (&edit->profile);
  g_clear_object (&edit->old);
  g_clear_object (&edit->wanted);
}

/**
 * tl_nm_edit_unref:
 * @edit: (transfer full): an edit; one that is being committed lives on until that has ended
 */
void
tl_nm_edit_unref (TlNmEdit *edit)
{
  g_rc_box_release_full (edit, edit_clear);
}

/**
 * tl_nm_edit_get_change:
 * @edit: an edit
 *
 * Returns: (transfer none): what it changes: `from` is the value as it was read, `to` the one as it
 *   will be, `routes` those that are really added. An undo keeps the direction of what it takes
 *   back: `to` is the value as it was read, `from` the one as it will be.
 */
const TlChange *
tl_nm_edit_get_change (const TlNmEdit *edit)
{
  return edit->change;
}

/**
 * tl_nm_edit_is_noop:
 * @edit: an edit
 *
 * Returns: whether everything is already as it shall be
 */
gboolean
tl_nm_edit_is_noop (const TlNmEdit *edit)
{
  return nm_connection_compare (edit->old, edit->wanted, NM_SETTING_COMPARE_FLAG_EXACT);
}

/**
 * tl_nm_edit_set_old:
 * @edit: a new edit
 * @old: the settings as they are
 * @error: as tl_ip_edit_do() and tl_ip_edit_undo()
 *
 * Makes the settings as they shall be.
 *
 * Returns: whether they are ready
 */
gboolean
tl_nm_edit_set_old (TlNmEdit *edit, NMConnection *old, GError **error)
{
  edit->old = g_object_ref (old);
  edit->wanted = nm_simple_connection_new_clone (old);
  return edit->undo ? tl_ip_edit_undo (edit->wanted, edit->change, error)
                    : tl_ip_edit_do (edit->wanted, edit->change, error);
}

/**
 * tl_nm_edit_is_current:
 * @edit: an edit
 * @present: the settings as they are now
 *
 * Returns: whether nobody has changed anything since the edit was prepared
 */
gboolean
tl_nm_edit_is_current (const TlNmEdit *edit, NMConnection *present)
{
  /* NetworkManager stamps an active profile every few minutes */
  return nm_connection_compare (edit->old, present, NM_SETTING_COMPARE_FLAG_IGNORE_TIMESTAMP);
}

static const char *
setting_name (const TlNmEdit *edit)
{
  return nm_setting_get_name (
    NM_SETTING (tl_ip_edit_get_setting (edit->old, edit->change->family)));
}

static GVariant *
serialize_setting (const TlNmEdit *edit, NMConnection *connection)
{
  g_autoptr (GVariant) all =
    g_variant_ref_sink (nm_connection_to_dbus (connection, NM_CONNECTION_SERIALIZE_NO_SECRETS));

  return g_variant_lookup_value (all, setting_name (edit), G_VARIANT_TYPE_VARDICT);
}

/* NetworkManager sends some properties in two forms. libnm sends the new one only, so the other
 * must go with it: where the new one is left out for being empty, the old one would count. */
static const char *
old_form (const char *key)
{
  static const struct {
    const char *key;
    const char *old;
  } forms[] = {
    { "address-data", "addresses" },
    { "route-data", "routes" },
    { "dns-data", "dns" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (forms); i++) {
    if (g_str_equal (key, forms[i].key))
      return forms[i].old;
  }

  return key;
}

/* `dns-data` is younger than the oldest NetworkManager that this must work with: it needs the old
 * form, which a libnm that has the new one leaves out. */
static GVariant *
old_form_of_dns (NMSettingIPConfig *setting)
{
  guint n = nm_setting_ip_config_get_num_dns (setting);
  g_autoptr (GPtrArray) servers = g_ptr_array_new ();

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (servers, (char *)nm_setting_ip_config_get_dns (setting, i));
  g_ptr_array_add (servers, NULL);
  return NM_IS_SETTING_IP4_CONFIG (setting) ? nm_utils_ip4_dns_to_variant ((char **)servers->pdata)
                                            : nm_utils_ip6_dns_to_variant ((char **)servers->pdata);
}

static gboolean
has_same (GVariant *dict, const char *key, GVariant *value)
{
  g_autoptr (GVariant) other = g_variant_lookup_value (dict, key, NULL);

  return other && g_variant_equal (other, value);
}

/* What libnm makes of the old and of the new setting differs in what was edited alone: only that is
 * replaced. What this libnm does not know, or says in other words, stays. */
static GVariant *
splice_setting (const TlNmEdit *edit, GVariant *setting)
{
  g_autoptr (GVariant) old = serialize_setting (edit, edit->old);
  g_autoptr (GVariant) wanted = serialize_setting (edit, edit->wanted);
  NMSettingIPConfig *new_setting = tl_ip_edit_get_setting (edit->wanted, edit->change->family);
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (setting);
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_iter_init (&iter, old);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value)) {
    if (!has_same (wanted, key, value)) {
      g_variant_dict_remove (&dict, key);
      g_variant_dict_remove (&dict, old_form (key));
    }
  }

  g_variant_iter_init (&iter, wanted);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value)) {
    if (!has_same (old, key, value)) {
      g_variant_dict_remove (&dict, old_form (key));
      g_variant_dict_insert_value (&dict, key, value);
      if (g_str_equal (old_form (key), "dns"))
        g_variant_dict_insert_value (&dict, "dns", old_form_of_dns (new_setting));
    }
  }

  return g_variant_dict_end (&dict);
}

/**
 * tl_nm_edit_splice:
 * @edit: an edit of a profile
 * @settings: (type a{sa{sv}}): the profile as NetworkManager sent it
 *
 * Puts what was edited into the profile. All else goes back to the letter, also what a newer
 * NetworkManager has and this libnm does not know.
 *
 * Returns: (transfer floating): the profile as it shall be, of type a{sa{sv}}
 */
GVariant *
tl_nm_edit_splice (const TlNmEdit *edit, GVariant *settings)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{sa{sv}}"));
  GVariantIter iter;
  const char *name;
  GVariant *setting;

  g_variant_iter_init (&iter, settings);
  while (g_variant_iter_loop (&iter, "{&s@a{sv}}", &name, &setting)) {
    if (g_str_equal (name, setting_name (edit)))
      g_variant_builder_add (&builder, "{s@a{sv}}", name, splice_setting (edit, setting));
    else
      g_variant_builder_add (&builder, "{s@a{sv}}", name, setting);
  }

  return g_variant_builder_end (&builder);
}

/**
 * tl_nm_edit_check_kept:
 * @edit: an edit that was committed
 * @present: the settings as they were read back
 * @error: %TL_ERROR_FAILED, naming what was not kept
 *
 * NetworkManager's answer is not enough: what stores the profiles may rewrite them (Ubuntu's
 * netplan does).
 *
 * Returns: whether all of the edited setting is as it shall be
 */
gboolean
tl_nm_edit_check_kept (const TlNmEdit *edit, NMConnection *present, GError **error)
{
  NMSettingIPConfig *wanted = tl_ip_edit_get_setting (edit->wanted, edit->change->family);
  NMSettingIPConfig *kept = tl_ip_edit_get_setting (present, edit->change->family);
  g_autoptr (GHashTable) differences = NULL;
  g_autoptr (GList) names = NULL;
  g_autoptr (GString) text = g_string_new (NULL);

  if (nm_setting_diff (NM_SETTING (wanted), (NMSetting *)kept, NM_SETTING_COMPARE_FLAG_EXACT, FALSE,
                       &differences))
    return TRUE;

  names = g_list_sort (g_hash_table_get_keys (differences), (GCompareFunc)g_strcmp0);
  for (GList *name = names; name; name = name->next)
    g_string_append_printf (text, "%s%s.%s", text->len > 0 ? ", " : "", setting_name (edit),
                            (const char *)name->data);
  g_set_error (error, TL_ERROR, TL_ERROR_FAILED, "%s: was not kept: %s", edit->change->target,
               text->str);
  return FALSE;
}
