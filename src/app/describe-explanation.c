/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/describe.h"

#include "app/names.h"

#include <glib/gi18n.h>

/* Appends a sentence, with a space before all but the first. */
static void G_GNUC_PRINTF (2, 3) add (GString *text, const char *format, ...)
{
  va_list args;

  if (text->len > 0)
    g_string_append_c (text, ' ');
  va_start (args, format);
  g_string_append_vprintf (text, format, args);
  va_end (args);
}

static TlFamily
other_family (TlFamily family)
{
  return family == TL_FAMILY_IPV4 ? TL_FAMILY_IPV6 : TL_FAMILY_IPV4;
}

static void
add_tunnelled (GString *text, const TlVerdict *verdict, TlFamily family)
{
  const char *name = tl_family_name (family);
  TlStatus other = verdict->families[other_family (family)].status;
  g_autofree char *tunnels = tl_names_of_tunnels (verdict, family);

  if (tunnels == NULL)
    add (text, _ ("%s goes through the VPN."), name);
  else if (other == TL_STATUS_BYPASS)
    /* Translators: IPv4 or IPv6; names of VPNs in quotation marks */
    add (text, _ ("Only %s goes through %s."), name, tunnels);
  else
    /* Translators: IPv4 or IPv6; names of VPNs in quotation marks */
    add (text, _ ("%s goes through %s."), name, tunnels);
}

/* No packet was seen to leave: where they go is what the routes say, no more. */
static void
add_silent_bypass (GString *text, const TlVerdict *verdict, TlFamily family, const char *uplinks)
{
  const char *name = tl_family_name (family);

  if (uplinks == NULL)
    add (text, _ ("The routes lead %s around the VPN."), name);
  else if (verdict->families[family].closed || verdict->families[family].tunnel)
    /* Translators: IPv4 or IPv6; names of Internet connections in quotation marks */
    add (text, _ ("The routes lead a part of %s directly through %s, around the VPN."), name,
         uplinks);
  else
    /* Translators: IPv4 or IPv6; names of Internet connections in quotation marks */
    add (text, _ ("The routes lead %s directly through %s."), name, uplinks);
}

static void
add_bypass (GString *text, const TlVerdict *verdict, TlFamily family)
{
  const char *name = tl_family_name (family);
  g_autofree char *uplinks = tl_names_of_uplinks (verdict, family);

  if (tl_verdict_has_finding (verdict, TL_FINDING_FIREWALL_SILENT, family)) {
    add_silent_bypass (text, verdict, family, uplinks);
    return;
  }
  if (verdict->families[family].closed && uplinks != NULL)
    /* Translators: IPv4 or IPv6; names of Internet connections in quotation marks */
    add (text, _ ("Some destinations are reached over %s directly through %s, around the VPN."),
         name, uplinks);
  else if (uplinks == NULL)
    add (text, _ ("Whatever uses %s goes out directly."), name);
  else
    /* Translators: IPv4 or IPv6; names of Internet connections in quotation marks */
    add (text, _ ("Whatever uses %s goes out directly through %s."), name, uplinks);
}

/* What is marked on its way is told by its finding, below. */
static gboolean
is_by_marks_alone (const TlVerdict *verdict, TlFamily family)
{
  return tl_verdict_has_finding (verdict, TL_FINDING_MARKED, family) &&
         !tl_verdict_has_finding (verdict, TL_FINDING_BYPASS, family);
}

static void
add_partial (GString *text, const TlVerdict *verdict, TlFamily family)
{
  const char *name = tl_family_name (family);
  g_autofree char *tunnels = tl_names_of_tunnels (verdict, family);
  g_autofree char *uplinks = tl_names_of_uplinks (verdict, family);

  if (verdict->state != TL_STATE_LEAK)
    add (text,
         _ ("%s goes through the VPN, except for destinations that are meant to be reached "
            "directly."),
         name);
  else if (is_by_marks_alone (verdict, family))
    add (text, _ ("The routes lead %s through the VPN."), name);
  else if (tl_verdict_has_finding (verdict, TL_FINDING_FIREWALL_SILENT, family))
    add_silent_bypass (text, verdict, family, uplinks);
  else if (tunnels == NULL || uplinks == NULL)
    add (text, _ ("Some destinations are reached directly over %s, around the VPN."), name);
  else
    /* Translators: IPv4 or IPv6; names of VPNs; names of Internet connections */
    add (text,
         _ ("%s goes through %s only in part: some destinations are reached directly through %s."),
         name, tunnels, uplinks);
}

