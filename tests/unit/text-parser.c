/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "text-parser.h"

#include <linux/rtnetlink.h>
#include <string.h>

/* Names of RT_SCOPE_…, as ip(8) has them. */
const TextWord text_scopes[] = {
  { "global", RT_SCOPE_UNIVERSE },
  { "site", RT_SCOPE_SITE },
  { "link", RT_SCOPE_LINK },
  { "host", RT_SCOPE_HOST },
  { NULL, 0 },
};
void
text_fail (const TextParser *parser, const char *what)
{
  g_error ("net-text: %s in \"%s\"", what, parser->statement);
}

const char *
text_peek (const TextParser *parser)
{
  return parser->words[parser->at];
}

gboolean
text_take (TextParser *parser, const char *word)
{
  if (g_strcmp0 (text_peek (parser), word) != 0)
    return FALSE;
  parser->at++;

  return TRUE;
}

const char *
text_take_any (TextParser *parser)
{
  if (text_peek (parser) == NULL)
    text_fail (parser, "something is missing");

  return parser->words[parser->at++];
}

gboolean
text_take_word (TextParser *parser, const TextWord *words, guint32 *ret_value)
{
  for (; words->word != NULL; words++) {
    if (text_take (parser, words->word)) {
      *ret_value = words->value;
      return TRUE;
    }
  }

  return FALSE;
}

guint32
text_to_number (const TextParser *parser, const char *text)
{
  char *end = NULL;
  guint64 value = g_ascii_strtoull (text, &end, 0);

  if (end == text || *end != '\0' || value > G_MAXUINT32)
    text_fail (parser, "a number is wrong");

  return value;
}

guint32
text_take_number (TextParser *parser)
{
  return text_to_number (parser, text_take_any (parser));
}

/* A word of @words, or a number. */
guint32
text_take_value (TextParser *parser, const TextWord *words)
{
  guint32 value;

  return text_take_word (parser, words, &value) ? value : text_take_number (parser);
}

TlAddress
text_take_address (TextParser *parser)
{
  TlAddress address = { 0 };

  if (!tl_address_parse (text_take_any (parser), &address))
    text_fail (parser, "an address is wrong");

  return address;
}

/* @family: of `default` and `all`, or -1 where a prefix must stand */
TlPrefix
text_take_prefix (TextParser *parser, int family)
{
  TlPrefix prefix = { 0 };
  const char *word = text_take_any (parser);

  if (family >= 0 && (strcmp (word, "default") == 0 || strcmp (word, "all") == 0))
    prefix.address.family = family;
  else if (!tl_prefix_parse (word, &prefix))
    text_fail (parser, "a prefix is wrong");

  return prefix;
}

const TlLink *
text_find_link (const TlNetState *net, const char *name)
{
  for (guint i = 0; i < net->links->len; i++) {
    const TlLink *link = &g_array_index (net->links, TlLink, i);

    if (g_str_equal (link->name, name))
      return link;
  }

  return NULL;
}

int
text_take_link (TextParser *parser)
{
  const char *word = text_take_any (parser);
  const TlLink *link = text_find_link (parser->net, word);

  return link != NULL ? link->ifindex : (int)text_to_number (parser, word);
}
