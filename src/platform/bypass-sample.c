/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#define _GNU_SOURCE /* struct in6_pktinfo */

#include "platform/bypass-sample.h"

#include "platform/dns-query.h"
#include "platform/socket-address.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Any port does where nothing is sent. */
#define DISCARD_PORT 9

/* To the ports of DNS goes a question (RFC 1035, 4.1), so that a server on the own network, which
 * hop limit 1 reaches, answers at once: for `localhost`, with no recursion desired, so that it asks
 * nobody else. */
static const char dns_question[] = "TL\0\0\0\1\0\0\0\0\0\0" /* number, flags, one question */
                                   "\011localhost\0"        /* its name */
                                   "\0\1\0\1";              /* A, IN */

static gboolean
set_option (int fd, int level, int option, int value)
{
  return setsockopt (fd, level, option, &value, sizeof value) == 0;
}

/*
 * Hop limit 1, so that nothing goes past the next router. RECVERR keeps ICMP errors for us, and
 * makes the kernel tell of what a queue of its own dropped (ENOBUFS); PKTINFO says on which link
 * an error came in.
 */
static int
open_socket (TlFamily family, int type)
{
  int domain = family == TL_FAMILY_IPV4 ? AF_INET : AF_INET6;
  int fd = socket (domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  gboolean set;

  if (fd < 0)
    return -1;
  if (family == TL_FAMILY_IPV4)
    set = set_option (fd, IPPROTO_IP, IP_TTL, 1) && set_option (fd, IPPROTO_IP, IP_RECVERR, 1) &&
          set_option (fd, IPPROTO_IP, IP_PKTINFO, 1);
  else
    set = set_option (fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 1) &&
          set_option (fd, IPPROTO_IPV6, IPV6_RECVERR, 1) &&
          set_option (fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
  if (!set) {
    close (fd);
    return -1;
  }

  return fd;
}

static gboolean
is_stream (int fd)
{
  int type = 0;
  socklen_t length = sizeof type;

  return getsockopt (fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_STREAM;
}

/* Has the kernel tell, in the error queue, when a datagram is handed to a link's driver. Not all
 * drivers do: without it nothing is proven. */
static void
ask_for_timestamps (int fd)
{
  set_option (fd, SOL_SOCKET, SO_TIMESTAMPING,
              SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE |
                SOF_TIMESTAMPING_OPT_TSONLY);
}

/* What a firewall of this computer makes of a call. */
static gboolean
is_refusal (int error)
{
  return error == EPERM || error == EACCES || error == ENOBUFS;
}

/* Returns: 0, or an error of errno(3) */
static int
send_datagram (int fd, guint16 port)
{
  gsize length = port == TL_DNS_PORT ? sizeof dns_question - 1 : 0;

  return send (fd, dns_question, length, 0) < 0 ? errno : 0;
}

/**
 * tl_bypass_sample_send_udp:
 * @address: where to
 * @ifindex: the link on which @address is, if it is a link-local one; else of no account
 * @port: to which port
 * @ret_fate: (out): %TL_SAMPLE_REFUSED, or %TL_SAMPLE_ACCEPTED
 *
 * Sends a datagram with hop limit 1, which is empty but to the port of DNS.
 *
 * Returns: the socket on which the answer comes, or -1
 */
int
tl_bypass_sample_send_udp (const TlAddress *address,
                           int ifindex,
                           guint16 port,
                           TlSampleFate *ret_fate)
{
  int fd = open_socket (address->family, SOCK_DGRAM);
  TlSocketAddress to;
  socklen_t length = tl_socket_address_init (&to, address, ifindex, port);
  int error;

  /* What could not be tried was not refused. */
  *ret_fate = TL_SAMPLE_ACCEPTED;
  if (fd < 0)
    return fd;

  ask_for_timestamps (fd);
  error = connect (fd, &to.any, length) < 0 ? errno : send_datagram (fd, port);
  if (is_refusal (error))
    *ret_fate = TL_SAMPLE_REFUSED;
  return fd;
}

/**
 * tl_bypass_sample_send_again:
 * @fd: a socket of these functions, whose packet was accepted
 * @port: to which port that was
 *
 * Sends one more datagram from the same port to the same: a firewall that counts connections sees
 * none that is new. A connection is left alone, since the kernel sends its SYN again by itself.
 *
 * A firewall that says EPERM (netfilter's output and postrouting) had its say about the first one,
 * too, and let it out: it limits how many there are. What drops behind the look-up of the
 * neighbour's address says ENOBUFS, and only now.
 *
 * Returns: %TL_SAMPLE_REFUSED, %TL_SAMPLE_ACCEPTED or %TL_SAMPLE_SENT
 */
TlSampleFate
tl_bypass_sample_send_again (int fd, guint16 port)
{
  int error = is_stream (fd) ? 0 : send_datagram (fd, port);

  if (!is_refusal (error))
    return TL_SAMPLE_ACCEPTED;

  return error == ENOBUFS ? TL_SAMPLE_REFUSED : TL_SAMPLE_SENT;
}

/*
 * Makes the connection deaf: it wants segments signed by a key that nobody has (RFC 2385), so no
 * reset ends it, be it of a firewall here or of the router, which cannot be told apart. What
 * becomes of the retransmission can. (A socket filter would do, too, but needs privileges for TCP
 * since Linux 6.18.) Where the kernel does not know signatures, a reset proves nothing.
 */
static void
hear_nobody (int fd, const TlSocketAddress *to, socklen_t length)
{
  struct tcp_md5sig key = { .tcpm_keylen = 1 };

  memcpy (&key.tcpm_addr, to, length);
  setsockopt (fd, IPPROTO_TCP, TCP_MD5SIG, &key, sizeof key);
}

/**
 * tl_bypass_sample_connect:
 * @address: where to
 * @ifindex: as for tl_bypass_sample_send_udp()
 * @port: to which port
 * @ret_fate: (out): %TL_SAMPLE_PENDING where the answer is to be awaited
 *
 * Begins to connect with hop limit 1.
 *
 * Returns: the socket on which the answer comes, or -1
 */
int
tl_bypass_sample_connect (const TlAddress *address,
                          int ifindex,
                          guint16 port,
                          TlSampleFate *ret_fate)
{
  int fd = open_socket (address->family, SOCK_STREAM);
  TlSocketAddress to;
  socklen_t length = tl_socket_address_init (&to, address, ifindex, port);

  /* What could not be tried was not refused. */
  *ret_fate = TL_SAMPLE_ACCEPTED;
  if (fd < 0)
    return fd;

  hear_nobody (fd, &to, length);
  if (connect (fd, &to.any, length) == 0)
    *ret_fate = TL_SAMPLE_ACCEPTED;
  else if (errno == EINPROGRESS)
    *ret_fate = TL_SAMPLE_PENDING;
  else if (is_refusal (errno) || errno == ECONNREFUSED)
    *ret_fate = TL_SAMPLE_REFUSED;
  return fd;
}

/** IcmpError: an error out of a socket's error queue, or a timestamp of a packet that was sent. */
typedef struct {
  gboolean is_icmp;
  gboolean is_timestamp;
  guint8 type;
  guint8 code;
  int ifindex; /* the link it came in on, or went out by */
  TlSocketAddress from;
} IcmpError;

static void
read_error (const struct cmsghdr *header, IcmpError *icmp)
{
  const struct sock_extended_err *error = (const void *)CMSG_DATA (header);
  const TlSocketAddress *from = (const void *)SO_EE_OFFENDER (error);

  icmp->is_icmp = error->ee_origin == SO_EE_ORIGIN_ICMP || error->ee_origin == SO_EE_ORIGIN_ICMP6;
  icmp->is_timestamp = error->ee_origin == SO_EE_ORIGIN_TIMESTAMPING;
  icmp->type = error->ee_type;
  icmp->code = error->ee_code;
  if (from->any.sa_family == AF_INET)
    icmp->from.ipv4 = from->ipv4;
  else if (from->any.sa_family == AF_INET6)
    icmp->from.ipv6 = from->ipv6;
}

/* Returns: whether there was one more */
static gboolean
next_error (int fd, IcmpError *icmp)
{
  guint8 control[512] __attribute__ ((aligned (__alignof__(struct cmsghdr))));
  struct msghdr message = { .msg_control = control, .msg_controllen = sizeof control };

  if (recvmsg (fd, &message, MSG_ERRQUEUE) < 0)
    return FALSE;

  memset (icmp, 0, sizeof *icmp);
  for (struct cmsghdr *header = CMSG_FIRSTHDR (&message); header != NULL;
       header = CMSG_NXTHDR (&message, header)) {
    if ((header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_RECVERR) ||
        (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_RECVERR))
      read_error (header, icmp);
    else if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO)
      icmp->ifindex = ((const struct in_pktinfo *)(const void *)CMSG_DATA (header))->ipi_ifindex;
    else if (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_PKTINFO)
      icmp->ifindex =
        (int)((const struct in6_pktinfo *)(const void *)CMSG_DATA (header))->ipi6_ifindex;
  }

  return TRUE;
}

static gboolean
same_address (const TlSocketAddress *a, const TlSocketAddress *b)
{
  if (a->any.sa_family != b->any.sa_family)
    return FALSE;
  if (a->any.sa_family == AF_INET)
    return a->ipv4.sin_addr.s_addr == b->ipv4.sin_addr.s_addr;

  return IN6_ARE_ADDR_EQUAL (&a->ipv6.sin6_addr, &b->ipv6.sin6_addr);
}

/*
 * Whether an error is of this computer: its address is the one that speaks to itself. The link
 * does not tell: what IPv6 sends to an own address counts as come in on the link that has it.
 */
static gboolean
is_own (const IcmpError *icmp)
{
  TlSocketAddress to = icmp->from;
  TlSocketAddress own;
  socklen_t length = sizeof own;
  int fd = socket (to.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  gboolean result = FALSE;

  if (fd < 0)
    return FALSE;
  if (to.any.sa_family == AF_INET)
    to.ipv4.sin_port = htons (DISCARD_PORT);
  else
    to.ipv6.sin6_port = htons (DISCARD_PORT);
  memset (&own, 0, sizeof own);
  /* Connecting a datagram socket sends nothing. */
  if (connect (fd, &to.any, sizeof to) == 0 && getsockname (fd, &own.any, &length) == 0)
    result = same_address (&own, &icmp->from);
  close (fd);
  return result;
}

static void
address_of (const IcmpError *icmp, TlAddress *ret_address)
{
  if (icmp->from.any.sa_family == AF_INET)
    tl_address_from_bytes (TL_FAMILY_IPV4, &icmp->from.ipv4.sin_addr, ret_address);
  else
    tl_address_from_bytes (TL_FAMILY_IPV6, &icmp->from.ipv6.sin6_addr, ret_address);
}

/* The kernel's own word for a neighbour that does not answer, which takes it a while to find out;
 * a firewall that uses the same word says it at once. */
static gboolean
is_link_failure (const IcmpError *icmp, TlFamily family)
{
  return family == TL_FAMILY_IPV4
           ? icmp->type == ICMP_DEST_UNREACH && icmp->code == ICMP_HOST_UNREACH
           : icmp->type == ICMP6_DST_UNREACH && icmp->code == ICMP6_DST_UNREACH_ADDR;
}

/* Whether the other end has answered, or whoever speaks for it. */
static gboolean
has_answer (int fd)
{
  guint8 byte;

  return recv (fd, &byte, sizeof byte, 0) >= 0;
}

/* What a connection without ICMP errors has come to. */
static TlSampleFate
judge_connection (int fd)
{
  struct tcp_info info;
  socklen_t length = sizeof info;
  int error = 0;
  socklen_t error_length = sizeof error;

  memset (&info, 0, sizeof info);
  if (getsockopt (fd, SOL_SOCKET, SO_ERROR, &error, &error_length) < 0 ||
      getsockopt (fd, IPPROTO_TCP, TCP_INFO, &info, &length) < 0)
    return TL_SAMPLE_ACCEPTED;
  if (is_refusal (error))
    return TL_SAMPLE_REFUSED;

  /* Reset where signatures are unknown, or connected, to whomever. */
  return info.tcpi_state == TCP_SYN_SENT ? TL_SAMPLE_PENDING : TL_SAMPLE_ACCEPTED;
}

/**
 * tl_bypass_sample_read:
 * @fd: a socket of these functions
 * @family: its family
 * @ifindex: the link by which its packet was to leave
 * @at_once: whether it has only just been sent
 * @ret_from: (out): who answered, where the result is %TL_SAMPLE_LEFT
 *
 * Reads what has come in. Only an answer that came in on @ifindex proves that the packet left by
 * it.
 *
 * Returns: the sample's fate; a datagram is never refused after it was accepted
 */
TlSampleFate
tl_bypass_sample_read (int fd, TlFamily family, int ifindex, gboolean at_once, TlAddress *ret_from)
{
  gboolean refused = FALSE;
  gboolean accepted = FALSE;
  gboolean sent = FALSE;
  IcmpError icmp;

  while (next_error (fd, &icmp)) {
    gboolean own;

    sent |= icmp.is_timestamp;
    if (!icmp.is_icmp || icmp.from.any.sa_family == AF_UNSPEC)
      continue;
    own = is_own (&icmp);
    if (!own && icmp.ifindex == ifindex) {
      address_of (&icmp, ret_from);
      return TL_SAMPLE_LEFT;
    }
    if (own && (at_once || !is_link_failure (&icmp, family)))
      refused = TRUE;
    else
      accepted = TRUE;
  }
  if (!is_stream (fd) && has_answer (fd))
    return TL_SAMPLE_ANSWERED;
  if (sent)
    return TL_SAMPLE_SENT;
  if (!is_stream (fd) || accepted)
    return TL_SAMPLE_ACCEPTED;

  return refused ? TL_SAMPLE_REFUSED : judge_connection (fd);
}

/**
 * tl_bypass_sample_judge_retransmission:
 * @fd: a socket that is connecting, a second or more after it began
 *
 * A drop inside this computer is silent for TCP. But the kernel counts an attempt to send that
 * failed in total_retrans and not in retrans; a segment that was handed to the link counts in both
 * (measured for nftables' output, postrouting and netdev egress). The first attempt is counted
 * nowhere: a firewall that lets out a few packets only, and no UDP, seems to let out none.
 *
 * Returns: the sample's fate, %TL_SAMPLE_PENDING before the first retransmission
 */
TlSampleFate
tl_bypass_sample_judge_retransmission (int fd)
{
  struct tcp_info info;
  socklen_t length = sizeof info;

  memset (&info, 0, sizeof info);
  if (getsockopt (fd, IPPROTO_TCP, TCP_INFO, &info, &length) < 0)
    return TL_SAMPLE_ACCEPTED;
  if (info.tcpi_total_retrans == 0)
    return TL_SAMPLE_PENDING;

  return info.tcpi_retrans == 0 ? TL_SAMPLE_REFUSED : TL_SAMPLE_SENT;
}

/**
 * tl_bypass_sample_send_stamped:
 * @address: where to
 * @port: to which port
 *
 * Sends an empty datagram with hop limit 1, and has the kernel note when it is handed to a link,
 * after all that a firewall has done to it (SOF_TIMESTAMPING_TX_SCHED), and to which
 * (SOF_TIMESTAMPING_OPT_CMSG): an answer may not find its way back to a packet that has been sent
 * another way than its source address was chosen for.
 *
 * Returns: the socket for tl_bypass_sample_find_link(), or -1 where it could not be sent
 */
int
tl_bypass_sample_send_stamped (const TlAddress *address, guint16 port)
{
  int flags = SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_CMSG;
  int fd = open_socket (address->family, SOCK_DGRAM);
  TlSocketAddress to;
  socklen_t length = tl_socket_address_init (&to, address, 0, port);

  if (fd < 0)
    return fd;
  /* Without stamps there is still the answer. */
  set_option (fd, SOL_SOCKET, SO_TIMESTAMPING, flags);
  if (sendto (fd, "", 0, 0, &to.any, length) < 0) {
    close (fd);
    return -1;
  }

  return fd;
}

/**
 * tl_bypass_sample_find_link:
 * @fd: a socket of tl_bypass_sample_send_stamped() or tl_bypass_sample_connect()
 *
 * A packet that a tunnel has taken in may be stamped once more when it goes out of an uplink,
 * encrypted (linux' timestamping.rst): the first stamp counts.
 *
 * Returns: index of the link by which the packet went out, or on which another computer's answer to
 *   it came in; 0 while neither is known
 */
int
tl_bypass_sample_find_link (int fd)
{
  IcmpError icmp;

  while (next_error (fd, &icmp)) {
    gboolean answered = icmp.is_icmp && icmp.from.any.sa_family != AF_UNSPEC;

    if (icmp.ifindex > 0 && (icmp.is_timestamp || (answered && !is_own (&icmp))))
      return icmp.ifindex;
  }

  return 0;
}
