/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/verdict-private.h"

#include <linux/if.h>

static void
finding_free (gpointer data)
{
  TlFinding *finding = data;

  g_free (finding->subject);
  g_free (finding->interface);
  g_free (finding->detail);
  g_free (finding);
}

/*
 * tl_verdict_add_finding:
 * @verdict: a verdict in the making
 * @id: what was observed
 * @severity: what it means
 *
 * Returns: (transfer none): a new finding, part of @verdict
 */
TlFinding *
tl_verdict_add_finding (TlVerdict *verdict, TlFindingId id, TlSeverity severity)
{
  TlFinding *finding = g_new0 (TlFinding, 1);

  finding->id = id;
  finding->severity = severity;
  g_ptr_array_add (verdict->findings, finding);
  return finding;
}

/*
 * tl_verdict_add_family_finding:
 * @verdict: a verdict in the making
 * @id: what was observed
 * @severity: what it means
 * @family: the family it is about
 *
 * Returns: (transfer none): a new finding, part of @verdict
 */
TlFinding *
tl_verdict_add_family_finding (TlVerdict *verdict,
                               TlFindingId id,
                               TlSeverity severity,
                               TlFamily family)
{
  TlFinding *finding = tl_verdict_add_finding (verdict, id, severity);

  finding->has_family = TRUE;
  finding->family = family;
  return finding;
}

static gboolean
is_activating (const TlNmState *nm)
{
  for (guint i = 0; i < nm->activations->len; i++) {
    const TlActivation *activation = nm->activations->pdata[i];

    if (activation->is_vpn &&
        (activation->phase == TL_PHASE_ACTIVATING ||
         (activation->phase == TL_PHASE_ACTIVATED && !tl_activation_is_complete (activation))))
      return TRUE;
  }

  return FALSE;
}

static gboolean
is_full (const GPtrArray *tunnels, const TlPolicy *policy)
{
  TlTunnelMode mode = policy != NULL ? policy->mode : TL_TUNNEL_MODE_AUTO;

  if (mode != TL_TUNNEL_MODE_AUTO)
    return mode == TL_TUNNEL_MODE_FULL;
  for (guint i = 0; i < tunnels->len; i++) {
    if (((const TlTunnel *)tunnels->pdata[i])->full)
      return TRUE;
  }

  return FALSE;
}

/* What the tables alone say; findings can make it worse afterwards. */
static TlState
judge_kind (const TlVerdict *verdict,
            const TlObservation *observation,
            const TlPolicy *policy,
            gboolean ipsec)
{
  if (verdict->tunnels->len == 0) {
    if (ipsec)
      return TL_STATE_UNKNOWN;
    return is_activating (observation->nm) ? TL_STATE_CHECKING : TL_STATE_NO_VPN;
  }
  if (ipsec)
    return TL_STATE_UNKNOWN;

  return is_full (verdict->tunnels, policy) ? TL_STATE_SAFE : TL_STATE_SPLIT;
}

static gboolean
has_severity (const TlVerdict *verdict, TlSeverity severity)
{
  for (guint i = 0; i < verdict->findings->len; i++) {
    if (((const TlFinding *)verdict->findings->pdata[i])->severity == severity)
      return TRUE;
  }

  return FALSE;
}

static gboolean
has_status (const TlVerdict *verdict, TlStatus status)
{
  return verdict->families[TL_FAMILY_IPV4].status == status ||
         verdict->families[TL_FAMILY_IPV6].status == status;
}

/* Whether routes lead everything into a tunnel, whatever IPsec may add. */
static gboolean
is_tight (const TlVerdict *verdict)
{
  gboolean tunnelled = FALSE;

  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    TlStatus status = verdict->families[family].status;

    if (status != TL_STATUS_TUNNELLED && status != TL_STATUS_BLOCKED && status != TL_STATUS_ABSENT)
      return FALSE;
    tunnelled |= status == TL_STATUS_TUNNELLED;
  }

  return tunnelled;
}

/*
 * The findings have the last word: a leak that was seen is one, and what IPsec might do is no
 * reason for doubt where nothing is left to it.
 */
static TlState
conclude (const TlVerdict *verdict, gboolean full)
{
  gboolean judged = verdict->state == TL_STATE_SAFE || (verdict->state == TL_STATE_UNKNOWN && full);

  if (judged && has_severity (verdict, TL_SEVERITY_LEAK))
    return TL_STATE_LEAK;
  if (verdict->state == TL_STATE_SAFE && has_status (verdict, TL_STATUS_UNKNOWN))
    return TL_STATE_UNKNOWN;

  return judged && is_tight (verdict) ? TL_STATE_SAFE : verdict->state;
}

