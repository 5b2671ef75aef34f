/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/settings.h"
#include "core/error.h"
#include "wait.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define SCHEMA_ID "io.github.tunnellight.TunnelLight"

static char *folder; /* holds the two folders of XDG_CONFIG_DIRS */

typedef struct {
  char *first; /* the policy files in them */
  char *second;
  char *own; /* and one that is named */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->first = g_build_filename (folder, "first", "tunnel-light", "policy.conf", NULL);
  fixture->second = g_build_filename (folder, "second", "tunnel-light", "policy.conf", NULL);
  fixture->own = g_build_filename (folder, "own.conf", NULL);
}

static void
forget_file (const char *file)
{
  g_autofree char *parent = g_path_get_dirname (file);

  g_unlink (file);
  if (!g_str_equal (parent, folder))
    g_rmdir (parent);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  forget_file (fixture->first);
  forget_file (fixture->second);
  forget_file (fixture->own);
  g_free (fixture->first);
  g_free (fixture->second);
  g_free (fixture->own);
}

static void
write_policy (const char *file, const char *text)
{
  g_autofree char *parent = g_path_get_dirname (file);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (parent, 0700), ==, 0);
  g_file_set_contents (file, text, -1, &error);
  g_assert_no_error (error);
}

static void
assert_organization (TlSettings *settings, const char *name)
{
  g_assert_cmpstr (tl_settings_get_policy (settings)->organization, ==, name);
}

static void
assert_policy_error (TlSettings *settings, int code, const char *message)
{
  const GError *error = tl_settings_get_policy_error (settings);

  g_assert_error (error, TL_ERROR, code);
  g_assert_cmpstr (error->message, ==, message);
}

static void
test_defaults (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TlSettings) settings = tl_settings_new (NULL);

  g_assert_null (tl_settings_get_policy_error (settings));
  assert_organization (settings, NULL);
  g_assert_cmpint (tl_settings_get_consent (settings), ==, TL_CONSENT_UNASKED);
  g_assert_false (tl_settings_get_probing (settings));
  g_assert_true (tl_settings_get_flag (settings, TL_FLAG_NOTIFICATIONS));
  g_assert_true (tl_settings_get_flag (settings, TL_FLAG_EXIT_CHECKS));
  g_assert_false (tl_settings_get_flag (settings, TL_FLAG_FIRST_START_DONE));
  g_assert_false (tl_settings_get_flag (settings, TL_FLAG_TRAY_HINT_SHOWN));
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    g_auto (GStrv) urls = tl_settings_dup_urls (settings, family);

    g_assert_cmpuint (g_strv_length (urls), ==, 4);
    for (guint i = 0; urls[i] != NULL; i++)
      g_assert_true (g_str_has_prefix (urls[i], "https://"));
  }
}

static void
test_set (Fixture *fixture, gconstpointer data)
{
  TlSettings *settings = tl_settings_new (NULL);
  guint n_changes = 0;

  g_signal_connect (settings, "changed", G_CALLBACK (wait_count), &n_changes);
  tl_settings_set_consent (settings, TL_CONSENT_YES);
  wait_for_one (&n_changes);
  g_assert_cmpint (tl_settings_get_consent (settings), ==, TL_CONSENT_YES);
  g_assert_true (tl_settings_get_probing (settings));

  tl_settings_set_flag (settings, TL_FLAG_EXIT_CHECKS, FALSE);
  wait_for_one (&n_changes);
  g_assert_false (tl_settings_get_probing (settings));
  tl_settings_set_flag (settings, TL_FLAG_NOTIFICATIONS, FALSE);
  wait_for_one (&n_changes);
  g_assert_false (tl_settings_get_flag (settings, TL_FLAG_NOTIFICATIONS));
  tl_settings_set_flag (settings, TL_FLAG_FIRST_START_DONE, TRUE);
  wait_for_one (&n_changes);
  g_assert_true (tl_settings_get_flag (settings, TL_FLAG_FIRST_START_DONE));

  tl_settings_set_consent (settings, TL_CONSENT_UNASKED);
  tl_settings_set_flag (settings, TL_FLAG_EXIT_CHECKS, TRUE);
  tl_settings_set_flag (settings, TL_FLAG_NOTIFICATIONS, TRUE);
  tl_settings_set_flag (settings, TL_FLAG_FIRST_START_DONE, FALSE);
  g_assert_finalize_object (settings);
}

