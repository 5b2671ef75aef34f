/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/describe.h"

#include "app/describe-error.h"
#include "app/names.h"
#include "config.h"

#include <glib/gi18n.h>

/**
 * tl_describe_icon_name:
 * @state: a state
 *
 * Returns: (transfer none): the name of its icon in the icon theme
 */
const char *
tl_describe_icon_name (TlState state)
{
  static const char *const names[TL_N_STATES] = {
    [TL_STATE_NO_VPN] = TL_APP_ID "-no-vpn", [TL_STATE_CHECKING] = TL_APP_ID "-checking",
    [TL_STATE_SAFE] = TL_APP_ID "-safe",     [TL_STATE_LEAK] = TL_APP_ID "-leak",
    [TL_STATE_SPLIT] = TL_APP_ID "-split",   [TL_STATE_UNKNOWN] = TL_APP_ID "-unknown",
  };

  g_return_val_if_fail ((guint)state < TL_N_STATES, names[TL_STATE_UNKNOWN]);
  return names[state];
}

/**
 * tl_describe_tri:
 * @value: a value
 *
 * Returns: (transfer none): yes, no, or unknown
 */
const char *
tl_describe_tri (TlTri value)
{
  switch (value) {
  case TL_NO:
    return C_ ("answer", "no");
  case TL_YES:
    return C_ ("answer", "yes");
  case TL_MAYBE:
  default:
    return C_ ("answer", "unknown");
  }
}

/**
 * tl_describe_status:
 * @status: the status of a family
 *
 * Returns: (transfer none): a few words, fit for a table
 */
const char *
tl_describe_status (TlStatus status)
{
  switch (status) {
  case TL_STATUS_TUNNELLED:
    return C_ ("status of IPv4 or IPv6", "in the VPN");
  case TL_STATUS_BLOCKED:
    return C_ ("status of IPv4 or IPv6", "blocked");
  case TL_STATUS_BYPASS:
    return C_ ("status of IPv4 or IPv6", "bypasses the VPN");
  case TL_STATUS_PARTIAL:
    return C_ ("status of IPv4 or IPv6", "partly bypasses the VPN");
  case TL_STATUS_ABSENT:
    return C_ ("status of IPv4 or IPv6", "not available");
  case TL_STATUS_UNKNOWN:
  default:
    return C_ ("status of IPv4 or IPv6", "cannot be determined");
  }
}

/**
 * tl_describe_family_status:
 * @verdict: a verdict
 * @family: a family
 *
 * Like tl_describe_status(), but where no VPN is meant to carry this traffic, going out directly
 * is what it should do and not a bypass.
 *
 * Returns: (transfer none): a few words, fit for a table
 */
const char *
tl_describe_family_status (const TlVerdict *verdict, TlFamily family)
{
  TlStatus status = verdict->families[family].status;
  gboolean meant = verdict->state == TL_STATE_NO_VPN || verdict->state == TL_STATE_SPLIT;

  if (meant && status == TL_STATUS_BYPASS)
    return C_ ("status of IPv4 or IPv6", "goes out directly");
  if (meant && status == TL_STATUS_PARTIAL)
    return C_ ("status of IPv4 or IPv6", "mostly goes out directly");

  return tl_describe_status (status);
}

/**
 * tl_describe_exit:
 * @family: a family's verdict
 *
 * Returns: (transfer full): the address that websites see and whose it is, or why there is none
 */
char *
tl_describe_exit (const TlFamilyVerdict *family)
{
  char address[TL_ADDRESS_STRLEN];
  g_autofree char *reason = NULL;

  /* Whether it was asked for makes no difference then. */
  if (family->status == TL_STATUS_BLOCKED && (family->exit == NULL || !family->exit->has_address))
    return g_strdup (_ ("none, since it is blocked"));
  if (family->exit == NULL)
    return g_strdup (_ ("not asked"));
  if (!family->exit->has_address) {
    reason =
      tl_describe_technical (family->exit->error ? family->exit->error : _ ("no reason given"));
    return g_strdup_printf (_ ("no answer (%s)"), reason);
  }

  tl_address_format (&family->exit->address, address);
  switch (family->exit_owner) {
  case TL_EXIT_OWNER_TUNNEL:
    return g_strdup_printf (_ ("%s, address of your VPN"), address);
  case TL_EXIT_OWNER_UPLINK:
    return g_strdup_printf (_ ("%s, address of your own connection"), address);
  case TL_EXIT_OWNER_UNKNOWN:
  default:
    return g_strdup (address);
  }
}

