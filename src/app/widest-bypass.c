/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/widest-bypass.h"

#include <math.h>

/* Of all that is public in this family. */
static double
share_of (const TlPrefix *prefix)
{
  gsize n = 0;
  const TlPrefix *space = tl_public_space (prefix->address.family, &n);
  double whole = 0;

  for (gsize i = 0; i < n; i++)
    whole += ldexp (1, -(int)space[i].length);

  return ldexp (1, -(int)prefix->length) / whole;
}

/* The length up to which ranges are wide enough; of that length itself, only @ret_n. */
static guint
find_last_length (const GArray *bypasses, guint most, guint *ret_n)
{
  guint counts[129] = { 0 };
  guint length = 0;

  for (guint i = 0; i < bypasses->len; i++)
    counts[g_array_index (bypasses, TlBypass, i).prefix.length]++;
  for (*ret_n = most; length < G_N_ELEMENTS (counts) - 1 && counts[length] <= *ret_n; length++)
    *ret_n -= counts[length];

  return length;
}

/**
 * tl_widest_bypasses:
 * @family: a family's verdict
 * @most: how many ranges to show
 * @ret_rest: (out): what is not shown
 *
 * Returns: (transfer container) (element-type TlBypass): the widest ranges that bypass, in order of
 *   their addresses
 */
GPtrArray *
tl_widest_bypasses (const TlFamilyVerdict *family, guint most, TlBypassRest *ret_rest)
{
  GPtrArray *shown = g_ptr_array_new ();
  guint n_of_last = 0;
  guint last_length = find_last_length (family->bypass, most, &n_of_last);

  *ret_rest = (TlBypassRest){ 0 };
  for (guint i = 0; i < family->bypass->len; i++) {
    TlBypass *bypass = &g_array_index (family->bypass, TlBypass, i);
    guint length = bypass->prefix.length;

    if (length < last_length || (length == last_length && n_of_last > 0)) {
      n_of_last -= length == last_length ? 1 : 0;
      g_ptr_array_add (shown, bypass);
    } else {
      ret_rest->ranges++;
      ret_rest->share += share_of (&bypass->prefix);
    }
  }

  return shown;
}