static void
add_blocked (GString *text, const TlVerdict *verdict, TlFamily family)
{
  const char *name = tl_family_name (family);
  TlFamily other = other_family (family);
  const char *other_name = tl_family_name (other);

  if (verdict->families[other].status == TL_STATUS_BLOCKED ||
      verdict->families[other].status == TL_STATUS_ABSENT)
    add (text, _ ("%s is blocked."), name);
  else if (family == TL_FAMILY_IPV6)
    /* Translators: IPv6; IPv4; IPv6 */
    add (text,
         _ ("%s is blocked, so programs use %s. Websites that have %s only do not open meanwhile."),
         name, other_name, name);
  else
    add (text, _ ("%s is blocked. Many websites do not open meanwhile."), name);
}

static void
add_family (GString *text, const TlVerdict *verdict, TlFamily family)
{
  const char *name = tl_family_name (family);

  switch (verdict->families[family].status) {
  case TL_STATUS_TUNNELLED:
    add_tunnelled (text, verdict, family);
    break;
  case TL_STATUS_BYPASS:
    add_bypass (text, verdict, family);
    break;
  case TL_STATUS_PARTIAL:
    add_partial (text, verdict, family);
    break;
  case TL_STATUS_BLOCKED:
    add_blocked (text, verdict, family);
    break;
  case TL_STATUS_ABSENT:
    add (text, _ ("There is no %s here, so nothing can go around the VPN that way."), name);
    break;
  case TL_STATUS_UNKNOWN:
  default:
    add (text, _ ("Where %s goes cannot be determined."), name);
    break;
  }
}

static void
add_finding (GString *text, const TlVerdict *verdict, const TlFinding *finding)
{
  g_autofree char *words = tl_describe_finding (finding, verdict);

  add (text, "%s", words);
}

/* Evidence beyond the routes that makes the light what it is, worst first. */
static void
add_findings (GString *text, const TlVerdict *verdict, TlSeverity severity)
{
  for (guint i = 0; i < verdict->findings->len; i++) {
    const TlFinding *finding = g_ptr_array_index (verdict->findings, i);

    if (finding->severity >= severity && finding->id != TL_FINDING_BYPASS)
      add_finding (text, verdict, finding);
  }
}

/* What a firewall does is known by a sample only, and of new connections only; where none was seen
 * to do anything, that is no comfort: all of it is to be said. */
static void
add_firewall (GString *text, const TlVerdict *verdict)
{
  gboolean rests_on_it = FALSE;

  for (guint i = 0; i < verdict->findings->len; i++) {
    const TlFinding *finding = g_ptr_array_index (verdict->findings, i);

    if (finding->id == TL_FINDING_FIREWALL_BLOCKED || finding->id == TL_FINDING_FIREWALL_SILENT)
      add_finding (text, verdict, finding);
    rests_on_it |= verdict->state == TL_STATE_SAFE && finding->id == TL_FINDING_FIREWALL_BLOCKED;
  }
  if (rests_on_it)
    add (text, _ ("Connections that were open before may go on until they end."));
}

static void
explain_families (GString *text, const TlVerdict *verdict)
{
  gboolean absent[TL_N_FAMILIES];
  gboolean both = TRUE;

  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    absent[family] = verdict->families[family].status == TL_STATUS_ABSENT;
    both = both && verdict->families[family].status == TL_STATUS_TUNNELLED;
  }

  if (both) {
    g_autofree char *ipv4 = tl_names_of_tunnels (verdict, TL_FAMILY_IPV4);
    g_autofree char *ipv6 = tl_names_of_tunnels (verdict, TL_FAMILY_IPV6);

    if (ipv4 != NULL && g_strcmp0 (ipv4, ipv6) == 0) {
      /* Translators: names of VPNs in quotation marks */
      add (text, _ ("IPv4 and IPv6 both go through %s."), ipv4);
      return;
    }
  }
  if (absent[TL_FAMILY_IPV4] && absent[TL_FAMILY_IPV6]) {
    add (text, _ ("There is no connection to the Internet at the moment."));
    return;
  }
  /* That a family is not there reassures; nobody misses IPv4, though, or wants to be reassured
   * while something leaks. */
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    if (!absent[family] || (family == TL_FAMILY_IPV6 && verdict->state != TL_STATE_LEAK))
      add_family (text, verdict, family);
  }
}

