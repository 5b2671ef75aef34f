/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/exit-message.h"

/**
 * tl_exit_session_new:
 * @family: a family
 *
 * Its sockets are bound to the family's any-address: nothing goes out over the other one, and no
 * proxy is used.
 *
 * Returns: (transfer full): a session
 */
SoupSession *
tl_exit_session_new (TlFamily family)
{
  g_autoptr (GInetAddress) any =
    g_inet_address_new_any (family == TL_FAMILY_IPV4 ? G_SOCKET_FAMILY_IPV4 : G_SOCKET_FAMILY_IPV6);
  g_autoptr (GSocketAddress) local = g_inet_socket_address_new (any, 0);
  SoupSession *session = soup_session_new_with_options ("local-address", local, "proxy-resolver",
                                                        NULL, "user-agent", "Mozilla/5.0", NULL);

  /* Nobody's password is to be offered, and an address needs no compression. */
  soup_session_remove_feature_by_type (session, SOUP_TYPE_AUTH_MANAGER);
  soup_session_remove_feature_by_type (session, SOUP_TYPE_CONTENT_DECODER);

  return session;
}

/**
 * tl_exit_message_new:
 * @url: a service's address
 *
 * libsoup speaks HTTP to whatever scheme it does not know.
 *
 * Returns: (transfer full) (nullable): the question, or %NULL where it is not of http or https
 */
SoupMessage *
tl_exit_message_new (const char *url)
{
  g_autoptr (GUri) uri = g_uri_parse (url, SOUP_HTTP_URI_FLAGS, NULL);
  const char *scheme = uri != NULL ? g_uri_get_scheme (uri) : "";

  if (!g_str_equal (scheme, "http") && !g_str_equal (scheme, "https"))
    return NULL;

  return soup_message_new (SOUP_METHOD_GET, url);
}

static gboolean
read_address (GSocketAddress *from, TlFamily family, TlAddress *ret_address)
{
  GInetAddress *address;

  if (!G_IS_INET_SOCKET_ADDRESS (from))
    return FALSE;

  address = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (from));
  if (g_inet_address_get_native_size (address) != tl_family_bytes (family))
    return FALSE;

  tl_address_from_bytes (family, g_inet_address_to_bytes (address), ret_address);
  return TRUE;
}

/**
 * tl_exit_note_ends:
 * @exit: where the question's own address and the service's are set
 * @connection: the connection to the service
 */
void
tl_exit_note_ends (TlExit *exit, GSocketConnection *connection)
{
  g_autoptr (GSocketAddress) local = g_socket_connection_get_local_address (connection, NULL);
  g_autoptr (GSocketAddress) remote = g_socket_connection_get_remote_address (connection, NULL);

  exit->has_source = read_address (local, exit->family, &exit->source);
  exit->has_destination = read_address (remote, exit->family, &exit->destination);
}
