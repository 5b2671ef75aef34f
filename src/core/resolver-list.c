/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/resolver-list.h"

#include <string.h>

/* What glibc takes of them (MAXNS, resolv.h). */
#define RESOLVERS_MAX 3

static void
add_server (GPtrArray *resolvers, const char *server)
{
  g_auto (GStrv) parts = g_strsplit (server, "%", 2);
  TlAddress address;

  if (parts[0] != NULL && tl_address_parse (parts[0], &address))
    g_ptr_array_add (resolvers, tl_resolver_new (&address, parts[1]));
}

/**
 * tl_resolver_list_parse:
 * @text: a file as of resolv.conf(5)
 *
 * Reads it as glibc does: the first three servers count, the keyword stands at the beginning of the
 * line, and whatever is not understood is left out.
 *
 * Returns: (transfer full) (element-type TlResolver): the DNS servers, each with the link of its
 *   zone (`fe80::1%eth0`), if it has one, by name or by number
 */
GPtrArray *
tl_resolver_list_parse (const char *text)
{
  static const char keyword[] = "nameserver";
  GPtrArray *resolvers = g_ptr_array_new_with_free_func ((GDestroyNotify)tl_resolver_free);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL && resolvers->len < RESOLVERS_MAX; i++) {
    const char *value = lines[i] + strlen (keyword);
    g_autofree char *server = NULL;

    if (!g_str_has_prefix (lines[i], keyword) || !(value[0] == ' ' || value[0] == '\t'))
      continue;
    value += strspn (value, " \t");
    server = g_strndup (value, strcspn (value, " \t\r"));
    add_server (resolvers, server);
  }

  return resolvers;
}
