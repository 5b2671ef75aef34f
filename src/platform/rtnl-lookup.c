/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/rtnl-lookup.h"

#include "platform/rtnl-attributes.h"
#include "platform/rtnl-parse.h"
#include "platform/system-error.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

/* Datagrams that are not the answer; more than a few means that something is wrong. */
#define MOST_STRAYS 16

typedef TlRtnlParsed (*ParseFunc) (const struct nlmsghdr *message, gpointer ret_value);

/* The message of this sequence number in a datagram, if it is there and whole. */
static const struct nlmsghdr *
find_message (gconstpointer bytes, gsize length, guint32 sequence)
{
  const struct nlmsghdr *message = bytes;
  int left = (int)length;

  for (; mnl_nlmsg_ok (message, left); message = mnl_nlmsg_next (message, &left)) {
    if (message->nlmsg_seq == sequence)
      return message;
  }
  return NULL;
}

/*
 * Asks for one thing. Returns FALSE where the kernel could not be asked; else @ret_errno has 0 or
 * the kernel's refusal, which for a route is an answer like any other.
 */
static gboolean
ask (TlRtnlSocket *socket,
     struct nlmsghdr *request,
     guint16 answer_type,
     ParseFunc parse,
     gpointer ret_value,
     int *ret_errno,
     GError **error)
{
  guint32 sequence = tl_rtnl_socket_send (socket, request, error);

  if (sequence == 0)
    return FALSE;

  for (guint i = 0; i < MOST_STRAYS; i++) {
    const struct nlmsghdr *answer;
    gconstpointer bytes;
    gsize length;
    int result = tl_rtnl_socket_receive (socket, &bytes, &length);

    if (result != 0) {
      /* The socket blocks: that there is nothing to read is that its time is over. */
      return tl_system_error_set (error, result == EAGAIN ? ETIMEDOUT : result,
                                  "Waiting for the kernel's answer");
    }
    answer = find_message (bytes, length, sequence);
    if (answer == NULL)
      continue;

    *ret_errno = 0;
    if (answer->nlmsg_type == NLMSG_ERROR && mnl_nlmsg_get_payload_len (answer) >= sizeof (int)) {
      *ret_errno = -*(const int *)mnl_nlmsg_get_payload (answer);
      return TRUE;
    }
    if (answer->nlmsg_type == answer_type && parse (answer, ret_value) == TL_RTNL_PARSED)
      return TRUE;
    break;
  }

  g_set_error (error, TL_ERROR, TL_ERROR_FAILED, "The kernel's answer makes no sense");
  return FALSE;
}

static TlRtnlParsed
parse_route (const struct nlmsghdr *message, gpointer ret_value)
{
  return tl_rtnl_parse_route (message, ret_value);
}

static TlRtnlParsed
parse_route_mtu (const struct nlmsghdr *message, gpointer ret_value)
{
  return tl_rtnl_parse_route_mtu (message, ret_value);
}

static TlRtnlParsed
parse_link (const struct nlmsghdr *message, gpointer ret_value)
{
  return tl_rtnl_parse_link (message, ret_value);
}

static gboolean
ask_route (TlRtnlSocket *socket,
           const TlAddress *destination,
           const TlAddress *source,
           guint flags,
           ParseFunc parse,
           gpointer ret_value,
           int *ret_errno,
           GError **error)
{
  _Alignas(struct nlmsghdr) guint8 buffer[256];
  struct nlmsghdr *request = mnl_nlmsg_put_header (buffer);
  gsize bytes = tl_family_bytes (destination->family);
  struct rtmsg *header;

  request->nlmsg_type = RTM_GETROUTE;
  request->nlmsg_flags = NLM_F_REQUEST;
  header = mnl_nlmsg_put_extra_header (request, sizeof *header);
  header->rtm_family = (guint8)tl_family_to_af (destination->family);
  header->rtm_flags = flags;
  header->rtm_dst_len = (guint8)tl_family_bits (destination->family);
  mnl_attr_put (request, RTA_DST, bytes, destination->bytes);
  if (source != NULL) {
    header->rtm_src_len = (guint8)tl_family_bits (destination->family);
    mnl_attr_put (request, RTA_SRC, bytes, source->bytes);
  }

  return ask (socket, request, RTM_NEWROUTE, parse, ret_value, ret_errno, error);
}

