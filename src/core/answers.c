/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/observation.h"

/* Passes one field of each family on, by reference. */
static void
replace_exits (TlExit *places[TL_N_FAMILIES], TlExit *const exits[TL_N_FAMILIES])
{
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    TlExit *kept = exits[family] != NULL ? tl_exit_ref (exits[family]) : NULL;

    g_clear_pointer (&places[family], tl_exit_unref);
    places[family] = kept;
  }
}

static void
clear_exits (TlExit *places[TL_N_FAMILIES])
{
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++)
    g_clear_pointer (&places[family], tl_exit_unref);
}

/**
 * tl_answers_set:
 * @answers: answers
 * @other: what they become; its parts are shared, and not to be changed any more
 */
void
tl_answers_set (TlAnswers *answers, const TlAnswers *other)
{
  replace_exits (answers->exits, other->exits);
  replace_exits (answers->second_exits, other->second_exits);
  replace_exits (answers->exits_before, other->exits_before);
  answers->ipv6_name = other->ipv6_name;
  tl_answers_set_firewall (answers, other->firewall);
}

/**
 * tl_answers_set_firewall:
 * @answers: answers
 * @firewall: (nullable) (element-type TlFirewallAnswer): what becomes of packets that bypass;
 *   shared, and not to be changed any more
 */
void
tl_answers_set_firewall (TlAnswers *answers, GArray *firewall)
{
  GArray *kept = firewall != NULL ? g_array_ref (firewall) : NULL;

  g_clear_pointer (&answers->firewall, g_array_unref);
  answers->firewall = kept;
}

/**
 * tl_answers_forget:
 * @answers: answers
 *
 * Drops what is void when the network has changed: all but what was seen before a tunnel came up.
 */
void
tl_answers_forget (TlAnswers *answers)
{
  clear_exits (answers->exits);
  clear_exits (answers->second_exits);
  answers->ipv6_name = TL_MAYBE;
  tl_answers_set_firewall (answers, NULL);
}

/**
 * tl_answers_clear:
 * @answers: answers
 *
 * Drops all of them.
 */
void
tl_answers_clear (TlAnswers *answers)
{
  tl_answers_forget (answers);
  clear_exits (answers->exits_before);
}
