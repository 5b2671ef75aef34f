/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/ip-edit.h"

#include "core/block-route.h"
#include "platform/ip-method.h"
#include "platform/ip-route.h"
#include "platform/nm-error.h"

#include <sys/socket.h>

/* Whether it has exactly the shape of the routes that are added here */
static gboolean
is_block (NMIPRoute *route)
{
  g_auto (GStrv) attributes = nm_ip_route_get_attribute_names (route);

  return nm_ip_route_get_metric (route) == TL_BLOCK_METRIC && !nm_ip_route_get_next_hop (route) &&
         g_strv_length (attributes) == 1 &&
         g_str_equal (tl_ip_route_get_type (route), "unreachable");
}

/* Index of our route to @destination, or -1 */
static int
find_block (NMSettingIPConfig *setting, const TlPrefix *destination)
{
  for (guint i = 0; i < nm_setting_ip_config_get_num_routes (setting); i++) {
    NMIPRoute *route = nm_setting_ip_config_get_route (setting, i);
    TlPrefix prefix;

    if (is_block (route) && tl_ip_route_get_destination (route, &prefix) &&
        tl_prefix_compare (&prefix, destination) == 0)
      return i;
  }

  return -1;
}

static char *
blocks_to_string (NMSettingIPConfig *setting)
{
  g_autoptr (GArray) blocks = g_array_new (FALSE, FALSE, sizeof (TlPrefix));

  for (guint i = 0; i < nm_setting_ip_config_get_num_routes (setting); i++) {
    NMIPRoute *route = nm_setting_ip_config_get_route (setting, i);
    TlPrefix prefix;

    if (is_block (route) && tl_ip_route_get_destination (route, &prefix))
      g_array_append_val (blocks, prefix);
  }

  return tl_change_routes_to_string (blocks);
}

static NMIPRoute *
block_new (const TlPrefix *destination, GError **error)
{
  g_autoptr (GError) local = NULL;
  char address[TL_ADDRESS_STRLEN];
  NMIPRoute *route;

  tl_address_format (&destination->address, address);
  route = nm_ip_route_new (destination->address.family == TL_FAMILY_IPV4 ? AF_INET : AF_INET6,
                           address, destination->length, NULL, TL_BLOCK_METRIC, &local);
  if (!route) {
    g_propagate_error (error, tl_nm_error_convert (local, address));
    return NULL;
  }

  nm_ip_route_set_attribute (route, NM_IP_ROUTE_ATTRIBUTE_TYPE,
                             g_variant_new_string ("unreachable"));
  return route;
}

/* A route to @destination that somebody made of ours: it blocks still, but in another way */
static NMIPRoute *
find_edited_block (NMSettingIPConfig *setting, const TlPrefix *destination)
{
  for (guint i = 0; i < nm_setting_ip_config_get_num_routes (setting); i++) {
    NMIPRoute *route = nm_setting_ip_config_get_route (setting, i);
    TlPrefix prefix;

    if (!g_str_equal (tl_ip_route_get_type (route), "unicast") &&
        tl_ip_route_get_destination (route, &prefix) &&
        tl_prefix_compare (&prefix, destination) == 0)
      return route;
  }

  return NULL;
}

static gboolean
add_blocks (NMSettingIPConfig *setting, GArray *routes, GError **error)
{
  for (guint i = 0; i < routes->len;) {
    const TlPrefix *destination = &g_array_index (routes, TlPrefix, i);
    NMIPRoute *route;

    /* What is there already is not ours to remove later */
    if (find_block (setting, destination) >= 0) {
      g_array_remove_index (routes, i);
      continue;
    }

    route = block_new (destination, error);
    if (!route)
      return FALSE;

    nm_setting_ip_config_add_route (setting, route);
    nm_ip_route_unref (route);
    i++;
  }

  return TRUE;
}

static gboolean
remove_blocks (NMSettingIPConfig *setting, const GArray *routes, GError **error)
{
  for (guint i = 0; i < routes->len; i++) {
    const TlPrefix *destination = &g_array_index (routes, TlPrefix, i);
    NMIPRoute *edited = find_edited_block (setting, destination);
    int index = find_block (setting, destination);

    if (index >= 0) {
      nm_setting_ip_config_remove_route (setting, index);
    } else if (edited) {
      char prefix[TL_PREFIX_STRLEN];

      tl_prefix_format (destination, prefix);
      g_set_error (error, TL_ERROR, TL_ERROR_REFUSED,
                   "the route to %s is \"metric %" G_GINT64_FORMAT
                   " %s\" now, it was set to \"metric %d unreachable\"",
                   prefix, nm_ip_route_get_metric (edited), tl_ip_route_get_type (edited),
                   TL_BLOCK_METRIC);
      return FALSE;
    }
  }

  return TRUE;
}

static void
replace_text (char **text, char *value)
{
  g_free (*text);
  *text = value;
}

