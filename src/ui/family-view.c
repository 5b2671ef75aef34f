/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "ui/family-view.h"

#include "app/describe.h"
#include "app/widest-bypass.h"
#include "ui/label.h"

#include <glib/gi18n.h>

/* Ranges that are shown; how many more there are is said. */
#define ROUTES_MAX 8

/**
 * TlFamilyView:
 *
 * One family with the facts: what the connection offers, what the VPN carries, what websites see,
 * and the routes that prove it.
 */
struct _TlFamilyView {
  GtkBox parent_instance;

  GtkLabel *name;
  GtkLabel *status;
  GtkLabel *local;
  GtkWidget *tunnel_label;
  GtkLabel *tunnel;
  GtkLabel *exit;
  GtkWidget *routes_label;
  GtkLabel *n_routes;
  GtkLabel *routes;
};

G_DEFINE_FINAL_TYPE (TlFamilyView, tl_family_view, GTK_TYPE_BOX)

static char *
with_names (const char *answer, GPtrArray *names)
{
  g_autofree char *joined = NULL;

  if (names->len == 0)
    return g_strdup (answer);

  g_ptr_array_add (names, NULL);
  joined = g_strjoinv (", ", (char **)names->pdata);
  return g_strdup_printf ("%s (%s)", answer, joined);
}

static char *
describe_local (const TlVerdict *verdict, TlFamily family)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (guint i = 0; i < verdict->uplinks->len; i++) {
    const TlUplink *uplink = g_ptr_array_index (verdict->uplinks, i);

    if (uplink->offers[family])
      g_ptr_array_add (names, uplink->interface);
  }
  return with_names (tl_describe_tri (verdict->families[family].local ? TL_YES : TL_NO), names);
}

static char *
describe_tunnel (const TlVerdict *verdict, TlFamily family)
{
  const TlFamilyVerdict *shown = &verdict->families[family];
  const char *answer = tl_describe_tri (shown->tunnel ? TL_YES : TL_NO);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (guint i = 0; i < verdict->tunnels->len; i++) {
    const TlTunnel *tunnel = g_ptr_array_index (verdict->tunnels, i);

    if (tunnel->carries[family] && tunnel->interface != NULL)
      g_ptr_array_add (names, tunnel->interface);
  }
  if (!shown->tunnel && shown->status == TL_STATUS_UNKNOWN)
    answer = tl_describe_tri (TL_MAYBE);
  else if (shown->tunnel && shown->status == TL_STATUS_PARTIAL)
    answer = C_ ("answer", "partly");
  return with_names (answer, names);
}

static char *
describe_routes (const TlFamilyVerdict *family)
{
  g_autoptr (GString) text = g_string_new (NULL);
  TlBypassRest rest;
  g_autoptr (GPtrArray) shown = tl_widest_bypasses (family, ROUTES_MAX, &rest);

  for (guint i = 0; i < shown->len; i++) {
    g_autofree char *line = tl_describe_bypass (g_ptr_array_index (shown, i));

    g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "", line);
  }
  if (rest.ranges > 0) {
    g_string_append_c (text, '\n');
    g_string_append_printf (text, ngettext ("and %u more", "and %u more", rest.ranges),
                            rest.ranges);
  }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static char *
describe_n_routes (const TlVerdict *verdict, TlFamily family)
{
  guint n = verdict->families[family].bypass->len;

  if (n == 0 && tl_verdict_has_finding (verdict, TL_FINDING_FIREWALL_BLOCKED, family))
    return g_strdup (_ ("stopped by a firewall"));
  if (n == 0)
    return g_strdup (_ ("none"));
  return g_strdup_printf (ngettext ("for %u range of addresses", "for %u ranges of addresses", n),
                          n);
}

