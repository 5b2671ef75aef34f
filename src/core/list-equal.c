/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/list-equal.h"

/**
 * tl_lists_equal:
 * @a: a list
 * @b: another
 * @equal: whether an element of @a equals one of @b
 *
 * Returns: whether both have equal elements in the same order
 */
gboolean
tl_lists_equal (const GPtrArray *a, const GPtrArray *b, GEqualFunc equal)
{
  if (a->len != b->len)
    return FALSE;

  for (guint i = 0; i < a->len; i++) {
    if (!equal (a->pdata[i], b->pdata[i]))
      return FALSE;
  }

  return TRUE;
}
