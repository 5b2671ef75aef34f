/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "cli/output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/**
 * tl_output_text:
 * @text: text
 *
 * Prints @text on standard output, at once. A reader who has gone away is no error to speak of.
 *
 * Returns: how that ended
 */
TlOutput
tl_output_text (const char *text)
{
  if (fputs (text, stdout) != EOF && fflush (stdout) == 0)
    return TL_OUTPUT_DONE;
  if (errno == EPIPE)
    return TL_OUTPUT_CLOSED;

  tl_output_error ("%s", g_strerror (errno));
  return TL_OUTPUT_FAILED;
}

/**
 * tl_output_json:
 * @node: a JSON document
 * @one_line: whether it has to fit on one line
 *
 * Prints @node and a newline, like tl_output_text().
 *
 * Returns: how that ended
 */
TlOutput
tl_output_json (JsonNode *node, gboolean one_line)
{
  g_autofree char *json = json_to_string (node, !one_line);
  g_autofree char *text = g_strconcat (json, "\n", NULL);

  return tl_output_text (text);
}

/**
 * tl_output_error:
 * @format: printf(3) format of a message
 * @...: its values
 *
 * Prints a message on standard error, with the program's name before it.
 */
void
tl_output_error (const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  fprintf (stderr, TL_PROGRAM ": %s\n", message);
}

/**
 * tl_output_usage:
 * @usage: the usage of the program or of a command
 *
 * Prints it on standard error.
 */
void
tl_output_usage (const char *usage)
{
  fprintf (stderr, "\n%s", usage);
}
