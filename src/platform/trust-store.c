/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/trust-store.h"

/*
 * What distributions make of the certificates that the computer trusts, an administrator's own
 * among them, for programs that read a file: Debian, Arch, Alpine and Flatpak's runtimes; Fedora
 * and its kin; openSUSE.
 */
static const char *const bundles[] = {
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
};

static guint n_holds;
static GTlsDatabase *held;

static GTlsDatabase *
read_bundle (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bundles); i++) {
    g_autoptr (GError) error = NULL;
    GTlsDatabase *database;

    if (!g_file_test (bundles[i], G_FILE_TEST_EXISTS))
      continue;
    database = g_tls_file_database_new (bundles[i], &error);
    if (database != NULL)
      return database;
    g_debug ("%s: %s", bundles[i], error->message);
  }

  return NULL;
}

/**
 * tl_trust_store_hold:
 *
 * To be called before TLS is used, and paired with tl_trust_store_release(). GIO keeps the
 * certificates that the computer trusts in memory for the life of the process once they were
 * needed (4 MiB, measured with glib-networking 2.74); where there is a file of them, it is read
 * instead, and dropped with the last release. Where there is none, GIO's way is the way.
 */
void
tl_trust_store_hold (void)
{
  if (n_holds++ > 0)
    return;

  held = read_bundle ();
  if (held != NULL)
    g_tls_backend_set_default_database (g_tls_backend_get_default (), held);
}

/**
 * tl_trust_store_release:
 *
 * The use of TLS that tl_trust_store_hold() was called for is over.
 */
void
tl_trust_store_release (void)
{
  g_return_if_fail (n_holds > 0);

  if (--n_holds > 0 || held == NULL)
    return;

  g_tls_backend_set_default_database (g_tls_backend_get_default (), NULL);
  g_clear_object (&held);
}
