/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/file-watch.h"

#include "platform/source-util.h"

/* Milliseconds in which the events of one change come together: a file that is written anew makes
 * several, and between them it is empty. */
#define SETTLE_MS 50

/**
 * TlFileWatch:
 *
 * Tells when a file is made, written, replaced or deleted, also while its folder does not exist
 * yet. For a folder that does not exist #GFileMonitor looks every four seconds; this one waits
 * for an event of the next folder above that does, and so never wakes up for nothing.
 */
struct _TlFileWatch {
  GObject parent_instance;

  GFile *file;
  GFile *folder; /* the one that is watched */
  GFileMonitor *monitor;
  GMainContext *context;
  GSource *settle_source;
};

enum {
  SIGNAL_CHANGED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (TlFileWatch, tl_file_watch, G_TYPE_OBJECT)

static void on_monitor_changed (GFileMonitor *monitor,
                                GFile *file,
                                GFile *other_file,
                                GFileMonitorEvent event,
                                gpointer user_data);

static GFile *
nearest_folder (GFile *file)
{
  GFile *folder = g_file_get_parent (file);

  while (folder != NULL &&
         g_file_query_file_type (folder, G_FILE_QUERY_INFO_NONE, NULL) != G_FILE_TYPE_DIRECTORY) {
    GFile *above = g_file_get_parent (folder);

    g_object_unref (folder);
    folder = above;
  }

  return folder;
}

static void
stop (TlFileWatch *self)
{
  if (self->monitor != NULL) {
    g_signal_handlers_disconnect_by_data (self->monitor, self);
    g_file_monitor_cancel (self->monitor);
  }
  g_clear_object (&self->monitor);
  g_clear_object (&self->folder);
}

/* There are few inotify instances for all programs of a person together. Where none is left, the
 * file is as it was read: better said than a policy that is changed to no avail. */
static void
watch_folder (TlFileWatch *self, GFile *folder)
{
  g_autoptr (GError) error = NULL;

  stop (self);
  self->folder = g_object_ref (folder);
  self->monitor = g_file_monitor_directory (folder, G_FILE_MONITOR_WATCH_MOVES, NULL, &error);
  if (self->monitor == NULL) {
    g_warning_once ("%s is not watched, its changes go unnoticed: %s",
                    g_file_peek_path (self->file), error->message);
    return;
  }

  g_signal_connect (self->monitor, "changed", G_CALLBACK (on_monitor_changed), self);
}

/* Goes on until nothing was made between the look and the watch. */
static void
start (TlFileWatch *self)
{
  g_autoptr (GFile) folder = nearest_folder (self->file);

  while (folder != NULL && (self->folder == NULL || !g_file_equal (folder, self->folder))) {
    watch_folder (self, folder);
    g_object_unref (folder);
    folder = nearest_folder (self->file);
  }
}

static gboolean
on_settled (gpointer user_data)
{
  TlFileWatch *self = TL_FILE_WATCH (user_data);

  tl_source_clear (&self->settle_source);
  start (self);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);

  return G_SOURCE_REMOVE;
}

static gboolean
concerns (TlFileWatch *self, GFile *file)
{
  return file != NULL && (g_file_equal (self->file, file) || g_file_has_prefix (self->file, file));
}

static void
on_monitor_changed (GFileMonitor *monitor,
                    GFile *file,
                    GFile *other_file,
                    GFileMonitorEvent event,
                    gpointer user_data)
{
  TlFileWatch *self = TL_FILE_WATCH (user_data);

  if (!concerns (self, file) && !concerns (self, other_file))
    return;

  /* A folder that went may have come again: its old watch is deaf. */
  if (g_file_equal (file, self->folder))
    stop (self);
  if (self->settle_source == NULL)
    self->settle_source = tl_source_add_timeout (self->context, SETTLE_MS, on_settled, self);
}

static void
tl_file_watch_dispose (GObject *object)
{
  TlFileWatch *self = TL_FILE_WATCH (object);

  stop (self);
  tl_source_clear (&self->settle_source);

  G_OBJECT_CLASS (tl_file_watch_parent_class)->dispose (object);
}

static void
tl_file_watch_finalize (GObject *object)
{
  TlFileWatch *self = TL_FILE_WATCH (object);

  g_object_unref (self->file);
  g_main_context_unref (self->context);

  G_OBJECT_CLASS (tl_file_watch_parent_class)->finalize (object);
}

static void
tl_file_watch_class_init (TlFileWatchClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = tl_file_watch_dispose;
  object_class->finalize = tl_file_watch_finalize;

  /**
   * TlFileWatch::changed:
   *
   * Something happened to the file or to a folder above it. What is there now may be the same.
   */
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", TL_TYPE_FILE_WATCH, G_SIGNAL_RUN_LAST, 0, NULL,
                                          NULL, NULL, G_TYPE_NONE, 0);
}

static void
tl_file_watch_init (TlFileWatch *self)
{
  self->context = g_main_context_ref_thread_default ();
}

/**
 * tl_file_watch_new:
 * @file_name: path of a file that may or may not exist
 *
 * Returns: (transfer full): a watch of that file; it tells of it on the thread-default main
 *   context of now
 */
TlFileWatch *
tl_file_watch_new (const char *file_name)
{
  TlFileWatch *self = g_object_new (TL_TYPE_FILE_WATCH, NULL);

  self->file = g_file_new_for_path (file_name);
  start (self);

  return self;
}
