/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/journal-entry.h"

/* random(4): another one at each boot */
#define BOOT_ID "/proc/sys/kernel/random/boot_id"

/* Returns: (transfer full) (nullable) */
static char *
read_boot_id (void)
{
  g_autofree char *text = NULL;

  if (!g_file_get_contents (BOOT_ID, &text, NULL, NULL))
    return NULL;

  return g_strdup (g_strstrip (text));
}

/**
 * tl_journal_entry_new:
 * @fix: which fix
 *
 * Returns: (transfer full): an entry of this boot and this moment, with a unique name, without
 *   changes, not done
 */
TlJournalEntry *
tl_journal_entry_new (TlFixId fix)
{
  TlJournalEntry *entry = g_new0 (TlJournalEntry, 1);

  entry->id = g_uuid_string_random ();
  entry->fix = fix;
  entry->boot_id = read_boot_id ();
  entry->time = g_get_real_time ();
  entry->changes = g_ptr_array_new_with_free_func ((GDestroyNotify)tl_change_free);

  return entry;
}

/**
 * tl_journal_entry_copy:
 * @entry: an entry
 *
 * Returns: (transfer full): a copy, of the same name
 */
TlJournalEntry *
tl_journal_entry_copy (const TlJournalEntry *entry)
{
  TlJournalEntry *copy = g_new0 (TlJournalEntry, 1);

  copy->id = g_strdup (entry->id);
  copy->fix = entry->fix;
  copy->changes = g_ptr_array_new_with_free_func ((GDestroyNotify)tl_change_free);
  for (guint i = 0; i < entry->changes->len; i++)
    g_ptr_array_add (copy->changes, tl_change_copy (entry->changes->pdata[i]));
  copy->boot_id = g_strdup (entry->boot_id);
  copy->nm_bus_name = g_strdup (entry->nm_bus_name);
  copy->time = entry->time;
  copy->done = entry->done;

  return copy;
}

/**
 * tl_journal_entry_free:
 * @entry: (nullable) (transfer full): an entry
 */
void
tl_journal_entry_free (TlJournalEntry *entry)
{
  if (entry == NULL)
    return;

  g_free (entry->id);
  g_ptr_array_unref (entry->changes);
  g_free (entry->boot_id);
  g_free (entry->nm_bus_name);
  g_free (entry);
}

/**
 * tl_journal_entry_is_of_this_boot:
 * @entry: an entry
 *
 * Returns: whether the computer was not started again since, as far as is known
 */
gboolean
tl_journal_entry_is_of_this_boot (const TlJournalEntry *entry)
{
  g_autofree char *boot_id = read_boot_id ();

  return boot_id == NULL || entry->boot_id == NULL || g_str_equal (boot_id, entry->boot_id);
}
