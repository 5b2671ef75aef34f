/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/dns-query.h"

#include "core/error.h"
#include "platform/socket-address.h"
#include "platform/source-util.h"
#include "platform/system-error.h"

#include <arpa/nameser.h>
#include <resolv.h>

/* What a server may answer over UDP to who has not said otherwise (RFC 1035, 4.2.1). */
#define MESSAGE_MAX 512

/** Query: a question to one server, owned by its task. */
typedef struct {
  GSocket *socket;
  guint8 question[MESSAGE_MAX];
  int length;
  GSource *readable;
  GSource *time_up;
  GSource *cancelled;
} Query;

static void
query_free (Query *query)
{
  tl_source_clear (&query->readable);
  tl_source_clear (&query->time_up);
  tl_source_clear (&query->cancelled);
  g_clear_object (&query->socket);
  g_free (query);
}

static void
stop (Query *query)
{
  tl_source_clear (&query->readable);
  tl_source_clear (&query->time_up);
  tl_source_clear (&query->cancelled);
}

/* The library's own question: recursion desired, a random number. */
static gboolean
make_question (Query *query, const char *name)
{
  struct __res_state state = { 0 };

  if (res_ninit (&state) != 0)
    return FALSE;
  query->length = res_nmkquery (&state, ns_o_query, name, ns_c_in, ns_t_aaaa, NULL, 0, NULL,
                                query->question, sizeof query->question);
  res_nclose (&state);

  return query->length > 0;
}

static gboolean
is_answer (const Query *query, const guint8 *bytes, int length, ns_msg *ret_answer)
{
  return length >= NS_HFIXEDSZ && ns_get16 (bytes) == ns_get16 (query->question) &&
         ns_initparse (bytes, length, ret_answer) == 0 &&
         ns_msg_getflag (*ret_answer, ns_f_qr) != 0;
}

/* Returns: the addresses, none where the server knows of none; %NULL where it cannot tell */
static GArray *
read_answer (ns_msg *answer)
{
  g_autoptr (GArray) addresses = g_array_new (FALSE, FALSE, sizeof (TlAddress));
  int rcode = ns_msg_getflag (*answer, ns_f_rcode);
  ns_rr record;

  if (rcode != ns_r_noerror && rcode != ns_r_nxdomain)
    return NULL;

  for (int i = 0; i < ns_msg_count (*answer, ns_s_an); i++) {
    TlAddress address;

    if (ns_parserr (answer, ns_s_an, i, &record) != 0)
      return NULL;
    if (ns_rr_type (record) != ns_t_aaaa || ns_rr_rdlen (record) != NS_IN6ADDRSZ)
      continue;
    tl_address_from_bytes (TL_FAMILY_IPV6, ns_rr_rdata (record), &address);
    g_array_append_val (addresses, address);
  }

  return g_steal_pointer (&addresses);
}

static gboolean
on_readable (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  GTask *task = G_TASK (user_data);
  Query *query = g_task_get_task_data (task);
  g_autoptr (GError) converted = NULL;
  guint8 bytes[MESSAGE_MAX];
  GError *error = NULL;
  gssize length = g_socket_receive (socket, (char *)bytes, sizeof bytes, NULL, &error);
  GArray *addresses = NULL;
  ns_msg answer;

  /*
   * Whoever wants to disturb may send anything, and a datagram whose checksum is wrong is dropped
   * only when it is read (select(2), BUGS): the answer may still come.
   */
  if (length >= 0 ? !is_answer (query, bytes, (int)length, &answer)
                  : g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) {
    g_clear_error (&error);
    return G_SOURCE_CONTINUE;
  }

  stop (query);
  if (length >= 0)
    addresses = read_answer (&answer);
  else
    tl_system_error_take (&converted, error);
  if (addresses != NULL)
    g_task_return_pointer (task, addresses, (GDestroyNotify)g_array_unref);
  else if (converted != NULL)
    g_task_return_error (task, g_steal_pointer (&converted));
  else
    g_task_return_new_error (task, TL_ERROR, TL_ERROR_FAILED, "the DNS server cannot tell");
  g_object_unref (task);

  return G_SOURCE_REMOVE;
}

