/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/rtnl-tables.h"

#include <gio/gio.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

/* As many routes as are freed in well under a millisecond. */
#define MOST_AT_ONCE 1000

static GArray **
array_of (TlNetState *state, guint table)
{
  switch (table) {
  case TL_RTNL_LINKS:
    return &state->links;
  case TL_RTNL_ADDRESSES:
    return &state->addresses;
  case TL_RTNL_ROUTES_IPV4:
    return &state->routes[TL_FAMILY_IPV4];
  case TL_RTNL_ROUTES_IPV6:
    return &state->routes[TL_FAMILY_IPV6];
  case TL_RTNL_RULES_IPV4:
    return &state->rules[TL_FAMILY_IPV4];
  case TL_RTNL_RULES_IPV6:
    return &state->rules[TL_FAMILY_IPV6];
  default:
    g_assert_not_reached ();
  }
}

/**
 * tl_rtnl_tables_share:
 * @to: a state
 * @from: another
 * @tables: TL_RTNL_… or-ed
 *
 * Lets @to have the same arrays of @tables as @from.
 */
void
tl_rtnl_tables_share (TlNetState *to, TlNetState *from, guint tables)
{
  for (guint table = 1; table <= TL_RTNL_ALL_TABLES; table <<= 1) {
    GArray *array;

    if ((tables & table) == 0)
      continue;
    array = g_array_ref (*array_of (from, table));
    g_array_unref (*array_of (to, table));
    *array_of (to, table) = array;
  }
}

static int
compare_links (gconstpointer a, gconstpointer b)
{
  const TlLink *left = a;
  const TlLink *right = b;

  return (left->ifindex > right->ifindex) - (left->ifindex < right->ifindex);
}

static int
compare_addresses (gconstpointer a, gconstpointer b)
{
  const TlLinkAddress *left = a;
  const TlLinkAddress *right = b;
  int order = (left->ifindex > right->ifindex) - (left->ifindex < right->ifindex);

  if (order == 0)
    order = tl_address_compare (&left->address, &right->address);
  return order != 0 ? order : tl_prefix_compare (&left->prefix, &right->prefix);
}

/**
 * tl_rtnl_tables_sort:
 * @state: a state
 *
 * Puts its links and addresses into the order that #TlNetState documents. Of routes and rules, the
 * order of the dump is the one that counts.
 */
void
tl_rtnl_tables_sort (TlNetState *state)
{
  g_array_sort (state->links, compare_links);
  g_array_sort (state->addresses, compare_addresses);
}

static void
add_rule (GArray *rules, TlFamily family, guint32 priority, guint32 table)
{
  TlRule rule = {
    .priority = priority,
    .action = FR_ACT_TO_TBL,
    .from.address.family = family,
    .to.address.family = family,
    .table = table,
    .suppress_prefix_length = -1,
    .suppress_group = -1,
  };

  g_array_append_val (rules, rule);
}

/**
 * tl_rtnl_tables_set_first_rules:
 * @state: a state
 * @family: a family
 *
 * Sets the rules that every kernel begins with (net/ipv4/fib_rules.c, fib_default_rules_init;
 * net/ipv6/fib6_rules.c, fib6_rules_net_init). One without policy routing does what they say.
 */
void
tl_rtnl_tables_set_first_rules (TlNetState *state, TlFamily family)
{
  GArray *rules = state->rules[family];

  g_array_set_size (rules, 0);
  add_rule (rules, family, 0, RT_TABLE_LOCAL);
  add_rule (rules, family, 32766, RT_TABLE_MAIN);
  if (family == TL_FAMILY_IPV4)
    add_rule (rules, family, 32767, RT_TABLE_DEFAULT);
}

static void
free_state (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  tl_net_state_unref (data);
  g_task_return_boolean (task, TRUE);
}

/**
 * tl_rtnl_tables_unref:
 * @state: (transfer full): a state
 *
 * Lets go of it. To free a million routes takes tens of milliseconds, so large tables are left to a
 * thread.
 */
void
tl_rtnl_tables_unref (TlNetState *state)
{
  g_autoptr (GTask) task = NULL;

  if (state->routes[TL_FAMILY_IPV4]->len + state->routes[TL_FAMILY_IPV6]->len <= MOST_AT_ONCE) {
    tl_net_state_unref (state);
    return;
  }

  task = g_task_new (NULL, NULL, NULL, NULL);
  g_task_set_source_tag (task, tl_rtnl_tables_unref);
  g_task_set_task_data (task, state, NULL);
  g_task_run_in_thread (task, free_state);
}
