/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/ip-method.h"

#include "core/error.h"
#include "platform/ip-route.h"

#include <sys/socket.h>

/*
 * The methods `disabled`, `ignore` and `link-local` allow no addresses, gateway, DNS servers and
 * search domains beside them (libnm refuses such settings), and NetworkManager does not keep
 * `may-fail=no` with the first two. Routes may stay, but those that leave by the link go from the
 * kernel, and NetworkManager sets again only those that were out of the setting meanwhile (both
 * measured, 1.42, with preserve-external-ip).
 * These must go with the method and come back with it, so they are part of the old value:
 *
 *   manual addresses=2001:db8::5/64 gateway=2001:db8::1 dns=2001:db8::53 dns-search=example.com
 *   auto routes=2001:db8:77::/48;via=fe80::1,fd99::/16;via=fe80::1;metric=77
 */
static const char *const bare_methods[] = { "disabled", "ignore", "link-local", NULL };

#define ROUTES "routes"

static void
append_item (GString *text, gboolean first, const char *key, const char *value)
{
  if (first)
    g_string_append_printf (text, " %s=%s", key, value);
  else
    g_string_append_printf (text, ",%s", value);
}

static void
append_address (GString *text, gboolean first, NMIPAddress *address)
{
  g_autofree char *value = g_strdup_printf ("%s/%u", nm_ip_address_get_address (address),
                                            nm_ip_address_get_prefix (address));

  append_item (text, first, "addresses", value);
}

static void
append_routes (GString *text, NMSettingIPConfig *setting)
{
  gboolean first = TRUE;

  for (guint i = 0; i < nm_setting_ip_config_get_num_routes (setting); i++) {
    NMIPRoute *route = nm_setting_ip_config_get_route (setting, i);
    g_autofree char *value = NULL;

    if (!tl_ip_route_needs_link (route))
      continue;
    value = tl_ip_route_to_string (route);
    append_item (text, first, ROUTES, value);
    first = FALSE;
  }
}

static TlFamily
get_family (NMSettingIPConfig *setting)
{
  return NM_IS_SETTING_IP4_CONFIG (setting) ? TL_FAMILY_IPV4 : TL_FAMILY_IPV6;
}

/* What this libnm does not know of a newer NetworkManager, or what would be taken for a separator,
 * cannot be written down. */
static gboolean
is_lost_in_text (NMIPRoute *route, TlFamily family)
{
  g_autofree char *text = tl_ip_route_to_string (route);
  NMIPRoute *read = tl_ip_route_from_string (text, family);
  gboolean same = read && !strpbrk (text, " ,") &&
                  nm_ip_route_equal_full (route, read, NM_IP_ROUTE_EQUAL_CMP_FLAGS_WITH_ATTRS);

  g_clear_pointer (&read, nm_ip_route_unref);
  return !same;
}

/* Returns: (transfer none) (nullable): what of @setting could not be brought back */
static const char *
find_lost_in_text (NMSettingIPConfig *setting)
{
  for (guint i = 0; i < nm_setting_ip_config_get_num_addresses (setting); i++) {
    NMIPAddress *address = nm_setting_ip_config_get_address (setting, i);
    g_auto (GStrv) names = nm_ip_address_get_attribute_names (address);

    if (names && names[0])
      return nm_ip_address_get_address (address);
  }
  for (guint i = 0; i < nm_setting_ip_config_get_num_routes (setting); i++) {
    NMIPRoute *route = nm_setting_ip_config_get_route (setting, i);

    if (tl_ip_route_needs_link (route) && is_lost_in_text (route, get_family (setting)))
      return nm_ip_route_get_dest (route);
  }

  return NULL;
}

static gboolean
parse_address (const char *text, int family, NMIPAddress **ret_address)
{
  g_auto (GStrv) parts = g_strsplit (text, "/", 2);
  guint64 length;

  if (g_strv_length (parts) != 2 ||
      !g_ascii_string_to_unsigned (parts[1], 10, 0, 128, &length, NULL))
    return FALSE;

  *ret_address = nm_ip_address_new (family, parts[0], length, NULL);
  return *ret_address != NULL;
}

