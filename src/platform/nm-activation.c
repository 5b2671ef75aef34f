/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/nm-activation.h"

#include "core/block-route.h"
#include "platform/vpn-servers.h"

#include <net/if.h>

static TlPhase
read_vpn_phase (NMVpnConnection *vpn)
{
  switch (nm_vpn_connection_get_vpn_state (vpn)) {
  case NM_VPN_CONNECTION_STATE_ACTIVATED:
    return TL_PHASE_ACTIVATED;
  case NM_VPN_CONNECTION_STATE_FAILED:
  case NM_VPN_CONNECTION_STATE_DISCONNECTED:
    return TL_PHASE_DEACTIVATING;
  case NM_VPN_CONNECTION_STATE_UNKNOWN:
  case NM_VPN_CONNECTION_STATE_PREPARE:
  case NM_VPN_CONNECTION_STATE_NEED_AUTH:
  case NM_VPN_CONNECTION_STATE_CONNECT:
  case NM_VPN_CONNECTION_STATE_IP_CONFIG_GET:
  default:
    return TL_PHASE_ACTIVATING;
  }
}

static TlPhase
read_phase (NMActiveConnection *active)
{
  switch (nm_active_connection_get_state (active)) {
  case NM_ACTIVE_CONNECTION_STATE_DEACTIVATING:
  case NM_ACTIVE_CONNECTION_STATE_DEACTIVATED:
    return TL_PHASE_DEACTIVATING;
  case NM_ACTIVE_CONNECTION_STATE_ACTIVATED:
    return TL_PHASE_ACTIVATED;
  case NM_ACTIVE_CONNECTION_STATE_UNKNOWN:
  case NM_ACTIVE_CONNECTION_STATE_ACTIVATING:
  default:
    return TL_PHASE_ACTIVATING;
  }
}

/* A plugin VPN's device is the uplink it runs over, not its tunnel (measured, 1.42): the tunnel is
 * found by address elsewhere. */
static int
read_ifindex (NMActiveConnection *active)
{
  const GPtrArray *devices = nm_active_connection_get_devices (active);
  const char *name;

  if (NM_IS_VPN_CONNECTION (active) || devices->len == 0)
    return 0;

  name = nm_device_get_ip_iface (devices->pdata[0]);
  if (!name)
    name = nm_device_get_iface (devices->pdata[0]);
  return name ? (int)if_nametoindex (name) : 0;
}

static void
read_addresses (NMIPConfig *config, GArray *addresses)
{
  GPtrArray *all = config ? nm_ip_config_get_addresses (config) : NULL;

  for (guint i = 0; all && i < all->len; i++) {
    TlAddress address;

    if (tl_address_parse (nm_ip_address_get_address (all->pdata[i]), &address))
      g_array_append_val (addresses, address);
  }
}

static void
read_ip_settings (NMSettingIPConfig *setting, TlIpSettings *ip)
{
  if (!setting)
    return;

  ip->method = g_strdup (nm_setting_ip_config_get_method (setting));
}

static gboolean
is_block (NMIPRoute *route, gint64 default_metric)
{
  GVariant *type = nm_ip_route_get_attribute (route, NM_IP_ROUTE_ATTRIBUTE_TYPE);
  gint64 metric = nm_ip_route_get_metric (route);

  return type && g_str_equal (g_variant_get_string (type, NULL), "unreachable") &&
         (metric < 0 ? default_metric : metric) == TL_BLOCK_METRIC;
}

static void
read_blocks (NMSettingIPConfig *setting, GArray *blocks)
{
  for (guint i = 0; setting && i < nm_setting_ip_config_get_num_routes (setting); i++) {
    NMIPRoute *route = nm_setting_ip_config_get_route (setting, i);
    TlAddress destination;

    if (is_block (route, nm_setting_ip_config_get_route_metric (setting)) &&
        tl_address_parse (nm_ip_route_get_dest (route), &destination)) {
      TlPrefix prefix;

      tl_prefix_init (&prefix, &destination, nm_ip_route_get_prefix (route));
      g_array_append_val (blocks, prefix);
    }
  }
}

/* NetworkManager asks for modify.own instead of modify.system where the profile names one user
 * only (settings/nm-settings-connection.c, get_update_modify_permission). */
static gboolean
is_own (NMRemoteConnection *profile)
{
  NMSettingConnection *setting = nm_connection_get_setting_connection (NM_CONNECTION (profile));

  return setting && nm_setting_connection_get_num_permissions (setting) == 1 &&
         nm_setting_connection_permissions_user_allowed (setting, g_get_user_name ());
}

static void
read_profile (NMRemoteConnection *profile, TlActivation *activation)
{
  NMConnection *connection = NM_CONNECTION (profile);

  read_ip_settings (nm_connection_get_setting_ip4_config (connection),
                    &activation->ip[TL_FAMILY_IPV4]);
  read_ip_settings (nm_connection_get_setting_ip6_config (connection),
                    &activation->ip[TL_FAMILY_IPV6]);
  read_blocks (nm_connection_get_setting_ip4_config (connection), activation->blocks);
  read_blocks (nm_connection_get_setting_ip6_config (connection), activation->blocks);

  g_free (activation->kind);
  activation->kind = tl_vpn_kind (connection);
  g_strfreev (activation->servers);
  activation->servers = tl_vpn_servers (connection);
  activation->read_only = tl_nm_profile_is_read_only (profile);
  activation->own = is_own (profile);
}

