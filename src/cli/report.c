/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "cli/report.h"

#include "app/describe-notes.h"
#include "app/describe.h"
#include "app/names.h"
#include "app/widest-bypass.h"
#include "cli/output.h"

#include <glib/gi18n.h>

#define N_COLUMNS 5
#define N_ROWS    (1 + TL_N_FAMILIES)

static void
append_cell (GString *text, const char *cell, glong width)
{
  g_string_append (text, cell);
  for (glong i = g_utf8_strlen (cell, -1); i < width; i++)
    g_string_append_c (text, ' ');
}

static void
append_table (GString *text, char *cells[N_ROWS][N_COLUMNS])
{
  for (guint row = 0; row < N_ROWS; row++) {
    for (guint column = 0; column < N_COLUMNS; column++) {
      glong width = 0;

      for (guint i = 0; i < N_ROWS && column < N_COLUMNS - 1; i++)
        width = MAX (width, g_utf8_strlen (cells[i][column], -1) + 2);
      append_cell (text, cells[row][column], width);
    }
    g_string_append_c (text, '\n');
  }
}

static void
append_families (GString *text, const TlVerdict *verdict)
{
  char *cells[N_ROWS][N_COLUMNS] = {
    { g_strdup (""), g_strdup (C_ ("column", "from your connection")),
      g_strdup (C_ ("column", "in the VPN")), g_strdup (C_ ("column", "status")),
      g_strdup (C_ ("column", "address websites see")) },
  };

  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    const TlFamilyVerdict *of = &verdict->families[family];
    char **row = cells[1 + family];

    row[0] = g_strdup (tl_family_name (family));
    row[1] = g_strdup (tl_describe_tri (of->local ? TL_YES : TL_NO));
    row[2] = g_strdup (tl_describe_tri (of->tunnel ? TL_YES : TL_NO));
    row[3] = g_strdup (tl_describe_family_status (verdict, family));
    row[4] = tl_describe_exit (of);
  }

  append_table (text, cells);
  for (guint row = 0; row < N_ROWS; row++) {
    for (guint column = 0; column < N_COLUMNS; column++)
      g_free (cells[row][column]);
  }
}

static void
append_tunnels (GString *text, const TlVerdict *verdict)
{
  for (guint i = 0; i < verdict->tunnels->len; i++) {
    const TlTunnel *tunnel = g_ptr_array_index (verdict->tunnels, i);
    g_autofree char *name = tl_name_quote (tunnel->name);
    g_autofree char *kind = tl_name_clean (tunnel->kind);
    g_autofree char *link = tl_name_clean (tunnel->interface != NULL ? tunnel->interface : "–");

    /* Translators: name of a VPN in quotation marks; its kind; its network interface */
    g_string_append_printf (text, _ ("VPN: %s (%s, %s)\n"), name, kind, link);
  }
}

/* Returns how many ranges were shown. */
static guint
append_bypass_of (GString *text, const TlFamilyVerdict *family, guint most, guint *n_more)
{
  TlBypassRest rest;
  g_autoptr (GPtrArray) shown = tl_widest_bypasses (family, most, &rest);

  for (guint i = 0; i < shown->len; i++) {
    g_autofree char *words = tl_describe_bypass (g_ptr_array_index (shown, i));

    g_string_append_printf (text, "  %s\n", words);
  }

  *n_more += rest.ranges;
  return shown->len;
}

static void
append_bypass (GString *text, const TlVerdict *verdict)
{
  guint n = 0;
  guint left = TL_BYPASS_SHOWN;
  guint n_more = 0;

  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++)
    n += verdict->families[family].bypass->len;
  /* Without a VPN there is nothing that could be bypassed. */
  if (n == 0 || verdict->tunnels->len == 0)
    return;

  g_string_append_printf (text, "\n%s\n", _ ("Around the VPN:"));
  for (TlFamily family = TL_N_FAMILIES; family-- > 0;)
    left -= append_bypass_of (text, &verdict->families[family], left, &n_more);
  if (n_more > 0) {
    g_string_append (text, "  ");
    g_string_append_printf (text, ngettext ("… and %u more range", "… and %u more ranges", n_more),
                            n_more);
    g_string_append_c (text, '\n');
  }
}

static const char *
severity_words (TlSeverity severity)
{
  switch (severity) {
  case TL_SEVERITY_LEAK:
    return C_ ("severity", "leak");
  case TL_SEVERITY_WARNING:
    return C_ ("severity", "warning");
  case TL_SEVERITY_INFO:
  default:
    return C_ ("severity", "note");
  }
}

static void
append_notes (GString *text, const TlVerdict *verdict, const char *explanation)
{
  g_autoptr (GPtrArray) notes = tl_describe_notes (verdict, explanation);

  if (notes->len > 0)
    g_string_append_printf (text, "\n%s\n", _ ("Findings:"));

  for (guint i = 0; i < notes->len; i++) {
    const TlNote *note = g_ptr_array_index (notes, i);

    g_string_append_printf (text, "  %s: %s\n", severity_words (note->severity), note->text);
  }
}