static gboolean
restore_address (NMSettingIPConfig *setting, const char *value)
{
  int family = get_family (setting) == TL_FAMILY_IPV4 ? AF_INET : AF_INET6;
  NMIPAddress *address = NULL;

  if (!parse_address (value, family, &address))
    return FALSE;

  nm_setting_ip_config_add_address (setting, address);
  nm_ip_address_unref (address);
  return TRUE;
}

static gboolean
restore_route (NMSettingIPConfig *setting, const char *value)
{
  NMIPRoute *route = tl_ip_route_from_string (value, get_family (setting));

  if (!route)
    return FALSE;

  nm_setting_ip_config_add_route (setting, route);
  nm_ip_route_unref (route);
  return TRUE;
}

static gboolean
restore_value (NMSettingIPConfig *setting, const char *key, const char *value)
{
  if (g_str_equal (key, "addresses"))
    return restore_address (setting, value);
  if (g_str_equal (key, ROUTES))
    return restore_route (setting, value);

  if (g_str_equal (key, "gateway"))
    g_object_set (setting, NM_SETTING_IP_CONFIG_GATEWAY, value, NULL);
  else if (g_str_equal (key, "dns"))
    nm_setting_ip_config_add_dns (setting, value);
  else if (g_str_equal (key, "dns-search"))
    nm_setting_ip_config_add_dns_search (setting, value);
  else if (g_str_equal (key, "may-fail"))
    g_object_set (setting, NM_SETTING_IP_CONFIG_MAY_FAIL, !g_str_equal (value, "no"), NULL);
  else
    return FALSE;

  return TRUE;
}

static gboolean
restore_item (NMSettingIPConfig *setting, const char *item)
{
  g_auto (GStrv) pair = g_strsplit (item, "=", 2);
  g_auto (GStrv) values = NULL;

  if (g_strv_length (pair) != 2)
    return FALSE;

  values = g_strsplit (pair[1], ",", -1);
  for (char **value = values; *value; value++) {
    if (!restore_value (setting, pair[0], *value))
      return FALSE;
  }

  return TRUE;
}

static gboolean
is_bare (const char *method)
{
  return g_strv_contains (bare_methods, method);
}

/* Those that come back stand after those that stayed; the order means nothing. */
static void
clear_routes (NMSettingIPConfig *setting)
{
  for (guint i = nm_setting_ip_config_get_num_routes (setting); i-- > 0;) {
    if (tl_ip_route_needs_link (nm_setting_ip_config_get_route (setting, i)))
      nm_setting_ip_config_remove_route (setting, (int)i);
  }
}

static void
clear_items (NMSettingIPConfig *setting)
{
  nm_setting_ip_config_clear_addresses (setting);
  g_object_set (setting, NM_SETTING_IP_CONFIG_GATEWAY, NULL, NULL);
  nm_setting_ip_config_clear_dns (setting);
  nm_setting_ip_config_clear_dns_searches (setting);
  g_object_set (setting, NM_SETTING_IP_CONFIG_MAY_FAIL, TRUE, NULL);
  clear_routes (setting);
}

static char **
split_items (const char *text)
{
  return g_strsplit (text, " ", -1);
}

/**
 * tl_ip_method_to_string:
 * @setting: the setting of a family
 *
 * Returns: (transfer full): the method, and what can stand only beside some methods
 */
