/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "kernel-routes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <unistd.h>

struct _KernelRoutes {
  struct mnl_socket *socket;
  guint32 sequence;
};

/**
 * kernel_routes_new:
 *
 * Returns: (transfer full): asks the kernel of the present namespace
 */
KernelRoutes *
kernel_routes_new (void)
{
  KernelRoutes *self = g_new0 (KernelRoutes, 1);
  int bound;

  self->socket = mnl_socket_open2 (NETLINK_ROUTE, SOCK_CLOEXEC);
  g_assert_nonnull (self->socket);
  bound = mnl_socket_bind (self->socket, 0, MNL_SOCKET_AUTOPID);
  g_assert_cmpint (bound, ==, 0);

  return self;
}

/**
 * kernel_routes_free:
 * @self: (transfer full): what asks the kernel
 */
void
kernel_routes_free (KernelRoutes *self)
{
  mnl_socket_close (self->socket);
  g_free (self);
}

static int
to_af (TlFamily family)
{
  return family == TL_FAMILY_IPV4 ? AF_INET : AF_INET6;
}

static void
put_address (struct nlmsghdr *message, guint16 type, const TlAddress *address)
{
  mnl_attr_put (message, type, tl_family_bytes (address->family), address->bytes);
}

static void
read_hop_attribute (const struct nlattr *attribute, TlFamily family, TlNextHop *hop)
{
  switch (mnl_attr_get_type (attribute)) {
  case RTA_OIF:
    hop->ifindex = mnl_attr_get_u32 (attribute);
    break;
  case RTA_GATEWAY:
    hop->has_gateway = TRUE;
    tl_address_from_bytes (family, mnl_attr_get_payload (attribute), &hop->gateway);
    break;
  case RTA_VIA: {
    const struct rtvia *via = mnl_attr_get_payload (attribute);

    hop->has_gateway = TRUE;
    tl_address_from_bytes (via->rtvia_family == AF_INET ? TL_FAMILY_IPV4 : TL_FAMILY_IPV6,
                           via->rtvia_addr, &hop->gateway);
    break;
  }
  default:
    break;
  }
}

static void
read_hops (const struct nlattr *multipath, TlFamily family, GArray *hops)
{
  const char *at = mnl_attr_get_payload (multipath);
  const char *end = at + mnl_attr_get_payload_len (multipath);

  while (at < end) {
    const struct rtnexthop *raw = (gconstpointer)at;
    TlNextHop hop = { .ifindex = raw->rtnh_ifindex, .flags = raw->rtnh_flags };
    const struct nlattr *attribute = (gconstpointer)(raw + 1);

    while (mnl_attr_ok (attribute, at + raw->rtnh_len - (const char *)attribute)) {
      read_hop_attribute (attribute, family, &hop);
      attribute = mnl_attr_next (attribute);
    }
    g_array_append_val (hops, hop);
    at += RTNH_ALIGN (raw->rtnh_len);
  }
}

/*
 * The route of an answer as one egress for each of its live next hops. Nothing where it is by a
 * nexthop object that routes may share, unless @shared_too.
 */
static gboolean
read_answer (const struct nlmsghdr *message,
             const TlNetState *net,
             TlFamily family,
             gboolean shared_too,
             GArray *egresses)
{
  const struct rtmsg *header = mnl_nlmsg_get_payload (message);
  g_autoptr (GArray) hops = g_array_new (FALSE, TRUE, sizeof (TlNextHop));
  TlNextHop single = { .flags = header->rtm_flags };
  TlAddress destination = { .family = family };
  TlRoute route = {
    .table = header->rtm_table,
    .type = header->rtm_type,
    .protocol = header->rtm_protocol,
  };
  const struct nlattr *attribute;
  gboolean is_shared = FALSE;

  mnl_attr_for_each (attribute, message, sizeof *header)
  {
    switch (mnl_attr_get_type (attribute)) {
    case RTA_NH_ID:
      is_shared = family == TL_FAMILY_IPV6;
      break;
    case RTA_DST:
      tl_address_from_bytes (family, mnl_attr_get_payload (attribute), &destination);
      break;
    case RTA_TABLE:
      route.table = mnl_attr_get_u32 (attribute);
      break;
    case RTA_MULTIPATH:
      read_hops (attribute, family, hops);
      break;
    default:
      read_hop_attribute (attribute, family, &single);
      break;
    }
  }
  if (is_shared && !shared_too)
    return FALSE;
  if (shared_too)
    route.table = 0;
  tl_prefix_init (&route.destination, &destination, header->rtm_dst_len);
  if (hops->len == 0)
    g_array_append_val (hops, single);

  for (guint i = 0; i < hops->len; i++) {
    const TlNextHop *hop = &g_array_index (hops, TlNextHop, i);
    TlEgress egress;

    if ((hop->flags & RTNH_F_DEAD) == 0) {
      tl_egress_init (&egress, net, family, &route, hop);
      g_array_append_val (egresses, egress);
    }
  }

  return TRUE;
}

