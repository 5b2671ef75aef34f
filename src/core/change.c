/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/fix-plan.h"

#include "core/block-route.h"

/**
 * tl_change_new:
 * @target_kind: applied connection or profile
 * @setting: which setting
 * @family: of which family
 *
 * Returns: (transfer full): a change without target and values
 */
TlChange *
tl_change_new (TlTargetKind target_kind, TlSettingKind setting, TlFamily family)
{
  TlChange *change = g_new0 (TlChange, 1);

  change->target_kind = target_kind;
  change->setting = setting;
  change->family = family;
  change->routes = g_array_new (FALSE, FALSE, sizeof (TlPrefix));
  return change;
}

/**
 * tl_change_copy:
 * @change: a change
 *
 * Returns: (transfer full): a copy
 */
TlChange *
tl_change_copy (const TlChange *change)
{
  TlChange *copy = tl_change_new (change->target_kind, change->setting, change->family);

  copy->target = g_strdup (change->target);
  copy->ifindex = change->ifindex;
  copy->uuid = g_strdup (change->uuid);
  copy->activation = g_strdup (change->activation);
  g_array_append_vals (copy->routes, change->routes->data, change->routes->len);
  copy->from = g_strdup (change->from);
  copy->to = g_strdup (change->to);
  return copy;
}

/**
 * tl_change_free:
 * @change: (transfer full): a change
 */
void
tl_change_free (TlChange *change)
{
  g_free (change->target);
  g_free (change->uuid);
  g_free (change->activation);
  g_array_unref (change->routes);
  g_free (change->from);
  g_free (change->to);
  g_free (change);
}

/**
 * tl_change_setting_name:
 * @change: a change
 *
 * Returns: (transfer full): the setting as nmcli(1) names it: `ipv6.routes`
 */
char *
tl_change_setting_name (const TlChange *change)
{
  return g_strdup_printf ("%s.%s", tl_family_to_string (change->family),
                          change->setting == TL_SETTING_ROUTES ? "routes" : "method");
}

/**
 * tl_change_routes_to_string:
 * @routes: (element-type TlPrefix): destinations
 *
 * Returns: (transfer full): unreachable routes to them as text:
 *   `::/0 metric 1 unreachable, 2001:db8::/32 metric 1 unreachable`
 */
char *
tl_change_routes_to_string (const GArray *routes)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < routes->len; i++) {
    char prefix[TL_PREFIX_STRLEN];

    tl_prefix_format (&g_array_index (routes, TlPrefix, i), prefix);
    g_string_append_printf (text, "%s%s metric %d unreachable", i > 0 ? ", " : "", prefix,
                            TL_BLOCK_METRIC);
  }

  return g_string_free (g_steal_pointer (&text), FALSE);
}

/**
 * tl_fix_id_to_string:
 * @id: a fix
 *
 * Returns: (transfer none): its name in the contract
 */
const char *
tl_fix_id_to_string (TlFixId id)
{
  static const char *const names[] = {
    [TL_FIX_BLOCK_NOW] = "block-now",
    [TL_FIX_OFF_NOW] = "off-now",
    [TL_FIX_OFF_ON_NETWORK] = "off-on-network",
  };

  return names[id];
}

/**
 * tl_fix_id_from_string:
 * @text: a name
 * @ret_id: (out): the fix of that name; untouched if there is none
 *
 * Returns: whether there is one
 */
gboolean
tl_fix_id_from_string (const char *text, TlFixId *ret_id)
{
  for (TlFixId id = 0; id < TL_N_FIXES; id++) {
    if (g_str_equal (text, tl_fix_id_to_string (id))) {
      *ret_id = id;
      return TRUE;
    }
  }

  return FALSE;
}

/**
 * tl_lasts_to_string:
 * @lasts: how long a fix holds
 *
 * Returns: (transfer none): its name in the contract
 */
const char *
tl_lasts_to_string (TlLasts lasts)
{
  static const char *const names[] = {
    [TL_LASTS_VPN] = "vpn",
    [TL_LASTS_UPLINK] = "uplink",
    [TL_LASTS_ALWAYS] = "always",
  };

  return names[lasts];
}
