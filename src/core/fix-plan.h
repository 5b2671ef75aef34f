/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/verdict.h"

G_BEGIN_DECLS

/**
 * TlFixId:
 * @TL_FIX_BLOCK_NOW: unreachable routes on the tunnel's own link, applied connection only
 * @TL_FIX_OFF_NOW: every uplink's method `disabled`, applied connection only
 * @TL_FIX_OFF_ON_NETWORK: every uplink profile's method `disabled` or `ignore`
 *
 * In the order in which they are offered.
 */
typedef enum {
  TL_FIX_BLOCK_NOW,
  TL_FIX_OFF_NOW,
  TL_FIX_OFF_ON_NETWORK,
} TlFixId;

#define TL_N_FIXES 3

/** TL_NM_KNOWS_DISABLED: since when `ipv6.method` may be `disabled` (NetworkManager's NEWS). */
#define TL_NM_KNOWS_DISABLED TL_NM_VERSION (1, 20, 0)
/** TL_NM_KNOWS_UNREACHABLE: since when a route may be of type `unreachable`. */
#define TL_NM_KNOWS_UNREACHABLE TL_NM_VERSION (1, 36, 0)
/** TL_NM_PRESERVES_EXTERNAL_IP: since when a Reapply can be told to leave foreign things alone. */
#define TL_NM_PRESERVES_EXTERNAL_IP TL_NM_VERSION (1, 42, 0)
/** TL_NM_LEAVES_FOREIGN_IPV6: since when a Reapply with that flag leaves foreign IPv6 alone, by the
 * reports of others. */
#define TL_NM_LEAVES_FOREIGN_IPV6 TL_NM_VERSION (1, 54, 0)

/** TlLasts: how long a fix holds by itself. */
typedef enum {
  TL_LASTS_VPN,    /* goes with the VPN */
  TL_LASTS_UPLINK, /* until the uplink reconnects */
  TL_LASTS_ALWAYS, /* until it is undone */
} TlLasts;

/** TlFixReason: why a fix is not available. */
typedef enum {
  TL_FIX_REASON_NONE,
  TL_FIX_REASON_NO_LEAK,        /* nothing to fix */
  TL_FIX_REASON_SERVER,         /* it would cut the way to the VPN server */
  TL_FIX_REASON_SERVER_UNKNOWN, /* it may, as nobody knows where the server is */
  TL_FIX_REASON_ONLY_UPLINK,    /* nothing would go to the Internet any more */
  TL_FIX_REASON_TUNNEL_CARRIES, /* the tunnel carries this family */
  TL_FIX_REASON_READ_ONLY,      /* the profile cannot be changed */
  TL_FIX_REASON_PERMISSION,     /* not permitted to this person */
  TL_FIX_REASON_NM_ABSENT,      /* NetworkManager does not run or does not manage the link */
  TL_FIX_REASON_NM_TOO_OLD,     /* this NetworkManager cannot do it without harm */
  TL_FIX_REASON_NO_HELP,        /* the routes would not be better afterwards */
} TlFixReason;

/** TlTargetKind: what a change is made to. */
typedef enum {
  TL_TARGET_LINK,    /* the applied connection of a device */
  TL_TARGET_PROFILE, /* a saved profile */
} TlTargetKind;

/** TlSettingKind: which setting of the family is changed. */
typedef enum {
  TL_SETTING_ROUTES, /* `routes`: unreachable routes with metric 1 are added */
  TL_SETTING_METHOD, /* `method` is replaced */
} TlSettingKind;

/**
 * TlChange:
 * @target_kind: applied connection or profile
 * @target: the interface's or the profile's name
 * @ifindex: the link, for %TL_TARGET_LINK
 * @uuid: (nullable): the profile, for %TL_TARGET_PROFILE
 * @activation: (nullable): D-Bus path of the activation it belongs to
 * @family: `ipv4.` or `ipv6.`
 * @setting: which setting
 * @routes: (element-type TlPrefix): destinations, for %TL_SETTING_ROUTES
 * @from: the old value as text
 * @to: the new value as text
 *
 * One setting's old and new value.
 */
typedef struct {
  TlTargetKind target_kind;
  char *target;
  int ifindex;
  char *uuid;
  char *activation;
  TlFamily family;
  TlSettingKind setting;
  GArray *routes;
  char *from;
  char *to;
} TlChange;

/**
 * TlFixPlan:
 * @id: which fix
 * @available: whether it may be done
 * @reason: why not
 * @password: whether an administrator's password will be asked for
 * @lasts: how long it holds
 * @changes: (element-type TlChange): everything it changes; also where not available, if known
 *
 * What a fix would do. Built once, never changed after.
 */
typedef struct {
  TlFixId id;
  gboolean available;
  TlFixReason reason;
  gboolean password;
  TlLasts lasts;
  GPtrArray *changes;
} TlFixPlan;

TlChange *tl_change_new (TlTargetKind target_kind, TlSettingKind setting, TlFamily family);
TlChange *tl_change_copy (const TlChange *change);
void tl_change_free (TlChange *change);
char *tl_change_setting_name (const TlChange *change);
char *tl_change_routes_to_string (const GArray *routes);

GPtrArray *tl_fix_plans (const TlObservation *observation,
                         const TlPolicy *policy,
                         const TlVerdict *verdict,
                         const char *method);
const TlFixPlan *tl_fix_plans_first (const GPtrArray *plans);
const TlFixPlan *tl_fix_plans_find (const GPtrArray *plans, TlFixId id);
void tl_fix_plan_free (TlFixPlan *plan);

const char *tl_fix_id_to_string (TlFixId id);
gboolean tl_fix_id_from_string (const char *text, TlFixId *ret_id);
const char *tl_lasts_to_string (TlLasts lasts);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TlChange, tl_change_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TlFixPlan, tl_fix_plan_free)

G_END_DECLS
