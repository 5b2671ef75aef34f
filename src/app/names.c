/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/names.h"

#include <glib/gi18n.h>

/**
 * tl_name_clean:
 * @name: a name that somebody else chose: of a profile, a link, a company
 *
 * The kernel allows any bytes but white space, colon and slash in the name of a link, and a
 * profile's name can be any text. Control characters would let a name rewrite the terminal.
 *
 * Returns: (transfer full): the name as valid UTF-8 in which each control character is a question
 *   mark
 */
char *
tl_name_clean (const char *name)
{
  g_autofree char *valid = g_utf8_make_valid (name, -1);
  GString *clean = g_string_new (NULL);

  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char (at)) {
    gunichar c = g_utf8_get_char (at);

    if (g_unichar_iscntrl (c))
      g_string_append_c (clean, '?');
    else
      g_string_append_unichar (clean, c);
  }

  return g_string_free (clean, FALSE);
}

/**
 * tl_name_quote:
 * @name: a name that somebody else chose
 *
 * Returns: (transfer full): the name in the quotation marks of the person's language
 */
char *
tl_name_quote (const char *name)
{
  g_autofree char *clean = tl_name_clean (name);

  /* Translators: the quotation marks of your language around a name, for example of a VPN */
  return g_strdup_printf (_ ("“%s”"), clean);
}

static void
add_name (GPtrArray *quoted, const char *name)
{
  g_autofree char *text = tl_name_quote (name);

  if (!g_ptr_array_find_with_equal_func (quoted, text, g_str_equal, NULL))
    g_ptr_array_add (quoted, g_steal_pointer (&text));
}

static char *
join_names (GPtrArray *quoted)
{
  if (quoted->len == 0)
    return NULL;

  g_ptr_array_add (quoted, NULL);
  /* Translators: between the names of a list */
  return g_strjoinv (_ (", "), (char **)quoted->pdata);
}

/**
 * tl_names_of_tunnels:
 * @verdict: a verdict
 * @family: a family
 *
 * Returns: (transfer full) (nullable): the names of the tunnels that carry @family, in quotation
 *   marks; of all tunnels where none carries it; %NULL where there are none
 */
char *
tl_names_of_tunnels (const TlVerdict *verdict, TlFamily family)
{
  g_autoptr (GPtrArray) quoted = g_ptr_array_new_with_free_func (g_free);
  gboolean none;

  for (guint i = 0; i < verdict->tunnels->len; i++) {
    const TlTunnel *tunnel = g_ptr_array_index (verdict->tunnels, i);

    if (tunnel->carries[family])
      add_name (quoted, tunnel->name);
  }

  none = quoted->len == 0;
  for (guint i = 0; none && i < verdict->tunnels->len; i++) {
    const TlTunnel *tunnel = g_ptr_array_index (verdict->tunnels, i);

    add_name (quoted, tunnel->name);
  }

  return join_names (quoted);
}

static const char *
name_of_link (const TlVerdict *verdict, const TlBypass *bypass)
{
  for (guint i = 0; i < verdict->uplinks->len; i++) {
    const TlUplink *uplink = g_ptr_array_index (verdict->uplinks, i);

    if (uplink->ifindex == bypass->ifindex)
      return uplink->name;
  }

  return bypass->interface;
}

/**
 * tl_names_of_uplinks:
 * @verdict: a verdict
 * @family: a family
 *
 * Returns: (transfer full) (nullable): the names of the uplinks by which @family bypasses, in
 *   quotation marks; of those that offer it where nothing bypasses; %NULL where there are none
 */
char *
tl_names_of_uplinks (const TlVerdict *verdict, TlFamily family)
{
  g_autoptr (GPtrArray) quoted = g_ptr_array_new_with_free_func (g_free);
  const GArray *bypasses = verdict->families[family].bypass;
  gboolean none;

  for (guint i = 0; i < bypasses->len; i++) {
    const TlBypass *bypass = &g_array_index (bypasses, TlBypass, i);

    if (!bypass->expected)
      add_name (quoted, name_of_link (verdict, bypass));
  }

  none = quoted->len == 0;
  for (guint i = 0; none && i < verdict->uplinks->len; i++) {
    const TlUplink *uplink = g_ptr_array_index (verdict->uplinks, i);

    if (uplink->offers[family])
      add_name (quoted, uplink->name);
  }

  return join_names (quoted);
}
