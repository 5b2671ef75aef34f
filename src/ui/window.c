/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "ui/window.h"

#include "app/describe-notes.h"
#include "app/describe.h"
#include "ui/banner.h"
#include "ui/cases-view.h"
#include "ui/family-view.h"
#include "ui/fix-row.h"
#include "ui/label.h"

#include <glib/gi18n.h>

/**
 * TlWindow:
 *
 * Everything there is to know about one verdict, and what can be done. Takes values; what it shows
 * is decided elsewhere. Made when it is wanted and gone when it is closed.
 */
struct _TlWindow {
  HdyApplicationWindow parent_instance;

  GtkWidget *policy_bar;
  GtkLabel *policy_bar_reason;
  GtkWidget *consent_bar;
  GtkWidget *check_button;
  TlBanner *banner;
  TlFamilyView *ipv4_view;
  TlFamilyView *ipv6_view;
  TlCasesView *cases_view;
  GtkWidget *fixes_card;
  GtkListBox *fixes;
  GtkLabel *details;

  gboolean dark;
  gboolean strong;
};

G_DEFINE_FINAL_TYPE (TlWindow, tl_window, HDY_TYPE_APPLICATION_WINDOW)

/* Relative luminance as in WCAG 2.1, near enough: squares instead of its curve. */
static double
luminance (const GdkRGBA *color)
{
  return 0.2126 * color->red * color->red + 0.7152 * color->green * color->green +
         0.0722 * color->blue * color->blue;
}

static double
contrast (const GdkRGBA *one, const GdkRGBA *other)
{
  double a = luminance (one), b = luminance (other);

  return (MAX (a, b) + 0.05) / (MIN (a, b) + 0.05);
}

static void
set_class (GtkStyleContext *style, const char *name, gboolean present, gboolean *was_present)
{
  if (present == *was_present)
    return; /* or there would be no end of changes */

  *was_present = present;
  if (present)
    gtk_style_context_add_class (style, name);
  else
    gtk_style_context_remove_class (style, name);
}

/* Any dark theme counts, not only the one that the portal knows of, and any whose borders stand out
 * as WCAG 2.1 wants it (1.4.11) is one of high contrast. Colours of a window in the background are
 * paler: they say nothing. */
static void
tl_window_style_updated (GtkWidget *widget)
{
  TlWindow *self = TL_WINDOW (widget);
  GtkStyleContext *style = gtk_widget_get_style_context (widget);
  GdkRGBA color, borders, background;
  gboolean strong;

  GTK_WIDGET_CLASS (tl_window_parent_class)->style_updated (widget);

  gtk_style_context_get_color (style, GTK_STATE_FLAG_NORMAL, &color);
  strong = gtk_style_context_lookup_color (style, "borders", &borders) &&
           gtk_style_context_lookup_color (style, "theme_bg_color", &background) &&
           contrast (&borders, &background) >= 3;
  set_class (style, "dark", luminance (&color) > 0.2, &self->dark);
  set_class (style, "contrast", strong, &self->strong);
}

static void
on_close_activated (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  gtk_window_close (GTK_WINDOW (user_data));
}

static void
update_fixes (TlWindow *self, const TlSnapshot *snapshot)
{
  guint n = snapshot->plans && snapshot->light == TL_STATE_LEAK ? snapshot->plans->len : 0;
  gboolean idle = snapshot->job == TL_JOB_NONE;
  GtkListBoxRow *row;

  /* Rows stay and are filled anew: the focus must not jump away. */
  for (guint i = 0; i < n; i++) {
    row = gtk_list_box_get_row_at_index (self->fixes, (int)i);
    if (row == NULL) {
      row = GTK_LIST_BOX_ROW (tl_fix_row_new ());
      gtk_list_box_insert (self->fixes, GTK_WIDGET (row), -1);
    }
    tl_fix_row_update (TL_FIX_ROW (row), g_ptr_array_index (snapshot->plans, i), snapshot->verdict,
                       idle);
  }
  while ((row = gtk_list_box_get_row_at_index (self->fixes, (int)n)) != NULL)
    gtk_container_remove (GTK_CONTAINER (self->fixes), GTK_WIDGET (row));

  gtk_widget_set_visible (self->fixes_card, n > 0);
}

