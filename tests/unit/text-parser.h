/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/net-state.h"

G_BEGIN_DECLS

/* Internal to net-text: takes a statement apart. What does not fit ends the test. */

/* A statement as its words, and which of them is next. */
typedef struct {
  TlNetState *net;
  const char *statement;
  char **words;
  guint at;
} TextParser;

/* A word and the number it stands for. */
typedef struct {
  const char *word;
  guint32 value;
} TextWord;

extern const TextWord text_scopes[];

void text_fail (const TextParser *parser, const char *what) G_GNUC_NORETURN;
const char *text_peek (const TextParser *parser);
gboolean text_take (TextParser *parser, const char *word);
const char *text_take_any (TextParser *parser);
gboolean text_take_word (TextParser *parser, const TextWord *words, guint32 *ret_value);
guint32 text_to_number (const TextParser *parser, const char *text);
guint32 text_take_number (TextParser *parser);
guint32 text_take_value (TextParser *parser, const TextWord *words);
TlAddress text_take_address (TextParser *parser);
TlPrefix text_take_prefix (TextParser *parser, int family);
const TlLink *text_find_link (const TlNetState *net, const char *name);
int text_take_link (TextParser *parser);

void net_text_parse_route (TextParser *parser, TlFamily family);
void net_text_parse_rule (TextParser *parser, TlFamily family);

G_END_DECLS
