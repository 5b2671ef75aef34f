/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/resolv-conf.h"

#include "core/list-equal.h"
#include "core/resolver-list.h"
#include "platform/file-watch.h"

#include <gio/gio.h>
#include <stdlib.h>

/* Bytes that are read at most; glibc reads lines of 256 or less. */
#define FILE_MAX (64 * 1024)

/**
 * TlResolvConf:
 *
 * The DNS servers that the C library asks, read anew when the file changes. NetworkManager often
 * writes it, but so do VPN clients, and it is what programs go by.
 */
struct _TlResolvConf {
  GObject parent_instance;

  char *file_name;
  char *target; /* nullable: where a symbolic link leads, systemd-resolved's for instance */
  TlFileWatch *watch;
  TlFileWatch *target_watch; /* nullable */
  GPtrArray *resolvers;      /* nullable */
};

enum { SIGNAL_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (TlResolvConf, tl_resolv_conf, G_TYPE_OBJECT)

static GPtrArray *
read_file (const char *file_name)
{
  g_autoptr (GFile) file = g_file_new_for_path (file_name);
  g_autoptr (GError) error = NULL;
  g_autoptr (GFileInputStream) stream = g_file_read (file, NULL, &error);
  g_autofree char *text = g_malloc0 (FILE_MAX + 1);

  if (stream == NULL ||
      !g_input_stream_read_all (G_INPUT_STREAM (stream), text, FILE_MAX, NULL, NULL, &error)) {
    g_debug ("%s: %s", file_name, error->message);
    return NULL;
  }

  return tl_resolver_list_parse (text);
}

static gboolean
resolver_equal (gconstpointer first, gconstpointer second)
{
  const TlResolver *a = first;
  const TlResolver *b = second;

  return tl_address_compare (&a->address, &b->address) == 0 &&
         g_strcmp0 (a->interface, b->interface) == 0;
}

static gboolean
resolvers_equal (const GPtrArray *a, const GPtrArray *b)
{
  if (a == NULL || b == NULL)
    return a == b;

  return tl_lists_equal (a, b, resolver_equal);
}

static void on_file_changed (TlFileWatch *watch, gpointer user_data);

/* Where a link leads, be it there or not: what is written anew may be gone for a moment. */
static char *
find_target (const char *file_name)
{
  g_autofree char *link = g_file_read_link (file_name, NULL);
  g_autofree char *folder = g_path_get_dirname (file_name);
  char *resolved = realpath (file_name, NULL);

  if (resolved != NULL || link == NULL)
    return resolved;

  return g_canonicalize_filename (link, folder);
}

/* A watch of a symbolic link says nothing of the file behind it. */
static void
follow (TlResolvConf *self)
{
  g_autofree char *resolved = find_target (self->file_name);
  const char *target = g_strcmp0 (resolved, self->file_name) != 0 ? resolved : NULL;

  if (g_strcmp0 (target, self->target) == 0)
    return;

  g_clear_object (&self->target_watch);
  g_free (self->target);
  self->target = g_strdup (target);
  if (target == NULL)
    return;
  self->target_watch = tl_file_watch_new (target);
  g_signal_connect_object (self->target_watch, "changed", G_CALLBACK (on_file_changed), self, 0);
}

static void
on_file_changed (TlFileWatch *watch, gpointer user_data)
{
  g_autoptr (TlResolvConf) self = g_object_ref (TL_RESOLV_CONF (user_data));
  g_autoptr (TlFileWatch) kept = g_object_ref (watch);
  GPtrArray *resolvers;

  follow (self);
  resolvers = read_file (self->file_name);
  if (resolvers_equal (resolvers, self->resolvers)) {
    g_clear_pointer (&resolvers, g_ptr_array_unref);
    return;
  }

  g_clear_pointer (&self->resolvers, g_ptr_array_unref);
  self->resolvers = resolvers;
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
tl_resolv_conf_finalize (GObject *object)
{
  TlResolvConf *self = TL_RESOLV_CONF (object);

  g_clear_object (&self->watch);
  g_clear_object (&self->target_watch);
  g_clear_pointer (&self->resolvers, g_ptr_array_unref);
  g_free (self->target);
  g_free (self->file_name);

  G_OBJECT_CLASS (tl_resolv_conf_parent_class)->finalize (object);
}

static void
tl_resolv_conf_class_init (TlResolvConfClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tl_resolv_conf_finalize;

  /**
   * TlResolvConf::changed:
   *
   * Other DNS servers are named.
   */
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tl_resolv_conf_init (TlResolvConf *self)
{
}

/**
 * tl_resolv_conf_new:
 * @file_name: %TL_RESOLV_CONF_FILE, or another of its kind
 *
 * Returns: (transfer full): the file, read
 */
TlResolvConf *
tl_resolv_conf_new (const char *file_name)
{
  TlResolvConf *self = g_object_new (TL_TYPE_RESOLV_CONF, NULL);

  self->file_name = g_strdup (file_name);
  /* First the watch: what is written between the two is then seen twice rather than never. */
  self->watch = tl_file_watch_new (file_name);
  g_signal_connect_object (self->watch, "changed", G_CALLBACK (on_file_changed), self, 0);
  follow (self);
  self->resolvers = read_file (file_name);

  return self;
}

/**
 * tl_resolv_conf_get_resolvers:
 * @self: the file
 *
 * Returns: (transfer none) (nullable) (element-type TlResolver): the DNS servers it names, to be
 *   shared and not changed; %NULL where it cannot be read
 */
GPtrArray *
tl_resolv_conf_get_resolvers (TlResolvConf *self)
{
  g_return_val_if_fail (TL_IS_RESOLV_CONF (self), NULL);

  return self->resolvers;
}
