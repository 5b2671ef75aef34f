/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Exit codes: the convention of monitoring plugins; `check` takes them all from the verdict. */
#define TL_EXIT_OK      0
#define TL_EXIT_WARNING 1
#define TL_EXIT_UNKNOWN 3

/**
 * TlCommandFunc:
 * @argc: number of arguments, the command's name included
 * @argv: the arguments
 *
 * Returns: the exit code
 */
typedef int (*TlCommandFunc) (int argc, char **argv);

int tl_command_check (int argc, char **argv);
int tl_command_watch (int argc, char **argv);
int tl_command_fixes (int argc, char **argv);
int tl_command_fix (int argc, char **argv);
int tl_command_undo (int argc, char **argv);

G_END_DECLS