static void
update_details (TlWindow *self, const TlVerdict *verdict, TlState light)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *explanation = tl_describe_explanation (verdict, light);
  g_autoptr (GPtrArray) notes = tl_describe_notes (verdict, explanation);

  for (guint i = 0; i < verdict->tunnels->len; i++) {
    const TlTunnel *tunnel = g_ptr_array_index (verdict->tunnels, i);

    g_string_append_printf (text, _ ("VPN “%s”: %s, %s"), tunnel->name, tunnel->kind,
                            tunnel->interface ? tunnel->interface : _ ("no network interface"));
    g_string_append_c (text, '\n');
  }
  for (guint i = 0; i < verdict->uplinks->len; i++) {
    const TlUplink *uplink = g_ptr_array_index (verdict->uplinks, i);

    g_string_append_printf (text, _ ("Internet connection “%s”: %s"), uplink->name,
                            uplink->interface);
    g_string_append_c (text, '\n');
  }
  for (guint i = 0; i < notes->len; i++)
    g_string_append_printf (text, "%s\n", ((const TlNote *)g_ptr_array_index (notes, i))->text);
  if (text->len > 0)
    g_string_truncate (text, text->len - 1);
  tl_label_set_addresses (self->details, text->str);
}

static void
tl_window_class_init (TlWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->style_updated = tl_window_style_updated;

  g_type_ensure (TL_TYPE_BANNER);
  g_type_ensure (TL_TYPE_FAMILY_VIEW);
  g_type_ensure (TL_TYPE_CASES_VIEW);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/tunnellight/TunnelLight/window.ui");
  gtk_widget_class_bind_template_child (widget_class, TlWindow, policy_bar);
  gtk_widget_class_bind_template_child (widget_class, TlWindow, policy_bar_reason);
  gtk_widget_class_bind_template_child (widget_class, TlWindow, consent_bar);
  gtk_widget_class_bind_template_child (widget_class, TlWindow, check_button);
  gtk_widget_class_bind_template_child (widget_class, TlWindow, banner);
  gtk_widget_class_bind_template_child (widget_class, TlWindow, ipv4_view);
  gtk_widget_class_bind_template_child (widget_class, TlWindow, ipv6_view);
  gtk_widget_class_bind_template_child (widget_class, TlWindow, cases_view);
  gtk_widget_class_bind_template_child (widget_class, TlWindow, fixes_card);
  gtk_widget_class_bind_template_child (widget_class, TlWindow, fixes);
  gtk_widget_class_bind_template_child (widget_class, TlWindow, details);
}

static void
tl_window_init (TlWindow *self)
{
  static const GActionEntry actions[] = { { "close", on_close_activated } };

  gtk_widget_init_template (GTK_WIDGET (self));
  tl_label_forbid_hyphens (self->details);
  tl_label_forbid_hyphens (self->policy_bar_reason);
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  gtk_style_context_add_class (gtk_widget_get_style_context (GTK_WIDGET (self)), "tunnel-light");
}

static void
add_style_once (void)
{
  static gboolean added = FALSE;
  g_autoptr (GtkCssProvider) css = NULL;

  if (added)
    return;

  added = TRUE;
  css = gtk_css_provider_new ();
  gtk_css_provider_load_from_resource (css, "/io/github/tunnellight/TunnelLight/style.css");
  gtk_style_context_add_provider_for_screen (gdk_screen_get_default (), GTK_STYLE_PROVIDER (css),
                                             GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
}

/**
 * tl_window_new:
 * @application: whose actions the buttons name
 *
 * Initialises libhandy and the style when it is first called: only the window needs them.
 *
 * Returns: (transfer none): a window, not yet shown; GTK owns it until it is closed
 */
TlWindow *
tl_window_new (GtkApplication *application)
{
  hdy_init ();
  add_style_once ();
  return g_object_new (TL_TYPE_WINDOW, "application", application, NULL);
}

/**
 * tl_window_update:
 * @self: the window
 * @snapshot: what to show
 */
void
tl_window_update (TlWindow *self, const TlSnapshot *snapshot)
{
  gboolean checking = snapshot->light == TL_STATE_CHECKING || snapshot->asking;

  tl_banner_update (self->banner, snapshot);
  tl_cases_view_update (self->cases_view, snapshot->verdict, snapshot->light);
  update_fixes (self, snapshot);
  if (snapshot->verdict != NULL) {
    tl_family_view_update (self->ipv4_view, snapshot->verdict, TL_FAMILY_IPV4, snapshot->light);
    tl_family_view_update (self->ipv6_view, snapshot->verdict, TL_FAMILY_IPV6, snapshot->light);
    update_details (self, snapshot->verdict, snapshot->light);
  }

  gtk_widget_set_sensitive (self->check_button, snapshot->job == TL_JOB_NONE && !checking);
  gtk_widget_set_visible (self->consent_bar, snapshot->ask_consent);
  gtk_label_set_text (self->policy_bar_reason,
                      snapshot->policy_error ? snapshot->policy_error : "");
  gtk_widget_set_visible (self->policy_bar, snapshot->policy_error != NULL);
}
