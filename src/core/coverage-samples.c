/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/coverage.h"

static guint
way_hash (gconstpointer data)
{
  const TlEgress *egress = data;
  guint hash = egress->type * 31 + egress->ifindex;

  hash = hash * 31 + egress->table;
  if (egress->has_gateway) {
    for (guint i = 0; i < sizeof egress->gateway.bytes; i++)
      hash = hash * 31 + egress->gateway.bytes[i];
  }

  return hash;
}

/* The same way out by the same kind of route, whatever its destination. */
static gboolean
way_equal (gconstpointer data_a, gconstpointer data_b)
{
  const TlEgress *a = data_a;
  const TlEgress *b = data_b;

  return a->destination.address.family == b->destination.address.family &&
         tl_egress_same_way (a, b);
}

/* Nearly always there are a few ways, which are told apart faster than by hashing. */
#define FEW_WAYS 4

/** Groups: spans by their way; the ways in order of their first span. */
typedef struct {
  GPtrArray *groups;        /* (element-type GArray): of each way, the indices of its spans */
  GPtrArray *ways;          /* (element-type TlEgress): the same order */
  GHashTable *group_of_way; /* (element-type TlEgress GArray) */
} Groups;

static GArray *
find_group (const Groups *groups, const TlEgress *way)
{
  for (guint i = 0; i < MIN (groups->ways->len, FEW_WAYS); i++) {
    if (way_equal (groups->ways->pdata[i], way))
      return groups->groups->pdata[i];
  }

  return groups->ways->len > FEW_WAYS ? g_hash_table_lookup (groups->group_of_way, way) : NULL;
}

static GPtrArray *
group_by_way (const TlCoverage *coverage)
{
  g_autoptr (GPtrArray) ways = g_ptr_array_new ();
  g_autoptr (GHashTable) group_of_way = g_hash_table_new (way_hash, way_equal);
  Groups groups = {
    .groups = g_ptr_array_new_with_free_func ((GDestroyNotify)g_array_unref),
    .ways = ways,
    .group_of_way = group_of_way,
  };

  for (guint i = 0; i < coverage->spans->len; i++) {
    TlEgress *way = &g_array_index (coverage->spans, TlSpan, i).egress;
    GArray *group = find_group (&groups, way);

    if (group == NULL) {
      group = g_array_new (FALSE, FALSE, sizeof (guint));
      g_ptr_array_add (groups.groups, group);
      g_ptr_array_add (groups.ways, way);
      g_hash_table_insert (group_of_way, way, group);
    }
    g_array_append_val (group, i);
  }

  return groups.groups;
}

/* How many spans of each group to take: one of each in turn, until there are @most. */
static guint *
share_out (const GPtrArray *groups, guint most)
{
  guint *quotas = g_new0 (guint, groups->len + 1);
  gboolean given = TRUE;

  while (given && most > 0) {
    given = FALSE;
    for (guint i = 0; i < groups->len && most > 0; i++) {
      const GArray *group = groups->pdata[i];

      if (quotas[i] < group->len) {
        quotas[i]++;
        most--;
        given = TRUE;
      }
    }
  }

  return quotas;
}

static int
compare_addresses (gconstpointer a, gconstpointer b)
{
  return tl_address_compare (a, b);
}

/**
 * tl_coverage_samples:
 * @coverage: a coverage
 * @most: how many addresses at most
 * @addresses: (element-type TlAddress): an empty array, to which addresses are appended in order
 *
 * One address from inside each range of addresses; where there are more than @most, from every
 * different way out in turn, evenly over the ranges of each. The same coverage always gives the
 * same addresses.
 */
void
tl_coverage_samples (const TlCoverage *coverage, guint most, GArray *addresses)
{
  g_autoptr (GPtrArray) groups = group_by_way (coverage);
  g_autofree guint *quotas = share_out (groups, most);
  guint kept = 0;

  for (guint i = 0; i < groups->len; i++) {
    const GArray *group = groups->pdata[i];

    for (guint j = 0; j < quotas[i]; j++) {
      guint64 at = (2 * (guint64)j + 1) * group->len / (2 * (guint64)quotas[i]);
      const TlSpan *span =
        &g_array_index (coverage->spans, TlSpan, g_array_index (group, guint, at));
      TlAddress address = tl_address_inside (&span->first, &span->last);

      g_array_append_val (addresses, address);
    }
  }

  /* Several ways over the same addresses gave the same address. */
  g_array_sort (addresses, compare_addresses);
  for (guint i = 0; i < addresses->len; i++) {
    const TlAddress *address = &g_array_index (addresses, TlAddress, i);

    if (kept == 0 ||
        tl_address_compare (&g_array_index (addresses, TlAddress, kept - 1), address) != 0)
      g_array_index (addresses, TlAddress, kept++) = *address;
  }
  g_array_set_size (addresses, kept);
}
