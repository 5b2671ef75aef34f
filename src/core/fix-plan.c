/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/fix-plan.h"

#include "core/block-route.h"
#include "core/fix-predict.h"
#include "core/fix-servers.h"
#include "core/verdict-private.h"

typedef struct {
  const TlObservation *observation;
  const TlPolicy *policy;
  const TlVerdict *verdict;
  const char *method;
} Planning;

/* By routes: against a firewall that marks packets, no route helps that leaves the tunnel open. */
static gboolean
leaks (const TlVerdict *verdict, TlFamily family)
{
  const GArray *bypass = verdict->families[family].bypass;

  for (guint i = 0; i < bypass->len; i++) {
    const TlBypass *entry = &g_array_index (bypass, TlBypass, i);

    if (!entry->expected && entry->mark == 0)
      return verdict->state == TL_STATE_LEAK;
  }

  return FALSE;
}

static void
refuse (TlFixPlan *plan, TlFixReason reason)
{
  if (plan->reason == TL_FIX_REASON_NONE)
    plan->reason = reason;
}

static void
require (TlFixPlan *plan, TlPermission permission)
{
  if (permission == TL_PERMISSION_NO)
    refuse (plan, TL_FIX_REASON_PERMISSION);
  if (permission == TL_PERMISSION_PASSWORD)
    plan->password = TRUE;
}

static void
require_link_control (TlFixPlan *plan, const TlNmState *nm)
{
  require (plan, nm->network_control);
  if (nm->running && nm->version < TL_NM_PRESERVES_EXTERNAL_IP)
    refuse (plan, TL_FIX_REASON_NM_TOO_OLD);
}

static int
compare_prefixes (gconstpointer a, gconstpointer b)
{
  return tl_prefix_compare (a, b);
}

/* Returns: (element-type TlPrefix): host routes that may lead to a VPN server */
static GHashTable *
find_server_routes (const Planning *planning, TlFamily family)
{
  const GArray *spans = planning->observation->coverage[family]->spans;
  GHashTable *found = g_hash_table_new (tl_prefix_hash, tl_prefix_equal);

  for (guint i = 0; i < spans->len; i++) {
    TlEgress *egress = &g_array_index (spans, TlSpan, i).egress;

    if (tl_may_lead_to_server (planning->verdict, egress))
      g_hash_table_add (found, &egress->destination);
  }

  return found;
}

/* What somebody has blocked already is theirs: taking the fix back must not take that, too. */
static void
leave_out_blocked (const TlNetState *net, TlFamily family, GArray *destinations)
{
  const GArray *routes = net->routes[family];
  g_autoptr (GHashTable) blocked = g_hash_table_new (tl_prefix_hash, tl_prefix_equal);
  guint kept = 0;

  for (guint i = 0; i < routes->len; i++) {
    TlRoute *route = &g_array_index (routes, TlRoute, i);

    if (tl_route_is_block (route))
      g_hash_table_add (blocked, &route->destination);
  }
  for (guint i = 0; i < destinations->len; i++) {
    const TlPrefix *destination = &g_array_index (destinations, TlPrefix, i);

    if (!g_hash_table_contains (blocked, destination))
      g_array_index (destinations, TlPrefix, kept++) = *destination;
  }
  g_array_set_size (destinations, kept);
}

/*
 * A route is beaten by one to the same destination with a better metric; `::/0` does not beat a
 * more specific one. Where the tunnel carries nothing of the family, `::/0` closes what may come.
 * Of several host routes that look like the one to the VPN server none is closed.
 */
static void
collect_destinations (const Planning *planning,
                      TlFixPlan *plan,
                      TlFamily family,
                      GArray *destinations)
{
  const TlFamilyVerdict *result = &planning->verdict->families[family];
  g_autoptr (GHashTable) server_routes = find_server_routes (planning, family);
  TlPrefix everything = { .address.family = family };

  if (!result->tunnel)
    g_array_append_val (destinations, everything);
  for (guint i = 0; i < result->bypass_routes->len; i++) {
    const TlPrefix *route = &g_array_index (result->bypass_routes, TlPrefix, i);

    if (g_hash_table_contains (server_routes, route))
      refuse (plan, TL_FIX_REASON_SERVER_UNKNOWN);
    else if (result->tunnel || route->length > 0)
      g_array_append_val (destinations, *route);
  }
  leave_out_blocked (planning->observation->net, family, destinations);
  g_array_sort (destinations, compare_prefixes);
}

/*
 * On a link that somebody else set up, every Reapply before NetworkManager 1.54 takes the IPv6
 * addresses and routes away, in spite of preserve-external-ip: a tunnel that carries IPv6 would
 * leak from then on (measured with 1.42).
 */