/* Nobody is left alone with a red light: what to do, or whom to ask. */
static void
append_remedy (GString *text, const TlVerdict *verdict, const GPtrArray *plans)
{
  const TlFixPlan *first = tl_fix_plans_first (plans);
  g_autofree char *effect = NULL;

  if (first == NULL) {
    if (verdict->state == TL_STATE_LEAK) {
      g_string_append_c (text, '\n');
      /* Translators: a command */
      g_string_append_printf (text,
                              _ ("Tunnel Light cannot close this by itself (see %s). Show this to "
                                 "your IT department.\n"),
                              TL_PROGRAM " fixes");
    }
    return;
  }

  effect = tl_describe_fix_effect (first, verdict);
  g_string_append_c (text, '\n');
  /* Translators: a program and the name of a fix; do not translate “fix” */
  g_string_append_printf (text, _ ("To fix this: %s fix %s\n"), TL_PROGRAM,
                          tl_fix_id_to_string (first->id));
  g_string_append_printf (text, "  %s\n", effect);
}

/**
 * tl_report_verdict:
 * @verdict: a verdict
 * @plans: (element-type TlFixPlan): the fixes for it
 *
 * Returns: (transfer full): the verdict with its evidence, in lines
 */
char *
tl_report_verdict (const TlVerdict *verdict, const GPtrArray *plans)
{
  GString *text = g_string_new (NULL);
  g_autofree char *headline = tl_describe_headline (verdict, verdict->state);
  g_autofree char *explanation = tl_describe_explanation (verdict, verdict->state);

  g_string_append_printf (text, "%s\n%s\n\n", headline, explanation);
  append_families (text, verdict);
  append_tunnels (text, verdict);
  append_bypass (text, verdict);
  append_notes (text, verdict, explanation);
  append_remedy (text, verdict, plans);

  return g_string_free (text, FALSE);
}

static void
append_changes (GString *text, const GPtrArray *changes)
{
  for (guint i = 0; changes != NULL && i < changes->len; i++) {
    g_autofree char *words = tl_describe_change (g_ptr_array_index (changes, i));

    g_string_append_printf (text, "  %s\n", words);
  }
}

static void
append_plan (GString *text, const TlFixPlan *plan, const TlVerdict *verdict)
{
  g_autofree char *title = tl_describe_fix_title (plan->id, verdict);
  g_autofree char *effect = NULL;

  g_string_append_printf (text, "%s: %s\n", tl_fix_id_to_string (plan->id), title);
  if (!plan->available) {
    g_string_append (text, "  ");
    /* Translators: the reason, a sentence */
    g_string_append_printf (text, _ ("Not available: %s\n"),
                            tl_describe_fix_reason (plan->reason, verdict));
    return;
  }

  effect = tl_describe_fix_effect (plan, verdict);
  g_string_append_printf (text, "  %s\n", effect);
  append_changes (text, plan->changes);
  g_string_append (text, "  ");
  /* Translators: for how long a fix holds */
  g_string_append_printf (text, _ ("Lasts %s."), tl_describe_fix_lasts (plan->lasts));
  g_string_append_printf (text, " %s\n",
                          plan->password ? _ ("Needs a password.") : _ ("Needs no password."));
}

/**
 * tl_report_fixes:
 * @verdict: a verdict
 * @plans: (element-type TlFixPlan): the fixes for it
 *
 * Returns: (transfer full): what each fix would do, or why it is not available, in lines
 */
char *
tl_report_fixes (const TlVerdict *verdict, const GPtrArray *plans)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < plans->len; i++) {
    if (i > 0)
      g_string_append_c (text, '\n');
    append_plan (text, g_ptr_array_index (plans, i), verdict);
  }

  return g_string_free (text, FALSE);
}

/**
 * tl_report_outcome:
 * @outcome: how a fix or an undo ended
 * @undo: whether it was an undo
 *
 * Returns: (transfer full): what was changed, and how things are now, in lines
 */
char *
tl_report_outcome (const TlFixOutcome *outcome, gboolean undo)
{
  GString *text = g_string_new (NULL);
  g_autofree char *words = tl_describe_outcome (outcome, undo);

  g_string_append_printf (text, "%s\n", words);
  append_changes (text, outcome->changes);
  if (outcome->verdict != NULL) {
    const TlVerdict *verdict = outcome->verdict;
    g_autofree char *headline = tl_describe_headline (verdict, verdict->state);
    g_autofree char *explanation = tl_describe_explanation (verdict, verdict->state);

    g_string_append_printf (text, "\n%s\n%s\n", headline, explanation);
  }

  return g_string_free (text, FALSE);
}

/**
 * tl_report_line:
 * @verdict: a verdict
 * @settling: whether relevant changes are still arriving
 *
 * Returns: (transfer full): state and headline on one line
 */
char *
tl_report_line (const TlVerdict *verdict, gboolean settling)
{
  g_autofree char *headline = tl_describe_headline (verdict, verdict->state);

  return g_strdup_printf ("%-8s  %s%s%s", tl_state_to_string (verdict->state), headline,
                          settling ? " " : "", settling ? _ ("(still changing)") : "");
}
