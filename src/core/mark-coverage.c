/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/coverage.h"

/* Where packets would go that a firewall of this computer marks on their way out. */

static gboolean
contains (const GArray *marks, guint32 mark)
{
  for (guint i = 0; i < marks->len; i++) {
    if (g_array_index (marks, guint32, i) == mark)
      return TRUE;
  }

  return FALSE;
}

/*
 * An inverted rule (wg-quick's "not fwmark", NetworkManager's and Mullvad's) is for everybody but
 * the VPN: the mark is that of its own socket, whose packets must go past the tunnel. That a
 * firewall gives the same mark to others is not thought of: every WireGuard tunnel would be asked
 * about.
 */
static GArray *
find_marks (const GArray *rules)
{
  GArray *marks = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint i = 0; i < rules->len && marks->len < TL_MARKS_MAX; i++) {
    const TlRule *rule = &g_array_index (rules, TlRule, i);
    guint32 mark = rule->fwmark & rule->fwmask;

    if (mark != 0 && !rule->invert && !contains (marks, mark))
      g_array_append_val (marks, mark);
  }

  return marks;
}

/**
 * tl_coverages_of_marks:
 * @net: the kernel's tables
 * @family: a family
 * @uid: the user whose programs send
 * @nat64: (nullable) (element-type TlPrefix): as for tl_coverage_compute()
 *
 * What a firewall marks cannot be read without privileges; where rules send marked packets can. Of
 * masked marks ("fwmark 0x80000/0xff0000") the bits outside the mask are taken as 0, and several
 * marks in one packet are not thought of.
 *
 * Returns: (transfer full) (element-type TlCoverage): the coverage for each mark that a rule
 * selects packets by, at most %TL_MARKS_MAX
 */
GPtrArray *
tl_coverages_of_marks (const TlNetState *net, TlFamily family, guint32 uid, const GArray *nat64)
{
  g_autoptr (GArray) marks = find_marks (net->rules[family]);
  GPtrArray *coverages = g_ptr_array_new_with_free_func ((GDestroyNotify)tl_coverage_unref);

  for (guint i = 0; i < marks->len; i++)
    g_ptr_array_add (coverages, tl_coverage_compute_marked (
                                  net, family, uid, g_array_index (marks, guint32, i), nat64));

  return coverages;
}