static gboolean
can_reapply (const Planning *planning, const TlTunnel *tunnel)
{
  const TlNmState *nm = planning->observation->nm;
  const TlActivation *activation = tl_nm_state_activation_of_link (nm, tunnel->ifindex);

  return !activation->external || !tunnel->carries[TL_FAMILY_IPV6] ||
         nm->version >= TL_NM_LEAVES_FOREIGN_IPV6;
}

/* That IT wants everything in the tunnel does not make one carry it: there is nothing to keep. */
static const TlTunnel *
find_tunnel_to_block_on (const Planning *planning, TlFixReason *ret_reason)
{
  *ret_reason = TL_FIX_REASON_ONLY_UPLINK;
  for (guint i = 0; i < planning->verdict->tunnels->len; i++) {
    const TlTunnel *tunnel = planning->verdict->tunnels->pdata[i];

    if (!tunnel->full)
      continue;
    *ret_reason = TL_FIX_REASON_NM_ABSENT;
    if (tl_nm_state_activation_of_link (planning->observation->nm, tunnel->ifindex) == NULL)
      continue;
    if (can_reapply (planning, tunnel))
      return tunnel;
    *ret_reason = TL_FIX_REASON_NM_TOO_OLD;
  }

  return NULL;
}

static void
plan_block_now (const Planning *planning, TlFixPlan *plan)
{
  TlFixReason reason;
  const TlTunnel *tunnel = find_tunnel_to_block_on (planning, &reason);

  plan->lasts = TL_LASTS_VPN;
  require_link_control (plan, planning->observation->nm);
  if (tunnel == NULL) {
    refuse (plan, reason);
    return;
  }

  for (TlFamily family = 0; family < TL_N_FAMILIES; family++) {
    g_autoptr (TlChange) change = tl_change_new (TL_TARGET_LINK, TL_SETTING_ROUTES, family);

    if (!leaks (planning->verdict, family))
      continue;

    change->target = g_strdup (tunnel->interface);
    change->ifindex = tunnel->ifindex;
    change->activation = g_strdup (tunnel->activation);
    collect_destinations (planning, plan, family, change->routes);
    change->from = g_strdup ("");
    change->to = tl_change_routes_to_string (change->routes);
    if (change->routes->len > 0)
      g_ptr_array_add (plan->changes, g_steal_pointer (&change));
  }
}

static TlChange *
method_change_new (TlTargetKind kind,
                   TlFamily family,
                   const TlUplink *uplink,
                   const TlActivation *activation,
                   const char *method)
{
  TlChange *change = tl_change_new (kind, TL_SETTING_METHOD, family);

  change->target = g_strdup (kind == TL_TARGET_LINK ? uplink->interface : uplink->name);
  change->ifindex = uplink->ifindex;
  change->uuid = g_strdup (activation->uuid);
  change->activation = g_strdup (uplink->activation);
  change->from = g_strdup (activation->ip[family].method);
  change->to = g_strdup (method);
  return change;
}

/* Reasons against switching a family off altogether. */
static void
check_switch_off (const Planning *planning, TlFixPlan *plan, TlFamily family)
{
  TlFamily other = family == TL_FAMILY_IPV4 ? TL_FAMILY_IPV6 : TL_FAMILY_IPV4;

  if (planning->verdict->families[family].tunnel)
    refuse (plan, TL_FIX_REASON_TUNNEL_CARRIES);
  if (tl_fix_has_server_over (planning->verdict, planning->observation->nm, family))
    refuse (plan, TL_FIX_REASON_SERVER);
  if (!planning->verdict->families[other].local)
    refuse (plan, TL_FIX_REASON_ONLY_UPLINK);
  if (tl_fix_has_hidden_server (planning->verdict, planning->observation->nm))
    refuse (plan, TL_FIX_REASON_SERVER_UNKNOWN);
}

