/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/error.h"
#include "platform/undo-journal.h"
#include "wait.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

static const char *own_path;

typedef struct {
  char *folder;
  char *file;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("tunnel-light-XXXXXX", NULL);
  fixture->file = g_build_filename (fixture->folder, "state", "undo-journal", NULL);
}

static void
remove_files (const char *folder)
{
  g_autoptr (GDir) files = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (files)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, NULL);

    if (g_file_test (path, G_FILE_TEST_IS_DIR))
      remove_files (path);
    else
      g_unlink (path);
  }
  g_rmdir (folder);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  remove_files (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->file);
}

static void
add_route (TlChange *change, const char *text)
{
  TlPrefix route = { 0 };

  g_assert_true (tl_prefix_parse (text, &route));
  g_array_append_val (change->routes, route);
}

static TlJournalEntry *
simple_entry (TlFixId fix, const char *from)
{
  TlJournalEntry *entry = tl_journal_entry_new (fix);
  TlChange *change = tl_change_new (TL_TARGET_PROFILE, TL_SETTING_METHOD, TL_FAMILY_IPV6);

  change->from = g_strdup (from);
  g_ptr_array_add (entry->changes, change);
  return entry;
}

static const char *
from_of (const GPtrArray *entries, guint i)
{
  const TlJournalEntry *entry = entries->pdata[i];

  return ((const TlChange *)entry->changes->pdata[0])->from;
}

static void
put (TlUndoJournal *journal, const TlJournalEntry *entry)
{
  g_autoptr (GError) error = NULL;
  gboolean written = tl_undo_journal_put (journal, entry, &error);

  g_assert_no_error (error);
  g_assert_true (written);
}

static GPtrArray *
list (TlUndoJournal *journal)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *entries = tl_undo_journal_list (journal, &error);

  g_assert_no_error (error);
  g_assert_nonnull (entries);
  return entries;
}

static void
assert_change_equal (const TlChange *a, const TlChange *b)
{
  g_assert_cmpint (a->target_kind, ==, b->target_kind);
  g_assert_cmpstr (a->target, ==, b->target);
  g_assert_cmpint (a->ifindex, ==, b->ifindex);
  g_assert_cmpstr (a->uuid, ==, b->uuid);
  g_assert_cmpstr (a->activation, ==, b->activation);
  g_assert_cmpint (a->family, ==, b->family);
  g_assert_cmpint (a->setting, ==, b->setting);
  g_assert_cmpstr (a->from, ==, b->from);
  g_assert_cmpstr (a->to, ==, b->to);
  g_assert_cmpuint (a->routes->len, ==, b->routes->len);
  for (guint i = 0; i < a->routes->len; i++)
    g_assert_cmpint (tl_prefix_compare (&g_array_index (a->routes, TlPrefix, i),
                                        &g_array_index (b->routes, TlPrefix, i)),
                     ==, 0);
}

static void
assert_entry_equal (const TlJournalEntry *a, const TlJournalEntry *b)
{
  g_assert_cmpstr (a->id, ==, b->id);
  g_assert_cmpint (a->fix, ==, b->fix);
  g_assert_cmpstr (a->boot_id, ==, b->boot_id);
  g_assert_cmpstr (a->nm_bus_name, ==, b->nm_bus_name);
  g_assert_cmpint (a->time, ==, b->time);
  g_assert_cmpint (a->done, ==, b->done);
  g_assert_cmpuint (a->changes->len, ==, b->changes->len);
  for (guint i = 0; i < a->changes->len; i++)
    assert_change_equal (a->changes->pdata[i], b->changes->pdata[i]);
}

/* Each of these as every string, among them what means something to the format itself. */
static const char *const strings[] = {
  NULL,
  "",
  " ",
  "Corp VPN",
  "Büro – 東京 🚇",
  " leading and trailing ",
  "\ttab\t",
  "two\nlines\r\n",
  "[Entry 0]\nFix=off-now",
  "a=b;c\\;d\\n\\s\\",
  "#comment",
  "%s \x01\x1f\x7f \"'",
  "::/0 metric 1 unreachable, 2001:db8::/32 metric 1 unreachable",
};