static gboolean
on_time_up (gpointer user_data)
{
  GTask *task = G_TASK (user_data);

  stop (g_task_get_task_data (task));
  g_task_return_new_error (task, TL_ERROR, TL_ERROR_TIMEOUT,
                           "the DNS server did not answer in time");
  g_object_unref (task);
  return G_SOURCE_REMOVE;
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  GTask *task = G_TASK (user_data);

  stop (g_task_get_task_data (task));
  g_task_return_new_error (task, TL_ERROR, TL_ERROR_CANCELLED, "the question was called off");
  g_object_unref (task);
  return G_SOURCE_REMOVE;
}

static gboolean
send_question (Query *query, GSocketAddress *server, const char *name, GError **error)
{
  if (!make_question (query, name)) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s cannot be asked for", name);
    return FALSE;
  }

  query->socket = g_socket_new (g_socket_address_get_family (server), G_SOCKET_TYPE_DATAGRAM,
                                G_SOCKET_PROTOCOL_UDP, error);
  if (query->socket == NULL)
    return FALSE;
  g_socket_set_blocking (query->socket, FALSE);

  /* Connected, it takes answers from that server alone. */
  return g_socket_connect (query->socket, server, NULL, error) &&
         g_socket_send (query->socket, (const char *)query->question, (gsize)query->length, NULL,
                        error) >= 0;
}

static void
wait_for_answer (GTask *task, guint timeout_ms)
{
  Query *query = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);
  GMainContext *context = g_task_get_context (task);

  query->readable = g_socket_create_source (query->socket, G_IO_IN, NULL);
  g_source_set_callback (query->readable, G_SOURCE_FUNC (on_readable), task, NULL);
  g_source_attach (query->readable, context);
  query->time_up = tl_source_add_timeout (context, timeout_ms, on_time_up, task);
  if (cancellable == NULL)
    return;
  query->cancelled = g_cancellable_source_new (cancellable);
  g_source_set_callback (query->cancelled, G_SOURCE_FUNC (on_cancelled), task, NULL);
  g_source_attach (query->cancelled, context);
}

static GSocketAddress *
socket_address_new (const TlAddress *address, int ifindex, guint16 port)
{
  TlSocketAddress native;
  socklen_t length = tl_socket_address_init (&native, address, ifindex, port);

  return g_socket_address_new_from_native (&native, length);
}

/**
 * tl_dns_query_ask:
 * @server: a DNS server
 * @ifindex: the link on which @server is, if it is a link-local address; else of no account
 * @port: its port, %TL_DNS_PORT but for tests
 * @name: a host's name
 * @timeout_ms: how long it may take
 * @cancellable: (nullable): a cancellable
 * @callback: called with the answer
 * @user_data: for @callback
 *
 * Asks one DNS server, over UDP and once, for the IPv6 addresses of @name, whichever servers the
 * system's resolver would ask. The route there is that of any program.
 */
void
tl_dns_query_ask (const TlAddress *server,
                  int ifindex,
                  guint16 port,
                  const char *name,
                  guint timeout_ms,
                  GCancellable *cancellable,
                  GAsyncReadyCallback callback,
                  gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Query *query = g_new0 (Query, 1);
  g_autoptr (GSocketAddress) address = socket_address_new (server, ifindex, port);
  GError *error = NULL;

  g_task_set_source_tag (task, tl_dns_query_ask);
  g_task_set_check_cancellable (task, FALSE); /* on_cancelled() has our own error for it */
  g_task_set_task_data (task, query, (GDestroyNotify)query_free);
  if (!send_question (query, address, name, &error)) {
    g_autoptr (GError) converted = NULL;

    tl_system_error_take (&converted, error);
    g_task_return_error (task, g_steal_pointer (&converted));
    g_object_unref (task);
    return;
  }

  wait_for_answer (task, timeout_ms);
}

/**
 * tl_dns_query_ask_finish:
 * @result: the result
 * @error: %TL_ERROR_TIMEOUT, %TL_ERROR_CANCELLED; %TL_ERROR_FAILED or %TL_ERROR_DENIED where the
 *   server cannot be reached
 *
 * Returns: (transfer full) (element-type TlAddress): the addresses; empty where the server knows of
 *   none; %NULL with @error set
 */
GArray *
tl_dns_query_ask_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, tl_dns_query_ask), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
