/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/journal-format.h"

#include "core/error.h"

#define FORMAT        1
#define JOURNAL_GROUP "Journal"

static const char *const target_kinds[] = {
  [TL_TARGET_LINK] = "link",
  [TL_TARGET_PROFILE] = "profile",
};
static const char *const settings[] = {
  [TL_SETTING_ROUTES] = "routes",
  [TL_SETTING_METHOD] = "method",
};
static const char *const families[] = {
  [TL_FAMILY_IPV4] = "ipv4",
  [TL_FAMILY_IPV6] = "ipv6",
};

/* A missing key is %NULL. What is not UTF-8 could not be read again. */
static gboolean
write_string (GKeyFile *keys, const char *group, const char *key, const char *value, GError **error)
{
  if (value == NULL)
    return TRUE;
  if (!g_utf8_validate (value, -1, NULL)) {
    g_set_error (error, TL_ERROR, TL_ERROR_INVALID, "%s is not UTF-8 text", key);
    return FALSE;
  }

  g_key_file_set_string (keys, group, key, value);
  return TRUE;
}

static void
write_routes (GKeyFile *keys, const char *group, const GArray *routes)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < routes->len; i++)
    g_ptr_array_add (texts, tl_prefix_to_string (&g_array_index (routes, TlPrefix, i)));

  g_key_file_set_string_list (keys, group, "Routes", (const char *const *)texts->pdata, texts->len);
}

static gboolean
write_change (GKeyFile *keys, const char *group, const TlChange *change, GError **error)
{
  g_key_file_set_string (keys, group, "TargetKind", target_kinds[change->target_kind]);
  g_key_file_set_string (keys, group, "Family", families[change->family]);
  g_key_file_set_string (keys, group, "Setting", settings[change->setting]);
  g_key_file_set_integer (keys, group, "Ifindex", change->ifindex);
  write_routes (keys, group, change->routes);

  return write_string (keys, group, "Target", change->target, error) &&
         write_string (keys, group, "Uuid", change->uuid, error) &&
         write_string (keys, group, "Activation", change->activation, error) &&
         write_string (keys, group, "From", change->from, error) &&
         write_string (keys, group, "To", change->to, error);
}

static char *
entry_group (guint i)
{
  return g_strdup_printf ("Entry %u", i);
}

static char *
change_group (guint entry, guint change)
{
  return g_strdup_printf ("Entry %u Change %u", entry, change);
}

static gboolean
write_entry (GKeyFile *keys, guint i, const TlJournalEntry *entry, GError **error)
{
  g_autofree char *group = entry_group (i);

  g_key_file_set_string (keys, group, "Fix", tl_fix_id_to_string (entry->fix));
  g_key_file_set_int64 (keys, group, "Time", entry->time);
  g_key_file_set_boolean (keys, group, "Done", entry->done);
  g_key_file_set_integer (keys, group, "Changes", entry->changes->len);
  if (!write_string (keys, group, "Id", entry->id, error) ||
      !write_string (keys, group, "BootId", entry->boot_id, error) ||
      !write_string (keys, group, "NmBusName", entry->nm_bus_name, error))
    return FALSE;

  for (guint j = 0; j < entry->changes->len; j++) {
    g_autofree char *name = change_group (i, j);

    if (!write_change (keys, name, entry->changes->pdata[j], error))
      return FALSE;
  }

  return TRUE;
}

/**
 * tl_journal_format:
 * @entries: (element-type TlJournalEntry): entries, oldest first
 * @ret_length: (out): length of the text in bytes
 * @error: return location for an error
 *
 * Returns: (transfer full) (nullable): the text of a journal, or %NULL with @error of %TL_ERROR,
 *   %TL_ERROR_INVALID where a string is not UTF-8
 */
char *
tl_journal_format (const GPtrArray *entries, gsize *ret_length, GError **error)
{
  g_autoptr (GKeyFile) keys = g_key_file_new ();

  g_key_file_set_integer (keys, JOURNAL_GROUP, "Format", FORMAT);
  g_key_file_set_integer (keys, JOURNAL_GROUP, "Entries", entries->len);
  for (guint i = 0; i < entries->len; i++) {
    if (!write_entry (keys, i, entries->pdata[i], error))
      return NULL;
  }

  return g_key_file_to_data (keys, ret_length, NULL);
}

static gboolean
read_string (GKeyFile *keys, const char *group, const char *key, char **ret_value, GError **error)
{
  g_autoptr (GError) wrong = NULL;

  if (!g_key_file_has_key (keys, group, key, NULL))
    return TRUE;

  *ret_value = g_key_file_get_string (keys, group, key, &wrong);
  if (wrong == NULL)
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&wrong));
  return FALSE;
}

static gboolean
read_name (GKeyFile *keys,
           const char *group,
           const char *key,
           const char *const *names,
           guint n_names,
           guint *ret_value,
           GError **error)
{
  g_autofree char *value = NULL;

  if (!read_string (keys, group, key, &value, error))
    return FALSE;

  for (guint i = 0; i < n_names; i++) {
    if (g_strcmp0 (value, names[i]) == 0) {
      *ret_value = i;
      return TRUE;
    }
  }

  g_set_error (error, TL_ERROR, TL_ERROR_INVALID, "[%s] %s is not known: “%s”", group, key,
               value != NULL ? value : "");
  return FALSE;
}

static gboolean
read_count (GKeyFile *keys, const char *group, const char *key, int *ret_value, GError **error)
{
  g_autoptr (GError) wrong = NULL;
  int value = g_key_file_get_integer (keys, group, key, &wrong);

  if (wrong == NULL && value >= 0) {
    *ret_value = value;
    return TRUE;
  }

  g_set_error (error, TL_ERROR, TL_ERROR_INVALID, "[%s] %s is not a number", group, key);
  return FALSE;
}

