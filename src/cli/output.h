/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define TL_PROGRAM "tunnel-light-cli"

/**
 * TlOutput: how printing ended.
 * @TL_OUTPUT_DONE: all was written
 * @TL_OUTPUT_CLOSED: the reader has gone away
 * @TL_OUTPUT_FAILED: anything else; it was said on standard error
 */
typedef enum {
  TL_OUTPUT_DONE,
  TL_OUTPUT_CLOSED,
  TL_OUTPUT_FAILED,
} TlOutput;

TlOutput tl_output_text (const char *text);
TlOutput tl_output_json (JsonNode *node, gboolean one_line);
void tl_output_error (const char *format, ...) G_GNUC_PRINTF (1, 2);
void tl_output_usage (const char *usage);

G_END_DECLS