/* What tl_egress_init() has to know of the kernel's tables: the one link, as it is now. */
static TlNetState *
ask_link (TlRtnlSocket *socket, int ifindex, GError **error)
{
  g_autoptr (TlNetState) net = tl_net_state_new ();
  _Alignas(struct nlmsghdr) guint8 buffer[128];
  struct nlmsghdr *request = mnl_nlmsg_put_header (buffer);
  struct ifinfomsg *header;
  int refusal = 0;
  TlLink link;

  request->nlmsg_type = RTM_GETLINK;
  request->nlmsg_flags = NLM_F_REQUEST;
  header = mnl_nlmsg_put_extra_header (request, sizeof *header);
  header->ifi_index = ifindex;
  mnl_attr_put_u32 (request, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
  if (!ask (socket, request, RTM_NEWLINK, parse_link, &link, &refusal, error))
    return NULL;
  if (refusal != 0) {
    tl_system_error_set (error, refusal, "Asking for a link");
    return NULL;
  }

  g_array_append_val (net->links, link);
  return g_steal_pointer (&net);
}

/*
 * The errors that are answers: net/ipv4/fib_semantics.c fib_props and net/ipv6/route.c
 * ip6_rt_type_to_error(). A rule of the same action gives the same error.
 */
static gboolean
blocked_by (int refusal, guint8 *ret_type)
{
  static const struct {
    int error;
    guint8 type;
  } blocked[] = {
    { EINVAL, RTN_BLACKHOLE },
    { EACCES, RTN_PROHIBIT },
    { EHOSTUNREACH, RTN_UNREACHABLE },
    { ENETUNREACH, RTN_UNSPEC },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (blocked); i++) {
    if (blocked[i].error == refusal) {
      *ret_type = blocked[i].type;
      return TRUE;
    }
  }
  return FALSE;
}

/* A foreign source is refused like a route: EINVAL, ENETUNREACH (seen on 6.18). */
static gboolean
check_source (TlRtnlSocket *socket, const TlAddress *source, GError **error)
{
  TlRoute route = { 0 };
  gboolean own;
  int refusal = 0;

  if (!ask_route (socket, source, NULL, 0, parse_route, &route, &refusal, error))
    return FALSE;

  own = refusal == 0 && route.type == RTN_LOCAL;
  g_free (route.more_hops);
  if (!own)
    g_set_error (error, TL_ERROR, TL_ERROR_INVALID, "The source is not an address of this host");
  return own;
}

static gboolean
fill_blocked (TlRtnlSocket *socket,
              TlFamily family,
              const TlAddress *source,
              int refusal,
              TlEgress *egress,
              GError **error)
{
  guint8 type = RTN_UNSPEC;

  if (!blocked_by (refusal, &type)) {
    return tl_system_error_set (error, refusal, "Asking for a route");
  }
  if (source != NULL && !check_source (socket, source, error))
    return FALSE;

  tl_egress_init (egress, NULL, family, NULL, NULL);
  egress->route_type = type;
  return TRUE;
}

/* @result: where this packet goes; @match: the route that says so. */
static gboolean
fill_egress (TlRtnlSocket *socket,
             const TlAddress *destination,
             const TlRoute *result,
             const TlRoute *match,
             TlEgress *egress,
             GError **error)
{
  g_autoptr (TlNetState) net = ask_link (socket, result->hop.ifindex, error);

  if (net == NULL)
    return FALSE;

  tl_egress_init (egress, net, destination->family, match, &result->hop);
  /* IPv6 may name another route that shares the nexthop object (measured with 6.18). */
  if (!tl_prefix_contains (&match->destination, destination))
    egress->destination = (TlPrefix){ .address.family = destination->family };
  return TRUE;
}

/**
 * tl_rtnl_lookup_on:
 * @socket: a blocking socket
 * @destination: where to
 * @source: (nullable): an own address to send from, same family; else the kernel chooses
 * @ret_egress: (out): what the kernel does with a packet to it
 * @ret_source: (out) (optional): the source address, unspecified where blocked
 * @error: as for tl_rtnl_lookup()
 *
 * Asks twice: the plain answer says which next hop of a multipath route is taken, from where,
 * and whether a redirect changed it; only RTM_F_FIB_MATCH (kernel 4.13) says which route it was.
 *
 * Returns: whether the kernel answered
 */
gboolean
tl_rtnl_lookup_on (TlRtnlSocket *socket,
                   const TlAddress *destination,
                   const TlAddress *source,
                   TlEgress *ret_egress,
                   TlAddress *ret_source,
                   GError **error)
{
  TlRoute result = { 0 };
  TlRoute match = { 0 };
  TlEgress egress = { 0 };
  TlAddress chosen = { .family = destination->family };
  gboolean answered;
  int refusal = 0;

  answered = ask_route (socket, destination, source, 0, parse_route, &result, &refusal, error);
  if (answered && refusal == 0)
    answered = ask_route (socket, destination, source, RTM_F_FIB_MATCH, parse_route, &match,
                          &refusal, error);
  if (answered && refusal != 0)
    answered = fill_blocked (socket, destination->family, source, refusal, &egress, error);
  else if (answered)
    answered = fill_egress (socket, destination, &result, &match, &egress, error);

  if (answered && refusal == 0 && source != NULL)
    chosen = *source;
  else if (answered && refusal == 0 && result.has_preferred_source)
    chosen = result.preferred_source;
  g_free (result.more_hops);
  g_free (match.more_hops);
  if (!answered)
    return FALSE;

  *ret_egress = egress;
  if (ret_source != NULL)
    *ret_source = chosen;
  return TRUE;
}

/**
 * tl_rtnl_lookup_mtu_on:
 * @socket: a blocking socket
 * @destination: where to
 * @ret_mtu: (out): the route's own MTU in bytes, which counts instead of the link's, lower or
 *   higher (seen on 6.18); 0 where it has none
 * @error: as for tl_rtnl_lookup(); also what blocks has none
 *
 * Returns: whether a route leads there
 */
gboolean
tl_rtnl_lookup_mtu_on (TlRtnlSocket *socket,
                       const TlAddress *destination,
                       guint32 *ret_mtu,
                       GError **error)
{
  guint32 mtu = 0;
  int refusal = 0;

  if (!ask_route (socket, destination, NULL, 0, parse_route_mtu, &mtu, &refusal, error))
    return FALSE;
  if (refusal != 0)
    return tl_system_error_set (error, refusal, "Asking for a route");

  *ret_mtu = mtu;
  return TRUE;
}