static TlJournalEntry *
full_entry (guint i)
{
  TlJournalEntry *entry = tl_journal_entry_new (i % TL_N_FIXES);

  g_free (entry->boot_id);
  entry->boot_id = g_strdup (strings[i]);
  entry->nm_bus_name = g_strdup (strings[i]);
  entry->time = i % 2 == 0 ? G_MAXINT64 - i : i;
  entry->done = i % 2 == 0;
  for (guint j = 0; j < i; j++) {
    TlFamily family = j % 2 == 0 ? TL_FAMILY_IPV6 : TL_FAMILY_IPV4;
    TlChange *change = tl_change_new (j % 3 == 0 ? TL_TARGET_PROFILE : TL_TARGET_LINK,
                                      j % 4 < 2 ? TL_SETTING_ROUTES : TL_SETTING_METHOD, family);

    change->target = g_strdup (strings[j]);
    change->ifindex = j == 1 ? G_MAXINT : (int)j;
    change->uuid = g_strdup (strings[j]);
    change->activation = g_strdup (strings[i]);
    change->from = g_strdup (strings[j]);
    change->to = g_strdup (strings[j]);
    for (guint k = 0; k < j; k++)
      add_route (change, family == TL_FAMILY_IPV6 ? "2001:db8::/32" : "0.0.0.0/1");
    g_ptr_array_add (entry->changes, change);
  }

  return entry;
}

static void
test_round_trip (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TlUndoJournal) journal = tl_undo_journal_new (fixture->file);
  g_autoptr (TlUndoJournal) other = tl_undo_journal_new (fixture->file);
  g_autoptr (GPtrArray) nothing = list (journal);
  g_autoptr (GPtrArray) written =
    g_ptr_array_new_with_free_func ((GDestroyNotify)tl_journal_entry_free);
  g_autoptr (GPtrArray) read = NULL;
  GStatBuf info;

  g_assert_cmpuint (nothing->len, ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (strings); i++) {
    g_autoptr (TlJournalEntry) entry = full_entry (i);

    put (journal, entry);
    g_ptr_array_add (written, tl_journal_entry_copy (entry));
  }

  read = list (other);
  g_assert_cmpuint (read->len, ==, written->len);
  for (guint i = 0; i < read->len; i++)
    assert_entry_equal (read->pdata[i], written->pdata[i]);

  g_assert_cmpint (g_stat (fixture->file, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0600);
}

static void
test_replace_and_remove (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TlUndoJournal) journal = tl_undo_journal_new (fixture->file);
  g_autoptr (TlJournalEntry) one = simple_entry (TL_FIX_BLOCK_NOW, "one");
  g_autoptr (TlJournalEntry) two = simple_entry (TL_FIX_OFF_NOW, "two");
  g_autoptr (GPtrArray) replaced = NULL;
  g_autoptr (GPtrArray) left = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (one->id, !=, two->id);
  put (journal, one);
  put (journal, two);
  one->done = TRUE;
  put (journal, one);
  replaced = list (journal);
  g_assert_cmpuint (replaced->len, ==, 2);
  assert_entry_equal (replaced->pdata[0], one);
  assert_entry_equal (replaced->pdata[1], two);

  g_assert_true (tl_undo_journal_remove (journal, one->id, NULL));
  left = list (journal);
  g_assert_cmpuint (left->len, ==, 1);
  assert_entry_equal (left->pdata[0], two);
  g_assert_false (tl_undo_journal_remove (journal, one->id, &error));
  g_assert_error (error, TL_ERROR, TL_ERROR_NOT_FOUND);
}

static void
test_refused (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TlUndoJournal) journal = tl_undo_journal_new (fixture->file);
  g_autoptr (TlUndoJournal) nowhere = tl_undo_journal_new ("/proc/self/none/undo-journal");
  g_autoptr (TlJournalEntry) good = simple_entry (TL_FIX_BLOCK_NOW, "good");
  g_autoptr (TlJournalEntry) latin1 = simple_entry (TL_FIX_BLOCK_NOW, "B\xfcro");
  g_autoptr (GPtrArray) left = NULL;
  g_autoptr (GError) error = NULL;

  put (journal, good);
  g_assert_false (tl_undo_journal_put (journal, latin1, &error));
  g_assert_error (error, TL_ERROR, TL_ERROR_INVALID);
  g_clear_error (&error);
  left = list (journal);
  g_assert_cmpuint (left->len, ==, 1);

  g_assert_false (tl_undo_journal_put (nowhere, good, &error));
  g_assert_cmpint (error->domain, ==, TL_ERROR);
}

static void
assert_content (const char *file, const char *suffix, const char *expected)
{
  g_autofree char *name = g_strconcat (file, suffix, NULL);
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (name, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, expected);
}

#define HEAD   "[Journal]\nFormat=1\nEntries=1\n"
#define ENTRY  HEAD "[Entry 0]\nId=x\nFix=block-now\nTime=1\nDone=true\nChanges=1\n"
#define CHANGE ENTRY "[Entry 0 Change 0]\nTargetKind=link\nSetting=routes\nFamily=ipv6\nIfindex=3\n"

