/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/ip-method.h"

#include "core/error.h"

#include <sys/socket.h>

/*
 * The methods `disabled`, `ignore` and `link-local` allow no addresses, gateway, DNS servers and
 * search domains beside them (libnm refuses such settings; it lets routes and all else stay), and
 * NetworkManager does not keep `may-fail=no` with the first two (measured, 1.42).
 * These must go with the method and come back with it, so they are part of the old value:
 *
 *   manual addresses=2001:db8::5/64 gateway=2001:db8::1 dns=2001:db8::53 dns-search=example.com
 */
static const char *const bare_methods[] = { "disabled", "ignore", "link-local", NULL };

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

static gboolean
have_attributes (NMSettingIPConfig *setting)
{
  for (guint i = 0; i < nm_setting_ip_config_get_num_addresses (setting); i++) {
    NMIPAddress *address = nm_setting_ip_config_get_address (setting, i);
    g_auto (GStrv) names = nm_ip_address_get_attribute_names (address);

    if (names && names[0])
      return TRUE;
  }

  return FALSE;
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
  int family = NM_IS_SETTING_IP4_CONFIG (setting) ? AF_INET : AF_INET6;
  NMIPAddress *address = NULL;

  if (!parse_address (value, family, &address))
    return FALSE;

  nm_setting_ip_config_add_address (setting, address);
  nm_ip_address_unref (address);
  return TRUE;
}

static gboolean
restore_value (NMSettingIPConfig *setting, const char *key, const char *value)
{
  if (g_str_equal (key, "addresses"))
    return restore_address (setting, value);

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

static void
clear_items (NMSettingIPConfig *setting)
{
  nm_setting_ip_config_clear_addresses (setting);
  g_object_set (setting, NM_SETTING_IP_CONFIG_GATEWAY, NULL, NULL);
  nm_setting_ip_config_clear_dns (setting);
  nm_setting_ip_config_clear_dns_searches (setting);
  g_object_set (setting, NM_SETTING_IP_CONFIG_MAY_FAIL, TRUE, NULL);
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
    if (have_attributes (setting)) {
      g_set_error_literal (error, TL_ERROR, TL_ERROR_REFUSED,
                           "the addresses have attributes that could not be brought back");
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
  g_auto (GStrv) items = g_strsplit (text, " ", -1);
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
