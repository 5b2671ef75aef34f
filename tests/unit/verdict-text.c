/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "verdict-text.h"

#include "observation-text.h"

static const char *
tri (TlTri value)
{
  return value == TL_MAYBE ? "?" : value == TL_YES ? "yes" : "no";
}

static void
add_family (GString *text, const TlVerdict *verdict, TlFamily family)
{
  const TlFamilyVerdict *result = &verdict->families[family];

  g_string_append_printf (text, "; %s %s", tl_family_to_string (family),
                          tl_status_to_string (result->status));
  for (guint i = 0; result->bypass->len <= 2 && i < result->bypass->len; i++) {
    const TlBypass *bypass = &g_array_index (result->bypass, TlBypass, i);
    g_autofree char *prefix = tl_prefix_to_string (&bypass->prefix);

    g_string_append_printf (text, " %s %s", prefix, bypass->interface);
  }
  if (result->exit != NULL)
    g_string_append_printf (text, ", exit %s", tl_exit_owner_to_string (result->exit_owner));
}

/* What matters of a verdict in one line; findings of severity info are left out. */
char *
verdict_to_text (const TlVerdict *verdict)
{
  GString *text = g_string_new (tl_state_to_string (verdict->state));
  const TlCase *present = &verdict->four_case;

  g_string_append_printf (text, "; local %s, tunnel %s%s%s", tri (present->local),
                          tri (present->tunnel), present->blocked ? ", blocked" : "",
                          present->unsafe == TL_MAYBE ? ""
                          : present->unsafe == TL_YES ? ", unsafe"
                                                      : ", safe");
  add_family (text, verdict, TL_FAMILY_IPV4);
  add_family (text, verdict, TL_FAMILY_IPV6);
  for (guint i = 0; i < verdict->tunnels->len; i++) {
    const TlTunnel *tunnel = verdict->tunnels->pdata[i];

    g_string_append_printf (text, "; tunnel %s%s", tunnel->name, tunnel->full ? " full" : "");
  }
  for (guint i = 0; i < verdict->findings->len; i++) {
    const TlFinding *finding = verdict->findings->pdata[i];
    g_autofree char *name = tl_finding_name (finding);

    if (finding->severity > TL_SEVERITY_INFO)
      g_string_append_printf (text, "; %s %s", tl_severity_to_string (finding->severity), name);
  }
  return g_string_free (text, FALSE);
}

TlVerdict *
verdict_case_judge (const VerdictCase *test)
{
  g_autoptr (TlObservation) observation = observation_text_parse (test->net, test->nm, test->exits);
  g_autoptr (TlPolicy) policy = test->policy != NULL ? policy_text_parse (test->policy) : NULL;

  return tl_judge (observation, policy);
}

static void
test_case (gconstpointer data)
{
  const VerdictCase *test = data;
  g_autoptr (TlVerdict) verdict = verdict_case_judge (test);
  g_autoptr (TlVerdict) again = verdict_case_judge (test);
  g_autofree char *summary = verdict_to_text (verdict);

  g_assert_cmpstr (summary, ==, test->expected);
  g_assert_true (tl_verdict_equal (verdict, again));
}

/* Adds a test for each case, under a path of GLib's test API. */
void
verdict_cases_add (const char *path, const VerdictCase *cases, gsize n_cases)
{
  for (gsize i = 0; i < n_cases; i++) {
    g_autofree char *name = g_strdup_printf ("%s/%s", path, cases[i].name);

    g_test_add_data_func (name, &cases[i], test_case);
  }
}
