/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/samples.h"

#include <string.h>

const Sample samples[] = {
  { "no-vpn", TL_STATE_NO_VPN, TL_STATUS_BYPASS, TL_STATUS_BYPASS },
  { "no-internet", TL_STATE_NO_VPN, TL_STATUS_ABSENT, TL_STATUS_ABSENT },
  { "checking", TL_STATE_CHECKING, TL_STATUS_UNKNOWN, TL_STATUS_UNKNOWN },
  { "safe-both", TL_STATE_SAFE, TL_STATUS_TUNNELLED, TL_STATUS_TUNNELLED },
  { "safe-no-ipv6", TL_STATE_SAFE, TL_STATUS_TUNNELLED, TL_STATUS_ABSENT },
  { "safe-only-ipv6", TL_STATE_SAFE, TL_STATUS_ABSENT, TL_STATUS_TUNNELLED },
  { "safe-ipv6-blocked", TL_STATE_SAFE, TL_STATUS_TUNNELLED, TL_STATUS_BLOCKED },
  { "safe-ipv4-blocked", TL_STATE_SAFE, TL_STATUS_BLOCKED, TL_STATUS_TUNNELLED },
  { "safe-all-blocked", TL_STATE_SAFE, TL_STATUS_BLOCKED, TL_STATUS_BLOCKED },
  { "safe-expected", TL_STATE_SAFE, TL_STATUS_PARTIAL, TL_STATUS_TUNNELLED },
  { "leak-ipv6", TL_STATE_LEAK, TL_STATUS_TUNNELLED, TL_STATUS_BYPASS },
  { "leak-ipv4", TL_STATE_LEAK, TL_STATUS_BYPASS, TL_STATUS_TUNNELLED },
  { "leak-ipv6-partial", TL_STATE_LEAK, TL_STATUS_TUNNELLED, TL_STATUS_PARTIAL },
  { "leak-ipv4-partial", TL_STATE_LEAK, TL_STATUS_PARTIAL, TL_STATUS_ABSENT },
  { "leak-both-partial", TL_STATE_LEAK, TL_STATUS_PARTIAL, TL_STATUS_PARTIAL },
  { "leak-all", TL_STATE_LEAK, TL_STATUS_BYPASS, TL_STATUS_BYPASS },
  { "split", TL_STATE_SPLIT, TL_STATUS_PARTIAL, TL_STATUS_BYPASS },
  { "unknown", TL_STATE_UNKNOWN, TL_STATUS_TUNNELLED, TL_STATUS_UNKNOWN },
};
const gsize n_samples = G_N_ELEMENTS (samples);

static void
tunnel_free (gpointer data)
{
  TlTunnel *tunnel = data;

  g_free (tunnel->name);
  g_free (tunnel->kind);
  g_free (tunnel->interface);
  g_free (tunnel->activation);
  g_free (tunnel);
}

static void
uplink_free (gpointer data)
{
  TlUplink *uplink = data;

  g_free (uplink->name);
  g_free (uplink->interface);
  g_free (uplink->activation);
  g_free (uplink);
}

static void
finding_free (gpointer data)
{
  TlFinding *finding = data;

  g_free (finding->subject);
  g_free (finding->interface);
  g_free (finding->detail);
  g_free (finding);
}

static gboolean
carries (TlStatus status)
{
  return status == TL_STATUS_TUNNELLED || status == TL_STATUS_PARTIAL;
}

TlTunnel *
sample_add_tunnel (TlVerdict *verdict, const char *name)
{
  TlTunnel *tunnel = g_new0 (TlTunnel, 1);

  tunnel->name = g_strdup (name);
  tunnel->kind = g_strdup ("openvpn");
  tunnel->interface = g_strdup ("tun0");
  tunnel->ifindex = 3;
  tunnel->managed = TRUE;
  tunnel->full = verdict->state != TL_STATE_SPLIT;
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++)
    tunnel->carries[family] = carries (verdict->families[family].status);
  g_ptr_array_add (verdict->tunnels, tunnel);

  return tunnel;
}

static void
add_uplink (TlVerdict *verdict)
{
  TlUplink *uplink = g_new0 (TlUplink, 1);

  uplink->name = g_strdup ("Home Wi-Fi");
  uplink->interface = g_strdup ("eth0");
  uplink->ifindex = 2;
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++)
    uplink->offers[family] = verdict->families[family].local;
  g_ptr_array_add (verdict->uplinks, uplink);
}

/* The result is good until the next one is added. */
TlBypass *
sample_add_bypass (TlVerdict *verdict, const char *prefix, const char *gateway)
{
  TlBypass bypass = { .interface = "eth0", .ifindex = 2, .table = 254 };
  gboolean parsed = tl_prefix_parse (prefix, &bypass.prefix);
  GArray *bypasses = verdict->families[bypass.prefix.address.family].bypass;

  g_assert_true (parsed);
  bypass.has_gateway = gateway != NULL && tl_address_parse (gateway, &bypass.gateway);
  g_array_append_val (bypasses, bypass);

  return &g_array_index (bypasses, TlBypass, bypasses->len - 1);
}

