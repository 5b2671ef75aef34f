/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/resolv-conf.h"
#include "wait.h"

#include <glib/gstdio.h>
#include <unistd.h>

typedef struct {
  char *folder;
  char *file;
  char *target; /* what the file links to */
  TlResolvConf *resolv_conf;
  guint n_changes;
} Fixture;

static void
open_file (Fixture *fixture)
{
  fixture->resolv_conf = tl_resolv_conf_new (fixture->file);
  g_signal_connect (fixture->resolv_conf, "changed", G_CALLBACK (wait_count), &fixture->n_changes);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("tunnel-light-XXXXXX", NULL);
  fixture->file = g_build_filename (fixture->folder, "resolv.conf", NULL);
  fixture->target = g_build_filename (fixture->folder, "stub", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_assert_finalize_object (fixture->resolv_conf);
  g_unlink (fixture->file);
  g_unlink (fixture->target);
  g_rmdir (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->file);
  g_free (fixture->target);
}

static void
write_file (const char *name, const char *text)
{
  g_assert_true (g_file_set_contents (name, text, -1, NULL));
}

static void
assert_first (Fixture *fixture, const char *expected)
{
  GPtrArray *resolvers = tl_resolv_conf_get_resolvers (fixture->resolv_conf);
  g_autofree char *address = NULL;

  g_assert_nonnull (resolvers);
  g_assert_cmpuint (resolvers->len, >, 0);
  address = tl_address_to_string (&((const TlResolver *)resolvers->pdata[0])->address);
  g_assert_cmpstr (address, ==, expected);
}

static void
test_comes_and_goes (Fixture *fixture, gconstpointer data)
{
  open_file (fixture);
  g_assert_null (tl_resolv_conf_get_resolvers (fixture->resolv_conf));

  write_file (fixture->file, "nameserver 192.0.2.1\n");
  wait_for_one (&fixture->n_changes);
  assert_first (fixture, "192.0.2.1");

  g_unlink (fixture->file);
  wait_for_one (&fixture->n_changes);
  g_assert_null (tl_resolv_conf_get_resolvers (fixture->resolv_conf));
}

/* Only other servers are a change: written anew with the same ones it is none. */
static void
test_same (Fixture *fixture, gconstpointer data)
{
  write_file (fixture->file, "nameserver 192.0.2.1\n");
  open_file (fixture);

  write_file (fixture->file, "# again\nnameserver 192.0.2.1\nsearch example\n");
  wait_run_for (200);
  g_assert_cmpuint (fixture->n_changes, ==, 0);
  write_file (fixture->file, "nameserver 192.0.2.2\n");
  wait_for_one (&fixture->n_changes);
  assert_first (fixture, "192.0.2.2");
}

/* As systemd-resolved's: what the link leads to changes, the link does not. */
static void
test_link (Fixture *fixture, gconstpointer data)
{
  write_file (fixture->target, "nameserver 127.0.0.53\n");
  g_assert_cmpint (symlink (fixture->target, fixture->file), ==, 0);
  open_file (fixture);
  assert_first (fixture, "127.0.0.53");

  write_file (fixture->target, "nameserver 192.0.2.1\n");
  wait_for_one (&fixture->n_changes);
  assert_first (fixture, "192.0.2.1");

  /* A file in place of the link, as tools that take over the configuration do. */
  write_file (fixture->file, "nameserver 192.0.2.2\n");
  wait_for_one (&fixture->n_changes);
  assert_first (fixture, "192.0.2.2");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/resolv-conf/comes-and-goes", Fixture, NULL, set_up, test_comes_and_goes, tear_down);
  g_test_add ("/resolv-conf/same", Fixture, NULL, set_up, test_same, tear_down);
  g_test_add ("/resolv-conf/link", Fixture, NULL, set_up, test_link, tear_down);

  return g_test_run ();
}
