/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "ui/banner.h"

#include "app/describe.h"
#include "ui/label.h"

#include <glib/gi18n.h>

/**
 * TlBanner:
 *
 * Am I safe, what goes wrong, what do I click: the light with its words and the first fix.
 */
struct _TlBanner {
  GtkBox parent_instance;

  GtkImage *icon;
  GtkLabel *headline;
  GtkLabel *explanation;
  GtkWidget *no_blame;
  GtkLabel *outcome;
  GtkWidget *fix_child;
  GtkWidget *fix_button;
  GtkWidget *undo_child;
  GtkWidget *undo_button;
  GtkLabel *note;
  GtkSpinner *spinner;
  GtkLabel *age;

  TlJob job;
  gboolean checking;
  gint64 checked_at;
  guint tick_id;
};

G_DEFINE_FINAL_TYPE (TlBanner, tl_banner, GTK_TYPE_BOX)

static char *
describe_age (gint64 checked_at)
{
  gint64 seconds = MAX (0, (g_get_real_time () - checked_at) / G_USEC_PER_SEC);

  if (checked_at == 0)
    return g_strdup ("");
  if (seconds == 0)
    return g_strdup (_ ("Checked just now"));
  if (seconds < 60)
    return g_strdup_printf (_ ("Checked %d s ago"), (int)seconds);
  if (seconds < 3600)
    return g_strdup_printf (_ ("Checked %d min ago"), (int)(seconds / 60));
  return g_strdup_printf (_ ("Checked %d h ago"), (int)(seconds / 3600));
}

static void
show_progress (TlBanner *self)
{
  g_autofree char *text = NULL;
  gboolean busy = self->job != TL_JOB_NONE || self->checking;

  switch (self->job) {
  case TL_JOB_FIX:
    text = g_strdup (_ ("Fixing and checking …"));
    break;
  case TL_JOB_UNDO:
    text = g_strdup (_ ("Undoing …"));
    break;
  case TL_JOB_CHECK:
    text = g_strdup (_ ("Checking …"));
    break;
  case TL_JOB_NONE:
  default:
    text = self->checking ? g_strdup (_ ("Checking …")) : describe_age (self->checked_at);
    break;
  }
  gtk_label_set_text (self->age, text);
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), busy);
  g_object_set (self->spinner, "active", busy, NULL);
}

static gboolean
on_tick (gpointer user_data)
{
  show_progress (TL_BANNER (user_data));
  return G_SOURCE_CONTINUE;
}

/* The age is counted only while somebody can see it. */
static void
tl_banner_map (GtkWidget *widget)
{
  TlBanner *self = TL_BANNER (widget);

  GTK_WIDGET_CLASS (tl_banner_parent_class)->map (widget);
  show_progress (self);
  self->tick_id = g_timeout_add_seconds (1, on_tick, self);
}

static void
tl_banner_unmap (GtkWidget *widget)
{
  TlBanner *self = TL_BANNER (widget);

  g_clear_handle_id (&self->tick_id, g_source_remove);
  GTK_WIDGET_CLASS (tl_banner_parent_class)->unmap (widget);
}

static void
set_state_class (TlBanner *self, TlState light)
{
  GtkStyleContext *style = gtk_widget_get_style_context (GTK_WIDGET (self));

  for (guint state = 0; state < TL_N_STATES; state++) {
    const char *name = tl_state_to_string ((TlState)state);

    if (state == light)
      gtk_style_context_add_class (style, name);
    else
      gtk_style_context_remove_class (style, name);
  }
}

/* While things settle the outcome of the last job is old; and unless the light is green, bold words
 * like "Undone and checked" would read as if all were well. */
static void
show_outcome (TlBanner *self, const TlSnapshot *snapshot)
{
  GtkStyleContext *style = gtk_widget_get_style_context (GTK_WIDGET (self->outcome));

  if (snapshot->light == TL_STATE_SAFE)
    gtk_style_context_add_class (style, "outcome");
  else
    gtk_style_context_remove_class (style, "outcome");
  tl_label_set_or_hide (self->outcome,
                        snapshot->light == TL_STATE_CHECKING ? NULL : snapshot->outcome);
}

/* What the fix that is offered does, or until when the one that was done holds. */
static void
show_note (TlBanner *self, const TlSnapshot *snapshot, const TlFixPlan *first)
{
  g_autofree char *effect = first ? tl_describe_fix_effect (first, snapshot->verdict) : NULL;
  const char *holds = snapshot->light == TL_STATE_CHECKING ? NULL : snapshot->holds;

  tl_label_set_or_hide (self->note, effect ? effect : holds);
}

static void
tl_banner_class_init (TlBannerClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->map = tl_banner_map;
  widget_class->unmap = tl_banner_unmap;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/tunnellight/TunnelLight/banner.ui");
  gtk_widget_class_bind_template_child (widget_class, TlBanner, icon);
  gtk_widget_class_bind_template_child (widget_class, TlBanner, headline);
  gtk_widget_class_bind_template_child (widget_class, TlBanner, explanation);
  gtk_widget_class_bind_template_child (widget_class, TlBanner, no_blame);
  gtk_widget_class_bind_template_child (widget_class, TlBanner, outcome);
  gtk_widget_class_bind_template_child (widget_class, TlBanner, fix_child);
  gtk_widget_class_bind_template_child (widget_class, TlBanner, fix_button);
  gtk_widget_class_bind_template_child (widget_class, TlBanner, undo_child);
  gtk_widget_class_bind_template_child (widget_class, TlBanner, undo_button);
  gtk_widget_class_bind_template_child (widget_class, TlBanner, note);
  gtk_widget_class_bind_template_child (widget_class, TlBanner, spinner);
  gtk_widget_class_bind_template_child (widget_class, TlBanner, age);
}

static void
tl_banner_init (TlBanner *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * tl_banner_update:
 * @self: the banner
 * @snapshot: what to show
 */
void
tl_banner_update (TlBanner *self, const TlSnapshot *snapshot)
{
  const TlFixPlan *first = snapshot->plans ? tl_fix_plans_first (snapshot->plans) : NULL;
  g_autofree char *headline = tl_describe_headline (snapshot->verdict, snapshot->light);
  g_autofree char *explanation = tl_describe_explanation (snapshot->verdict, snapshot->light);
  gboolean idle = snapshot->job == TL_JOB_NONE;

  self->job = snapshot->job;
  self->checking = snapshot->light == TL_STATE_CHECKING || snapshot->asking;
  self->checked_at = snapshot->checked_at;

  set_state_class (self, snapshot->light);
  gtk_image_set_from_icon_name (self->icon, tl_describe_icon_name (snapshot->light),
                                GTK_ICON_SIZE_DIALOG);
  gtk_label_set_text (self->headline, headline);
  tl_label_set_addresses (self->explanation, explanation);
  gtk_widget_set_visible (GTK_WIDGET (self->explanation), *explanation != '\0');
  gtk_widget_set_visible (self->no_blame, snapshot->light == TL_STATE_LEAK);
  show_outcome (self, snapshot);
  show_note (self, snapshot, first);
  if (first != NULL) {
    g_autofree char *title = tl_describe_fix_title (first->id, snapshot->verdict);
    g_autofree char *label = g_strdup_printf ("_%s", title);

    gtk_button_set_label (GTK_BUTTON (self->fix_button), label);
  }
  gtk_widget_set_visible (self->fix_child, first != NULL);
  gtk_widget_set_sensitive (self->fix_child, idle);
  gtk_widget_set_visible (self->undo_child, snapshot->can_undo);
  gtk_widget_set_sensitive (self->undo_child, idle);
  show_progress (self);
}