static void
plan_switch_off (const Planning *planning, TlFixPlan *plan, gboolean in_profile)
{
  const TlNmState *nm = planning->observation->nm;
  const char *method = planning->method;

  if (method == NULL || !in_profile)
    method = nm->version >= TL_NM_KNOWS_DISABLED ? "disabled" : "ignore";
  plan->lasts = in_profile ? TL_LASTS_ALWAYS : TL_LASTS_UPLINK;
  require_link_control (plan, nm);

  for (TlFamily family = 0; family < TL_N_FAMILIES; family++) {
    if (!leaks (planning->verdict, family))
      continue;
    check_switch_off (planning, plan, family);
    for (guint i = 0; i < planning->verdict->uplinks->len; i++) {
      const TlUplink *uplink = planning->verdict->uplinks->pdata[i];
      const TlActivation *activation = tl_nm_state_activation_of_link (nm, uplink->ifindex);

      if (!uplink->offers[family])
        continue;
      if (activation == NULL || activation->external) {
        refuse (plan, TL_FIX_REASON_NM_ABSENT);
        continue;
      }
      if (in_profile) {
        require (plan, activation->own ? nm->modify_own : nm->modify_system);
        if (activation->read_only)
          refuse (plan, TL_FIX_REASON_READ_ONLY);
        g_ptr_array_add (plan->changes,
                         method_change_new (TL_TARGET_PROFILE, family, uplink, activation, method));
      }
      g_ptr_array_add (plan->changes,
                       method_change_new (TL_TARGET_LINK, family, uplink, activation, method));
    }
  }
}

static TlFixPlan *
plan_new (const Planning *planning, TlFixId id)
{
  TlFixPlan *plan = g_new0 (TlFixPlan, 1);

  plan->id = id;
  plan->changes = g_ptr_array_new_with_free_func ((GDestroyNotify)tl_change_free);
  if (planning->verdict->state != TL_STATE_LEAK)
    refuse (plan, TL_FIX_REASON_NO_LEAK);
  else if (!leaks (planning->verdict, TL_FAMILY_IPV4) && !leaks (planning->verdict, TL_FAMILY_IPV6))
    refuse (plan, TL_FIX_REASON_NO_HELP);
  if (!planning->observation->nm->running)
    refuse (plan, TL_FIX_REASON_NM_ABSENT);

  switch (id) {
  case TL_FIX_BLOCK_NOW:
    plan_block_now (planning, plan);
    break;
  case TL_FIX_OFF_NOW:
    plan_switch_off (planning, plan, FALSE);
    break;
  case TL_FIX_OFF_ON_NETWORK:
    plan_switch_off (planning, plan, TRUE);
    break;
  default:
    g_assert_not_reached ();
  }

  if (plan->reason == TL_FIX_REASON_NONE)
    refuse (plan, plan->changes->len == 0
                    ? TL_FIX_REASON_NO_HELP
                    : tl_fix_plan_check (plan, planning->observation, planning->policy,
                                         planning->verdict));
  plan->available = plan->reason == TL_FIX_REASON_NONE;
  return plan;
}

/**
 * tl_fix_plans:
 * @observation: what is known
 * @policy: (nullable): what IT has set
 * @verdict: what it means
 * @method: (nullable): `disabled` or `ignore` for %TL_FIX_OFF_ON_NETWORK; %NULL: what fits this
 *   NetworkManager
 *
 * Every fix there is, best first, each with what it would change or why it is not available. Only
 * those are available whose predicted verdict is better.
 *
 * Returns: (transfer full) (element-type TlFixPlan): the plans
 */
GPtrArray *
tl_fix_plans (const TlObservation *observation,
              const TlPolicy *policy,
              const TlVerdict *verdict,
              const char *method)
{
  Planning planning = { observation, policy, verdict, method };
  GPtrArray *plans = g_ptr_array_new_with_free_func ((GDestroyNotify)tl_fix_plan_free);

  for (TlFixId id = 0; id < TL_N_FIXES; id++)
    g_ptr_array_add (plans, plan_new (&planning, id));

  return plans;
}

/**
 * tl_fix_plans_first:
 * @plans: (element-type TlFixPlan): plans
 *
 * Returns: (transfer none) (nullable): the best one that is available
 */
const TlFixPlan *
tl_fix_plans_first (const GPtrArray *plans)
{
  for (guint i = 0; i < plans->len; i++) {
    const TlFixPlan *plan = plans->pdata[i];

    if (plan->available)
      return plan;
  }

  return NULL;
}

/**
 * tl_fix_plans_find:
 * @plans: (element-type TlFixPlan): plans
 * @id: a fix
 *
 * Returns: (transfer none) (nullable): its plan
 */
const TlFixPlan *
tl_fix_plans_find (const GPtrArray *plans, TlFixId id)
{
  for (guint i = 0; i < plans->len; i++) {
    const TlFixPlan *plan = plans->pdata[i];

    if (plan->id == id)
      return plan;
  }

  return NULL;
}

/**
 * tl_fix_plan_free:
 * @plan: (transfer full): a plan
 */
void
tl_fix_plan_free (TlFixPlan *plan)
{
  g_ptr_array_unref (plan->changes);
  g_free (plan);
}