/* Who may say that the program asks by itself. */
static void
test_probing (Fixture *fixture, gconstpointer data)
{
  const struct {
    const char *policy;
    gboolean checks;
    TlConsent consent;
    gboolean probing;
  } table[] = {
    { "", TRUE, TL_CONSENT_UNASKED, FALSE },
    { "", TRUE, TL_CONSENT_NO, FALSE },
    { "", TRUE, TL_CONSENT_YES, TRUE },
    { "", FALSE, TL_CONSENT_YES, FALSE },
    { "[Probe]\nEnabled=true\n", TRUE, TL_CONSENT_UNASKED, TRUE },
    { "[Probe]\nEnabled=true\n", TRUE, TL_CONSENT_NO, FALSE },
    { "[Probe]\nEnabled=true\n", TRUE, TL_CONSENT_YES, TRUE },
    { "[Probe]\nEnabled=true\n", FALSE, TL_CONSENT_UNASKED, FALSE },
    { "[Probe]\nEnabled=false\n", TRUE, TL_CONSENT_UNASKED, FALSE },
    { "[Probe]\nEnabled=false\n", TRUE, TL_CONSENT_YES, FALSE },
    { "[Probe]\nIPv4=https://a.example.org\n", TRUE, TL_CONSENT_UNASKED, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (TlSettings) settings = NULL;

    write_policy (fixture->own, table[i].policy);
    settings = tl_settings_new (fixture->own);
    tl_settings_set_flag (settings, TL_FLAG_EXIT_CHECKS, table[i].checks);
    tl_settings_set_consent (settings, table[i].consent);
    g_assert_cmpint (tl_settings_get_probing (settings), ==, table[i].probing);

    tl_settings_set_flag (settings, TL_FLAG_EXIT_CHECKS, TRUE);
    tl_settings_set_consent (settings, TL_CONSENT_UNASKED);
  }
}

static void
test_named (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TlSettings) settings = NULL;
  g_autofree char *missing = g_strconcat (fixture->own, ": there is no such file", NULL);
  g_autofree char *wrong =
    g_strconcat (fixture->own, ":2: Mode must be full, split or auto, not “x”", NULL);
  g_auto (GStrv) ipv4 = NULL;
  g_auto (GStrv) ipv6 = NULL;
  guint n_changes = 0;

  write_policy (fixture->first, "[Organization]\nName=First\n");
  settings = tl_settings_new (fixture->own);
  g_signal_connect (settings, "changed", G_CALLBACK (wait_count), &n_changes);
  assert_policy_error (settings, TL_ERROR_NOT_FOUND, missing);
  assert_organization (settings, NULL);

  write_policy (fixture->own, "[Organization]\nName=Own\n[Probe]\nIPv4=https://a.example.org\n");
  wait_for_one (&n_changes);
  g_assert_null (tl_settings_get_policy_error (settings));
  assert_organization (settings, "Own");
  ipv4 = tl_settings_dup_urls (settings, TL_FAMILY_IPV4);
  ipv6 = tl_settings_dup_urls (settings, TL_FAMILY_IPV6);
  g_assert_cmpuint (g_strv_length (ipv4), ==, 1);
  g_assert_cmpstr (ipv4[0], ==, "https://a.example.org");
  g_assert_cmpuint (g_strv_length (ipv6), ==, 4);

  /* A broken policy: the last good one stays, the error is told. */
  write_policy (fixture->own, "[Tunnel]\nMode=x\n");
  wait_for_one (&n_changes);
  assert_policy_error (settings, TL_ERROR_INVALID, wrong);
  assert_organization (settings, "Own");

  write_policy (fixture->own, "[Organization]\nName=Own\n[Probe]\nIPv4=https://a.example.org\n");
  wait_for_one (&n_changes);
  g_assert_null (tl_settings_get_policy_error (settings));

  /* The same again is no change. */
  write_policy (fixture->own, "[Organization]\nName=Own\n[Probe]\nIPv4=https://a.example.org\n");
  wait_run_for (300);
  g_assert_cmpuint (n_changes, ==, 0);

  g_assert_cmpint (g_unlink (fixture->own), ==, 0);
  wait_for_one (&n_changes);
  assert_policy_error (settings, TL_ERROR_NOT_FOUND, missing);
  assert_organization (settings, "Own");
}

static void
test_usual_places (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TlSettings) settings = tl_settings_new (NULL);
  guint n_changes = 0;

  g_signal_connect (settings, "changed", G_CALLBACK (wait_count), &n_changes);
  assert_organization (settings, NULL);

  /* The folder did not exist before. */
  write_policy (fixture->second, "[Organization]\nName=Second\n");
  wait_for_one (&n_changes);
  assert_organization (settings, "Second");
  write_policy (fixture->first, "[Organization]\nName=First\n");
  wait_for_one (&n_changes);
  assert_organization (settings, "First");

  /* A broken one hides the other all the same: it is the one that counts. */
  write_policy (fixture->first, "nonsense");
  wait_for_one (&n_changes);
  g_assert_error (tl_settings_get_policy_error (settings), TL_ERROR, TL_ERROR_INVALID);
  assert_organization (settings, "First");

  forget_file (fixture->first);
  wait_for_one (&n_changes);
  g_assert_null (tl_settings_get_policy_error (settings));
  assert_organization (settings, "Second");
  forget_file (fixture->second);
  wait_for_one (&n_changes);
  assert_organization (settings, NULL);
}

static void
test_unreadable (Fixture *fixture, gconstpointer data)
{
  g_autofree char *large = g_strnfill (1024 * 1024 + 1, '#');
  g_autoptr (TlSettings) too_long = NULL;
  g_autoptr (TlSettings) endless = tl_settings_new ("/dev/zero");
  g_autoptr (TlSettings) no_file = tl_settings_new (folder);

  write_policy (fixture->own, large);
  too_long = tl_settings_new (fixture->own);
  g_assert_error (tl_settings_get_policy_error (too_long), TL_ERROR, TL_ERROR_INVALID);
  assert_policy_error (endless, TL_ERROR_INVALID, "/dev/zero: is longer than 1048576 bytes");
  g_assert_error (tl_settings_get_policy_error (no_file), TL_ERROR, TL_ERROR_FAILED);
}