static void
test_damaged (Fixture *fixture, gconstpointer data)
{
  const char *const texts[] = {
    "",
    "nonsense",
    "[Journal]\n",
    "[Journal]\nFormat=2\nEntries=0\n",
    "[Journal]\nFormat=1\nEntries=-1\n",
    HEAD,
    HEAD "[Entry 0]\nId=x\nFix=magic\nTime=1\nDone=true\nChanges=0\n",
    HEAD "[Entry 0]\nFix=off-now\nTime=1\nDone=true\nChanges=0\n",
    HEAD "[Entry 0]\nId=x\nFix=off-now\nTime=soon\nDone=true\nChanges=0\n",
    HEAD "[Entry 0]\nId=x\nFix=off-now\nTime=1\nDone=perhaps\nChanges=0\n",
    HEAD "[Entry 0]\nId=\\x\nFix=off-now\nTime=1\nDone=true\nChanges=0\n",
    HEAD "[Entry 0]\nId=x\nFix=\\off-now\nTime=1\nDone=true\nChanges=0\n",
    ENTRY,
    CHANGE,
    CHANGE "Routes=::/0;2001:db8::/999\n",
    CHANGE "Routes=0.0.0.0/0\n",
    CHANGE "Routes=::/0\\q\n",
    CHANGE "Routes=::/0\nTo=\\q\n",
    CHANGE "Routes=::/0\nTarget=\xff\n",
  };
  g_autoptr (TlUndoJournal) journal = tl_undo_journal_new (fixture->file);
  g_autoptr (TlJournalEntry) entry = simple_entry (TL_FIX_OFF_NOW, "auto");
  g_autoptr (GPtrArray) sane = NULL;

  /* What is damaged below is sane otherwise. */
  g_assert_true (g_file_set_contents (fixture->file, CHANGE "Routes=::/0\n", -1, NULL));
  sane = list (journal);
  g_assert_cmpuint (sane->len, ==, 1);

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autofree char *suffix =
      i > 0 ? g_strdup_printf (".damaged.%u", i + 1) : g_strdup (".damaged");
    g_autoptr (GPtrArray) entries = NULL;
    g_autoptr (GError) error = NULL;

    g_assert_true (g_file_set_contents (fixture->file, texts[i], -1, NULL));
    entries = tl_undo_journal_list (journal, &error);
    g_assert_null (entries);
    g_assert_error (error, TL_ERROR, TL_ERROR_INVALID);
    g_assert_true (g_str_has_prefix (error->message, fixture->file));
    g_clear_error (&error);
    g_assert_false (tl_undo_journal_remove (journal, "x", &error));
    g_assert_error (error, TL_ERROR, TL_ERROR_INVALID);
    assert_content (fixture->file, "", texts[i]);

    put (journal, entry);
    entries = list (journal);
    g_assert_cmpuint (entries->len, ==, 1);
    assert_content (fixture->file, suffix, texts[i]);
  }
}

static GPid
start_self (const char *mode, const char *file, int *ret_output)
{
  const char *const command[] = { own_path, mode, file, NULL };
  g_autoptr (GError) error = NULL;
  GPid pid;

  g_spawn_async_with_pipes (NULL, (char **)command, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                            &pid, NULL, ret_output, NULL, &error);
  g_assert_no_error (error);
  return pid;
}

static void
wait_for_byte (int output)
{
  char byte;

  g_assert_cmpint (read (output, &byte, 1), ==, 1);
}

static void
kill_self (GPid pid, int output)
{
  kill (pid, SIGKILL);
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
  g_spawn_close_pid (pid);
  close (output);
}

#define N_CHANGES 200

/* Puts versions of one entry, as fast as it can. All changes of a version say its number. */
static int
put_for_ever (const char *file)
{
  g_autoptr (TlUndoJournal) journal = tl_undo_journal_new (file);
  g_autoptr (TlJournalEntry) entry = tl_journal_entry_new (TL_FIX_BLOCK_NOW);

  for (guint version = 1;; version++) {
    g_ptr_array_set_size (entry->changes, 0);
    for (guint i = 0; i < N_CHANGES; i++) {
      TlChange *change = tl_change_new (TL_TARGET_LINK, TL_SETTING_ROUTES, TL_FAMILY_IPV6);

      change->from = g_strdup_printf ("%u", version);
      g_ptr_array_add (entry->changes, change);
    }
    put (journal, entry);
    if (version == 1 && write (STDOUT_FILENO, "x", 1) != 1)
      return 1;
  }
}

