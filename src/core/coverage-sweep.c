/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/coverage.h"

#include "core/fib.h"
#include "core/fib-node.h"
#include "core/source-address.h"

#include <string.h>

/* A prefix at whose ends the egress may change though no route has it. */
typedef struct {
  TlPrefix prefix;
  gboolean is_public; /* one of the family's public space */
} Mark;

/* A prefix that holds the address where the sweep stands. */
typedef struct {
  TlAddress last;
  int slot; /* of the table whose routes were pushed, or -1 for a mark */
  gboolean is_public;
  guint n_egresses; /* of what no longer prefix holds; 0 while nobody has asked */
} Open;

/*
 * Sweep: walks over all addresses of a family once, in order, from one end of a prefix to the
 * next. All prefixes that hold an address are nested, so those that are open form a stack, of
 * which the topmost ends first. What becomes of a packet depends on nothing but the stack, so that
 * between the longer prefixes within it a prefix always has the same egresses.
 */
typedef struct {
  TlFib *fib;
  const TlRoute **routes; /* (array length=n_routes): of tables in use, sorted */
  gsize n_routes;
  gsize next_route;
  GArray *marks; /* (element-type Mark): sorted */
  guint next_mark;
  GArray *open; /* (element-type Open) */
  guint n_public_open;
  GArray *egresses; /* (element-type TlEgress): of those open prefixes that have any, in order */
  GArray *found;    /* (element-type TlEgress): scratch */
} Sweep;

static int
compare_routes (gconstpointer a, gconstpointer b, gpointer data)
{
  return tl_route_compare (*(const TlRoute *const *)a, *(const TlRoute *const *)b);
}

/* Merges two sorted rows of routes into one. Among equals the order of the dump counts. */
static void
merge (const GPtrArray *sorted, const GPtrArray *late, const TlRoute **ret_all)
{
  guint i = 0;
  guint j = 0;

  while (i < sorted->len || j < late->len) {
    const TlRoute *a = i < sorted->len ? sorted->pdata[i] : NULL;
    const TlRoute *b = j < late->len ? late->pdata[j] : NULL;
    int order = a == NULL ? 1 : b == NULL ? -1 : tl_route_compare (a, b);

    /* Both lie in the array that the dump has filled. */
    if (order == 0)
      order = a < b ? -1 : 1;
    *ret_all++ = order < 0 ? a : b;
    if (order < 0)
      i++;
    else
      j++;
  }
}

/*
 * Pointers to the routes that rules lead to, and that hold @destination unless %NULL; sorted. The
 * dump gives most of them in order, and only what breaks it has to be sorted.
 */
static const TlRoute **
sort_routes (const GArray *routes, TlFib *fib, const TlAddress *destination, gsize *ret_n)
{
  g_autoptr (GPtrArray) sorted = g_ptr_array_sized_new (routes->len + 1);
  g_autoptr (GPtrArray) late = g_ptr_array_new ();
  const TlRoute **all;

  for (guint i = 0; i < routes->len; i++) {
    TlRoute *route = &g_array_index (routes, TlRoute, i);

    if (tl_fib_slot (fib, route->table) < 0 ||
        (destination != NULL && !tl_prefix_contains (&route->destination, destination)))
      continue;
    if (sorted->len == 0 || tl_route_compare (sorted->pdata[sorted->len - 1], route) <= 0)
      g_ptr_array_add (sorted, route);
    else
      g_ptr_array_add (late, route);
  }
  *ret_n = sorted->len + late->len;
  if (late->len == 0)
    return (const TlRoute **)g_ptr_array_free (g_steal_pointer (&sorted), FALSE);

  /* Stable, unlike qsort(3). */
  g_qsort_with_data (late->pdata, late->len, sizeof (gpointer), compare_routes, NULL);

  all = g_new (const TlRoute *, *ret_n);
  merge (sorted, late, all);
  return all;
}

static void
add_mark (GArray *marks, const TlPrefix *prefix, gboolean is_public)
{
  Mark mark = { .prefix = *prefix, .is_public = is_public };

  g_array_append_val (marks, mark);
}

static int
compare_marks (gconstpointer a, gconstpointer b)
{
  return tl_prefix_compare (&((const Mark *)a)->prefix, &((const Mark *)b)->prefix);
}

