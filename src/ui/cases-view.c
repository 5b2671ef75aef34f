/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "ui/cases-view.h"

#include "app/describe.h"
#include "ui/label.h"

#include <glib/gi18n.h>
#include <string.h>

/* The four cases, and the fourth one closed. */
#define N_CASES   5
#define N_COLUMNS 4
/* Headings break always, so that the columns are as wide in each state. */
#define HEADING_CHARS 14

/**
 * TlCasesView:
 *
 * The table of the four cases with the present one marked. Only the present row has colour and
 * weight, so that the table does not read as a list of things to do. A row is marked only where it
 * says the same as the light; where none does, a line says why.
 */
struct _TlCasesView {
  GtkBox parent_instance;

  GtkLabel *note;
  GtkGrid *grid;
  GtkWidget *cells[N_CASES][N_COLUMNS];
  int present; /* the row that is marked, or -1 */
};

G_DEFINE_FINAL_TYPE (TlCasesView, tl_cases_view, GTK_TYPE_BOX)

typedef struct {
  TlTri local;
  TlTri tunnel;
  gboolean blocked;
  gboolean unsafe;
  const char *seen;
} Row;

static const Row rows[N_CASES] = {
  { TL_NO, TL_YES, FALSE, FALSE, N_ ("an IPv6 address of your VPN") },
  { TL_NO, TL_NO, FALSE, FALSE, N_ ("no IPv6 at all") },
  { TL_YES, TL_YES, FALSE, FALSE, N_ ("an IPv6 address of your VPN, not your own") },
  { TL_YES, TL_NO, FALSE, TRUE, N_ ("the IPv6 address of your own connection") },
  { TL_YES, TL_NO, TRUE, FALSE, N_ ("no IPv6 while the VPN is on") },
};

static const char *const headings[N_COLUMNS] = {
  N_ ("IPv6 from your connection"),
  N_ ("IPv6 in the VPN"),
  N_ ("Status"),
  N_ ("What websites see"),
};

static GtkWidget *
new_label (const char *text, gboolean centred)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), centred ? 0.5f : 0.0f);
  gtk_label_set_line_wrap (GTK_LABEL (label), TRUE);
  if (centred)
    gtk_label_set_justify (GTK_LABEL (label), GTK_JUSTIFY_CENTER);
  gtk_widget_show (label);
  return label;
}

static void
add_class (GtkWidget *widget, const char *name, gboolean present)
{
  GtkStyleContext *style = gtk_widget_get_style_context (widget);

  if (present)
    gtk_style_context_add_class (style, name);
  else
    gtk_style_context_remove_class (style, name);
}

static const char *
cell_text (const Row *row, int column)
{
  switch (column) {
  case 0:
    return tl_describe_tri (row->local);
  case 1:
    return row->blocked ? tl_describe_status (TL_STATUS_BLOCKED) : tl_describe_tri (row->tunnel);
  case 2:
    return row->unsafe ? _ ("Unsafe") : _ ("Safe");
  default:
    return _ (row->seen);
  }
}

static void
add_headings (TlCasesView *self)
{
  for (int column = 0; column < N_COLUMNS; column++) {
    GtkWidget *label = new_label (_ (headings[column]), column < 2);

    add_class (label, "cell", TRUE);
    add_class (label, "small", TRUE);
    add_class (label, "title", TRUE);
    gtk_label_set_max_width_chars (GTK_LABEL (label), HEADING_CHARS);
    gtk_grid_attach (self->grid, label, column, 0, 1, 1);
  }
}

static void
add_case (TlCasesView *self, int i)
{
  for (int column = 0; column < N_COLUMNS; column++) {
    GtkWidget *label = new_label (cell_text (&rows[i], column), column < 2);

    add_class (label, "cell", TRUE);
    gtk_grid_attach (self->grid, label, column, i + 1, 1, 1);
    self->cells[i][column] = label;
  }
  add_class (self->cells[i][0], "first", TRUE);
  add_class (self->cells[i][2], "status", TRUE);
  add_class (self->cells[i][N_COLUMNS - 1], "last", TRUE);
  gtk_widget_set_hexpand (self->cells[i][N_COLUMNS - 1], TRUE);
}

static PangoAttribute *
attribute_of (PangoAttribute *(*new_attribute) (guint16, guint16, guint16), const GdkRGBA *color)
{
  return new_attribute ((guint16)(color->red * G_MAXUINT16), (guint16)(color->green * G_MAXUINT16),
                        (guint16)(color->blue * G_MAXUINT16));
}

/* What websites see, and in the marked row "Now" after it, the other way round in colour. A widget
 * of its own would need a line of its own wherever the table is narrow. */