static void
test_killed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TlUndoJournal) journal = tl_undo_journal_new (fixture->file);

  for (guint round = 0; round < 20; round++) {
    int output;
    GPid pid = start_self ("--put-for-ever", fixture->file, &output);
    g_autoptr (GPtrArray) entries = NULL;
    const TlJournalEntry *entry;

    wait_for_byte (output);
    g_usleep (g_test_rand_int_range (0, 20000));
    kill_self (pid, output);

    /* One version or the next, whole, and the lock is free. */
    entries = list (journal);
    g_assert_cmpuint (entries->len, ==, 1);
    entry = entries->pdata[0];
    g_assert_cmpuint (entry->changes->len, ==, N_CHANGES);
    for (guint i = 0; i < N_CHANGES; i++)
      g_assert_cmpstr (((TlChange *)entry->changes->pdata[i])->from, ==, from_of (entries, 0));
    g_assert_true (tl_undo_journal_remove (journal, entry->id, NULL));
  }
}

static int
hold (const char *file)
{
  g_autoptr (TlUndoJournal) journal = tl_undo_journal_new (file);

  if (!tl_undo_journal_lock (journal, NULL) || write (STDOUT_FILENO, "x", 1) != 1)
    return 1;
  pause ();
  return 0;
}

static void
assert_busy (TlUndoJournal *journal)
{
  g_autoptr (TlJournalEntry) entry = simple_entry (TL_FIX_OFF_NOW, "auto");
  g_autoptr (GPtrArray) entries = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (tl_undo_journal_lock (journal, &error));
  g_assert_error (error, TL_ERROR, TL_ERROR_BUSY);
  g_clear_error (&error);
  g_assert_false (tl_undo_journal_put (journal, entry, &error));
  g_assert_error (error, TL_ERROR, TL_ERROR_BUSY);
  g_clear_error (&error);
  g_assert_false (tl_undo_journal_remove (journal, entry->id, &error));
  g_assert_error (error, TL_ERROR, TL_ERROR_BUSY);
  entries = list (journal); /* reading needs no lock */
}

static void
test_lock (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TlUndoJournal) journal = tl_undo_journal_new (fixture->file);
  TlUndoJournal *other = tl_undo_journal_new (fixture->file);
  g_autoptr (TlJournalEntry) entry = simple_entry (TL_FIX_OFF_NOW, "auto");
  g_autoptr (GError) error = NULL;
  int output;
  GPid pid = start_self ("--hold", fixture->file, &output);

  wait_for_byte (output);
  assert_busy (journal);
  kill_self (pid, output);

  g_assert_true (tl_undo_journal_lock (journal, NULL));
  g_assert_false (tl_undo_journal_lock (journal, &error));
  g_assert_error (error, TL_ERROR, TL_ERROR_BUSY);
  put (journal, entry);
  assert_busy (other); /* put did not let go of it */
  tl_undo_journal_unlock (journal);
  tl_undo_journal_unlock (journal);

  g_assert_true (tl_undo_journal_lock (other, NULL));
  assert_busy (journal);
  g_assert_finalize_object (other);
  put (journal, entry);
}

static void
test_changed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TlUndoJournal) journal = tl_undo_journal_new (fixture->file);
  g_autoptr (TlUndoJournal) other = tl_undo_journal_new (fixture->file);
  g_autoptr (TlJournalEntry) entry = simple_entry (TL_FIX_OFF_NOW, "auto");
  guint n_changes = 0;

  g_signal_connect (journal, "changed", G_CALLBACK (wait_count), &n_changes);
  put (other, entry);
  wait_for_one (&n_changes);
  put (other, entry);
  wait_for_one (&n_changes);

  /* One's own is no news. */
  put (journal, entry);
  wait_run_for (300);
  g_assert_cmpuint (n_changes, ==, 0);

  g_assert_cmpint (g_unlink (fixture->file), ==, 0);
  wait_for_one (&n_changes);

  g_signal_handlers_disconnect_by_data (journal, &n_changes);
}

#define ADD(name, function)                                                                        \
  g_test_add ("/undo-journal/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char *argv[])
{
  if (argc == 3 && g_str_equal (argv[1], "--put-for-ever"))
    return put_for_ever (argv[2]);
  if (argc == 3 && g_str_equal (argv[1], "--hold"))
    return hold (argv[2]);

  g_test_init (&argc, &argv, NULL);
  own_path = argv[0];

  ADD ("round-trip", test_round_trip);
  ADD ("replace-and-remove", test_replace_and_remove);
  ADD ("refused", test_refused);
  ADD ("damaged", test_damaged);
  ADD ("killed", test_killed);
  ADD ("lock", test_lock);
  ADD ("changed", test_changed);

  return g_test_run ();
}
