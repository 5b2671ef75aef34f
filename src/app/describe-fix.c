/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/describe.h"

#include "app/names.h"

#include <glib/gi18n.h>

/* The family that fixes are about: the one that bypasses, else the one that was closed. */
static TlFamily
family_to_fix (const TlVerdict *verdict)
{
  static const TlStatus order[] = { TL_STATUS_BYPASS, TL_STATUS_PARTIAL, TL_STATUS_BLOCKED };

  for (gsize i = 0; i < G_N_ELEMENTS (order); i++) {
    if (verdict->families[TL_FAMILY_IPV6].status == order[i])
      return TL_FAMILY_IPV6;
    if (verdict->families[TL_FAMILY_IPV4].status == order[i])
      return TL_FAMILY_IPV4;
  }

  return TL_FAMILY_IPV6;
}

static TlFamily
family_of_plan (const TlFixPlan *plan, const TlVerdict *verdict)
{
  const TlChange *change;

  if (plan->changes->len == 0)
    return family_to_fix (verdict);
  change = g_ptr_array_index (plan->changes, 0);
  return change->family;
}

/**
 * tl_describe_fix_title:
 * @id: a fix
 * @verdict: the present verdict
 *
 * Returns: (transfer full): what a button or a row calls it; short
 */
char *
tl_describe_fix_title (TlFixId id, const TlVerdict *verdict)
{
  const char *family = tl_family_name (family_to_fix (verdict));

  switch (id) {
  case TL_FIX_BLOCK_NOW:
    return g_strdup (_ ("Close the gap"));
  case TL_FIX_OFF_NOW:
    /* Translators: at most 24 characters with IPv6 in place of %s */
    return g_strdup_printf (_ ("Turn %s off for now"), family);
  case TL_FIX_OFF_ON_NETWORK:
    /* Translators: at most 24 characters with IPv6 in place of %s */
    return g_strdup_printf (_ ("Turn %s off on this network"), family);
  default:
    g_return_val_if_reached (g_strdup (tl_fix_id_to_string (id)));
  }
}

static char *
uplinks_or_this (const TlVerdict *verdict, TlFamily family)
{
  char *uplinks = tl_names_of_uplinks (verdict, family);

  return uplinks != NULL ? uplinks : g_strdup (C_ ("a network without a name", "this network"));
}

/**
 * tl_describe_fix_command:
 * @plan: a fix
 * @verdict: the present verdict
 *
 * Returns: (transfer full): what a menu calls it, where nothing beside it says what it does
 */
char *
tl_describe_fix_command (const TlFixPlan *plan, const TlVerdict *verdict)
{
  TlFamily family = family_of_plan (plan, verdict);
  g_autofree char *names =
    tl_names_of_tunnels (verdict, family == TL_FAMILY_IPV6 ? TL_FAMILY_IPV4 : TL_FAMILY_IPV6);

  if (plan->id != TL_FIX_BLOCK_NOW || names == NULL)
    return tl_describe_fix_title (plan->id, verdict);
  /* Translators: IPv4 or IPv6; names of VPNs in quotation marks */
  return g_strdup_printf (_ ("Close the gap (blocks %s while %s is on)"), tl_family_name (family),
                          names);
}

/**
 * tl_describe_fix_effect:
 * @plan: a fix
 * @verdict: the present verdict
 *
 * Returns: (transfer full): a few sentences: what it does, for how long, what goes on working and
 *   what does not
 */