static void
show_last_cell (TlCasesView *self, int i)
{
  GtkStyleContext *style = gtk_widget_get_style_context (GTK_WIDGET (self));
  GtkLabel *label = GTK_LABEL (self->cells[i][N_COLUMNS - 1]);
  const char *seen = cell_text (&rows[i], N_COLUMNS - 1);
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();
  g_autofree char *text = NULL;
  GdkRGBA foreground, background;
  PangoAttribute *colors[2];

  if (i != self->present) {
    gtk_label_set_text (label, seen);
    gtk_label_set_attributes (label, NULL);
    return;
  }

  gtk_style_context_get_color (style, GTK_STATE_FLAG_NORMAL, &foreground);
  if (!gtk_style_context_lookup_color (style, "theme_base_color", &background))
    background = (GdkRGBA){ 1 - foreground.red, 1 - foreground.green, 1 - foreground.blue, 1 };
  colors[0] = attribute_of (pango_attr_foreground_new, &background);
  colors[1] = attribute_of (pango_attr_background_new, &foreground);
  for (gsize j = 0; j < G_N_ELEMENTS (colors); j++) {
    colors[j]->start_index = (guint)strlen (seen) + 1;
    pango_attr_list_insert (attributes, colors[j]);
  }
  text = g_strdup_printf ("%s \u00a0%s\u00a0", seen, _ ("Now"));
  gtk_label_set_text (label, text);
  gtk_label_set_attributes (label, attributes);
}

static void
tl_cases_view_style_updated (GtkWidget *widget)
{
  TlCasesView *self = TL_CASES_VIEW (widget);

  GTK_WIDGET_CLASS (tl_cases_view_parent_class)->style_updated (widget);
  for (int i = 0; self->grid != NULL && i < N_CASES; i++)
    show_last_cell (self, i);
}

static gboolean
is_present (const Row *row, const TlCase *present)
{
  return row->blocked == present->blocked && row->local == present->local &&
         row->tunnel == present->tunnel;
}

/* The row that says what the light says, or -1. The table knows nothing of a leak by a more
 * specific route, of one over IPv4, or of a VPN that is not meant to carry everything. */
static int
present_case (const TlVerdict *verdict, TlState light)
{
  if (verdict == NULL || (light != TL_STATE_SAFE && light != TL_STATE_LEAK))
    return -1;

  for (int i = 0; i < N_CASES; i++) {
    if (rows[i].unsafe == (light == TL_STATE_LEAK) && is_present (&rows[i], &verdict->four_case))
      return i;
  }
  return -1;
}

/* Why no row is marked, where that needs a word. */
static const char *
describe_absence (TlState light)
{
  if (light == TL_STATE_LEAK)
    return _ ("Part of your traffic bypasses the VPN in a way that this table does not show, so "
              "no case is marked.");
  if (light == TL_STATE_SPLIT)
    return _ ("These cases are about VPNs that are meant to carry everything.");
  return NULL;
}

static void
tl_cases_view_class_init (TlCasesViewClass *klass)
{
  GTK_WIDGET_CLASS (klass)->style_updated = tl_cases_view_style_updated;
}

static void
tl_cases_view_init (TlCasesView *self)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing (GTK_BOX (self), 6);
  add_class (GTK_WIDGET (self), "cases", TRUE);

  self->note = GTK_LABEL (new_label (NULL, FALSE));
  gtk_widget_hide (GTK_WIDGET (self->note));
  gtk_box_pack_start (GTK_BOX (self), GTK_WIDGET (self->note), FALSE, FALSE, 0);
  self->present = -1;
  self->grid = GTK_GRID (gtk_grid_new ());
  add_headings (self);
  for (int i = 0; i < N_CASES; i++)
    add_case (self, i);
  gtk_widget_show (GTK_WIDGET (self->grid));
  gtk_box_pack_start (GTK_BOX (self), GTK_WIDGET (self->grid), FALSE, FALSE, 0);
}

/**
 * tl_cases_view_update:
 * @self: the table
 * @verdict: (nullable): whose case is the present one
 * @light: what the light shows; no case is marked that contradicts it
 */
void
tl_cases_view_update (TlCasesView *self, const TlVerdict *verdict, TlState light)
{
  self->present = present_case (verdict, light);
  for (int i = 0; i < N_CASES; i++) {
    gboolean now = i == self->present;

    for (int column = 0; column < N_COLUMNS; column++) {
      add_class (self->cells[i][column], "now", now);
      add_class (self->cells[i][column], "past", !now);
    }
    add_class (self->cells[i][2], "bad", now && rows[i].unsafe);
    add_class (self->cells[i][2], "good", now && !rows[i].unsafe);
    show_last_cell (self, i);
  }
  tl_label_set_or_hide (self->note, self->present < 0 ? describe_absence (light) : NULL);
}