static void
explain_leak (GString *text, const TlVerdict *verdict)
{
  gboolean two_kinds = FALSE;

  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    if (verdict->families[family].status == TL_STATUS_BYPASS)
      two_kinds = verdict->families[other_family (family)].status == TL_STATUS_TUNNELLED;
    if (two_kinds)
      break;
  }

  if (two_kinds)
    add (text, _ ("Your connection uses two kinds of Internet addresses, IPv4 and IPv6."));
  explain_families (text, verdict);
  add_findings (text, verdict, TL_SEVERITY_LEAK);
  add_firewall (text, verdict);
}

static void
explain_split (GString *text, const TlVerdict *verdict)
{
  TlFamily family = verdict->families[TL_FAMILY_IPV4].local ? TL_FAMILY_IPV4 : TL_FAMILY_IPV6;
  g_autofree char *tunnels = tl_names_of_tunnels (verdict, family);
  g_autofree char *uplinks = tl_names_of_uplinks (verdict, family);

  if (tunnels != NULL)
    /* Translators: names of VPNs in quotation marks */
    add (text, _ ("Only company destinations go through %s."), tunnels);
  if (uplinks != NULL)
    /* Translators: names of Internet connections in quotation marks */
    add (text, _ ("Everything else goes out directly through %s."), uplinks);
  else
    add (text, _ ("Everything else goes out directly."));
  add (text, _ ("The VPN is set up that way."));
}

static void
explain_no_vpn (GString *text, const TlVerdict *verdict)
{
  g_autofree char *uplinks = tl_names_of_uplinks (verdict, TL_FAMILY_IPV4);

  if (uplinks == NULL)
    uplinks = tl_names_of_uplinks (verdict, TL_FAMILY_IPV6);

  if (uplinks == NULL)
    add (text, _ ("There is no connection to the Internet at the moment."));
  else
    /* Translators: names of Internet connections in quotation marks */
    add (text, _ ("Your computer reaches the Internet directly through %s."), uplinks);
}

static void
explain_unknown (GString *text, const TlVerdict *verdict)
{
  add (text, _ ("It is not certain that everything goes through the VPN."));
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    if (verdict->families[family].status == TL_STATUS_UNKNOWN)
      add_family (text, verdict, family);
  }
  for (guint i = 0; i < verdict->findings->len; i++) {
    const TlFinding *finding = g_ptr_array_index (verdict->findings, i);

    if (finding->id == TL_FINDING_IPSEC)
      add_finding (text, verdict, finding);
  }
  add_findings (text, verdict, TL_SEVERITY_WARNING);
}

/**
 * tl_describe_explanation:
 * @verdict: (nullable): a verdict; %NULL is judged as nothing known yet
 * @light: what the light shows: the verdict's state, or %TL_STATE_CHECKING until that has settled
 *
 * Returns: (transfer full): a few whole sentences that say why the headline is what it is
 */
char *
tl_describe_explanation (const TlVerdict *verdict, TlState light)
{
  GString *text = g_string_new (NULL);

  if (verdict == NULL)
    light = TL_STATE_CHECKING;

  switch (light) {
  case TL_STATE_NO_VPN:
    explain_no_vpn (text, verdict);
    break;
  case TL_STATE_CHECKING:
    add (text, _ ("Your network is changing, for example because a VPN is connecting. "
                  "This takes a moment."));
    break;
  case TL_STATE_SAFE:
    explain_families (text, verdict);
    if (tl_verdict_has_expected_bypass (verdict))
      add (text, _ ("Your company has set it up that way."));
    add_firewall (text, verdict);
    break;
  case TL_STATE_LEAK:
    explain_leak (text, verdict);
    break;
  case TL_STATE_SPLIT:
    explain_split (text, verdict);
    break;
  case TL_STATE_UNKNOWN:
  default:
    explain_unknown (text, verdict);
    break;
  }

  return g_string_free (text, FALSE);
}
