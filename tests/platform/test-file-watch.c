/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/file-watch.h"
#include "wait.h"

#include <glib-unix.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

typedef struct {
  char *top;
  char *folder; /* top/a/b */
  char *file;   /* top/a/b/file */
  TlFileWatch *watch;
  guint n_changes;
  TlFileWatch *marker;
  char *marker_file;
  guint n_marks;
} Fixture;

static void
on_changed (TlFileWatch *watch, gpointer user_data)
{
  guint *n = user_data;

  (*n)++;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->top = g_dir_make_tmp ("tunnel-light-XXXXXX", NULL);
  fixture->folder = g_build_filename (fixture->top, "a", "b", NULL);
  fixture->file = g_build_filename (fixture->folder, "file", NULL);
  fixture->watch = tl_file_watch_new (fixture->file);
  g_signal_connect (fixture->watch, "changed", G_CALLBACK (on_changed), &fixture->n_changes);
  fixture->marker_file = g_build_filename (fixture->top, "marker", NULL);
  fixture->marker = tl_file_watch_new (fixture->marker_file);
  g_signal_connect (fixture->marker, "changed", G_CALLBACK (on_changed), &fixture->n_marks);
}

static void
remove_tree (const char *name)
{
  g_autofree char *command = g_strdup_printf ("rm -r %s", name);

  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_assert_finalize_object (fixture->watch);
  g_assert_finalize_object (fixture->marker);
  remove_tree (fixture->top);
  g_free (fixture->top);
  g_free (fixture->folder);
  g_free (fixture->file);
  g_free (fixture->marker_file);
}

/*
 * What happened up to now has been told when the marker has: events come in their order, and every
 * watch waits equally long for more of them.
 */
static guint
count_changes (Fixture *fixture)
{
  guint n;

  fixture->n_marks = 0;
  g_assert_true (g_file_set_contents (fixture->marker_file, "", 0, NULL));
  wait_for_some (&fixture->n_marks);

  n = fixture->n_changes;
  fixture->n_changes = 0;
  return n;
}

static void
expect_change (Fixture *fixture)
{
  g_assert_cmpuint (count_changes (fixture), >, 0);
}

static void
make_folder (Fixture *fixture)
{
  g_assert_cmpint (g_mkdir_with_parents (fixture->folder, 0700), ==, 0);
}

static void
write_file (Fixture *fixture, const char *text)
{
  g_assert_true (g_file_set_contents (fixture->file, text, -1, NULL));
}

static void
test_life (Fixture *fixture, gconstpointer data)
{
  g_autofree char *neighbour = g_build_filename (fixture->folder, "other", NULL);
  g_autofree char *moved = g_build_filename (fixture->top, "moved", NULL);
  g_autofree char *above = g_build_filename (fixture->top, "a", NULL);

  for (guint round = 0; round < 2; round++) {
    make_folder (fixture);
    expect_change (fixture);
    write_file (fixture, "one");
    expect_change (fixture);
    write_file (fixture, "two");
    expect_change (fixture);
    g_assert_cmpint (g_chmod (fixture->file, 0), ==, 0);
    expect_change (fixture);

    g_assert_true (g_file_set_contents (neighbour, "text", -1, NULL));
    g_assert_cmpuint (count_changes (fixture), ==, 0);

    g_assert_cmpint (g_rename (fixture->file, moved), ==, 0);
    expect_change (fixture);
    g_assert_cmpint (g_rename (moved, fixture->file), ==, 0);
    expect_change (fixture);
    g_assert_cmpint (g_unlink (fixture->file), ==, 0);
    expect_change (fixture);

    /* With a folder above it, by deleting it or by moving it away. */
    if (round == 0)
      remove_tree (above);
    else
      g_assert_cmpint (g_rename (fixture->folder, moved), ==, 0);
    expect_change (fixture);
  }

  make_folder (fixture);
  expect_change (fixture);
  write_file (fixture, "again");
  expect_change (fixture);
}

/* Folder and file come at once: none of it may be missed. */
static void
test_at_once (Fixture *fixture, gconstpointer data)
{
  for (guint round = 0; round < 5; round++) {
    make_folder (fixture);
    write_file (fixture, "one");
    expect_change (fixture);
    write_file (fixture, "two");
    expect_change (fixture);
    g_assert_cmpint (g_unlink (fixture->file), ==, 0);
    g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
    expect_change (fixture);
  }
}

/* How often the threads beside this one went to sleep, and so were woken up. */
static guint64
count_sleeps (void)
{
  g_autoptr (GDir) threads = g_dir_open ("/proc/self/task", 0, NULL);
  g_autofree char *self = g_strdup_printf ("%d", getpid ());
  const char *name;
  guint64 n = 0;

  while ((name = g_dir_read_name (threads)) != NULL) {
    g_autofree char *path = g_build_filename ("/proc/self/task", name, "status", NULL);
    g_autofree char *status = NULL;

    if (g_str_equal (name, self))
      continue;
    g_assert_true (g_file_get_contents (path, &status, NULL, NULL));
    n += g_ascii_strtoull (strstr (status, "\nvoluntary_ctxt_switches:") + 25, NULL, 10);
  }

  return n;
}

/* GFileMonitor looks for a missing folder every four seconds; once it does so even though we let go
 * of the folder at once. */
static void
test_idle (Fixture *fixture, gconstpointer data)
{
  guint64 before;

  make_folder (fixture);
  expect_change (fixture);
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  expect_change (fixture);

  wait_run_for (5500);
  before = count_sleeps ();
  g_assert_cmpuint (before, >, 0);
  wait_run_for (5500);
  g_assert_cmpuint (count_sleeps (), ==, before);
}

/* Without a file descriptor there is no inotify instance either. */
static void
test_no_inotify (void)
{
  struct rlimit usual;
  struct rlimit no_more;
  g_autoptr (GSource) signal_source = NULL;
  g_autoptr (TlFileWatch) first = NULL;
  g_autoptr (TlFileWatch) second = NULL;

  if (!g_test_subprocess ()) {
    g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
    g_test_trap_assert_passed ();
    g_test_trap_assert_stderr ("*/nonexistent/first*unnoticed*");
    g_test_trap_assert_stderr_unmatched ("*/nonexistent/second*");
    return;
  }

  g_log_set_always_fatal (G_LOG_FATAL_MASK);
  /* GLib's main contexts, that of its own thread included, need some too. */
  signal_source = g_unix_signal_source_new (SIGHUP);
  g_main_context_default ();
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &usual), ==, 0);
  no_more = usual;
  no_more.rlim_cur = dup (STDIN_FILENO);
  close (no_more.rlim_cur);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &no_more), ==, 0);
  first = tl_file_watch_new ("/nonexistent/first");
  second = tl_file_watch_new ("/nonexistent/second");
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &usual), ==, 0);
}

#define ADD(name, function)                                                                        \
  g_test_add ("/file-watch/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("life", test_life);
  ADD ("at-once", test_at_once);
  ADD ("idle", test_idle);
  g_test_add_func ("/file-watch/no-inotify", test_no_inotify);

  return g_test_run ();
}