static GArray *
find_marks (const GArray *rules, const TlFib *fib, TlFamily family, const GArray *nat64)
{
  GArray *marks = g_array_new (FALSE, FALSE, sizeof (Mark));
  gsize n = 0;
  const TlPrefix *prefixes = tl_public_space (family, &n);

  for (gsize i = 0; i < n; i++)
    add_mark (marks, &prefixes[i], TRUE);
  for (guint i = 0; nat64 != NULL && i < nat64->len; i++) {
    const TlPrefix *prefix = &g_array_index (nat64, TlPrefix, i);

    if (prefix->address.family == family)
      add_mark (marks, prefix, TRUE);
  }
  for (guint i = 0; i < rules->len; i++) {
    const TlRule *rule = &g_array_index (rules, TlRule, i);

    if (rule->to.length > 0)
      add_mark (marks, &rule->to, FALSE);
  }
  if (tl_fib_depends_on_source (fib)) {
    prefixes = tl_source_boundaries (family, &n);
    for (gsize i = 0; i < n; i++)
      add_mark (marks, &prefixes[i], FALSE);
  }
  g_array_sort (marks, compare_marks);

  return marks;
}

/* How many of the sorted @routes go to the same destination in the same table as the first. */
static gsize
count_alike (const TlRoute *const *routes, gsize n)
{
  gsize alike = 1;

  while (alike < n && routes[alike]->table == routes[0]->table &&
         tl_prefix_compare (&routes[alike]->destination, &routes[0]->destination) == 0)
    alike++;

  return alike;
}

/* The prefix that begins next, or %NULL after the last one. */
static const TlPrefix *
sweep_next (const Sweep *sweep, gboolean *ret_is_mark)
{
  const TlPrefix *route = NULL;
  const TlPrefix *mark = NULL;

  if (sweep->next_route < sweep->n_routes)
    route = &sweep->routes[sweep->next_route]->destination;
  if (sweep->next_mark < sweep->marks->len)
    mark = &g_array_index (sweep->marks, Mark, sweep->next_mark).prefix;
  *ret_is_mark = route == NULL || (mark != NULL && tl_prefix_compare (mark, route) < 0);

  return *ret_is_mark ? mark : route;
}

static void
sweep_open (Sweep *sweep, const TlPrefix *prefix, gboolean is_mark)
{
  Open open = { .slot = -1 };

  tl_prefix_last (prefix, &open.last);
  if (is_mark) {
    open.is_public = g_array_index (sweep->marks, Mark, sweep->next_mark++).is_public;
    sweep->n_public_open += open.is_public ? 1 : 0;
  } else {
    const TlRoute **routes = sweep->routes + sweep->next_route;
    gsize n = count_alike (routes, sweep->n_routes - sweep->next_route);

    open.slot = tl_fib_slot (sweep->fib, routes[0]->table);
    tl_fib_push (sweep->fib, open.slot, routes, n);
    sweep->next_route += n;
  }
  g_array_append_val (sweep->open, open);
}

static void
sweep_close (Sweep *sweep, const TlAddress *last)
{
  while (sweep->open->len > 0) {
    const Open *top = &g_array_index (sweep->open, Open, sweep->open->len - 1);

    if (tl_address_compare (&top->last, last) != 0)
      return;
    if (top->slot >= 0)
      tl_fib_pop (sweep->fib, top->slot);
    sweep->n_public_open -= top->is_public ? 1 : 0;
    g_array_set_size (sweep->egresses, sweep->egresses->len - top->n_egresses);
    g_array_set_size (sweep->open, sweep->open->len - 1);
  }
}

/* The egresses of @at, which lies in the topmost prefix; the last ones of those that are kept. */
static const TlEgress *
sweep_evaluate (Sweep *sweep, const TlAddress *at, guint *ret_n)
{
  Open *top = &g_array_index (sweep->open, Open, sweep->open->len - 1);

  if (top->n_egresses == 0) {
    g_array_set_size (sweep->found, 0);
    tl_fib_evaluate (sweep->fib, at, sweep->found);
    g_array_append_vals (sweep->egresses, sweep->found->data, sweep->found->len);
    top->n_egresses = sweep->found->len;
  }

  *ret_n = top->n_egresses;
  return &g_array_index (sweep->egresses, TlEgress, sweep->egresses->len - top->n_egresses);
}

/* Opens all that begins at @at. Returns where the last address lies up to which nothing changes. */
static TlAddress
sweep_advance (Sweep *sweep, const TlAddress *at)
{
  TlAddress last = *at;
  const TlPrefix *next;
  gboolean is_mark;

  memset (last.bytes, 0xff, tl_family_bytes (last.family));
  while ((next = sweep_next (sweep, &is_mark)) != NULL &&
         tl_address_compare (&next->address, at) == 0)
    sweep_open (sweep, next, is_mark);

  if (sweep->open->len > 0)
    last = g_array_index (sweep->open, Open, sweep->open->len - 1).last;
  if (next != NULL && tl_address_compare (&next->address, &last) <= 0) {
    last = next->address;
    tl_address_previous (&last);
  }

  return last;
}