static gboolean
do_routes (NMSettingIPConfig *setting, TlChange *change, GError **error)
{
  replace_text (&change->from, blocks_to_string (setting));
  if (!add_blocks (setting, change->routes, error))
    return FALSE;

  replace_text (&change->to, blocks_to_string (setting));
  return TRUE;
}

static gboolean
undo_routes (NMSettingIPConfig *setting, TlChange *change, GError **error)
{
  replace_text (&change->to, blocks_to_string (setting));
  if (!remove_blocks (setting, change->routes, error))
    return FALSE;

  replace_text (&change->from, blocks_to_string (setting));
  return TRUE;
}

static gboolean
do_method (NMSettingIPConfig *setting, TlChange *change, GError **error)
{
  if (!change->to) {
    g_set_error_literal (error, TL_ERROR, TL_ERROR_INVALID, "no method was given");
    return FALSE;
  }

  replace_text (&change->from, tl_ip_method_to_string (setting));
  if (!tl_ip_method_replace (setting, change->to, error))
    return FALSE;

  replace_text (&change->to, tl_ip_method_to_string (setting));
  return TRUE;
}

static gboolean
undo_method (NMSettingIPConfig *setting, TlChange *change, GError **error)
{
  g_autofree char *present = tl_ip_method_to_string (setting);

  if (!change->from || !change->to) {
    g_set_error_literal (error, TL_ERROR, TL_ERROR_INVALID, "the old value is not known");
    return FALSE;
  }

  if (g_str_equal (present, change->from)) {
    replace_text (&change->to, g_steal_pointer (&present));
    return TRUE;
  }

  if (!g_str_equal (present, change->to)) {
    g_set_error (error, TL_ERROR, TL_ERROR_REFUSED, "%s.method is \"%s\" now, it was set to \"%s\"",
                 tl_family_to_string (change->family), present, change->to);
    return FALSE;
  }

  return tl_ip_method_restore (setting, change->from, error);
}

static gboolean
edit_setting (NMSettingIPConfig *setting, gboolean undo, TlChange *change, GError **error)
{
  if (change->setting == TL_SETTING_ROUTES)
    return undo ? undo_routes (setting, change, error) : do_routes (setting, change, error);

  return undo ? undo_method (setting, change, error) : do_method (setting, change, error);
}

static gboolean
edit (NMConnection *connection, gboolean undo, TlChange *change, GError **error)
{
  NMSettingIPConfig *setting = tl_ip_edit_get_setting (connection, change->family);
  g_autoptr (GError) local = NULL;

  if (!setting) {
    g_set_error (error, TL_ERROR, TL_ERROR_UNSUPPORTED, "%s has no %s settings", change->target,
                 tl_family_to_string (change->family));
    return FALSE;
  }

  if (!edit_setting (setting, undo, change, error))
    return FALSE;

  if (!nm_connection_verify (connection, &local)) {
    g_propagate_error (error, tl_nm_error_convert (local, change->target));
    return FALSE;
  }

  return TRUE;
}

/**
 * tl_ip_edit_get_setting:
 * @connection: settings
 * @family: a family
 *
 * Returns: (transfer none) (nullable): the setting `ipv4` or `ipv6` of @connection
 */
NMSettingIPConfig *
tl_ip_edit_get_setting (NMConnection *connection, TlFamily family)
{
  return family == TL_FAMILY_IPV4 ? nm_connection_get_setting_ip4_config (connection)
                                  : nm_connection_get_setting_ip6_config (connection);
}

/**
 * tl_ip_edit_do:
 * @connection: the settings as they are, to be changed
 * @change: (inout): what to change; afterwards `from` and `to` are the values before and after, as
 *   measured, and `routes` those that were really added
 * @error: %TL_ERROR_INVALID, %TL_ERROR_REFUSED, %TL_ERROR_UNSUPPORTED
 *
 * Changes settings in memory; everything that @change does not name stays as it is. Where it
 * fails, @connection is in no certain state and must be thrown away.
 *
 * Returns: whether @connection is as @change wants it, and valid
 */
gboolean
tl_ip_edit_do (NMConnection *connection, TlChange *change, GError **error)
{
  return edit (connection, FALSE, change, error);
}

/**
 * tl_ip_edit_undo:
 * @connection: the settings as they are, to be changed
 * @change: (inout): a change as tl_ip_edit_do() left it; it keeps its direction: afterwards `to` is
 *   the value that was found and `from` the one after taking it back
 * @error: %TL_ERROR_REFUSED with both values where the present value is not the one that was set,
 *   %TL_ERROR_INVALID, %TL_ERROR_UNSUPPORTED
 *
 * Takes exactly @change back and nothing else. What is not there any more is no error.
 *
 * Returns: whether @connection is as it was before @change, and valid
 */
gboolean
tl_ip_edit_undo (NMConnection *connection, TlChange *change, GError **error)
{
  return edit (connection, TRUE, change, error);
}
