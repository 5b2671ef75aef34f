/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/undo-journal.h"

#include "core/error.h"
#include "platform/file-watch.h"
#include "platform/journal-format.h"
#include "platform/system-error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <unistd.h>

/**
 * TlUndoJournal:
 *
 * The old values of what was changed, on disk before the new ones are set: the way back after a
 * crash, a kill or a reboot. All programs of one person share the file; it is replaced as a whole,
 * so that a reader sees the old state or the new one, and read again when it is another file.
 */
struct _TlUndoJournal {
  GObject parent;

  char *file_name;
  char *folder;
  char *lock_name;
  int lock_fd; /* -1 while not held */
  TlFileWatch *watch;
  GStatBuf known;     /* the file as we last saw or made it */
  GPtrArray *entries; /* (nullable): what was in the file as it was when it was @read */
  GStatBuf read;
};

enum {
  SIGNAL_CHANGED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

G_DEFINE_TYPE (TlUndoJournal, tl_undo_journal, G_TYPE_OBJECT)

static GStatBuf
look_at_file (TlUndoJournal *self)
{
  GStatBuf now = { 0 };

  return g_stat (self->file_name, &now) == 0 ? now : (GStatBuf){ 0 };
}

/* Each version is a file of its own, made under another name, so its number tells it apart. */
static gboolean
is_same_file (const GStatBuf *a, const GStatBuf *b)
{
  return a->st_ino == b->st_ino && a->st_size == b->st_size &&
         a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static void
on_file_changed (TlFileWatch *watch, gpointer user_data)
{
  TlUndoJournal *self = TL_UNDO_JOURNAL (user_data);

  GStatBuf now = look_at_file (self);
  gboolean same = is_same_file (&now, &self->known);

  self->known = now;
  if (!same)
    g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/* A new folder's name is on disk when the folder above it is, fsync(2). */
static gboolean
sync_folder (const char *folder, GError **error)
{
  int fd = g_open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  gboolean synced;

  if (fd < 0)
    return tl_system_error_set (error, errno, folder);

  synced = fsync (fd) == 0;
  if (!synced)
    tl_system_error_set (error, errno, folder);
  close (fd);

  return synced;
}

static gboolean
make_folder (TlUndoJournal *self, GError **error)
{
  g_autofree char *above = NULL;

  if (g_file_test (self->folder, G_FILE_TEST_IS_DIR))
    return TRUE;
  if (g_mkdir_with_parents (self->folder, 0700) != 0)
    return tl_system_error_set (error, errno, self->folder);

  above = g_path_get_dirname (self->folder);
  return sync_folder (above, error);
}

static gboolean
take_lock (TlUndoJournal *self, GError **error)
{
  int fd;

  if (!make_folder (self, error))
    return FALSE;

  fd = g_open (self->lock_name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    return tl_system_error_set (error, errno, self->lock_name);

  if (flock (fd, LOCK_EX | LOCK_NB) != 0) {
    int saved = errno;

    close (fd);
    return tl_system_error_set (error, saved, self->lock_name); /* %TL_ERROR_BUSY if held */
  }

  self->lock_fd = fd;
  return TRUE;
}

static GPtrArray *
read_entries (TlUndoJournal *self, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (self->file_name);
  g_autoptr (GError) wrong = NULL;
  g_autofree char *text = NULL;
  GPtrArray *entries;
  gsize length;

  if (!g_file_load_contents (file, NULL, &text, &length, NULL, &wrong)) {
    if (g_error_matches (wrong, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
      return g_ptr_array_new_with_free_func ((GDestroyNotify)tl_journal_entry_free);
    tl_system_error_take (error, g_steal_pointer (&wrong));
    return NULL;
  }

  entries = tl_journal_parse (text, length, error);
  if (entries == NULL)
    g_prefix_error (error, "%s: ", self->file_name);
  return entries;
}

/* A second name for the damaged file, before the first one goes to its successor. An older damaged
 * file is kept too. */
static gboolean
keep_damaged (TlUndoJournal *self, GError **error)
{
  for (guint i = 1;; i++) {
    g_autofree char *number = i > 1 ? g_strdup_printf (".%u", i) : g_strdup ("");
    g_autofree char *name = g_strconcat (self->file_name, ".damaged", number, NULL);

    if (link (self->file_name, name) == 0)
      return TRUE;
    if (errno != EEXIST)
      return tl_system_error_set (error, errno, name);
  }
}

/* GLib writes another file, syncs it, renames it and syncs the folder (seen with strace(1)). */
static gboolean
write_entries (TlUndoJournal *self, const GPtrArray *entries, GError **error)
{
  g_autoptr (GError) wrong = NULL;
  g_autofree char *text = NULL;
  gsize length;

  text = tl_journal_format (entries, &length, error);
  if (text == NULL)
    return FALSE;

  if (!g_file_set_contents_full (self->file_name, text, length,
                                 G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                 &wrong)) {
    g_set_error_literal (
      error, TL_ERROR,
      g_error_matches (wrong, G_FILE_ERROR, G_FILE_ERROR_ACCES) ? TL_ERROR_DENIED : TL_ERROR_FAILED,
      wrong->message);
    return FALSE;
  }

  self->known = look_at_file (self);
  return TRUE;
}

static gboolean
set_aside_locked (TlUndoJournal *self, GError **error)
{
  g_autoptr (GPtrArray) none = g_ptr_array_new ();

  return keep_damaged (self, error) && write_entries (self, none, error);
}

static guint
find_entry (const GPtrArray *entries, const char *id)
{
  guint i = 0;

  while (i < entries->len && !g_str_equal (((TlJournalEntry *)entries->pdata[i])->id, id))
    i++;
  return i;
}

static gboolean
put_locked (TlUndoJournal *self, const TlJournalEntry *entry, GError **error)
{
  g_autoptr (GPtrArray) entries = NULL;
  g_autoptr (GError) wrong = NULL;
  guint i;

  entries = read_entries (self, &wrong);
  if (entries == NULL && g_error_matches (wrong, TL_ERROR, TL_ERROR_INVALID)) {
    if (!keep_damaged (self, error))
      return FALSE;
    entries = g_ptr_array_new_with_free_func ((GDestroyNotify)tl_journal_entry_free);
  } else if (entries == NULL) {
    g_propagate_error (error, g_steal_pointer (&wrong));
    return FALSE;
  }

  i = find_entry (entries, entry->id);
  if (i < entries->len)
    g_ptr_array_remove_index (entries, i);
  g_ptr_array_insert (entries, i, tl_journal_entry_copy (entry));

  return write_entries (self, entries, error);
}

static gboolean
remove_locked (TlUndoJournal *self, const char *id, GError **error)
{
  g_autoptr (GPtrArray) entries = read_entries (self, error);
  guint i;

  if (entries == NULL)
    return FALSE;

  i = find_entry (entries, id);
  if (i == entries->len) {
    g_set_error (error, TL_ERROR, TL_ERROR_NOT_FOUND, "%s: no entry %s", self->file_name, id);
    return FALSE;
  }

  g_ptr_array_remove_index (entries, i);
  return write_entries (self, entries, error);
}

static void
tl_undo_journal_dispose (GObject *object)
{
  TlUndoJournal *self = TL_UNDO_JOURNAL (object);

  if (self->watch != NULL)
    g_signal_handlers_disconnect_by_data (self->watch, self);
  g_clear_object (&self->watch);
  tl_undo_journal_unlock (self);

  G_OBJECT_CLASS (tl_undo_journal_parent_class)->dispose (object);
}

static void
tl_undo_journal_finalize (GObject *object)
{
  TlUndoJournal *self = TL_UNDO_JOURNAL (object);

  g_clear_pointer (&self->entries, g_ptr_array_unref);
  g_free (self->file_name);
  g_free (self->folder);
  g_free (self->lock_name);

  G_OBJECT_CLASS (tl_undo_journal_parent_class)->finalize (object);
}

static void
tl_undo_journal_class_init (TlUndoJournalClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = tl_undo_journal_dispose;
  object_class->finalize = tl_undo_journal_finalize;

  /**
   * TlUndoJournal::changed:
   *
   * Another process, or another journal object, has changed the file.
   */
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", TL_TYPE_UNDO_JOURNAL, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tl_undo_journal_init (TlUndoJournal *self)
{
  self->lock_fd = -1;
}

/**
 * tl_undo_journal_new:
 * @file_name: (nullable): the journal's path; %NULL for `tunnel-light/undo-journal` in the
 *   person's state folder (`$XDG_STATE_HOME`, XDG Base Directory Specification)
 *
 * The folder is made here if it can be, so that the watch is a narrow one; that it cannot be is
 * told by what needs it.
 *
 * Returns: (transfer full): the journal
 */
TlUndoJournal *
tl_undo_journal_new (const char *file_name)
{
  TlUndoJournal *self = g_object_new (TL_TYPE_UNDO_JOURNAL, NULL);

  self->file_name = file_name != NULL ? g_canonicalize_filename (file_name, NULL)
                                      : g_build_filename (g_get_user_state_dir (), "tunnel-light",
                                                          "undo-journal", NULL);
  self->folder = g_path_get_dirname (self->file_name);
  self->lock_name = g_strconcat (self->file_name, ".lock", NULL);
  make_folder (self, NULL);

  self->watch = tl_file_watch_new (self->file_name);
  g_signal_connect (self->watch, "changed", G_CALLBACK (on_file_changed), self);
  self->known = look_at_file (self);

  return self;
}

/**
 * tl_undo_journal_lock:
 * @self: a journal
 * @error: return location for an error
 *
 * Makes sure that nobody else works on fixes until tl_undo_journal_unlock(). The kernel lets go of
 * the lock when the process ends, however it ends, flock(2).
 *
 * Returns: whether the lock is held; else @error is of %TL_ERROR: %TL_ERROR_BUSY at once when
 *   anyone holds it, this program included; %TL_ERROR_DENIED, %TL_ERROR_FAILED
 */
gboolean
tl_undo_journal_lock (TlUndoJournal *self, GError **error)
{
  g_return_val_if_fail (TL_IS_UNDO_JOURNAL (self), FALSE);

  if (self->lock_fd >= 0)
    return tl_system_error_set (error, EWOULDBLOCK, self->lock_name);

  return take_lock (self, error);
}

/**
 * tl_undo_journal_unlock:
 * @self: a journal; nothing happens if it does not hold the lock
 */
void
tl_undo_journal_unlock (TlUndoJournal *self)
{
  g_return_if_fail (TL_IS_UNDO_JOURNAL (self));

  if (self->lock_fd >= 0)
    close (self->lock_fd);
  self->lock_fd = -1;
}

/**
 * tl_undo_journal_list:
 * @self: a journal
 * @error: return location for an error
 *
 * Returns: (transfer full) (nullable) (element-type TlJournalEntry): all entries, oldest first, not
 *   to be changed; none where there is no file; or %NULL with @error of %TL_ERROR:
 * %TL_ERROR_INVALID where the file is damaged, %TL_ERROR_DENIED, %TL_ERROR_FAILED
 */
GPtrArray *
tl_undo_journal_list (TlUndoJournal *self, GError **error)
{
  GStatBuf now;

  g_return_val_if_fail (TL_IS_UNDO_JOURNAL (self), NULL);

  now = look_at_file (self);
  if (self->entries == NULL || !is_same_file (&now, &self->read)) {
    g_clear_pointer (&self->entries, g_ptr_array_unref);
    self->entries = read_entries (self, error);
    self->read = now;
  }

  return self->entries != NULL ? g_ptr_array_ref (self->entries) : NULL;
}

/**
 * tl_undo_journal_put:
 * @self: a journal
 * @entry: an entry; it replaces the one of the same name
 * @error: return location for an error
 *
 * Writes an entry. When this returns %TRUE it is on disk. A damaged file is kept as `.damaged`
 * beside the new one. Takes the lock meanwhile where it is not held.
 *
 * Returns: whether it was written; else the file is as before and @error is of %TL_ERROR:
 *   %TL_ERROR_BUSY, %TL_ERROR_INVALID where a string is not UTF-8, %TL_ERROR_DENIED,
 *   %TL_ERROR_FAILED
 */
gboolean
tl_undo_journal_put (TlUndoJournal *self, const TlJournalEntry *entry, GError **error)
{
  gboolean held;
  gboolean written;

  g_return_val_if_fail (TL_IS_UNDO_JOURNAL (self), FALSE);
  g_return_val_if_fail (entry != NULL && entry->id != NULL, FALSE);

  held = self->lock_fd >= 0;
  if (!held && !take_lock (self, error))
    return FALSE;

  written = put_locked (self, entry, error);
  if (!held)
    tl_undo_journal_unlock (self);
  return written;
}

/**
 * tl_undo_journal_remove:
 * @self: a journal
 * @id: name of an entry
 * @error: return location for an error
 *
 * Removes an entry that is not needed any more. Takes the lock meanwhile where it is not held.
 *
 * Returns: whether it was removed, on disk; else @error is of %TL_ERROR: %TL_ERROR_NOT_FOUND,
 *   %TL_ERROR_BUSY, %TL_ERROR_INVALID where the file is damaged, %TL_ERROR_DENIED, %TL_ERROR_FAILED
 */
gboolean
tl_undo_journal_remove (TlUndoJournal *self, const char *id, GError **error)
{
  gboolean held;
  gboolean removed;

  g_return_val_if_fail (TL_IS_UNDO_JOURNAL (self), FALSE);
  g_return_val_if_fail (id != NULL, FALSE);

  held = self->lock_fd >= 0;
  if (!held && !take_lock (self, error))
    return FALSE;

  removed = remove_locked (self, id, error);
  if (!held)
    tl_undo_journal_unlock (self);
  return removed;
}

/**
 * tl_undo_journal_set_aside:
 * @self: a journal whose file is damaged
 * @error: return location for an error
 *
 * Begins a new file; the damaged one is kept as `.damaged` beside it. Takes the lock meanwhile
 * where it is not held.
 *
 * Returns: whether the journal is empty now, on disk; else @error is of %TL_ERROR: %TL_ERROR_BUSY,
 *   %TL_ERROR_DENIED, %TL_ERROR_FAILED
 */
gboolean
tl_undo_journal_set_aside (TlUndoJournal *self, GError **error)
{
  gboolean held;
  gboolean done;

  g_return_val_if_fail (TL_IS_UNDO_JOURNAL (self), FALSE);

  held = self->lock_fd >= 0;
  if (!held && !take_lock (self, error))
    return FALSE;

  done = set_aside_locked (self, error);
  if (!held)
    tl_undo_journal_unlock (self);
  return done;
}
