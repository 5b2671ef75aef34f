/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/policy-file.h"

#include "app/describe-policy.h"
#include "core/error.h"
#include "platform/file-watch.h"
#include "platform/system-error.h"

#include <gio/gunixinputstream.h>
#include <glib/gi18n.h>
#include <unistd.h>

/* Bytes of a policy file that are read at most. */
#define POLICY_MAX (1024 * 1024)

/**
 * TlPolicyFile:
 *
 * The organisation's word: the policy file, read anew when it changes. One that cannot be used
 * leaves the last good one in force.
 */
struct _TlPolicyFile {
  GObject parent_instance;

  char *name; /* nullable: the usual places */
  GPtrArray *watches;
  GBytes *text;
  TlPolicy *policy;
  GError *error;
};

enum { SIGNAL_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (TlPolicyFile, tl_policy_file, G_TYPE_OBJECT)

static gboolean
reads_stdin (TlPolicyFile *self)
{
  return g_strcmp0 (self->name, "-") == 0;
}

/* Where the policy is looked for, most important first: the first that exists is the policy. */
static GStrv
policy_files (TlPolicyFile *self)
{
  g_autoptr (GStrvBuilder) files = g_strv_builder_new ();
  const char *const *folders = g_get_system_config_dirs ();

  if (self->name != NULL) {
    g_strv_builder_add (files, self->name);
    return g_strv_builder_end (files);
  }

  for (guint i = 0; folders[i] != NULL; i++) {
    g_autofree char *file = g_build_filename (folders[i], "tunnel-light", "policy.conf", NULL);

    g_strv_builder_add (files, file);
  }

  return g_strv_builder_end (files);
}

static GInputStream *
open_policy (TlPolicyFile *self, const char *name, GError **error)
{
  g_autoptr (GFile) file = NULL;

  if (reads_stdin (self))
    return g_unix_input_stream_new (STDIN_FILENO, FALSE);

  file = g_file_new_for_path (name);
  return G_INPUT_STREAM (g_file_read (file, NULL, error));
}

static GBytes *
no_policy (const char *name, GError *wrong, GError **error)
{
  g_autoptr (GError) converted = NULL;
  const char *reason;

  tl_system_error_take (&converted, wrong);
  if (converted->code == TL_ERROR_NOT_FOUND)
    reason = _ ("there is no such file");
  else if (converted->code == TL_ERROR_DENIED)
    reason = _ ("it may not be read");
  else
    reason = converted->message;
  g_set_error (error, TL_ERROR, converted->code, "%s: %s", name, reason);

  return NULL;
}

static GBytes *
read_policy (TlPolicyFile *self, const char *name, GError **error)
{
  g_autoptr (GInputStream) stream = NULL;
  g_autoptr (GError) wrong = NULL;
  g_autofree char *text = g_malloc (POLICY_MAX + 1);
  gsize length;

  stream = open_policy (self, name, &wrong);
  if (stream == NULL ||
      !g_input_stream_read_all (stream, text, POLICY_MAX + 1, &length, NULL, &wrong))
    return no_policy (name, g_steal_pointer (&wrong), error);
  if (length > POLICY_MAX) {
    g_autofree char *reason = g_strdup_printf (_ ("is longer than %d bytes"), POLICY_MAX);

    g_set_error (error, TL_ERROR, TL_ERROR_INVALID, "%s: %s", name, reason);
    return NULL;
  }

  return g_bytes_new (text, length);
}

/* Returns: the text of the first policy file there is, its name in @ret_name; empty, without a
 * name, where there is none and none was asked for */
static GBytes *
find_policy (TlPolicyFile *self, char **ret_name, GError **error)
{
  g_auto (GStrv) files = policy_files (self);

  for (guint i = 0; files[i] != NULL; i++) {
    g_autoptr (GError) wrong = NULL;
    GBytes *text = read_policy (self, files[i], &wrong);

    if (text == NULL && self->name == NULL && g_error_matches (wrong, TL_ERROR, TL_ERROR_NOT_FOUND))
      continue;

    if (wrong != NULL)
      g_propagate_error (error, g_steal_pointer (&wrong));
    *ret_name = g_strdup (reads_stdin (self) ? "stdin" : files[i]);
    return text;
  }

  return g_bytes_new_static ("", 0);
}

static TlPolicy *
parse_policy (GBytes *text, const char *name, GError **error)
{
  g_auto (TlPolicyFault) fault = { 0 };
  TlPolicy *policy =
    tl_policy_parse (g_bytes_get_data (text, NULL), (gssize)g_bytes_get_size (text), &fault);

  if (policy == NULL) {
    g_autofree char *reason = tl_describe_policy_fault (&fault);

    g_set_error (error, TL_ERROR, TL_ERROR_INVALID, "%s:%u: %s", name, fault.line, reason);
  }

  return policy;
}

static gboolean
same_error (const GError *a, const GError *b)
{
  if (a == NULL || b == NULL)
    return a == b;

  return a->code == b->code && g_str_equal (a->message, b->message);
}

/* Returns: whether anything is different; a policy that cannot be read leaves the last good one */
static gboolean
load_policy (TlPolicyFile *self)
{
  g_autoptr (GError) before = g_steal_pointer (&self->error);
  g_autofree char *name = NULL;
  g_autoptr (GBytes) text = find_policy (self, &name, &self->error);
  g_autoptr (TlPolicy) policy = NULL;

  if (text != NULL && !g_bytes_equal (text, self->text))
    policy = parse_policy (text, name, &self->error);
  if (policy != NULL) {
    tl_policy_unref (self->policy);
    self->policy = g_steal_pointer (&policy);
    g_bytes_unref (self->text);
    self->text = g_steal_pointer (&text);
    return TRUE;
  }

  return !same_error (before, self->error);
}

static void
on_policy_changed (TlFileWatch *watch, gpointer user_data)
{
  TlPolicyFile *self = TL_POLICY_FILE (user_data);

  if (load_policy (self))
    g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
watch_policy (TlPolicyFile *self)
{
  g_auto (GStrv) files = policy_files (self);

  for (guint i = 0; files[i] != NULL && !reads_stdin (self); i++) {
    TlFileWatch *watch = tl_file_watch_new (files[i]);

    g_signal_connect_object (watch, "changed", G_CALLBACK (on_policy_changed), self, 0);
    g_ptr_array_add (self->watches, watch);
  }
}

static void
tl_policy_file_dispose (GObject *object)
{
  TlPolicyFile *self = TL_POLICY_FILE (object);

  g_ptr_array_set_size (self->watches, 0);

  G_OBJECT_CLASS (tl_policy_file_parent_class)->dispose (object);
}

static void
tl_policy_file_finalize (GObject *object)
{
  TlPolicyFile *self = TL_POLICY_FILE (object);

  g_free (self->name);
  g_ptr_array_unref (self->watches);
  g_bytes_unref (self->text);
  tl_policy_unref (self->policy);
  g_clear_error (&self->error);

  G_OBJECT_CLASS (tl_policy_file_parent_class)->finalize (object);
}

static void
tl_policy_file_class_init (TlPolicyFileClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = tl_policy_file_dispose;
  object_class->finalize = tl_policy_file_finalize;

  /**
   * TlPolicyFile::changed:
   *
   * The policy is another, or its error is.
   */
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", TL_TYPE_POLICY_FILE, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tl_policy_file_init (TlPolicyFile *self)
{
  self->watches = g_ptr_array_new_with_free_func (g_object_unref);
  self->text = g_bytes_new_static ("", 0);
  self->policy = tl_policy_new ();
}

/**
 * tl_policy_file_new:
 * @name: (nullable): path of the policy file, `-` for standard input, which is read here to its
 *   end; %NULL for `tunnel-light/policy.conf` in the first of `$XDG_CONFIG_DIRS` that has it
 *
 * Returns: (transfer full): the file, read
 */
TlPolicyFile *
tl_policy_file_new (const char *name)
{
  TlPolicyFile *self = g_object_new (TL_TYPE_POLICY_FILE, NULL);

  self->name = g_strdup (name);
  watch_policy (self);
  load_policy (self);

  return self;
}

/**
 * tl_policy_file_get_policy:
 * @self: the file
 *
 * Returns: (transfer none): the last policy that was good; an empty one where there is none
 */
const TlPolicy *
tl_policy_file_get_policy (TlPolicyFile *self)
{
  return self->policy;
}

/**
 * tl_policy_file_get_error:
 * @self: the file
 *
 * Returns: (transfer none) (nullable): what is wrong with it now, in the person's language:
 *   %TL_ERROR_INVALID with the message `FILE:LINE: reason`, %TL_ERROR_NOT_FOUND where a file was
 *   named, %TL_ERROR_DENIED, %TL_ERROR_FAILED
 */
const GError *
tl_policy_file_get_error (TlPolicyFile *self)
{
  return self->error;
}