char *
tl_ip_method_to_string (NMSettingIPConfig *setting)
{
  g_autoptr (GString) text = g_string_new (nm_setting_ip_config_get_method (setting));
  const char *gateway = nm_setting_ip_config_get_gateway (setting);

  for (guint i = 0; i < nm_setting_ip_config_get_num_addresses (setting); i++)
    append_address (text, i == 0, nm_setting_ip_config_get_address (setting, i));

  if (gateway)
    append_item (text, TRUE, "gateway", gateway);

  for (guint i = 0; i < nm_setting_ip_config_get_num_dns (setting); i++)
    append_item (text, i == 0, "dns", nm_setting_ip_config_get_dns (setting, i));

  for (guint i = 0; i < nm_setting_ip_config_get_num_dns_searches (setting); i++)
    append_item (text, i == 0, "dns-search", nm_setting_ip_config_get_dns_search (setting, i));

  if (!nm_setting_ip_config_get_may_fail (setting))
    append_item (text, TRUE, "may-fail", "no");

  append_routes (text, setting);

  return g_string_free (g_steal_pointer (&text), FALSE);
}

/**
 * tl_ip_method_replace:
 * @setting: the setting of a family
 * @method: the new method
 * @error: %TL_ERROR_REFUSED where what has to go could not be brought back exactly
 *
 * Sets the method, and takes away what cannot stand beside it. tl_ip_method_to_string() before
 * tells the old value.
 *
 * Returns: whether it was done
 */
gboolean
tl_ip_method_replace (NMSettingIPConfig *setting, const char *method, GError **error)
{
  if (is_bare (method)) {
    const char *lost = find_lost_in_text (setting);

    if (lost) {
      g_set_error (error, TL_ERROR, TL_ERROR_REFUSED,
                   "%s has attributes that could not be brought back", lost);
      return FALSE;
    }
    clear_items (setting);
  }

  g_object_set (setting, NM_SETTING_IP_CONFIG_METHOD, method, NULL);
  return TRUE;
}

/**
 * tl_ip_method_restore:
 * @setting: the setting of a family
 * @text: the old value, of tl_ip_method_to_string()
 * @error: %TL_ERROR_INVALID where @text is none
 *
 * Returns: whether the method, and what was taken away for it, is as it was
 */
gboolean
tl_ip_method_restore (NMSettingIPConfig *setting, const char *text, GError **error)
{
  g_auto (GStrv) items = split_items (text);
  gboolean taken_away = is_bare (nm_setting_ip_config_get_method (setting));

  g_object_set (setting, NM_SETTING_IP_CONFIG_METHOD, items[0], NULL);
  for (guint i = 1; taken_away && items[i]; i++) {
    if (!restore_item (setting, items[i])) {
      g_set_error (error, TL_ERROR, TL_ERROR_INVALID, "\"%s\" cannot be set", items[i]);
      return FALSE;
    }
  }

  return TRUE;
}

/* Returns: (transfer full) (nullable): its destination as text, where the kernel does not have it
 */
static char *
missing_route (const char *text, TlFamily family, const TlNetState *net, int ifindex)
{
  NMIPRoute *route = tl_ip_route_from_string (text, family);
  TlPrefix destination;
  char *missing = NULL;

  if (!route)
    return NULL;

  if (tl_ip_route_get_destination (route, &destination) &&
      !tl_ip_route_is_set (route, net, ifindex))
    missing = tl_prefix_to_string (&destination);

  nm_ip_route_unref (route);
  return missing;
}

/**
 * tl_ip_method_find_missing_route:
 * @text: a value that was set, of tl_ip_method_to_string()
 * @family: its family
 * @net: the kernel's tables
 * @ifindex: the link on which it was set
 *
 * Returns: (transfer full) (nullable): the destination, as text, of the first route of @text that
 *   the kernel does not have
 */
char *
tl_ip_method_find_missing_route (const char *text,
                                 TlFamily family,
                                 const TlNetState *net,
                                 int ifindex)
{
  g_auto (GStrv) items = split_items (text);

  for (char **item = items; *item; item++) {
    g_auto (GStrv) routes = NULL;

    if (!g_str_has_prefix (*item, ROUTES "="))
      continue;
    routes = g_strsplit (*item + strlen (ROUTES "="), ",", -1);
    for (char **route = routes; *route; route++) {
      char *missing = missing_route (*route, family, net, ifindex);

      if (missing)
        return missing;
    }
  }

  return NULL;
}
