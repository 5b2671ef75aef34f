/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "ui/label.h"

#include <string.h>

/* What stands around an address. */
#define DELIMITERS " \n,;()/"
/* Zero-width space. */
#define BREAK "\u200b"

/**
 * tl_label_set_or_hide:
 * @label: a label
 * @text: (nullable): its text; without one it is not shown
 */
void
tl_label_set_or_hide (GtkLabel *label, const char *text)
{
  gtk_label_set_text (label, text ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (label), text != NULL && *text != '\0');
}

/**
 * tl_label_forbid_hyphens:
 * @label: a label that shows addresses
 *
 * Where an address is broken, Pango would put a hyphen, which reads as a part of it. GtkBuilder
 * does not pass the attribute on (seen with GTK 3.24.38).
 */
void
tl_label_forbid_hyphens (GtkLabel *label)
{
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();

  pango_attr_list_insert (attributes, pango_attr_insert_hyphens_new (FALSE));
  gtk_label_set_attributes (label, attributes);
}

static gboolean
is_ipv6 (const char *word, gsize length)
{
  return strspn (word, "0123456789abcdefABCDEF:.") >= length && memchr (word, ':', length) != NULL;
}

/* Lets lines break after the colons of IPv6 addresses, but for the first of two. */
static char *
with_breaks (const char *text)
{
  GString *broken = g_string_new (NULL);

  while (*text != '\0') {
    gsize length = strcspn (text, DELIMITERS);
    gboolean address = is_ipv6 (text, length);

    for (gsize at = 0; at < length; at++) {
      g_string_append_c (broken, text[at]);
      if (address && text[at] == ':' && at + 1 < length && text[at + 1] != ':')
        g_string_append (broken, BREAK);
    }
    text += length;
    length = strspn (text, DELIMITERS);
    g_string_append_len (broken, text, (gssize)length);
    text += length;
  }
  return g_string_free (broken, FALSE);
}

static void
on_copy (GtkLabel *label, gpointer user_data)
{
  g_autofree char *selected = NULL;
  g_auto (GStrv) parts = NULL;
  g_autofree char *text = NULL;
  int start, end;

  if (!gtk_label_get_selection_bounds (label, &start, &end))
    return;

  selected = g_utf8_substring (gtk_label_get_text (label), start, end);
  parts = g_strsplit (selected, BREAK, -1);
  text = g_strjoinv (NULL, parts);
  gtk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (label), GDK_SELECTION_CLIPBOARD),
                          text, -1);
  g_signal_stop_emission_by_name (label, "copy-clipboard");
}

/**
 * tl_label_set_addresses:
 * @label: a label
 * @text: its text
 *
 * Sets the text, in which IPv6 addresses are broken between their groups. Who copies it or has it
 * read aloud gets it as it was.
 *
 * Not by attributes that forbid breaks: GTK 3.24 merges those of neighbouring groups into one.
 */
void
tl_label_set_addresses (GtkLabel *label, const char *text)
{
  g_autofree char *broken = with_breaks (text);
  gulong copying = g_signal_handler_find (label, G_SIGNAL_MATCH_FUNC, 0, 0, NULL,
                                          (gpointer)(GCallback)on_copy, NULL);

  if (copying == 0)
    g_signal_connect (label, "copy-clipboard", G_CALLBACK (on_copy), NULL);
  gtk_label_set_text (label, broken);
  atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (label)), text);
}
