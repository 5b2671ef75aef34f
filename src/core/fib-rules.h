/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/net-state.h"

G_BEGIN_DECLS

/* Internal to coverage: which packets a rule is for, and which routes it does not accept. */

/** TlApplies: whether a rule applies to the packets of ordinary programs: to none, all, some. */
typedef enum {
  TL_APPLIES_NO,
  TL_APPLIES_YES,
  TL_APPLIES_SOME,
} TlApplies;

/**
 * TlFibRules:
 * @net: the kernel's tables
 * @family: the family
 * @uid: the user whose programs send
 * @mark: the packets' firewall mark; 0 for what programs send by themselves
 * @shortest_shared: length of the shortest prefix that has a nexthop object, which others may
 *   share; %G_MAXUINT where there is none
 * @longest_shared: length of the longest
 *
 * What rules look at.
 */
typedef struct {
  const TlNetState *net;
  TlFamily family;
  guint32 uid;
  guint32 mark;
  guint shortest_shared;
  guint longest_shared;
} TlFibRules;

void tl_fib_rules_init (TlFibRules *self,
                        const TlNetState *net,
                        TlFamily family,
                        guint32 uid,
                        guint32 mark);
TlApplies tl_fib_rules_apply (const TlFibRules *self,
                              const TlRule *rule,
                              const TlAddress *destination,
                              const TlAddress *source);
TlApplies tl_fib_rules_suppress (const TlFibRules *self, const TlRule *rule, const TlRoute *route);

G_END_DECLS
