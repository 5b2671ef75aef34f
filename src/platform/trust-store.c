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
static GQueue waiting = G_QUEUE_INIT; /* (element-type Waiter): not empty while a thread reads */

/** Waiter: somebody to be told that the trust store was read. */
typedef struct {
  TlTrustStoreReady ready;
  gpointer user_data;
} Waiter;

/*
 * GIO's database of the certificates in a file, behind a type of our own. For its own types
 * glib-networking reads the file anew for every connection (measured, 2.74: 20 ms and 3 MiB each);
 * of any other it asks what is asked here: whether a chain is to be trusted.
 */
struct _TlTrustStore {
  GTlsDatabase parent_instance;

  GTlsDatabase *file;
};

#define TL_TYPE_TRUST_STORE (tl_trust_store_get_type ())
G_DECLARE_FINAL_TYPE (TlTrustStore, tl_trust_store, TL, TRUST_STORE, GTlsDatabase)
G_DEFINE_FINAL_TYPE (TlTrustStore, tl_trust_store, G_TYPE_TLS_DATABASE)

static GTlsCertificateFlags
tl_trust_store_verify_chain (GTlsDatabase *database,
                             GTlsCertificate *chain,
                             const char *purpose,
                             GSocketConnectable *identity,
                             GTlsInteraction *interaction,
                             GTlsDatabaseVerifyFlags flags,
                             GCancellable *cancellable,
                             GError **error)
{
  return g_tls_database_verify_chain (TL_TRUST_STORE (database)->file, chain, purpose, identity,
                                      interaction, flags, cancellable, error);
}

static void
tl_trust_store_finalize (GObject *object)
{
  g_clear_object (&TL_TRUST_STORE (object)->file);

  G_OBJECT_CLASS (tl_trust_store_parent_class)->finalize (object);
}

static void
tl_trust_store_class_init (TlTrustStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tl_trust_store_finalize;
  G_TLS_DATABASE_CLASS (klass)->verify_chain = tl_trust_store_verify_chain;
}

static void
tl_trust_store_init (TlTrustStore *self)
{
}

/**
 * tl_trust_store_new:
 * @file_name: of certificates in PEM format
 * @error: what GIO says of it
 *
 * Returns: (transfer full) (nullable): a database that trusts these
 */
GTlsDatabase *
tl_trust_store_new (const char *file_name, GError **error)
{
  GTlsDatabase *file = g_tls_file_database_new (file_name, error);
  TlTrustStore *self;

  if (file == NULL)
    return NULL;

  self = g_object_new (TL_TYPE_TRUST_STORE, NULL);
  self->file = file;
  return G_TLS_DATABASE (self);
}

static void
read_bundle (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GTlsDatabase *database = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (bundles) && database == NULL; i++) {
    g_autoptr (GError) error = NULL;

    if (!g_file_test (bundles[i], G_FILE_TEST_EXISTS))
      continue;
    database = tl_trust_store_new (bundles[i], &error);
    if (database == NULL)
      g_debug ("%s: %s", bundles[i], error->message);
  }

  g_task_return_pointer (task, database, g_object_unref);
}

static void
on_bundle_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GQueue ready = waiting;
  Waiter *waiter;

  held = g_task_propagate_pointer (G_TASK (result), NULL);
  if (held != NULL)
    g_tls_backend_set_default_database (g_tls_backend_get_default (), held);

  /* Whoever is told may ask and release anew. */
  g_queue_init (&waiting);
  while ((waiter = g_queue_pop_head (&ready)) != NULL) {
    waiter->ready (waiter->user_data);
    g_free (waiter);
  }
}

static void
wait_for_bundle (TlTrustStoreReady ready, gpointer user_data)
{
  Waiter *waiter = g_new0 (Waiter, 1);

  waiter->ready = ready;
  waiter->user_data = user_data;
  g_queue_push_tail (&waiting, waiter);
}

/**
 * tl_trust_store_hold:
 * @ready: called once TLS may be used, perhaps before this has returned
 * @user_data: for @ready
 *
 * To be called before TLS is used, and paired with tl_trust_store_release() after @ready was
 * called. GIO keeps the certificates that the computer trusts in memory for the life of the process
 * once they were needed (4 MiB, measured with glib-networking 2.74); where there is a file of them,
 * it is read instead, by a thread since that takes 20 ms, and dropped with the last release. Where
 * there is none, GIO's way is the way.
 */
void
tl_trust_store_hold (TlTrustStoreReady ready, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  if (n_holds++ > 0) {
    if (g_queue_is_empty (&waiting))
      ready (user_data);
    else
      wait_for_bundle (ready, user_data);
    return;
  }

  wait_for_bundle (ready, user_data);
  task = g_task_new (NULL, NULL, on_bundle_read, NULL);
  g_task_set_source_tag (task, tl_trust_store_hold);
  g_task_run_in_thread (task, read_bundle);
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