TlFinding *
sample_add_finding (TlVerdict *verdict, TlFindingId id, TlSeverity severity, TlFamily family)
{
  TlFinding *finding = g_new0 (TlFinding, 1);

  finding->id = id;
  finding->severity = severity;
  finding->has_family = TRUE;
  finding->family = family;
  g_ptr_array_add (verdict->findings, finding);

  return finding;
}

/* A verdict with one uplink and, where the state says so, one tunnel; free with sample_free(). */
TlVerdict *
sample_new (const Sample *sample)
{
  TlVerdict *verdict = g_new0 (TlVerdict, 1);
  const TlStatus status[TL_N_FAMILIES] = { sample->ipv4, sample->ipv6 };

  verdict->state = sample->state;
  verdict->tunnels = g_ptr_array_new_with_free_func (tunnel_free);
  verdict->uplinks = g_ptr_array_new_with_free_func (uplink_free);
  verdict->findings = g_ptr_array_new_with_free_func (finding_free);
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    TlFamilyVerdict *of = &verdict->families[family];

    of->status = status[family];
    of->tunnel = carries (status[family]);
    of->local = status[family] != TL_STATUS_ABSENT;
    of->bypass = g_array_new (FALSE, FALSE, sizeof (TlBypass));
  }

  add_uplink (verdict);
  if (sample->state != TL_STATE_NO_VPN)
    sample_add_tunnel (verdict, "Corp VPN");

  return verdict;
}

void
sample_free (TlVerdict *verdict)
{
  g_ptr_array_unref (verdict->tunnels);
  g_ptr_array_unref (verdict->uplinks);
  g_ptr_array_unref (verdict->findings);
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    g_array_unref (verdict->families[family].bypass);
    g_clear_pointer (&verdict->families[family].exit, tl_exit_unref);
    g_clear_pointer (&verdict->families[family].other_exit, tl_exit_unref);
  }
  g_free (verdict);
}

static TlExit *
exit_new (TlFamily family, const char *address)
{
  TlExit *exit = tl_exit_new (family);

  exit->has_address = tl_address_parse (address, &exit->address);
  exit->url = g_strdup ("https://example.org/ip");
  return exit;
}

static void
set_exit (TlVerdict *verdict, TlFamily family, const char *address, TlExitOwner owner)
{
  verdict->families[family].exit = exit_new (family, address);
  verdict->families[family].exit_owner = owner;
}

/* The example of the contract: the fourth case. */
TlVerdict *
sample_new_leak (void)
{
  const Sample leak = { "leak", TL_STATE_LEAK, TL_STATUS_TUNNELLED, TL_STATUS_BYPASS };
  TlVerdict *verdict = sample_new (&leak);
  TlFinding *finding =
    sample_add_finding (verdict, TL_FINDING_BYPASS, TL_SEVERITY_LEAK, TL_FAMILY_IPV6);

  verdict->four_case = (TlCase){ .local = TL_YES, .tunnel = TL_NO, .unsafe = TL_YES };
  verdict->families[TL_FAMILY_IPV4].share.tunnel = 1.0;
  verdict->families[TL_FAMILY_IPV6].share.bypass = 1.0;
  sample_add_bypass (verdict, "2000::/3", "fe80::1")->firewall = TL_FIREWALL_LEAVES;
  set_exit (verdict, TL_FAMILY_IPV4, "198.51.100.6", TL_EXIT_OWNER_TUNNEL);
  set_exit (verdict, TL_FAMILY_IPV6, "2001:db8:1::5", TL_EXIT_OWNER_UPLINK);
  verdict->families[TL_FAMILY_IPV6].other_exit = exit_new (TL_FAMILY_IPV6, "2001:db8:8::2");
  verdict->families[TL_FAMILY_IPV6].other_owner = TL_EXIT_OWNER_TUNNEL;
  finding->subject = g_strdup ("2000::/3");
  finding->interface = g_strdup ("eth0");
  finding->detail = g_strdup ("fe80::1");

  return verdict;
}

static void
plan_free (gpointer data)
{
  TlFixPlan *plan = data;

  g_ptr_array_unref (plan->changes);
  g_free (plan);
}

/* The fix of the contract's example; free with g_ptr_array_unref(). */
GPtrArray *
sample_plans_new (void)
{
  GPtrArray *plans = g_ptr_array_new_with_free_func (plan_free);
  TlFixPlan *plan = g_new0 (TlFixPlan, 1);
  TlChange *change = tl_change_new (TL_TARGET_LINK, TL_SETTING_ROUTES, TL_FAMILY_IPV6);
  TlPrefix everything = { .address.family = TL_FAMILY_IPV6 };

  plan->id = TL_FIX_BLOCK_NOW;
  plan->available = TRUE;
  plan->lasts = TL_LASTS_VPN;
  plan->changes = g_ptr_array_new_with_free_func ((GDestroyNotify)tl_change_free);
  change->target = g_strdup ("tun0");
  g_array_append_val (change->routes, everything);
  change->from = g_strdup ("");
  change->to = tl_change_routes_to_string (change->routes);
  g_ptr_array_add (plan->changes, change);
  g_ptr_array_add (plans, plan);

  return plans;
}