char *
tl_describe_fix_effect (const TlFixPlan *plan, const TlVerdict *verdict)
{
  TlFamily family = family_of_plan (plan, verdict);
  const char *name = tl_family_name (family);
  g_autofree char *does = NULL;
  g_autofree char *names = NULL;

  switch (plan->id) {
  case TL_FIX_BLOCK_NOW:
    names =
      tl_names_of_tunnels (verdict, family == TL_FAMILY_IPV6 ? TL_FAMILY_IPV4 : TL_FAMILY_IPV6);
    does = names != NULL ?
                         /* Translators: IPv4 or IPv6; names of VPNs in quotation marks */
             g_strdup_printf (_ ("Blocks %s while %s is on."), name, names)
                         : g_strdup_printf (_ ("Blocks %s while the VPN is on."), name);
    break;
  case TL_FIX_OFF_NOW:
    names = uplinks_or_this (verdict, family);
    /* Translators: IPv4 or IPv6; names of Internet connections in quotation marks */
    does = g_strdup_printf (_ ("Turns %s off on %s until you connect to it again."), name, names);
    break;
  case TL_FIX_OFF_ON_NETWORK:
    names = uplinks_or_this (verdict, family);
    /* Translators: IPv4 or IPv6; names of Internet connections in quotation marks */
    does = g_strdup_printf (
      _ ("Turns %s off on %s permanently, also without the VPN, until you undo it."), name, names);
    break;
  default:
    g_return_val_if_reached (g_strdup (""));
  }

  /* Translators: what the fix does; IPv4 or IPv6 */
  return g_strdup_printf (_ ("%s Your VPN stays connected. You can undo this any time. Websites "
                             "that have %s only do not open meanwhile."),
                          does, name);
}

/**
 * tl_describe_fix_holds:
 * @fix: a fix that was done
 * @changes: (element-type TlChange): what it changed
 * @verdict: the present verdict
 *
 * Returns: (transfer full) (nullable): one sentence: until when what it did holds; %NULL where it
 *   does not show, say because the next connect brings it
 */
char *
tl_describe_fix_holds (TlFixId fix, const GPtrArray *changes, const TlVerdict *verdict)
{
  const TlChange *change = changes->len > 0 ? g_ptr_array_index (changes, 0) : NULL;
  TlFamily family = change != NULL ? change->family : family_to_fix (verdict);
  TlFamily other = family == TL_FAMILY_IPV6 ? TL_FAMILY_IPV4 : TL_FAMILY_IPV6;
  TlStatus status = verdict->families[family].status;
  const char *name = tl_family_name (family);
  g_autofree char *names = NULL;

  switch (fix) {
  case TL_FIX_BLOCK_NOW:
    names = tl_names_of_tunnels (verdict, other);
    if (status != TL_STATUS_BLOCKED || names == NULL)
      return NULL;
    /* Translators: IPv4 or IPv6; names of VPNs in quotation marks */
    return g_strdup_printf (_ ("%s stays blocked until %s is disconnected."), name, names);
  case TL_FIX_OFF_NOW:
    names = uplinks_or_this (verdict, other);
    /* Translators: IPv4 or IPv6; names of Internet connections in quotation marks */
    return verdict->families[family].local
             ? NULL
             : g_strdup_printf (_ ("%s stays off on %s until you connect to it again."), name,
                                names);
  case TL_FIX_OFF_ON_NETWORK:
    names = change != NULL ? tl_name_quote (change->target) : uplinks_or_this (verdict, other);
    /* Translators: IPv4 or IPv6; name of an Internet connection in quotation marks */
    return g_strdup_printf (_ ("%s stays off on %s until you undo it."), name, names);
  default:
    g_return_val_if_reached (NULL);
  }
}

/**
 * tl_describe_fix_lasts:
 * @lasts: how long a fix holds by itself
 *
 * Returns: (transfer none): a few words
 */
const char *
tl_describe_fix_lasts (TlLasts lasts)
{
  switch (lasts) {
  case TL_LASTS_VPN:
    return C_ ("how long a fix lasts", "until the VPN disconnects");
  case TL_LASTS_UPLINK:
    return C_ ("how long a fix lasts", "until you connect to this network again");
  case TL_LASTS_ALWAYS:
  default:
    return C_ ("how long a fix lasts", "until you undo it");
  }
}

/**
 * tl_describe_fix_reason:
 * @reason: why a fix is not available
 * @verdict: (nullable): the present verdict; lets the sentence say more
 *
 * Returns: (transfer none) (nullable): one sentence, or %NULL where it is available
 */
