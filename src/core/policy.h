/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/observation.h"

G_BEGIN_DECLS

/**
 * TlTunnelMode:
 * @TL_TUNNEL_MODE_AUTO: as the routes say
 * @TL_TUNNEL_MODE_FULL: the VPN must carry everything
 * @TL_TUNNEL_MODE_SPLIT: the VPN is meant for company traffic only
 */
typedef enum {
  TL_TUNNEL_MODE_AUTO,
  TL_TUNNEL_MODE_FULL,
  TL_TUNNEL_MODE_SPLIT,
} TlTunnelMode;

/** TlSeverity: of a finding; a %TL_SEVERITY_WARNING never changes the light. */
typedef enum {
  TL_SEVERITY_INFO,
  TL_SEVERITY_WARNING,
  TL_SEVERITY_LEAK,
} TlSeverity;

/**
 * TlPolicy:
 * @organization: (nullable): who wrote it
 * @mode: what the VPN must be
 * @probe_urls: (nullable): services to ask for the exit address over each family, in turn
 * @exit_checks: whether exit addresses may be asked for at all
 * @exit_consent: whether the policy itself says yes to asking (`Enabled=true`), so that the
 *   person need not be asked
 * @expected_exits: (element-type TlPrefix): exit prefixes of the company, each family; may be empty
 * @expected_bypass: (element-type TlPrefix): prefixes that are meant to bypass the VPN
 * @resolvers_outside: what a DNS server outside a full tunnel is
 *
 * What the IT department has set. Built once, never changed after; share it by reference.
 */
typedef struct {
  char *organization;
  TlTunnelMode mode;
  char **probe_urls[TL_N_FAMILIES];
  gboolean exit_checks;
  gboolean exit_consent;
  GArray *expected_exits[TL_N_FAMILIES];
  GArray *expected_bypass;
  TlSeverity resolvers_outside;
} TlPolicy;

/**
 * TlPolicyMistake:
 * @TL_POLICY_MISTAKE_ENCODING: is not UTF-8 text
 * @TL_POLICY_MISTAKE_NO_GROUP: a key before the first group
 * @TL_POLICY_MISTAKE_SYNTAX: neither a group, a key with a value nor a comment
 * @TL_POLICY_MISTAKE_ESCAPE: a backslash that means nothing
 * @TL_POLICY_MISTAKE_MODE: neither full, split nor auto
 * @TL_POLICY_MISTAKE_ENABLED: neither true nor false
 * @TL_POLICY_MISTAKE_NO_SERVICE: an empty list of services
 * @TL_POLICY_MISTAKE_URL: not an http or https address
 * @TL_POLICY_MISTAKE_URL_HOST: an address without a host
 * @TL_POLICY_MISTAKE_URL_LOGIN: an address with a user name or password
 * @TL_POLICY_MISTAKE_URL_FAMILY: an address that cannot be reached over the key's family
 * @TL_POLICY_MISTAKE_PREFIX: not a prefix
 * @TL_POLICY_MISTAKE_PREFIX_FAMILY: a prefix of the other family
 * @TL_POLICY_MISTAKE_OUTSIDE_TUNNEL: neither info, warning nor leak
 */
typedef enum {
  TL_POLICY_MISTAKE_ENCODING,
  TL_POLICY_MISTAKE_NO_GROUP,
  TL_POLICY_MISTAKE_SYNTAX,
  TL_POLICY_MISTAKE_ESCAPE,
  TL_POLICY_MISTAKE_MODE,
  TL_POLICY_MISTAKE_ENABLED,
  TL_POLICY_MISTAKE_NO_SERVICE,
  TL_POLICY_MISTAKE_URL,
  TL_POLICY_MISTAKE_URL_HOST,
  TL_POLICY_MISTAKE_URL_LOGIN,
  TL_POLICY_MISTAKE_URL_FAMILY,
  TL_POLICY_MISTAKE_PREFIX,
  TL_POLICY_MISTAKE_PREFIX_FAMILY,
  TL_POLICY_MISTAKE_OUTSIDE_TUNNEL,
} TlPolicyMistake;

/**
 * TlPolicyFault:
 * @mistake: what is wrong
 * @line: where, from 1
 * @key: (nullable): the key
 * @value: (nullable): what it says
 *
 * Why a policy file cannot be used. Words are made of it elsewhere.
 */
typedef struct {
  TlPolicyMistake mistake;
  guint line;
  const char *key;
  char *value;
} TlPolicyFault;

TlPolicy *tl_policy_new (void);
TlPolicy *tl_policy_parse (const char *text, gssize length, TlPolicyFault *ret_fault);
void tl_policy_fault_clear (TlPolicyFault *fault);
TlPolicy *tl_policy_ref (const TlPolicy *policy);
void tl_policy_unref (TlPolicy *policy);
gboolean tl_policy_expects_bypass (const TlPolicy *policy, const TlPrefix *prefix);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TlPolicy, tl_policy_unref)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TlPolicyFault, tl_policy_fault_clear)

G_END_DECLS
