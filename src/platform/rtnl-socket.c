/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/rtnl-socket.h"

#include "platform/system-error.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <sys/socket.h>
#include <sys/time.h>

/* A single message may be larger than expected: a multipath route of many next hops. */
#define BUFFER_MAX (1024 * 1024)

/* A limit, not an allocation: some 30,000 route events while the main loop is busy. */
#define RECEIVE_QUEUE (8 * 1024 * 1024)

/* The kernel answers while the request is being sent; waiting at all means something is wrong. */
#define ANSWER_TIMEOUT_MS 100

struct _TlRtnlSocket {
  struct mnl_socket *socket;
  guint8 *buffer;
  gsize buffer_size;
  guint32 sequence;
};

static void
set_receive_queue (int fd)
{
  int size = RECEIVE_QUEUE;

  /* The first needs CAP_NET_ADMIN, the second is cut down to net.core.rmem_max. */
  if (setsockopt (fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0 &&
      setsockopt (fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size) != 0)
    g_debug ("Receive queue of a netlink socket stays small: %s", g_strerror (errno));
}

/**
 * tl_rtnl_socket_new:
 * @blocking: whether receiving waits for an answer, 100 ms at most, or returns at once
 * @buffer_size: bytes of the largest datagram that is expected; grows when a larger one came
 * @error: %TL_ERROR_DENIED, %TL_ERROR_UNSUPPORTED, %TL_ERROR_FAILED
 *
 * Returns: (transfer full) (nullable): a socket that is in no multicast group
 */
TlRtnlSocket *
tl_rtnl_socket_new (gboolean blocking, gsize buffer_size, GError **error)
{
  g_autoptr (TlRtnlSocket) self = g_new0 (TlRtnlSocket, 1);
  struct timeval timeout = { .tv_usec = ANSWER_TIMEOUT_MS * 1000 };

  self->socket =
    mnl_socket_open2 (NETLINK_ROUTE, SOCK_CLOEXEC | (blocking ? 0 : (int)SOCK_NONBLOCK));
  if (self->socket == NULL || mnl_socket_bind (self->socket, 0, MNL_SOCKET_AUTOPID) != 0) {
    tl_system_error_set (error, errno, "Opening a netlink socket");
    return NULL;
  }
  if (blocking && setsockopt (tl_rtnl_socket_get_fd (self), SOL_SOCKET, SO_RCVTIMEO, &timeout,
                              sizeof timeout) != 0) {
    tl_system_error_set (error, errno, "Limiting the wait on a netlink socket");
    return NULL;
  }

  set_receive_queue (tl_rtnl_socket_get_fd (self));
  self->buffer_size = buffer_size;
  self->buffer = g_malloc (self->buffer_size);
  return g_steal_pointer (&self);
}

/**
 * tl_rtnl_socket_free:
 * @self: (nullable) (transfer full): a socket
 */
void
tl_rtnl_socket_free (TlRtnlSocket *self)
{
  if (self == NULL)
    return;

  g_clear_pointer (&self->socket, mnl_socket_close);
  g_free (self->buffer);
  g_free (self);
}

/**
 * tl_rtnl_socket_get_fd:
 * @self: a socket
 *
 * Returns: its file descriptor, to be polled only
 */
int
tl_rtnl_socket_get_fd (TlRtnlSocket *self)
{
  return mnl_socket_get_fd (self->socket);
}

/**
 * tl_rtnl_socket_join:
 * @self: a socket
 * @group: RTNLGRP_…
 * @error: %TL_ERROR_DENIED, %TL_ERROR_FAILED
 *
 * Returns: whether the group's messages come in from now on
 */
gboolean
tl_rtnl_socket_join (TlRtnlSocket *self, guint group, GError **error)
{
  if (mnl_socket_setsockopt (self->socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) == 0)
    return TRUE;

  tl_system_error_set (error, errno, "Joining a netlink group");
  return FALSE;
}

/**
 * tl_rtnl_socket_check_strictly:
 * @self: a socket
 *
 * Asks for NETLINK_GET_STRICT_CHK (kernel 4.20): the kernel then minds every field of a dump's
 * request, and leaves cached routes out of the answer.
 *
 * Returns: whether the kernel has it
 */
gboolean
tl_rtnl_socket_check_strictly (TlRtnlSocket *self)
{
  int on = 1;

  return mnl_socket_setsockopt (self->socket, NETLINK_GET_STRICT_CHK, &on, sizeof on) == 0;
}

/**
 * tl_rtnl_socket_send:
 * @self: a socket
 * @message: the request; gets its sequence number here
 * @error: %TL_ERROR_FAILED and others by errno
 *
 * Returns: the sequence number that the answer will have, never 0; or 0 on failure
 */
guint32
tl_rtnl_socket_send (TlRtnlSocket *self, struct nlmsghdr *message, GError **error)
{
  if (++self->sequence == 0)
    self->sequence = 1;
  message->nlmsg_seq = self->sequence;

  if (mnl_socket_sendto (self->socket, message, message->nlmsg_len) < 0) {
    tl_system_error_set (error, errno, "Asking the kernel");
    return 0;
  }
  return self->sequence;
}

static void
grow_buffer (TlRtnlSocket *self)
{
  if (self->buffer_size >= BUFFER_MAX)
    return;

  self->buffer_size *= 2;
  self->buffer = g_realloc (self->buffer, self->buffer_size);
}

/**
 * tl_rtnl_socket_receive:
 * @self: a socket
 * @ret_bytes: (out) (transfer none): a datagram, valid until the next call
 * @ret_length: (out): its length in bytes, 0 where it did not come from the kernel
 *
 * mnl_socket_recvfrom() does not tell who sent a datagram, and any process may be the sender.
 *
 * Returns: 0, or an errno: EAGAIN (nothing there), ENOBUFS (something was lost), EMSGSIZE (this
 *   one was too large and is lost; the next may be larger), or another
 */
int
tl_rtnl_socket_receive (TlRtnlSocket *self, gconstpointer *ret_bytes, gsize *ret_length)
{
  struct sockaddr_nl sender = { 0 };
  struct iovec chunk = { .iov_base = self->buffer, .iov_len = self->buffer_size };
  struct msghdr header = {
    .msg_name = &sender,
    .msg_namelen = sizeof sender,
    .msg_iov = &chunk,
    .msg_iovlen = 1,
  };
  gssize length;

  do
    length = recvmsg (tl_rtnl_socket_get_fd (self), &header, 0);
  while (length < 0 && errno == EINTR);

  if (length < 0)
    return errno;
  if (header.msg_namelen != sizeof sender || sender.nl_pid != 0)
    length = 0;
  else if ((header.msg_flags & MSG_TRUNC) != 0) {
    grow_buffer (self);
    return EMSGSIZE;
  }

  *ret_bytes = self->buffer;
  *ret_length = (gsize)length;
  return 0;
}