const char *
tl_describe_fix_reason (TlFixReason reason, const TlVerdict *verdict)
{
  switch (reason) {
  case TL_FIX_REASON_NONE:
    return NULL;
  case TL_FIX_REASON_NO_LEAK:
    if (verdict != NULL && verdict->state == TL_STATE_NO_VPN)
      return _ ("There is nothing to fix while no VPN is connected.");
    return _ ("There is nothing to fix.");
  case TL_FIX_REASON_SERVER:
    return _ ("It would cut off the way to the VPN server.");
  case TL_FIX_REASON_SERVER_UNKNOWN:
    return _ ("It could cut off the way to the VPN server, whose address is not known.");
  case TL_FIX_REASON_ONLY_UPLINK:
    return _ ("It would take away your only way to the Internet.");
  case TL_FIX_REASON_TUNNEL_CARRIES:
    return _ ("The VPN carries this traffic itself.");
  case TL_FIX_REASON_READ_ONLY:
    return _ ("The settings of this connection cannot be changed.");
  case TL_FIX_REASON_PERMISSION:
    return _ ("You are not permitted to change this.");
  case TL_FIX_REASON_NM_ABSENT:
    return _ ("NetworkManager is not running or does not manage this connection.");
  case TL_FIX_REASON_NM_TOO_OLD:
    return _ ("This version of NetworkManager cannot do it without harm.");
  case TL_FIX_REASON_NO_HELP:
    return _ ("It would not help here.");
  default:
    g_return_val_if_reached (NULL);
  }
}

/**
 * tl_describe_change:
 * @change: a change
 *
 * Returns: (transfer full): target, setting, old and new value, in technical words
 */
char *
tl_describe_change (const TlChange *change)
{
  g_autofree char *target = tl_name_quote (change->target);
  g_autofree char *setting = tl_change_setting_name (change);

  if (change->from == NULL || change->from[0] == '\0')
    /* Translators: name of a connection in quotation marks; a setting; its new value */
    return g_strdup_printf (_ ("%s: %s becomes “%s”"), target, setting, change->to);
  if (change->to == NULL || change->to[0] == '\0')
    /* Translators: name of a connection in quotation marks; a setting; its old value */
    return g_strdup_printf (_ ("%s: %s loses “%s”"), target, setting, change->from);

  /* Translators: name of a connection in quotation marks; a setting; its old and its new value */
  return g_strdup_printf (_ ("%s: %s changes from “%s” to “%s”"), target, setting, change->from,
                          change->to);
}

static const char *
result_words (TlFixResult result, gboolean undo)
{
  switch (result) {
  case TL_FIX_RESULT_VERIFIED:
    return undo ? _ ("Undone and checked") : _ ("Fixed and checked");
  case TL_FIX_RESULT_PENDING:
    return undo ? _ ("Undone; this takes effect the next time you connect")
                : _ ("Done; this takes effect the next time you connect");
  case TL_FIX_RESULT_REVERTED:
    return undo ? _ ("This could not be undone") : _ ("This did not help and was taken back");
  case TL_FIX_RESULT_REFUSED:
    return undo ? _ ("This was not undone") : _ ("This was not done");
  case TL_FIX_RESULT_FAILED:
  default:
    return undo ? _ ("Undoing did not work") : _ ("This did not work");
  }
}

/**
 * tl_describe_outcome:
 * @outcome: how a fix or an undo ended
 * @undo: whether it was an undo
 *
 * Returns: (transfer full): one sentence, with the reason where there is one
 */
char *
tl_describe_outcome (const TlFixOutcome *outcome, gboolean undo)
{
  const char *words = result_words (outcome->result, undo);
  g_autofree char *reason = NULL;

  if (outcome->reason == NULL || outcome->reason[0] == '\0')
    /* Translators: a sentence; puts the full stop */
    return g_strdup_printf (_ ("%s."), words);

  reason = tl_name_clean (outcome->reason);
  /* Translators: what happened; the reason */
  return g_strdup_printf (_ ("%s: %s"), words, reason);
}
