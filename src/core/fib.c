/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/fib.h"

#include "core/fib-node.h"
#include "core/fib-rules.h"
#include "core/source-address.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <string.h>

/* A rule with what it refers to looked up once. */
typedef struct {
  const TlRule *rule;
  int slot;     /* of its table, or -1 */
  guint target; /* the rule it jumps to, or the next one */
} Step;

struct _TlFib {
  const TlNetState *net;
  TlFamily family;
  TlFibRules rules;
  gboolean depends_on_source;
  GArray *steps;        /* (element-type Step) */
  GArray *tables;       /* (element-type guint32): tables that rules lead to, in order */
  guint32 latest_table; /* whose place was looked for last: nearly always it is the same again */
  int latest_slot;
  GPtrArray *stacks;      /* (element-type GArray): for each of @tables its TlFibNodes */
  GPtrArray *first;       /* (element-type TlRoute): scratch: what decides without a source */
  GPtrArray *again;       /* (element-type TlRoute): scratch: what decides with a source */
  GArray *sources;        /* (element-type TlAddress): scratch */
  GArray *shared_sources; /* (element-type TlAddress): preferred by routes with nexthop objects */
  GArray *shared_links;   /* (element-type int): of the first hops of such routes */
  gboolean *reached;      /* (array length=steps->len + 1): scratch */
};

static int
compare_tables (gconstpointer a, gconstpointer b)
{
  guint32 table_a = *(const guint32 *)a;
  guint32 table_b = *(const guint32 *)b;

  return table_a < table_b ? -1 : table_a > table_b;
}

/*
 * Linux fib_rule_get_table(): the table of the packet's vrf, for which l3mdev stands, is that of no
 * number where the packet has no vrf, as when the rule is inverted; and that is main (measured).
 */
static guint32
table_of (const TlRule *rule)
{
  return rule->l3mdev || rule->table == RT_TABLE_UNSPEC ? RT_TABLE_MAIN : rule->table;
}

static void
find_tables (TlFib *self, const GArray *rules)
{
  for (guint i = 0; i < rules->len; i++) {
    const TlRule *rule = &g_array_index (rules, TlRule, i);
    guint32 table = table_of (rule);

    if (rule->action == FR_ACT_TO_TBL && tl_fib_slot (self, table) < 0) {
      g_array_append_val (self->tables, table);
      g_array_sort (self->tables, compare_tables);
      self->latest_table = RT_TABLE_UNSPEC; /* has no place: table_of() */
      g_ptr_array_add (self->stacks, g_array_new (FALSE, FALSE, sizeof (TlFibNode)));
    }
  }
}

/* As Linux does: the first rule of that priority, and only forward; else the next rule. */
static guint
find_target (const GArray *rules, guint index)
{
  const TlRule *rule = &g_array_index (rules, TlRule, index);

  if (rule->action == FR_ACT_GOTO) {
    for (guint i = index + 1; i < rules->len; i++) {
      if (g_array_index (rules, TlRule, i).priority == rule->goto_priority)
        return i;
    }
  }

  return index + 1;
}

static gboolean
find_dependence_on_source (TlFib *self, const GArray *rules, const GArray *routes)
{
  for (guint i = 0; i < rules->len; i++) {
    if (g_array_index (rules, TlRule, i).from.length > 0)
      return TRUE;
  }
  for (guint i = 0; i < routes->len; i++) {
    const TlRoute *route = &g_array_index (routes, TlRoute, i);

    if (route->source.length > 0 && tl_fib_slot (self, route->table) >= 0)
      return TRUE;
  }

  return FALSE;
}

static void
note_shared (TlFib *self, const TlRoute *route)
{
  if (route->has_preferred_source &&
      !tl_addresses_contain (self->shared_sources, &route->preferred_source))
    g_array_append_val (self->shared_sources, route->preferred_source);
  for (guint i = 0; i < self->shared_links->len; i++) {
    if (g_array_index (self->shared_links, int, i) == route->hop.ifindex)
      return;
  }
  g_array_append_val (self->shared_links, route->hop.ifindex);
}

/**
 * tl_fib_new:
 * @net: the kernel's tables; must outlive the result
 * @family: a family
 * @uid: the user whose programs send
 * @mark: the packets' firewall mark, or 0
 *
 * Returns: (transfer full): the family's rules over empty tables
 */