static gboolean
has_status (const TlVerdict *verdict, TlFamily family, TlStatus status)
{
  return verdict->families[family].status == status;
}

static const char *
safe_headline (const TlVerdict *verdict)
{
  gboolean blocked4 = has_status (verdict, TL_FAMILY_IPV4, TL_STATUS_BLOCKED);
  gboolean blocked6 = has_status (verdict, TL_FAMILY_IPV6, TL_STATUS_BLOCKED);
  gboolean tunnel =
    verdict->families[TL_FAMILY_IPV4].tunnel || verdict->families[TL_FAMILY_IPV6].tunnel;

  if (tl_verdict_has_expected_bypass (verdict))
    return _ ("Everything goes through the VPN but what your company excepts");
  if (!tunnel && (blocked4 || blocked6))
    return _ ("All Internet traffic is blocked");
  if (blocked6)
    return _ ("IPv6 is blocked, everything else goes through the VPN");
  if (blocked4)
    return _ ("IPv4 is blocked, everything else goes through the VPN");

  return _ ("Everything goes through the VPN");
}

static const char *
leak_headline (const TlVerdict *verdict)
{
  gboolean tunnelled = FALSE;

  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++)
    tunnelled = tunnelled || has_status (verdict, family, TL_STATUS_TUNNELLED) ||
                has_status (verdict, family, TL_STATUS_PARTIAL);

  return tunnelled ? _ ("Part of your traffic bypasses the VPN")
                   : _ ("Your traffic bypasses the VPN");
}

/**
 * tl_describe_headline:
 * @verdict: (nullable): a verdict; %NULL is judged as nothing known yet
 * @light: what the light shows: the verdict's state, or %TL_STATE_CHECKING until that has settled
 *
 * Returns: (transfer full): one short sentence that says how things are, understandable without
 *   knowing what IPv6 is
 */
char *
tl_describe_headline (const TlVerdict *verdict, TlState light)
{
  if (verdict == NULL)
    light = TL_STATE_CHECKING;

  switch (light) {
  case TL_STATE_NO_VPN:
    return g_strdup (_ ("No VPN connected"));
  case TL_STATE_CHECKING:
    return g_strdup (_ ("Checking …"));
  case TL_STATE_SAFE:
    return g_strdup (safe_headline (verdict));
  case TL_STATE_LEAK:
    return g_strdup (leak_headline (verdict));
  case TL_STATE_SPLIT:
    return g_strdup (_ ("Only company destinations go through the VPN"));
  case TL_STATE_UNKNOWN:
  default:
    return g_strdup (_ ("This cannot be determined"));
  }
}

/**
 * tl_describe_exit_code:
 * @verdict: a verdict
 *
 * The convention of monitoring plugins (Monitoring Plugins Development Guidelines, "Plugin Return
 * Codes"): 0 is fine, 1 a warning, 2 critical, 3 unknown.
 *
 * Returns: the exit code of `tunnel-light-cli check`
 */
int
tl_describe_exit_code (const TlVerdict *verdict)
{
  switch (verdict->state) {
  case TL_STATE_NO_VPN:
  case TL_STATE_SAFE:
  case TL_STATE_SPLIT:
    return tl_verdict_has_warning (verdict) ? 1 : 0;
  case TL_STATE_LEAK:
    return 2;
  case TL_STATE_CHECKING:
  case TL_STATE_UNKNOWN:
  default:
    return 3;
  }
}