static void
test_denied (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TlSettings) settings = NULL;
  g_autofree char *message = g_strconcat (fixture->own, ": it may not be read", NULL);

  write_policy (fixture->own, "[Organization]\nName=Own\n");
  g_assert_cmpint (g_chmod (folder, 0755), ==, 0);
  g_assert_cmpint (g_chmod (fixture->own, 0), ==, 0);
  if (geteuid () == 0)
    g_assert_cmpint (seteuid (65534), ==, 0);
  settings = tl_settings_new (fixture->own);
  if (getuid () == 0)
    g_assert_cmpint (seteuid (0), ==, 0);

  assert_policy_error (settings, TL_ERROR_DENIED, message);
  assert_organization (settings, NULL);
}

static void
test_stdin (Fixture *fixture, gconstpointer data)
{
  const struct {
    const char *text;
    const char *organization;
    const char *error;
  } table[] = {
    { "[Organization]\nName=Piped\n", "Piped", NULL },
    { "[Tunnel]\nMode=x\n", NULL, "stdin:2: Mode must be full, split or auto, not “x”" },
    { "", NULL, NULL },
  };
  int before = dup (STDIN_FILENO);

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (TlSettings) settings = NULL;
    int fd;

    write_policy (fixture->own, table[i].text);
    fd = g_open (fixture->own, O_RDONLY, 0);
    g_assert_cmpint (dup2 (fd, STDIN_FILENO), ==, STDIN_FILENO);
    close (fd);

    settings = tl_settings_new ("-");
    assert_organization (settings, table[i].organization);
    if (table[i].error != NULL)
      assert_policy_error (settings, TL_ERROR_INVALID, table[i].error);
    else
      g_assert_null (tl_settings_get_policy_error (settings));
  }

  dup2 (before, STDIN_FILENO);
  close (before);
}

/* Another program writes the same keys, and the schema's names are the ones used here. */
static void
test_schema (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSettings) store = g_settings_new (SCHEMA_ID);
  g_autoptr (TlSettings) settings = tl_settings_new (NULL);
  const char *const own[] = { "https://mine.example.org", NULL };
  const char *const none[] = { NULL };
  guint n_changes = 0;

  g_signal_connect (settings, "changed", G_CALLBACK (wait_count), &n_changes);
  g_settings_set_string (store, "exit-checks-consent", "yes");
  wait_for_one (&n_changes);
  g_assert_true (tl_settings_get_probing (settings));
  tl_settings_set_consent (settings, TL_CONSENT_NO);
  g_assert_cmpint (g_settings_get_enum (store, "exit-checks-consent"), ==, TL_CONSENT_NO);
  tl_settings_set_flag (settings, TL_FLAG_TRAY_HINT_SHOWN, TRUE);
  g_assert_true (g_settings_get_boolean (store, "tray-hint-shown"));

  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    const char *key = family == TL_FAMILY_IPV4 ? "exit-services-ipv4" : "exit-services-ipv6";
    g_auto (GStrv) mine = NULL;
    g_auto (GStrv) built_in = NULL;
    g_auto (GStrv) installed = NULL;

    g_settings_set_strv (store, key, own);
    mine = tl_settings_dup_urls (settings, family);
    g_assert_cmpstrv (mine, own);

    g_settings_set_strv (store, key, none);
    built_in = tl_settings_dup_urls (settings, family);
    g_settings_reset (store, key);
    installed = tl_settings_dup_urls (settings, family);
    g_assert_cmpstrv (built_in, installed);
  }

  g_settings_reset (store, "exit-checks-consent");
  g_settings_reset (store, "tray-hint-shown");
}

#define ADD(name, function)                                                                        \
  g_test_add ("/settings/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char *argv[])
{
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autofree char *folders = NULL;
  int result;

  /* GLib looks at these once, so they come before anything else. */
  folder = g_dir_make_tmp ("tunnel-light-XXXXXX", NULL);
  first = g_build_filename (folder, "first", NULL);
  second = g_build_filename (folder, "second", NULL);
  folders = g_strconcat (first, ":", second, NULL);
  g_setenv ("XDG_CONFIG_DIRS", folders, TRUE);
  g_test_init (&argc, &argv, NULL);

  ADD ("defaults", test_defaults);
  ADD ("set", test_set);
  ADD ("probing", test_probing);
  ADD ("named", test_named);
  ADD ("usual-places", test_usual_places);
  ADD ("unreadable", test_unreadable);
  ADD ("denied", test_denied);
  ADD ("stdin", test_stdin);
  if (g_getenv ("GSETTINGS_SCHEMA_DIR") != NULL)
    ADD ("schema", test_schema);

  result = g_test_run ();
  g_rmdir (first);
  g_rmdir (second);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
  return result;
}
