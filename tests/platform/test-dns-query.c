/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/error.h"
#include "platform/dns-query.h"

#include <arpa/inet.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A DNS server on loopback that answers each question with what the test sets. */
typedef struct {
  GSocket *socket;
  GSource *source;
  guint16 port;
  const char *const *answer; /* (nullable): never */
  guint8 rcode;
  gboolean disturbed; /* a forged answer, and one that is cut off, come before it */
} Server;

#define NAME_LENGTH 14 /* of ipv6.example, as in a question */

static gsize
make_answer (const Server *server, const guint8 *question, gsize length, guint8 *ret_bytes)
{
  gsize n = 12 + NAME_LENGTH + 4;

  g_assert_cmpmem (question + 12, NAME_LENGTH, "\4ipv6\7example", NAME_LENGTH);
  g_assert_cmpmem (question + 12 + NAME_LENGTH, 4, "\0\34\0\1", 4); /* AAAA, IN */
  g_assert_cmpuint (length, >=, n);
  memcpy (ret_bytes, question, n);
  ret_bytes[2] |= 0x80;
  ret_bytes[3] = server->rcode;
  for (guint i = 0; server->answer[i] != NULL; i++) {
    static const guint8 head[] = { 0xc0, 12, 0, 28, 0, 1, 0, 0, 0, 60, 0, 16 };
    g_autoptr (GInetAddress) address = g_inet_address_new_from_string (server->answer[i]);

    memcpy (ret_bytes + n, head, sizeof head);
    memcpy (ret_bytes + n + sizeof head, g_inet_address_to_bytes (address), 16);
    n += sizeof head + 16;
    ret_bytes[7]++;
  }

  return n;
}

static gboolean
on_question (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  Server *server = user_data;
  g_autoptr (GSocketAddress) client = NULL;
  guint8 question[512] = { 0 };
  guint8 answer[512] = { 0 };
  gssize length =
    g_socket_receive_from (socket, &client, (char *)question, sizeof question, NULL, NULL);
  gsize n;

  g_assert_cmpint (length, >, 0);
  if (server->answer == NULL)
    return G_SOURCE_CONTINUE;

  n = make_answer (server, question, (gsize)length, answer);
  if (server->disturbed) {
    answer[0] ^= 0xff;
    g_socket_send_to (socket, client, (const char *)answer, n, NULL, NULL);
    answer[0] ^= 0xff;
    g_socket_send_to (socket, client, (const char *)answer, n - 3, NULL, NULL);
    g_socket_send_to (socket, client, "", 0, NULL, NULL);
  }
  g_socket_send_to (socket, client, (const char *)answer, n, NULL, NULL);
  return G_SOURCE_CONTINUE;
}

static void
server_init (Server *server)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) any_port = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) address = NULL;

  server->socket =
    g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, NULL);
  g_assert_true (g_socket_bind (server->socket, any_port, FALSE, NULL));
  address = g_socket_get_local_address (server->socket, NULL);
  server->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));
  server->source = g_socket_create_source (server->socket, G_IO_IN, NULL);
  g_source_set_callback (server->source, G_SOURCE_FUNC (on_question), server, NULL);
  g_source_attach (server->source, NULL);
}

static void
server_clear (Server *server)
{
  g_source_destroy (server->source);
  g_source_unref (server->source);
  g_object_unref (server->socket);
}

static void
on_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **)user_data = g_object_ref (result);
}

static GArray *
ask (const Server *server, guint timeout_ms, GCancellable *cancellable, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  TlAddress loopback;

  tl_address_parse ("127.0.0.1", &loopback);
  tl_dns_query_ask (&loopback, 0, server->port, "ipv6.example", timeout_ms, cancellable, on_ready,
                    &result);
  if (cancellable != NULL)
    g_cancellable_cancel (cancellable);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);

  return tl_dns_query_ask_finish (result, error);
}

static void
test_found (gconstpointer disturbed)
{
  const char *const answer[] = { "64:ff9b::c000:aa", "64:ff9b::c000:ab", NULL };
  Server server = { .answer = answer, .disturbed = GPOINTER_TO_INT (disturbed) };
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) addresses = NULL;

  server_init (&server);
  addresses = ask (&server, 10000, NULL, &error);
  server_clear (&server);

  g_assert_no_error (error);
  g_assert_cmpuint (addresses->len, ==, 2);
  for (guint i = 0; i < addresses->len; i++) {
    g_autofree char *text = tl_address_to_string (&g_array_index (addresses, TlAddress, i));

    g_assert_cmpstr (text, ==, answer[i]);
  }
}