static void
set_status (TlFamilyView *self, const TlVerdict *verdict, TlFamily family, TlState light)
{
  TlStatus status = verdict->families[family].status;
  GtkStyleContext *style = gtk_widget_get_style_context (GTK_WIDGET (self->status));
  gboolean vpn = verdict->tunnels->len > 0;
  gboolean bad = status == TL_STATUS_BYPASS || status == TL_STATUS_PARTIAL;

  gtk_style_context_remove_class (style, "bad");
  gtk_style_context_remove_class (style, "good");
  /* Colour is for what the light stands for: in a split VPN a bypass is meant, and while things
   * settle all this may be old. */
  if (vpn && bad && light == TL_STATE_LEAK)
    gtk_style_context_add_class (style, "bad");
  else if (vpn && light != TL_STATE_CHECKING &&
           (status == TL_STATUS_TUNNELLED || status == TL_STATUS_BLOCKED))
    gtk_style_context_add_class (style, "good");
  gtk_label_set_text (self->status, vpn ? tl_describe_family_status (verdict, family) : "");
}

static void
tl_family_view_class_init (TlFamilyViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/tunnellight/TunnelLight/family-view.ui");
  gtk_widget_class_bind_template_child (widget_class, TlFamilyView, name);
  gtk_widget_class_bind_template_child (widget_class, TlFamilyView, status);
  gtk_widget_class_bind_template_child (widget_class, TlFamilyView, local);
  gtk_widget_class_bind_template_child (widget_class, TlFamilyView, tunnel);
  gtk_widget_class_bind_template_child (widget_class, TlFamilyView, exit);
  gtk_widget_class_bind_template_child (widget_class, TlFamilyView, tunnel_label);
  gtk_widget_class_bind_template_child (widget_class, TlFamilyView, routes_label);
  gtk_widget_class_bind_template_child (widget_class, TlFamilyView, n_routes);
  gtk_widget_class_bind_template_child (widget_class, TlFamilyView, routes);
}

static void
tl_family_view_init (TlFamilyView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  tl_label_forbid_hyphens (self->exit);
  tl_label_forbid_hyphens (self->routes);
}

/**
 * tl_family_view_update:
 * @self: the view
 * @verdict: what to show
 * @family: which family of it
 * @light: what the light shows
 */
void
tl_family_view_update (TlFamilyView *self, const TlVerdict *verdict, TlFamily family, TlState light)
{
  const TlFamilyVerdict *shown = &verdict->families[family];
  gboolean vpn = verdict->tunnels->len > 0;
  gboolean none = shown->status == TL_STATUS_TUNNELLED || shown->status == TL_STATUS_BLOCKED ||
                  shown->status == TL_STATUS_ABSENT;
  gboolean has_routes = vpn && shown->bypass->len > 0;
  g_autofree char *local = describe_local (verdict, family);
  g_autofree char *tunnel = describe_tunnel (verdict, family);
  g_autofree char *exit = tl_describe_exit (shown);
  g_autofree char *n_routes = describe_n_routes (verdict, family);
  g_autofree char *routes = describe_routes (shown);

  gtk_label_set_text (self->name, tl_family_name (family));
  set_status (self, verdict, family, light);
  gtk_label_set_text (self->local, local);
  gtk_label_set_text (self->tunnel, tunnel);
  tl_label_set_addresses (self->exit, exit);
  gtk_label_set_text (self->n_routes, n_routes);
  tl_label_set_addresses (self->routes, routes);

  /* Without a VPN nothing can go around it. */
  gtk_widget_set_visible (self->tunnel_label, vpn);
  gtk_widget_set_visible (GTK_WIDGET (self->tunnel), vpn);
  /* Nor is "none" said of what does go around it, by a way that shows no range, or may do so. */
  gtk_widget_set_visible (self->routes_label, has_routes || (vpn && none));
  gtk_widget_set_visible (GTK_WIDGET (self->n_routes), has_routes || (vpn && none));
  gtk_widget_set_visible (GTK_WIDGET (self->routes), has_routes);
}
