/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/vpn-servers.h"

#include "core/prefix.h"

#include <string.h>

/* The data key under which a plugin keeps its servers, from each plugin's nm-*-service-defines.h.
 * Plugins that are not listed use `gateway`. */
static const struct {
  const char *kind;
  const char *key;
} server_keys[] = {
  { "openvpn", "remote" },     { "ssh", "remote" },      { "vpnc", "IPSec gateway" },
  { "strongswan", "address" }, { "libreswan", "right" }, { "iodine", "topdomain" },
};

static gboolean
is_address (const char *text)
{
  TlAddress address;

  return tl_address_parse (text, &address);
}

/* host:port and host:port:proto, where an IPv6 address may stand without brackets. */
static char *
strip_port (const char *text)
{
  g_autofree char *host = g_strdup (text);

  for (int i = 0; i < 2; i++) {
    char *colon = strrchr (host, ':');

    if (colon == NULL)
      break;

    *colon = '\0';
    if (is_address (host))
      return g_steal_pointer (&host);
  }

  return g_strndup (text, strcspn (text, ":"));
}

/**
 * tl_vpn_server_parse:
 * @text: one server as a VPN profile names it: a host name or an address, maybe with port and
 *   protocol behind it (`host:port:proto`, openvpn(8) `--remote`), or an `https://` address
 *
 * Returns: (transfer full) (nullable): the host name or address alone, or %NULL if there is none
 */
char *
tl_vpn_server_parse (const char *text)
{
  g_autofree char *rest = NULL;
  g_autofree char *host = NULL;
  const char *scheme = strstr (text, "://");

  rest = g_strdup (scheme != NULL ? scheme + strlen ("://") : text);
  rest[strcspn (rest, "/?#")] = '\0';
  g_strstrip (rest);

  if (rest[0] == '[')
    host = g_strndup (rest + 1, strcspn (rest + 1, "]"));
  else if (is_address (rest))
    host = g_steal_pointer (&rest);
  else
    host = strip_port (rest);

  return host[0] != '\0' ? g_steal_pointer (&host) : NULL;
}

/**
 * tl_vpn_servers_parse:
 * @text: (nullable): servers, with commas or white space between them
 *
 * Returns: (transfer full): host names and addresses in the order given, each once
 */
char **
tl_vpn_servers_parse (const char *text)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_auto (GStrv) parts = g_strsplit_set (text != NULL ? text : "", ", \t\n", -1);

  for (char **part = parts; *part != NULL; part++) {
    g_autofree char *host = tl_vpn_server_parse (*part);

    if (host != NULL && g_hash_table_add (seen, g_strdup (host)))
      g_strv_builder_add (builder, host);
  }

  return g_strv_builder_end (builder);
}

/**
 * tl_vpn_kind:
 * @profile: a profile
 *
 * Returns: (transfer full): the VPN's short name: the last part of the plugin's service name
 *   (`openvpn` of `org.freedesktop.NetworkManager.openvpn`), else connection.type
 */
char *
tl_vpn_kind (NMConnection *profile)
{
  NMSettingVpn *vpn = nm_connection_get_setting_vpn (profile);
  const char *service = vpn != NULL ? nm_setting_vpn_get_service_type (vpn) : NULL;
  const char *dot;

  if (service == NULL || service[0] == '\0')
    return g_strdup (nm_connection_get_connection_type (profile));

  dot = strrchr (service, '.');
  return g_strdup (dot != NULL ? dot + 1 : service);
}

static char **
wireguard_servers (NMSettingWireGuard *wireguard)
{
  g_autoptr (GString) endpoints = g_string_new (NULL);

  for (guint i = 0; i < nm_setting_wireguard_get_peers_len (wireguard); i++) {
    NMWireGuardPeer *peer = nm_setting_wireguard_get_peer (wireguard, i);
    const char *endpoint = nm_wireguard_peer_get_endpoint (peer);

    if (endpoint != NULL)
      g_string_append_printf (endpoints, "%s ", endpoint);
  }

  return tl_vpn_servers_parse (endpoints->str);
}

static const char *
server_key (const char *kind)
{
  for (gsize i = 0; i < G_N_ELEMENTS (server_keys); i++) {
    if (g_str_equal (kind, server_keys[i].kind))
      return server_keys[i].key;
  }

  return "gateway";
}

/**
 * tl_vpn_servers:
 * @profile: a profile
 *
 * Returns: (transfer full): the servers that a VPN or WireGuard profile names; empty for others
 */
char **
tl_vpn_servers (NMConnection *profile)
{
  NMSettingVpn *vpn = nm_connection_get_setting_vpn (profile);
  NMSettingWireGuard *wireguard =
    NM_SETTING_WIREGUARD (nm_connection_get_setting (profile, NM_TYPE_SETTING_WIREGUARD));

  if (vpn != NULL) {
    g_autofree char *kind = tl_vpn_kind (profile);

    return tl_vpn_servers_parse (nm_setting_vpn_get_data_item (vpn, server_key (kind)));
  }

  return wireguard != NULL ? wireguard_servers (wireguard) : tl_vpn_servers_parse (NULL);
}