static gboolean
config_has_host_route (NMIPConfig *config, const TlAddress *address)
{
  GPtrArray *routes = config ? nm_ip_config_get_routes (config) : NULL;

  for (guint i = 0; routes && i < routes->len; i++) {
    NMIPRoute *route = routes->pdata[i];
    TlAddress destination;

    if (nm_ip_route_get_prefix (route) == tl_family_bits (address->family) &&
        tl_address_parse (nm_ip_route_get_dest (route), &destination) &&
        tl_address_compare (&destination, address) == 0)
      return TRUE;
  }

  return FALSE;
}

static gboolean
has_host_route (NMActiveConnection *active, const TlAddress *address)
{
  const GPtrArray *devices = nm_active_connection_get_devices (active);

  for (guint i = 0; i < devices->len; i++) {
    if (config_has_host_route (nm_device_get_ip4_config (devices->pdata[i]), address) ||
        config_has_host_route (nm_device_get_ip6_config (devices->pdata[i]), address))
      return TRUE;
  }

  return FALSE;
}

/* NetworkManager does not publish the server's address itself. It is certain where the profile
 * names one server and that by address, or where the uplink has a host route to one of several.
 * A host route alone is no sign: option 121 of DHCP can make one to anywhere. */
static void
read_gateway (NMActiveConnection *active, TlActivation *activation)
{
  gboolean only = g_strv_length (activation->servers) == 1;
  guint found = 0;

  for (char **server = activation->servers; *server; server++) {
    TlAddress address;

    if (tl_address_parse (*server, &address) && (only || has_host_route (active, &address))) {
      activation->gateway = address;
      found++;
    }
  }

  activation->has_gateway = found == 1;
}

/**
 * tl_nm_profile_is_read_only:
 * @profile: a profile
 *
 * NetworkManager generates a profile for what others made, and forgets a volatile one: what is
 * written into either is lost with the link.
 *
 * Returns: whether it cannot be changed for good
 */
gboolean
tl_nm_profile_is_read_only (NMRemoteConnection *profile)
{
  const NMSettingsConnectionFlags passing = NM_SETTINGS_CONNECTION_FLAG_NM_GENERATED |
                                            NM_SETTINGS_CONNECTION_FLAG_VOLATILE |
                                            NM_SETTINGS_CONNECTION_FLAG_EXTERNAL;
  NMSettingConnection *setting = nm_connection_get_setting_connection (NM_CONNECTION (profile));

  return (nm_remote_connection_get_flags (profile) & passing) != 0 || !setting ||
         nm_setting_connection_get_read_only (setting);
}

/**
 * tl_nm_activation_read:
 * @active: an active connection of NetworkManager
 *
 * Asks nothing: it is put together from what libnm has in its cache, and the kernel's index of the
 * link's name. No secrets are read.
 *
 * Returns: (transfer full): what NetworkManager says about it at this moment
 */
TlActivation *
tl_nm_activation_read (NMActiveConnection *active)
{
  TlActivation *activation = tl_activation_new ();
  NMRemoteConnection *profile = nm_active_connection_get_connection (active);

  activation->path = g_strdup (nm_object_get_path (NM_OBJECT (active)));
  activation->name = g_strdup (nm_active_connection_get_id (active));
  activation->uuid = g_strdup (nm_active_connection_get_uuid (active));
  activation->type = g_strdup (nm_active_connection_get_connection_type (active));
  activation->kind = g_strdup (activation->type);
  activation->external =
    (nm_active_connection_get_state_flags (active) & NM_ACTIVATION_STATE_FLAG_EXTERNAL) != 0;
  activation->is_vpn =
    !activation->external && (NM_IS_VPN_CONNECTION (active) ||
                              g_strcmp0 (activation->type, NM_SETTING_WIREGUARD_SETTING_NAME) == 0);
  activation->phase = NM_IS_VPN_CONNECTION (active) ? read_vpn_phase (NM_VPN_CONNECTION (active))
                                                    : read_phase (active);
  activation->ifindex = read_ifindex (active);

  read_addresses (nm_active_connection_get_ip4_config (active), activation->addresses);
  read_addresses (nm_active_connection_get_ip6_config (active), activation->addresses);

  /* A profile that this person may not see cannot be changed either */
  activation->read_only = TRUE;
  if (profile)
    read_profile (profile, activation);
  activation->ip[TL_FAMILY_IPV4].gave_default = nm_active_connection_get_default (active);
  activation->ip[TL_FAMILY_IPV6].gave_default = nm_active_connection_get_default6 (active);

  if (activation->is_vpn)
    read_gateway (active, activation);
  return activation;
}
