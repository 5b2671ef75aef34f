/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/exit-answer.h"

#include "core/exit-reply.h"

#include <json-glib/json-glib.h>
#include <string.h>

/**
 * tl_exit_answer_parse:
 * @body: what an exit service answered
 * @length: its length in bytes
 * @family: the family that was asked over
 * @ret_address: (out): the exit address; untouched on failure
 * @error: as for tl_exit_reply_parse()
 *
 * Some services wrap the address in a JSON object, as its member `ip`.
 *
 * Returns: whether it is an address
 */
gboolean
tl_exit_answer_parse (const char *body,
                      gsize length,
                      TlFamily family,
                      TlAddress *ret_address,
                      GError **error)
{
  g_autofree char *text = g_strndup (body, length);
  g_autoptr (JsonParser) parser = NULL;
  JsonNode *member = NULL;
  const char *address;

  if (length > TL_EXIT_REPLY_MAX || memchr (body, '\0', length) != NULL ||
      g_strchug (text)[0] != '{')
    return tl_exit_reply_parse (body, length, family, ret_address, error);

  parser = json_parser_new ();
  if (json_parser_load_from_data (parser, text, -1, NULL))
    member = json_object_get_member (json_node_get_object (json_parser_get_root (parser)), "ip");

  address = member != NULL && json_node_get_value_type (member) == G_TYPE_STRING
              ? json_node_get_string (member)
              : "{}";
  return tl_exit_reply_parse (address, strlen (address), family, ret_address, error);
}

/**
 * tl_exit_answer_describe_status:
 * @message: an answer that is not 200 (OK)
 *
 * A redirect is not followed: it leads to a captive portal more often than to an address.
 *
 * Returns: (transfer full): what it is instead, in technical words
 */
char *
tl_exit_answer_describe_status (SoupMessage *message)
{
  SoupStatus status = soup_message_get_status (message);
  const char *location =
    soup_message_headers_get_one (soup_message_get_response_headers (message), "Location");
  g_autoptr (GUri) target = NULL;

  if (!SOUP_STATUS_IS_REDIRECTION (status))
    return g_strdup_printf ("answers with HTTP status %u", status);

  if (location != NULL)
    target = g_uri_parse_relative (soup_message_get_uri (message), location,
                                   G_URI_FLAGS_ENCODED | G_URI_FLAGS_PARSE_RELAXED, NULL);
  if (target == NULL || g_uri_get_host (target) == NULL)
    return g_strdup_printf ("redirects to nowhere (HTTP status %u)", status);

  return g_strdup_printf ("redirects to %s://%s", g_uri_get_scheme (target),
                          g_uri_get_host (target));
}
