/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/nm-target.h"

#include "core/error.h"
#include "core/observation.h"

#include <net/if.h>

/**
 * tl_nm_target_check_version:
 * @change: a change that shall be made
 * @version: NetworkManager's version, as in #TlNmState
 * @error: %TL_ERROR_UNSUPPORTED
 *
 * Returns: whether this NetworkManager can make it, and without harm
 */
gboolean
tl_nm_target_check_version (const TlChange *change, guint32 version, GError **error)
{
  /* Without the flag a Reapply deletes what others put on the link, and a VPN that NetworkManager
   * did not start is dead (measured) */
  if (change->target_kind == TL_TARGET_LINK && version < TL_NM_PRESERVES_EXTERNAL_IP) {
    g_set_error (error, TL_ERROR, TL_ERROR_UNSUPPORTED,
                 "%s: only NetworkManager 1.42 and newer can be told to leave foreign addresses "
                 "and routes alone",
                 change->target);
    return FALSE;
  }

  if (change->setting == TL_SETTING_ROUTES && version < TL_NM_KNOWS_UNREACHABLE) {
    g_set_error (error, TL_ERROR, TL_ERROR_UNSUPPORTED,
                 "%s: NetworkManager has unreachable routes since 1.36", change->target);
    return FALSE;
  }

  if (change->setting == TL_SETTING_METHOD && change->family == TL_FAMILY_IPV6 &&
      g_strcmp0 (change->to, NM_SETTING_IP6_CONFIG_METHOD_DISABLED) == 0 &&
      version < TL_NM_KNOWS_DISABLED) {
    g_set_error (error, TL_ERROR, TL_ERROR_UNSUPPORTED,
                 "%s: NetworkManager has the method \"disabled\" since 1.20", change->target);
    return FALSE;
  }

  return TRUE;
}

/* An address or a destination that the kernel gives every link by itself */
static gboolean
is_kernels_own (const char *text)
{
  static const char *const own[] = { "fe80::/10", "ff00::/8", "::1/128" };
  TlAddress address;

  for (gsize i = 0; i < G_N_ELEMENTS (own); i++) {
    TlPrefix prefix;

    if (tl_address_parse (text, &address) && tl_prefix_parse (own[i], &prefix) &&
        tl_prefix_contains (&prefix, &address))
      return TRUE;
  }

  return FALSE;
}

static gboolean
carries_ipv6 (NMDevice *device)
{
  NMIPConfig *config = nm_device_get_ip6_config (device);
  GPtrArray *addresses = config ? nm_ip_config_get_addresses (config) : NULL;
  GPtrArray *routes = config ? nm_ip_config_get_routes (config) : NULL;

  for (guint i = 0; addresses && i < addresses->len; i++) {
    if (!is_kernels_own (nm_ip_address_get_address (addresses->pdata[i])))
      return TRUE;
  }

  for (guint i = 0; routes && i < routes->len; i++) {
    if (!is_kernels_own (nm_ip_route_get_dest (routes->pdata[i])))
      return TRUE;
  }

  return FALSE;
}

/**
 * tl_nm_target_check_foreign:
 * @device: the device whose applied connection shall be changed
 * @version: NetworkManager's version, as in #TlNmState
 * @error: %TL_ERROR_REFUSED
 *
 * On a link that somebody else or a VPN plugin set up, every Reapply of NetworkManager 1.42.4, also
 * one without a change or of IPv4 alone, and in spite of preserve-external-ip, deletes all IPv6
 * routes and sooner or later the addresses: a tunnel that carried IPv6 leaks it from then on, and
 * taking the change back does not help. Measured with openvpn, its plugin and wg-quick. IPv4 stays,
 * and so does all of `lo`. Others report that 1.54 is the first version to do it right.
 *
 * Returns: whether a Reapply does no harm to what others put on the link
 */
gboolean
tl_nm_target_check_foreign (NMDevice *device, guint32 version, GError **error)
{
  NMActiveConnection *active = nm_device_get_active_connection (device);

  if (version >= TL_NM_LEAVES_FOREIGN_IPV6 || !active || !carries_ipv6 (device) ||
      (nm_active_connection_get_state_flags (active) & NM_ACTIVATION_STATE_FLAG_EXTERNAL) == 0)
    return TRUE;

  g_set_error (error, TL_ERROR, TL_ERROR_REFUSED,
               "%s: this NetworkManager would delete the IPv6 addresses and routes of the link",
               nm_device_get_iface (device));
  return FALSE;
}

static gboolean
is_target (NMDevice *device, const TlChange *change)
{
  const char *name = nm_device_get_ip_iface (device);

  if (!name)
    name = nm_device_get_iface (device);
  if (!name)
    return FALSE;

  /* A link that came back under its old name is another link */
  return change->ifindex > 0 ? (int)if_nametoindex (name) == change->ifindex
                             : g_strcmp0 (name, change->target) == 0;
}

/**
 * tl_nm_target_find_device:
 * @client: the client
 * @change: a change with %TL_TARGET_LINK
 *
 * Returns: (transfer none) (nullable): the device whose link @change names
 */
NMDevice *
tl_nm_target_find_device (NMClient *client, const TlChange *change)
{
  const GPtrArray *devices = nm_client_get_devices (client);

  for (guint i = 0; i < devices->len; i++) {
    if (is_target (devices->pdata[i], change))
      return devices->pdata[i];
  }

  return NULL;
}

/**
 * tl_nm_target_has_other_activation:
 * @device: the device whose link @change names
 * @change: a change that was made
 *
 * What was applied to an activation has gone with it: what the link has now is of another one.
 *
 * Returns: whether @device was activated anew since
 */
gboolean
tl_nm_target_has_other_activation (NMDevice *device, const TlChange *change)
{
  NMActiveConnection *active = nm_device_get_active_connection (device);

  return active && change->activation &&
         !g_str_equal (nm_object_get_path (NM_OBJECT (active)), change->activation);
}