/* Where IPsec may be there, only what was seen to leave is known to bypass it. */
static void
add_bypass_findings (TlVerdict *verdict, TlFamily family, gboolean only_seen)
{
  const TlFamilyVerdict *result = &verdict->families[family];

  for (guint i = 0; i < result->bypass->len; i++) {
    const TlBypass *bypass = &g_array_index (result->bypass, TlBypass, i);
    TlFindingId id = bypass->expected    ? TL_FINDING_EXPECTED_BYPASS
                     : bypass->mark != 0 ? TL_FINDING_MARKED
                                         : TL_FINDING_BYPASS;
    TlSeverity severity = bypass->expected ? TL_SEVERITY_INFO : TL_SEVERITY_LEAK;
    TlFinding *finding = NULL;

    if (only_seen && bypass->firewall != TL_FIREWALL_LEAVES)
      continue;
    /* One finding for each link and kind; the ranges themselves stand in the family's list. */
    for (guint j = 0; j < verdict->findings->len && finding == NULL; j++) {
      TlFinding *other = verdict->findings->pdata[j];

      if (other->id == id && other->has_family && other->family == family &&
          g_strcmp0 (other->interface, bypass->interface) == 0)
        finding = other;
    }
    if (finding != NULL)
      continue;

    finding = tl_verdict_add_family_finding (verdict, id, severity, family);
    finding->subject = tl_prefix_to_string (&bypass->prefix);
    finding->interface = g_strdup (bypass->interface);
    if (id == TL_FINDING_MARKED)
      finding->detail = g_strdup_printf ("0x%x", bypass->mark);
    else if (bypass->has_gateway)
      finding->detail = tl_address_to_string (&bypass->gateway);
  }
}

static void
add_circumstances (TlVerdict *verdict,
                   const TlObservation *observation,
                   const TlPolicy *policy,
                   gboolean ipsec)
{
  gboolean asked = FALSE;

  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    asked |= observation->answers.exits[family] != NULL;
    if (observation->kernel[family] == TL_KERNEL_DIFFERS)
      tl_verdict_add_family_finding (verdict, TL_FINDING_KERNEL_DIFFERS, TL_SEVERITY_INFO, family);
    if (!tl_observation_is_proven (observation, family))
      tl_verdict_add_family_finding (verdict, TL_FINDING_KERNEL_SILENT, TL_SEVERITY_INFO, family);
    if (verdict->families[family].status == TL_STATUS_BLOCKED && verdict->tunnels->len > 0)
      tl_verdict_add_family_finding (verdict, TL_FINDING_BLOCKED, TL_SEVERITY_INFO, family);
  }
  if (ipsec)
    tl_verdict_add_finding (verdict, TL_FINDING_IPSEC, TL_SEVERITY_INFO);
  if (!observation->nm->running)
    tl_verdict_add_finding (verdict, TL_FINDING_NM_ABSENT, TL_SEVERITY_INFO);
  if (verdict->tunnels->len > 0) {
    if (!asked)
      tl_verdict_add_finding (verdict, TL_FINDING_EXIT_NOT_ASKED, TL_SEVERITY_INFO);
    if (verdict->state != TL_STATE_SPLIT)
      tl_add_resolver_findings (verdict, observation, policy);
  }
}

static int
compare_findings (gconstpointer a, gconstpointer b)
{
  const TlFinding *first = *(const TlFinding *const *)a;
  const TlFinding *second = *(const TlFinding *const *)b;

  if (first->severity != second->severity)
    return (int)second->severity - (int)first->severity;
  if (first->id != second->id)
    return (int)first->id - (int)second->id;

  if (first->family != second->family)
    return (int)first->family - (int)second->family;

  /* DNS servers come in any order; the rest is in that of the addresses. */
  return first->id == TL_FINDING_RESOLVER_BYPASS || first->id == TL_FINDING_RESOLVER_BLOCKED
           ? g_strcmp0 (first->subject, second->subject)
           : 0;
}

/* The table speaks of a VPN that is meant to carry everything; without one it has no outcome. */
static TlCase
judge_case (const TlVerdict *verdict)
{
  const TlFamilyVerdict *ipv6 = &verdict->families[TL_FAMILY_IPV6];
  TlCase present = { 0 };

  present.local = ipv6->local ? TL_YES : TL_NO;
  present.tunnel = ipv6->tunnel ? TL_YES : TL_NO;
  present.blocked = ipv6->local && !ipv6->tunnel && ipv6->status == TL_STATUS_BLOCKED;
  present.unsafe = ipv6->local && !ipv6->tunnel && !present.blocked ? TL_YES : TL_NO;

  if (verdict->state == TL_STATE_UNKNOWN || verdict->state == TL_STATE_CHECKING ||
      ipv6->status == TL_STATUS_UNKNOWN) {
    present.tunnel = TL_MAYBE;
    present.unsafe = TL_MAYBE;
  } else if (verdict->state == TL_STATE_NO_VPN || verdict->state == TL_STATE_SPLIT) {
    present.unsafe = TL_MAYBE;
  }

  return present;
}

