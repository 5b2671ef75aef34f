/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/policy.h"

static void
policy_clear (gpointer data)
{
  TlPolicy *policy = data;

  g_free (policy->organization);
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    g_strfreev (policy->probe_urls[family]);
    g_array_unref (policy->expected_exits[family]);
  }
  g_array_unref (policy->expected_bypass);
}

/**
 * tl_policy_new:
 *
 * Returns: (transfer full): the policy of a computer that has none: nothing is expected, the
 *   person decides
 */
TlPolicy *
tl_policy_new (void)
{
  TlPolicy *policy = g_atomic_rc_box_new0 (TlPolicy);

  policy->mode = TL_TUNNEL_MODE_AUTO;
  policy->exit_checks = TRUE;
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++)
    policy->expected_exits[family] = g_array_new (FALSE, FALSE, sizeof (TlPrefix));
  policy->expected_bypass = g_array_new (FALSE, FALSE, sizeof (TlPrefix));

  return policy;
}

/**
 * tl_policy_fault_clear:
 * @fault: a fault, or one that is all zero
 *
 * Frees what it holds.
 */
void
tl_policy_fault_clear (TlPolicyFault *fault)
{
  g_clear_pointer (&fault->value, g_free);
}

/**
 * tl_policy_ref:
 * @policy: a policy
 *
 * Returns: (transfer full): @policy, to be shared
 */
TlPolicy *
tl_policy_ref (const TlPolicy *policy)
{
  return g_atomic_rc_box_acquire ((gpointer)policy);
}

/**
 * tl_policy_unref:
 * @policy: (nullable) (transfer full): a policy
 */
void
tl_policy_unref (TlPolicy *policy)
{
  if (policy != NULL)
    g_atomic_rc_box_release_full (policy, policy_clear);
}

/**
 * tl_policy_expects_bypass:
 * @policy: (nullable): a policy
 * @prefix: a prefix
 *
 * Returns: whether all of @prefix is meant to bypass the VPN
 */
gboolean
tl_policy_expects_bypass (const TlPolicy *policy, const TlPrefix *prefix)
{
  for (guint i = 0; policy != NULL && i < policy->expected_bypass->len; i++) {
    if (tl_prefix_covers (&g_array_index (policy->expected_bypass, TlPrefix, i), prefix))
      return TRUE;
  }

  return FALSE;
}