static struct nlmsghdr *
build_question (KernelRoutes *self, const KernelQuestion *question, guint32 flags, void *buffer)
{
  struct nlmsghdr *message = mnl_nlmsg_put_header (buffer);
  struct rtmsg *header = mnl_nlmsg_put_extra_header (message, sizeof *header);
  TlFamily family = question->destination.family;

  message->nlmsg_type = RTM_GETROUTE;
  message->nlmsg_flags = NLM_F_REQUEST;
  message->nlmsg_seq = ++self->sequence;
  header->rtm_family = to_af (family);
  header->rtm_flags = flags | RTM_F_LOOKUP_TABLE;
  header->rtm_dst_len = tl_family_bits (family);
  put_address (message, RTA_DST, &question->destination);
  if (question->has_source) {
    header->rtm_src_len = tl_family_bits (family);
    put_address (message, RTA_SRC, &question->source);
  }
  if (question->ip_protocol != 0)
    mnl_attr_put_u8 (message, RTA_IP_PROTO, question->ip_protocol);
  if (question->port != 0)
    mnl_attr_put_u16 (message, RTA_DPORT, g_htons (question->port));

  return message;
}

/* Returns: the whole answer in @buffer */
static const struct nlmsghdr *
ask (KernelRoutes *self, const KernelQuestion *question, guint32 flags, gpointer buffer, gsize size)
{
  struct nlmsghdr *message = build_question (self, question, flags, buffer);
  gssize length = mnl_socket_sendto (self->socket, message, message->nlmsg_len);

  g_assert_cmpint (length, >, 0);
  length = mnl_socket_recvfrom (self->socket, buffer, size);
  g_assert_cmpint (length, >, 0);
  message = buffer;
  g_assert_cmpuint (message->nlmsg_seq, ==, self->sequence);

  return message;
}

/**
 * kernel_routes_ask:
 * @self: what asks the kernel
 * @net: the links
 * @question: the packet
 * @egresses: (element-type TlEgress): each way that the deciding route offers is appended. Where
 *   the kernel tells an error without a route: blocked by no route. Table 0: it does not tell by
 *   which route, and names one way only. Of IPv6 routes that share a nexthop object, it names any
 *   as the matching one (measured with 6.18), so only the packet's own way is right.
 */
void
kernel_routes_ask (KernelRoutes *self,
                   const TlNetState *net,
                   const KernelQuestion *question,
                   GArray *egresses)
{
  _Alignas(struct nlmsghdr) char buffer[8192];
  TlFamily family = question->destination.family;
  const struct nlmsghdr *message = ask (self, question, RTM_F_FIB_MATCH, buffer, sizeof buffer);

  if (message->nlmsg_type == RTM_NEWROUTE && !read_answer (message, net, family, FALSE, egresses)) {
    message = ask (self, question, 0, buffer, sizeof buffer);
    if (message->nlmsg_type == RTM_NEWROUTE)
      read_answer (message, net, family, TRUE, egresses);
  }
  if (message->nlmsg_type == NLMSG_ERROR) {
    const struct nlmsgerr *error = mnl_nlmsg_get_payload (message);
    TlEgress blocked;

    if (error->error != -ENETUNREACH && error->error != -EHOSTUNREACH && error->error != -EACCES &&
        error->error != -EINVAL)
      g_error ("RTM_GETROUTE: %s", g_strerror (-error->error));
    tl_egress_init (&blocked, net, family, NULL, NULL);
    g_array_append_val (egresses, blocked);
  }
}

/**
 * kernel_choose_source:
 * @destination: where to
 * @ret_source: (out): the address a UDP socket is given by connect(); nothing is sent
 *
 * Returns: whether connect() succeeds
 */
gboolean
kernel_choose_source (const TlAddress *destination, TlAddress *ret_source)
{
  struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = g_htons (9) };
  struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = g_htons (9) };
  gboolean is_four = destination->family == TL_FAMILY_IPV4;
  struct sockaddr *address = is_four ? (struct sockaddr *)&four : (struct sockaddr *)&six;
  gpointer bytes = is_four ? (gpointer)&four.sin_addr : (gpointer)&six.sin6_addr;
  socklen_t length = is_four ? sizeof four : sizeof six;
  int fd = socket (address->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  gboolean connected;

  g_assert_cmpint (fd, >=, 0);
  /* Else the answer to a broadcast address would be a matter of the socket, not of routes. */
  setsockopt (fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on);
  memcpy (bytes, destination->bytes, tl_family_bytes (destination->family));
  connected = connect (fd, address, length) == 0 && getsockname (fd, address, &length) == 0;
  close (fd);
  if (connected)
    tl_address_from_bytes (destination->family, bytes, ret_source);

  return connected;
}