/**
 * tl_judge:
 * @observation: what is known
 * @policy: (nullable): what IT has set
 *
 * The whole judgement: pure, the same observation gives the same verdict.
 *
 * Returns: (transfer full): the verdict
 */
TlVerdict *
tl_judge (const TlObservation *observation, const TlPolicy *policy)
{
  TlVerdict *verdict = g_atomic_rc_box_new0 (TlVerdict);
  gboolean ipsec;
  gboolean full;

  verdict->findings = g_ptr_array_new_with_free_func (finding_free);
  verdict->tunnels = tl_find_tunnels (observation);
  verdict->uplinks = tl_find_uplinks (observation, verdict->tunnels);
  ipsec = tl_suspects_ipsec (verdict, observation);
  full = verdict->tunnels->len > 0 && is_full (verdict->tunnels, policy);
  verdict->state = judge_kind (verdict, observation, policy, ipsec);

  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    tl_judge_family (verdict, observation, policy, family);
    if (verdict->state == TL_STATE_SAFE)
      tl_add_silent_finding (verdict, family);
    if (verdict->state == TL_STATE_SAFE || (ipsec && full))
      add_bypass_findings (verdict, family, ipsec);
    tl_judge_exit (verdict, observation, policy, family);
  }
  add_circumstances (verdict, observation, policy, ipsec);
  if (!full)
    tl_add_orphan_findings (verdict, observation);
  g_ptr_array_sort (verdict->findings, compare_findings);

  verdict->state = conclude (verdict, full);
  verdict->four_case = judge_case (verdict);

  return verdict;
}

/**
 * tl_verdict_ref:
 * @verdict: a verdict
 *
 * Returns: (transfer full): @verdict
 */
TlVerdict *
tl_verdict_ref (const TlVerdict *verdict)
{
  return g_atomic_rc_box_acquire ((TlVerdict *)verdict);
}

static void
verdict_clear (gpointer data)
{
  TlVerdict *verdict = data;

  g_ptr_array_unref (verdict->findings);
  g_ptr_array_unref (verdict->tunnels);
  g_ptr_array_unref (verdict->uplinks);
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    g_array_unref (verdict->families[family].bypass);
    g_array_unref (verdict->families[family].ranges);
    g_array_unref (verdict->families[family].marked);
    g_array_unref (verdict->families[family].bypass_routes);
    g_clear_pointer (&verdict->families[family].exit, tl_exit_unref);
    g_clear_pointer (&verdict->families[family].other_exit, tl_exit_unref);
  }
}

/**
 * tl_verdict_unref:
 * @verdict: (transfer full): a verdict
 */
void
tl_verdict_unref (TlVerdict *verdict)
{
  g_atomic_rc_box_release_full (verdict, verdict_clear);
}

/**
 * tl_verdict_has_warning:
 * @verdict: a verdict
 *
 * Returns: whether it has a finding of severity warning
 */
gboolean
tl_verdict_has_warning (const TlVerdict *verdict)
{
  return has_severity (verdict, TL_SEVERITY_WARNING);
}

/**
 * tl_verdict_has_finding:
 * @verdict: a verdict
 * @id: what was observed
 * @family: of which family
 *
 * Returns: whether it has such a finding
 */
gboolean
tl_verdict_has_finding (const TlVerdict *verdict, TlFindingId id, TlFamily family)
{
  for (guint i = 0; i < verdict->findings->len; i++) {
    const TlFinding *finding = verdict->findings->pdata[i];

    if (finding->id == id && finding->has_family && finding->family == family)
      return TRUE;
  }

  return FALSE;
}

/**
 * tl_verdict_has_expected_bypass:
 * @verdict: a verdict
 *
 * Returns: whether something bypasses that the policy expects to
 */
gboolean
tl_verdict_has_expected_bypass (const TlVerdict *verdict)
{
  return tl_verdict_has_finding (verdict, TL_FINDING_EXPECTED_BYPASS, TL_FAMILY_IPV4) ||
         tl_verdict_has_finding (verdict, TL_FINDING_EXPECTED_BYPASS, TL_FAMILY_IPV6);
}