TlFib *
tl_fib_new (const TlNetState *net, TlFamily family, guint32 uid, guint32 mark)
{
  TlFib *self = g_new0 (TlFib, 1);
  const GArray *rules = net->rules[family];

  self->net = net;
  self->family = family;
  tl_fib_rules_init (&self->rules, net, family, uid, mark);
  self->latest_slot = -1;
  self->steps = g_array_sized_new (FALSE, FALSE, sizeof (Step), rules->len);
  self->tables = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->stacks = g_ptr_array_new_with_free_func ((GDestroyNotify)g_array_unref);
  self->first = g_ptr_array_new ();
  self->again = g_ptr_array_new ();
  self->sources = g_array_new (FALSE, FALSE, sizeof (TlAddress));
  self->shared_sources = g_array_new (FALSE, FALSE, sizeof (TlAddress));
  self->shared_links = g_array_new (FALSE, FALSE, sizeof (int));
  self->reached = g_new0 (gboolean, rules->len + 1);

  find_tables (self, rules);
  for (guint i = 0; i < rules->len; i++) {
    const TlRule *rule = &g_array_index (rules, TlRule, i);
    Step step = { .rule = rule, .slot = -1, .target = find_target (rules, i) };

    if (rule->action == FR_ACT_TO_TBL)
      step.slot = tl_fib_slot (self, table_of (rule));
    g_array_append_val (self->steps, step);
  }
  self->depends_on_source = find_dependence_on_source (self, rules, net->routes[family]);
  for (guint i = 0; self->depends_on_source && i < net->routes[family]->len; i++) {
    const TlRoute *route = &g_array_index (net->routes[family], TlRoute, i);

    if (route->nexthop_id != 0)
      note_shared (self, route);
  }

  return self;
}

/**
 * tl_fib_free:
 * @self: (transfer full): rules and tables
 */
void
tl_fib_free (TlFib *self)
{
  g_array_unref (self->steps);
  g_array_unref (self->tables);
  g_ptr_array_unref (self->stacks);
  g_ptr_array_unref (self->first);
  g_ptr_array_unref (self->again);
  g_array_unref (self->sources);
  g_array_unref (self->shared_sources);
  g_array_unref (self->shared_links);
  g_free (self->reached);
  g_free (self);
}

/**
 * tl_fib_depends_on_source:
 * @self: rules and tables
 *
 * Returns: whether anything selects by source address
 */
gboolean
tl_fib_depends_on_source (const TlFib *self)
{
  return self->depends_on_source;
}

/**
 * tl_fib_slot:
 * @self: rules and tables
 * @table: RT_TABLE_… or any number
 *
 * Returns: the table's place for tl_fib_push(), or -1 where no rule leads to it
 */
int
tl_fib_slot (TlFib *self, guint32 table)
{
  guint slot;

  if (self->latest_table != table) {
    self->latest_table = table;
    self->latest_slot =
      g_array_binary_search (self->tables, &table, compare_tables, &slot) ? (int)slot : -1;
  }

  return self->latest_slot;
}

/**
 * tl_fib_push:
 * @self: rules and tables
 * @slot: which table
 * @routes: (transfer none) (array length=n_routes): the table's routes to one destination, which
 *   is longer than those before it, in tl_route_compare()'s order
 * @n_routes: how many, at least 1
 */
void
tl_fib_push (TlFib *self, int slot, const TlRoute *const *routes, guint n_routes)
{
  TlFibNode node = { .routes = routes, .n_routes = n_routes };

  g_array_append_val ((GArray *)self->stacks->pdata[slot], node);
}

/**
 * tl_fib_pop:
 * @self: rules and tables
 * @slot: which table
 *
 * Takes back the last tl_fib_push() to @slot.
 */
void
tl_fib_pop (TlFib *self, int slot)
{
  GArray *stack = self->stacks->pdata[slot];

  g_array_set_size (stack, stack->len - 1);
}

/* Returns: whether the next rule is asked as well. */
static gboolean
look_into_table (TlFib *self, const Step *step, const TlAddress *source, GPtrArray *deciding)
{
  guint kept = deciding->len;
  guint first = deciding->len;
  gboolean goes_on;

  tl_fib_nodes_lookup (self->stacks->pdata[step->slot], source, deciding);
  goes_on = deciding->len == first;

  for (guint i = first; i < deciding->len; i++) {
    const TlRoute *route = deciding->pdata[i];
    TlApplies suppressed = route->type == RTN_THROW
                             ? TL_APPLIES_YES
                             : tl_fib_rules_suppress (&self->rules, step->rule, route);

    if (suppressed != TL_APPLIES_YES)
      deciding->pdata[kept++] = (gpointer)route;
    if (suppressed != TL_APPLIES_NO)
      goes_on = TRUE;
  }
  g_ptr_array_set_size (deciding, kept);

  return goes_on;
}

