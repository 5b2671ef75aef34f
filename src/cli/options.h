/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** TlOptionFlags: options that only some commands know. */
typedef enum {
  TL_OPTION_NONE = 0,
  TL_OPTION_TIMEOUT = 1 << 0,
  TL_OPTION_METHOD = 1 << 1,
  TL_OPTION_ALL = 1 << 2,
} TlOptionFlags;

/**
 * TlOptions:
 * @json: whether to print JSON
 * @no_external: whether to ask nobody for the exit address
 * @policy: (nullable): a policy file, `-` for standard input
 * @timeout: milliseconds that a check may take at most
 * @method: (nullable): `ignore` or `disabled`
 * @all: whether all fixes are to be undone
 * @fix: (nullable): the name of a fix
 *
 * What was asked for on the command line.
 */
typedef struct {
  gboolean json;
  gboolean no_external;
  char *policy;
  guint timeout;
  char *method;
  gboolean all;
  char *fix;
} TlOptions;

/**
 * TlUsage:
 * @command: the command's name
 * @summary: one sentence about it, translated
 * @status: what its exit status says, translated
 * @flags: its options beyond those that all commands know
 * @fix: whether it takes the name of a fix
 */
typedef struct {
  const char *command;
  const char *summary;
  const char *status;
  TlOptionFlags flags;
  gboolean fix;
} TlUsage;

TlOptions *tl_options_parse (const TlUsage *usage, int argc, char **argv);
void tl_options_free (TlOptions *options);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TlOptions, tl_options_free)

G_END_DECLS