/* No such name, or no such address of it: both are an answer. */
static void
test_none (void)
{
  const char *const answer[] = { NULL };
  const guint8 rcodes[] = { 0, 3 };

  for (gsize i = 0; i < G_N_ELEMENTS (rcodes); i++) {
    Server server = { .answer = answer, .rcode = rcodes[i] };
    g_autoptr (GError) error = NULL;
    g_autoptr (GArray) addresses = NULL;

    server_init (&server);
    addresses = ask (&server, 10000, NULL, &error);
    server_clear (&server);

    g_assert_no_error (error);
    g_assert_cmpuint (addresses->len, ==, 0);
  }
}

/* Silent, or refusing to say, at which nobody waits: nothing is known. */
static void
test_no_answer (void)
{
  const char *const answer[] = { NULL };
  Server servers[] = { { .answer = NULL }, { .answer = answer, .rcode = 5 } };
  const gint codes[] = { TL_ERROR_TIMEOUT, TL_ERROR_FAILED };

  for (gsize i = 0; i < G_N_ELEMENTS (servers); i++) {
    g_autoptr (GError) error = NULL;

    server_init (&servers[i]);
    g_assert_null (ask (&servers[i], 50, NULL, &error));
    server_clear (&servers[i]);
    g_assert_error (error, TL_ERROR, codes[i]);
  }
}

static void
test_nobody_there (void)
{
  Server server = { 0 };
  g_autoptr (GError) error = NULL;

  server_init (&server);
  server_clear (&server);
  g_assert_null (ask (&server, 10000, NULL, &error));
  g_assert_nonnull (error);
  g_assert_true (error->domain == TL_ERROR);
  g_assert_cmpint (error->code, !=, TL_ERROR_TIMEOUT);
}

#define DAMAGED_LENGTH 200 /* of short ones the kernel finds out before the socket is readable */

static void
send_damaged (guint16 from, guint16 to)
{
  struct sockaddr_in loopback = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (0x7f000001) };
  int fd = socket (AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_UDP);
  guint8 bytes[DAMAGED_LENGTH] = { 0 };
  struct udphdr header = {
    .source = htons (from), .dest = htons (to), .len = htons (sizeof bytes), .check = 0x1234
  };

  g_assert_cmpint (fd, >=, 0);
  memcpy (bytes, &header, sizeof header);
  g_assert_cmpint (
    sendto (fd, bytes, sizeof bytes, 0, (struct sockaddr *)&loopback, sizeof loopback), ==,
    sizeof bytes);
  close (fd);
}

/* A question that is answered when the datagram with the wrong checksum has been looked at. */
typedef struct {
  Server server;
  GSocketAddress *client;
  guint8 question[512];
  gsize length;
} Damaged;

static gboolean
answer_late (gpointer user_data)
{
  Damaged *damaged = user_data;
  guint8 answer[512] = { 0 };
  gsize n = make_answer (&damaged->server, damaged->question, damaged->length, answer);

  g_socket_send_to (damaged->server.socket, damaged->client, (const char *)answer, n, NULL, NULL);
  return G_SOURCE_REMOVE;
}

static gboolean
on_question_damaged (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  Damaged *damaged = user_data;
  gssize length = g_socket_receive_from (socket, &damaged->client, (char *)damaged->question,
                                         sizeof damaged->question, NULL, NULL);

  g_assert_cmpint (length, >, 0);
  damaged->length = (gsize)length;
  send_damaged (damaged->server.port,
                g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (damaged->client)));
  g_timeout_add (50, answer_late, damaged);
  return G_SOURCE_CONTINUE;
}

static void
test_damaged (void)
{
  const char *const answer[] = { "64:ff9b::c000:aa", NULL };
  Damaged damaged = { .server.answer = answer };
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) addresses = NULL;

  if (geteuid () != 0) {
    g_test_skip ("a wrong checksum takes root");
    return;
  }

  server_init (&damaged.server);
  g_source_set_callback (damaged.server.source, G_SOURCE_FUNC (on_question_damaged), &damaged,
                         NULL);
  addresses = ask (&damaged.server, 10000, NULL, &error);
  server_clear (&damaged.server);
  g_object_unref (damaged.client);

  g_assert_no_error (error);
  g_assert_cmpuint (addresses->len, ==, 1);
}

static void
test_cancelled (void)
{
  Server server = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  server_init (&server);
  g_assert_null (ask (&server, 10000, cancellable, &error));
  server_clear (&server);
  g_assert_error (error, TL_ERROR, TL_ERROR_CANCELLED);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/dns-query/found", GINT_TO_POINTER (FALSE), test_found);
  g_test_add_data_func ("/dns-query/disturbed", GINT_TO_POINTER (TRUE), test_found);
  g_test_add_func ("/dns-query/damaged", test_damaged);
  g_test_add_func ("/dns-query/none", test_none);
  g_test_add_func ("/dns-query/no-answer", test_no_answer);
  g_test_add_func ("/dns-query/nobody-there", test_nobody_there);
  g_test_add_func ("/dns-query/cancelled", test_cancelled);

  return g_test_run ();
}