/* Appends what may decide: a route, or %NULL where it is a rule, or nothing at all. */
static void
lookup (TlFib *self, const TlAddress *destination, const TlAddress *source, GPtrArray *deciding)
{
  guint n = self->steps->len;

  memset (self->reached, 0, (n + 1) * sizeof (gboolean));
  self->reached[0] = TRUE;

  for (guint i = 0; i < n; i++) {
    const Step *step = &g_array_index (self->steps, Step, i);
    TlApplies applies;

    if (!self->reached[i])
      continue;
    applies = tl_fib_rules_apply (&self->rules, step->rule, destination, source);
    if (applies != TL_APPLIES_YES)
      self->reached[i + 1] = TRUE;
    if (applies == TL_APPLIES_NO)
      continue;

    switch (step->rule->action) {
    case FR_ACT_TO_TBL:
      if (look_into_table (self, step, source, deciding))
        self->reached[i + 1] = TRUE;
      break;
    case FR_ACT_GOTO:
    case FR_ACT_NOP:
      self->reached[step->target] = TRUE;
      break;
    default: /* blackhole, unreachable, prohibit, and what no kernel knows yet */
      g_ptr_array_add (deciding, NULL);
      break;
    }
  }

  if (self->reached[n])
    g_ptr_array_add (deciding, NULL);
}

static void
add_egress (GArray *egresses, const TlEgress *egress)
{
  for (guint i = 0; i < egresses->len; i++) {
    if (tl_egress_equal (&g_array_index (egresses, TlEgress, i), egress))
      return;
  }
  g_array_append_val (egresses, *egress);
}

static void
add_egresses (const TlFib *self, const TlRoute *route, GArray *egresses)
{
  const TlNextHop *hop;
  TlEgress egress;

  if (route == NULL || tl_route_rejects (route)) {
    tl_egress_init (&egress, self->net, self->family, route, NULL);
    add_egress (egresses, &egress);
    return;
  }

  for (guint i = 0; (hop = tl_route_hop (route, i)) != NULL; i++) {
    if (tl_next_hop_is_live (hop)) {
      tl_egress_init (&egress, self->net, self->family, route, hop);
      add_egress (egresses, &egress);
    }
  }
}

/*
 * Linux chooses the source for the cached route of a nexthop object, which may be any route that
 * shares the object: what that one prefers, else an address of its first hop's link (measured with
 * 6.18).
 */
static void
add_shared_sources (TlFib *self, const TlAddress *destination)
{
  g_array_append_vals (self->sources, self->shared_sources->data, self->shared_sources->len);
  for (guint i = 0; i < self->shared_links->len; i++) {
    g_autoptr (GArray) sources = g_array_new (FALSE, FALSE, sizeof (TlAddress));
    const TlNextHop hop = { .ifindex = g_array_index (self->shared_links, int, i) };

    tl_source_candidates (self->net, destination, NULL, &hop, sources);
    g_array_append_vals (self->sources, sources->data, sources->len);
  }
}

/* Once more, as the packet goes when its source has been chosen for @hop. */
static void
add_with_source (TlFib *self,
                 const TlAddress *destination,
                 const TlRoute *route,
                 const TlNextHop *hop,
                 GArray *egresses)
{
  g_array_set_size (self->sources, 0);
  tl_source_candidates (self->net, destination, route, hop, self->sources);
  if (self->family == TL_FAMILY_IPV6 && route != NULL && route->nexthop_id != 0)
    add_shared_sources (self, destination);

  for (guint i = 0; i < self->sources->len; i++) {
    const TlAddress *source = &g_array_index (self->sources, TlAddress, i);

    g_ptr_array_set_size (self->again, 0);
    lookup (self, destination, source, self->again);
    for (guint j = 0; j < self->again->len; j++)
      add_egresses (self, self->again->pdata[j], egresses);
  }
}

/**
 * tl_fib_evaluate:
 * @self: rules and tables as @destination sees them
 * @destination: an address
 * @egresses: (element-type TlEgress): every egress that packets to it may take is appended once:
 *   usually one
 *
 * A socket that is not bound to an address sends its first packet by a lookup without a source,
 * and, once it is connected, others by a lookup with the source which the first one chose: IPv4
 * from connect() on, IPv6 as soon as the cached route is renewed; both ways count. Where the
 * lookup without a source fails, IPv4 gives up and IPv6 tries again with a source (measured).
 */
void
tl_fib_evaluate (TlFib *self, const TlAddress *destination, GArray *egresses)
{
  TlAddress unchosen = { .family = self->family };

  g_ptr_array_set_size (self->first, 0);
  lookup (self, destination, &unchosen, self->first);

  for (guint i = 0; i < self->first->len; i++) {
    const TlRoute *route = self->first->pdata[i];
    gboolean failed = route == NULL || tl_route_rejects (route);
    const TlNextHop *hop;

    if (!self->depends_on_source) {
      add_egresses (self, route, egresses);
    } else if (failed) {
      add_with_source (self, destination, NULL, NULL, egresses);
      if (self->sources->len == 0)
        add_egresses (self, route, egresses);
    } else {
      add_egresses (self, route, egresses);
      for (guint j = 0; (hop = tl_route_hop (route, j)) != NULL; j++) {
        if (tl_next_hop_is_live (hop))
          add_with_source (self, destination, route, hop, egresses);
      }
    }
  }
}