/**
 * tl_coverage_compute:
 * @net: the kernel's tables
 * @family: a family
 * @uid: the user whose programs send
 * @nat64: (nullable) (element-type TlPrefix): where NAT64 translators are: packets there reach the
 *   IPv4 Internet, so that this is public space as well
 *
 * Exact for packets of ordinary programs: without a mark or a type of service, from sockets bound
 * neither to a link nor to an address. Where packets to the same address may go several ways, all
 * ways are given: the live hops of a multipath route; rules that select by protocol or port, which
 * hold for some packets; rules and routes that select by source address, which the first packet
 * of a socket does not have yet (tl_fib_evaluate()).
 *
 * Not known here, and so left to asking the kernel: neighbours that do not answer (Linux prefers
 * an IPv6 router that does), and that Linux looks into the IPv4 tables local and main at once while
 * nobody has ever added an IPv4 rule.
 *
 * Time: that of sorting the routes, which the kernel's dump gives nearly in order, then linear.
 *
 * Returns: (transfer full): the egress of all public space of @family
 */
TlCoverage *
tl_coverage_compute (const TlNetState *net, TlFamily family, guint32 uid, const GArray *nat64)
{
  return tl_coverage_compute_marked (net, family, uid, 0, nat64);
}

/**
 * tl_coverage_compute_marked:
 * @net: the kernel's tables
 * @family: a family
 * @uid: the user whose programs send
 * @mark: a firewall mark, or 0
 * @nat64: (nullable) (element-type TlPrefix): as for tl_coverage_compute()
 *
 * Returns: (transfer full): the egress of all public space of @family for packets that a firewall
 *   of this computer has given @mark on their way out (nft's "type route hook output"), which are
 *   looked up once more
 */
TlCoverage *
tl_coverage_compute_marked (const TlNetState *net,
                            TlFamily family,
                            guint32 uid,
                            guint32 mark,
                            const GArray *nat64)
{
  TlCoverage *coverage = tl_coverage_new (family, net->routes[family]->len * 2);
  g_autoptr (TlFib) fib = tl_fib_new (net, family, uid, mark);
  g_autoptr (GArray) marks = find_marks (net->rules[family], fib, family, nat64);
  g_autoptr (GArray) open = g_array_new (FALSE, FALSE, sizeof (Open));
  g_autoptr (GArray) egresses = g_array_new (FALSE, FALSE, sizeof (TlEgress));
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (TlEgress));
  g_autofree const TlRoute **routes = NULL;
  Sweep sweep = { .fib = fib, .marks = marks, .open = open, .egresses = egresses, .found = found };
  TlAddress at = { .family = family };

  coverage->mark = mark;
  routes = sort_routes (net->routes[family], fib, NULL, &sweep.n_routes);
  sweep.routes = routes;

  do {
    TlAddress last = sweep_advance (&sweep, &at);

    if (sweep.n_public_open > 0) {
      guint n = 0;
      const TlEgress *ways = sweep_evaluate (&sweep, &at, &n);

      tl_coverage_append (coverage, &at, &last, ways, n);
    }
    sweep_close (&sweep, &last);
    at = last;
  } while (tl_address_next (&at));

  return coverage;
}

/**
 * tl_egress_compute:
 * @net: the kernel's tables
 * @destination: any address, public or not
 * @uid: the user whose programs send
 * @ret_egress: (out): its (first) egress, as tl_coverage_compute() would find it
 *
 * Returns: whether packets go anywhere: %FALSE where @ret_egress is %TL_EGRESS_BLOCKED
 */
gboolean
tl_egress_compute (const TlNetState *net,
                   const TlAddress *destination,
                   guint32 uid,
                   TlEgress *ret_egress)
{
  TlFamily family = destination->family;
  g_autoptr (TlFib) fib = tl_fib_new (net, family, uid, 0);
  g_autoptr (GArray) egresses = g_array_new (FALSE, FALSE, sizeof (TlEgress));
  g_autofree const TlRoute **routes = NULL;
  gsize n_routes = 0;
  gsize n_alike;

  routes = sort_routes (net->routes[family], fib, destination, &n_routes);
  for (gsize i = 0; i < n_routes; i += n_alike) {
    n_alike = count_alike (routes + i, n_routes - i);
    tl_fib_push (fib, tl_fib_slot (fib, routes[i]->table), routes + i, n_alike);
  }

  tl_fib_evaluate (fib, destination, egresses);
  *ret_egress = g_array_index (egresses, TlEgress, 0);

  return ret_egress->type != TL_EGRESS_BLOCKED;
}
