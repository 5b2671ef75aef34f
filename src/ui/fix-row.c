/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "ui/fix-row.h"

#include "app/describe.h"
#include "ui/label.h"

#include <glib/gi18n.h>

/**
 * TlFixRow:
 *
 * A fix and everything it would change, before it is done; of one that is not possible now, only
 * why, since what it would do reads as a promise.
 */
struct _TlFixRow {
  GtkListBoxRow parent_instance;

  GtkLabel *title;
  GtkLabel *effect;
  GtkLabel *reason;
  GtkLabel *terms;
  GtkLabel *changes;
  GtkWidget *apply;
};

G_DEFINE_FINAL_TYPE (TlFixRow, tl_fix_row, GTK_TYPE_LIST_BOX_ROW)

static char *
describe_changes (const TlFixPlan *plan)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; plan->changes != NULL && i < plan->changes->len; i++) {
    g_autofree char *line = tl_describe_change (g_ptr_array_index (plan->changes, i));

    g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "", line);
  }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
show_reason (TlFixRow *self, const TlFixPlan *plan, const TlVerdict *verdict)
{
  g_autofree char *text = NULL;

  if (!plan->available)
    /* Translators: a sentence that says why */
    text =
      g_strdup_printf (_ ("Not possible now. %s"), tl_describe_fix_reason (plan->reason, verdict));
  tl_label_set_or_hide (self->reason, text);
}

static void
show_promises (TlFixRow *self, const TlFixPlan *plan, const TlVerdict *verdict)
{
  g_autofree char *effect = tl_describe_fix_effect (plan, verdict);
  g_autofree char *changes = describe_changes (plan);
  g_autofree char *terms = g_strdup_printf (
    "%s · %s", tl_describe_fix_lasts (plan->lasts),
    plan->password ? _ ("your administrator’s password is needed") : _ ("no password needed"));

  tl_label_set_or_hide (self->effect, plan->available ? effect : NULL);
  tl_label_set_or_hide (self->terms, plan->available ? terms : NULL);
  tl_label_set_or_hide (self->changes, plan->available ? changes : NULL);
}

static void
tl_fix_row_class_init (TlFixRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/tunnellight/TunnelLight/fix-row.ui");
  gtk_widget_class_bind_template_child (widget_class, TlFixRow, title);
  gtk_widget_class_bind_template_child (widget_class, TlFixRow, effect);
  gtk_widget_class_bind_template_child (widget_class, TlFixRow, reason);
  gtk_widget_class_bind_template_child (widget_class, TlFixRow, terms);
  gtk_widget_class_bind_template_child (widget_class, TlFixRow, changes);
  gtk_widget_class_bind_template_child (widget_class, TlFixRow, apply);
}

static void
tl_fix_row_init (TlFixRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  tl_label_forbid_hyphens (self->changes);
}

/**
 * tl_fix_row_new:
 *
 * Returns: (transfer floating): an empty row
 */
GtkWidget *
tl_fix_row_new (void)
{
  return g_object_new (TL_TYPE_FIX_ROW, NULL);
}

/**
 * tl_fix_row_update:
 * @self: the row
 * @plan: the fix
 * @verdict: what it is to mend
 * @idle: whether it may be begun now
 */
void
tl_fix_row_update (TlFixRow *self, const TlFixPlan *plan, const TlVerdict *verdict, gboolean idle)
{
  g_autofree char *title = tl_describe_fix_title (plan->id, verdict);
  g_autofree char *name = g_strdup_printf (_ ("Apply: %s"), title);
  GtkStyleContext *style = gtk_widget_get_style_context (GTK_WIDGET (self->title));

  gtk_label_set_text (self->title, title);
  if (plan->available)
    gtk_style_context_remove_class (style, "dim-label");
  else
    gtk_style_context_add_class (style, "dim-label");
  show_reason (self, plan, verdict);
  show_promises (self, plan, verdict);

  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->apply), "s",
                                    tl_fix_id_to_string (plan->id));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->apply), "app.fix");
  gtk_widget_set_visible (self->apply, plan->available);
  gtk_widget_set_sensitive (self->apply, idle);
  atk_object_set_name (gtk_widget_get_accessible (self->apply), name);
}