static gboolean
read_routes (GKeyFile *keys, const char *group, TlFamily family, GArray *routes, GError **error)
{
  g_autoptr (GError) wrong = NULL;
  g_auto (GStrv) texts = g_key_file_get_string_list (keys, group, "Routes", NULL, &wrong);

  if (wrong != NULL) {
    g_propagate_error (error, g_steal_pointer (&wrong));
    return FALSE;
  }

  for (guint i = 0; texts[i] != NULL; i++) {
    TlPrefix route;

    if (!tl_prefix_parse (texts[i], &route) || route.address.family != family) {
      g_set_error (error, TL_ERROR, TL_ERROR_INVALID, "[%s] Routes: “%s” is not an %s prefix",
                   group, texts[i], families[family]);
      return FALSE;
    }
    g_array_append_val (routes, route);
  }

  return TRUE;
}

static TlChange *
read_change (GKeyFile *keys, const char *group, GError **error)
{
  g_autoptr (TlChange) change = NULL;
  guint kind;
  guint setting;
  guint family;

  if (!read_name (keys, group, "TargetKind", target_kinds, G_N_ELEMENTS (target_kinds), &kind,
                  error) ||
      !read_name (keys, group, "Setting", settings, G_N_ELEMENTS (settings), &setting, error) ||
      !read_name (keys, group, "Family", families, G_N_ELEMENTS (families), &family, error))
    return NULL;

  change = tl_change_new (kind, setting, family);
  if (!read_count (keys, group, "Ifindex", &change->ifindex, error) ||
      !read_routes (keys, group, family, change->routes, error) ||
      !read_string (keys, group, "Target", &change->target, error) ||
      !read_string (keys, group, "Uuid", &change->uuid, error) ||
      !read_string (keys, group, "Activation", &change->activation, error) ||
      !read_string (keys, group, "From", &change->from, error) ||
      !read_string (keys, group, "To", &change->to, error))
    return NULL;

  return g_steal_pointer (&change);
}

static gboolean
read_head (GKeyFile *keys, const char *group, TlJournalEntry *entry, int *n_changes, GError **error)
{
  g_autoptr (GError) wrong = NULL;
  const char *names[TL_N_FIXES];
  guint fix;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    names[i] = tl_fix_id_to_string (i);
  if (!read_name (keys, group, "Fix", names, G_N_ELEMENTS (names), &fix, error) ||
      !read_count (keys, group, "Changes", n_changes, error) ||
      !read_string (keys, group, "Id", &entry->id, error) ||
      !read_string (keys, group, "BootId", &entry->boot_id, error) ||
      !read_string (keys, group, "NmBusName", &entry->nm_bus_name, error))
    return FALSE;

  entry->fix = fix;
  entry->time = g_key_file_get_int64 (keys, group, "Time", &wrong);
  if (wrong == NULL)
    entry->done = g_key_file_get_boolean (keys, group, "Done", &wrong);
  if (wrong != NULL || entry->id == NULL) {
    g_set_error (error, TL_ERROR, TL_ERROR_INVALID, "[%s] lacks Id, Time or Done", group);
    return FALSE;
  }

  return TRUE;
}

static TlJournalEntry *
read_entry (GKeyFile *keys, guint i, GError **error)
{
  g_autoptr (TlJournalEntry) entry = tl_journal_entry_new (0);
  g_autofree char *group = entry_group (i);
  int n_changes;

  g_clear_pointer (&entry->id, g_free);
  g_clear_pointer (&entry->boot_id, g_free);
  if (!read_head (keys, group, entry, &n_changes, error))
    return NULL;

  for (int j = 0; j < n_changes; j++) {
    g_autofree char *name = change_group (i, j);
    TlChange *change = read_change (keys, name, error);

    if (change == NULL)
      return NULL;
    g_ptr_array_add (entry->changes, change);
  }

  return g_steal_pointer (&entry);
}

static GPtrArray *
read_journal (GKeyFile *keys, GError **error)
{
  g_autoptr (GPtrArray) entries =
    g_ptr_array_new_with_free_func ((GDestroyNotify)tl_journal_entry_free);
  int format;
  int n_entries;

  if (!read_count (keys, JOURNAL_GROUP, "Format", &format, error) ||
      !read_count (keys, JOURNAL_GROUP, "Entries", &n_entries, error))
    return NULL;
  if (format != FORMAT) {
    g_set_error (error, TL_ERROR, TL_ERROR_INVALID, "format %d is not known", format);
    return NULL;
  }

  for (int i = 0; i < n_entries; i++) {
    TlJournalEntry *entry = read_entry (keys, i, error);

    if (entry == NULL)
      return NULL;
    g_ptr_array_add (entries, entry);
  }

  return g_steal_pointer (&entries);
}

/**
 * tl_journal_parse:
 * @text: the text of a journal
 * @length: its length in bytes
 * @error: return location for an error
 *
 * Returns: (transfer full) (nullable) (element-type TlJournalEntry): its entries, oldest first, or
 *   %NULL with @error of %TL_ERROR, %TL_ERROR_INVALID where anything in it is damaged
 */
GPtrArray *
tl_journal_parse (const char *text, gsize length, GError **error)
{
  g_autoptr (GKeyFile) keys = g_key_file_new ();
  g_autoptr (GError) wrong = NULL;
  GPtrArray *entries = NULL;

  if (g_key_file_load_from_data (keys, text, length, G_KEY_FILE_NONE, &wrong))
    entries = read_journal (keys, &wrong);
  if (entries == NULL)
    g_set_error_literal (error, TL_ERROR, TL_ERROR_INVALID, wrong->message);

  return entries;
}
