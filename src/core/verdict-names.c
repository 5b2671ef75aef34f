/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/verdict.h"

/* The names of the JSON contract: they change only with its `format`. */

/**
 * tl_state_to_string:
 * @state: a state
 *
 * Returns: (transfer none): its name
 */
const char *
tl_state_to_string (TlState state)
{
  static const char *const names[] = {
    [TL_STATE_NO_VPN] = "no-vpn", [TL_STATE_CHECKING] = "checking", [TL_STATE_SAFE] = "safe",
    [TL_STATE_LEAK] = "leak",     [TL_STATE_SPLIT] = "split",       [TL_STATE_UNKNOWN] = "unknown",
  };

  return names[state];
}

/**
 * tl_status_to_string:
 * @status: a family's status
 *
 * Returns: (transfer none): its name
 */
const char *
tl_status_to_string (TlStatus status)
{
  static const char *const names[] = {
    [TL_STATUS_TUNNELLED] = "tunnelled", [TL_STATUS_BLOCKED] = "blocked",
    [TL_STATUS_BYPASS] = "bypass",       [TL_STATUS_PARTIAL] = "partial",
    [TL_STATUS_ABSENT] = "absent",       [TL_STATUS_UNKNOWN] = "unknown",
  };

  return names[status];
}

/**
 * tl_severity_to_string:
 * @severity: a severity
 *
 * Returns: (transfer none): its name
 */
const char *
tl_severity_to_string (TlSeverity severity)
{
  static const char *const names[] = {
    [TL_SEVERITY_INFO] = "info",
    [TL_SEVERITY_WARNING] = "warning",
    [TL_SEVERITY_LEAK] = "leak",
  };

  return names[severity];
}

/**
 * tl_firewall_word_to_string:
 * @word: what becomes of packets
 *
 * Returns: (transfer none) (nullable): its name; %NULL where not asked
 */
const char *
tl_firewall_word_to_string (TlFirewallWord word)
{
  static const char *const names[] = {
    [TL_FIREWALL_NOT_ASKED] = NULL,
    [TL_FIREWALL_SILENT] = "silent",
    [TL_FIREWALL_LEAVES] = "leaves",
    [TL_FIREWALL_BLOCKED] = "blocked",
  };

  return names[word];
}

/**
 * tl_exit_owner_to_string:
 * @owner: an owner
 *
 * Returns: (transfer none): its name
 */
const char *
tl_exit_owner_to_string (TlExitOwner owner)
{
  static const char *const names[] = {
    [TL_EXIT_OWNER_UNKNOWN] = "unknown",
    [TL_EXIT_OWNER_TUNNEL] = "tunnel",
    [TL_EXIT_OWNER_UPLINK] = "uplink",
  };

  return names[owner];
}

/**
 * tl_finding_id_to_string:
 * @id: a finding's id
 *
 * Returns: (transfer none): its name without a family
 */
const char *
tl_finding_id_to_string (TlFindingId id)
{
  static const char *const names[] = {
    [TL_FINDING_BYPASS] = "bypass",
    [TL_FINDING_MARKED] = "marked",
    [TL_FINDING_EXIT_UPLINK] = "exit-uplink",
    [TL_FINDING_EXIT_UNCHANGED] = "exit-unchanged",
    [TL_FINDING_EXIT_UNEXPECTED] = "exit-unexpected",
    [TL_FINDING_EXIT_DISAGREES] = "exit-disagrees",
    [TL_FINDING_EXIT_CONTRADICTS] = "exit-contradicts",
    [TL_FINDING_EXIT_EXEMPT] = "exit-exempt",
    [TL_FINDING_EXIT_FAILED] = "exit-failed",
    [TL_FINDING_EXIT_NOT_ASKED] = "exit-not-asked",
    [TL_FINDING_KERNEL_DIFFERS] = "kernel-differs",
    [TL_FINDING_KERNEL_SILENT] = "kernel-silent",
    [TL_FINDING_EXPECTED_BYPASS] = "expected-bypass",
    [TL_FINDING_SERVER_ROUTE] = "server-route",
    [TL_FINDING_RESOLVER_BYPASS] = "resolver-bypass",
    [TL_FINDING_RESOLVER_BLOCKED] = "resolver-blocked",
    [TL_FINDING_RESOLVER_LOCAL] = "resolver-local",
    [TL_FINDING_NAME_FOUND] = "name-found",
    [TL_FINDING_NAME_MISSING] = "name-missing",
    [TL_FINDING_NM_ABSENT] = "networkmanager-absent",
    [TL_FINDING_IPSEC] = "ipsec",
    [TL_FINDING_BLOCKED] = "blocked",
    [TL_FINDING_ORPHANED_BLOCK] = "orphaned-block",
    [TL_FINDING_FIREWALL_BLOCKED] = "firewall-blocked",
    [TL_FINDING_FIREWALL_SILENT] = "firewall-silent",
  };

  return names[id];
}

/**
 * tl_finding_name:
 * @finding: a finding
 *
 * Returns: (transfer full): its name in the contract, with its family: `ipv6-bypass`
 */
char *
tl_finding_name (const TlFinding *finding)
{
  const char *name = tl_finding_id_to_string (finding->id);

  if (!finding->has_family)
    return g_strdup (name);

  return g_strdup_printf ("%s-%s", tl_family_to_string (finding->family), name);
}
