/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

/* The parser on bytes the kernel would never send. What it does send is test-rtnl.c's part. */

#include "platform/rtnl-parse.h"

#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#define ROOM 1024

static const guint8 address6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };
static const guint8 address4[4] = { 192, 0, 2, 1 };

typedef struct {
  _Alignas(struct nlmsghdr) guint8 bytes[ROOM];
} Message;

static struct nlmsghdr *
header_of (Message *message)
{
  return (struct nlmsghdr *)(void *)message->bytes;
}

static void *
begin (Message *message, guint16 type, gsize size)
{
  struct nlmsghdr *header;

  memset (message->bytes, 0, ROOM);
  header = mnl_nlmsg_put_header (message->bytes);
  header->nlmsg_type = type;
  return mnl_nlmsg_put_extra_header (header, size);
}

static void
build_link (Message *message)
{
  struct ifinfomsg *link = begin (message, RTM_NEWLINK, sizeof *link);
  struct nlmsghdr *header = header_of (message);
  struct nlattr *info;
  struct nlattr *data;

  link->ifi_index = 7;
  link->ifi_type = 0xfffe;
  link->ifi_flags = 0x11043 | 0x100; /* and somebody listens */
  mnl_attr_put_strz (header, IFLA_IFNAME, "tap0");
  mnl_attr_put_u32 (header, IFLA_GROUP, 9);
  mnl_attr_put_u32 (header, IFLA_MASTER, 3);
  info = mnl_attr_nest_start (header, IFLA_LINKINFO);
  mnl_attr_put_strz (header, IFLA_INFO_KIND, "tun");
  data = mnl_attr_nest_start (header, IFLA_INFO_DATA);
  mnl_attr_put_u8 (header, IFLA_TUN_TYPE, 2);
  mnl_attr_nest_end (header, data);
  mnl_attr_nest_end (header, info);
}

static void
build_address (Message *message)
{
  struct ifaddrmsg *address = begin (message, RTM_NEWADDR, sizeof *address);
  struct nlmsghdr *header = header_of (message);

  address->ifa_family = AF_INET6;
  address->ifa_prefixlen = 64;
  address->ifa_index = 7;
  address->ifa_flags = 1;
  mnl_attr_put (header, IFA_ADDRESS, 16, address6);
  mnl_attr_put_u32 (header, IFA_FLAGS, 0x180);
}

static void
build_route (Message *message)
{
  struct rtmsg *route = begin (message, RTM_NEWROUTE, sizeof *route);
  struct nlmsghdr *header = header_of (message);
  struct nlattr *hops;

  *route = (struct rtmsg){ .rtm_family = AF_INET6,
                           .rtm_dst_len = 32,
                           .rtm_src_len = 128,
                           .rtm_table = RT_TABLE_COMPAT,
                           .rtm_protocol = RTPROT_RA,
                           .rtm_type = RTN_UNICAST };
  mnl_attr_put (header, RTA_DST, 16, address6);
  mnl_attr_put (header, RTA_SRC, 16, address6);
  mnl_attr_put (header, RTA_PREFSRC, 16, address6);
  mnl_attr_put_u32 (header, RTA_TABLE, 70000);
  mnl_attr_put_u32 (header, RTA_PRIORITY, 1024);
  mnl_attr_put_u8 (header, RTA_PREF, 3);
  hops = mnl_attr_nest_start (header, RTA_MULTIPATH);
  for (guint i = 0; i < 2; i++) {
    struct rtnexthop *hop = mnl_nlmsg_get_payload_tail (header);

    *hop = (struct rtnexthop){ .rtnh_len = sizeof *hop + 20,
                               .rtnh_hops = 4,
                               .rtnh_ifindex = 7,
                               .rtnh_flags = RTNH_F_LINKDOWN | RTNH_F_OFFLOAD };
    header->nlmsg_len += sizeof *hop;
    mnl_attr_put (header, RTA_GATEWAY, 16, address6);
  }
  mnl_attr_nest_end (header, hops);
}

static void
build_rule (Message *message)
{
  struct fib_rule_hdr *rule = begin (message, RTM_NEWRULE, sizeof *rule);
  struct nlmsghdr *header = header_of (message);
  const struct fib_rule_uid_range users = { 5, 9 };

  *rule = (struct fib_rule_hdr){
    .family = AF_INET, .src_len = 24, .action = FR_ACT_TO_TBL, .flags = FIB_RULE_INVERT
  };
  mnl_attr_put (header, FRA_SRC, 4, address4);
  mnl_attr_put_u32 (header, FRA_PRIORITY, 10);
  mnl_attr_put_u32 (header, FRA_TABLE, 51820);
  mnl_attr_put_u32 (header, FRA_SUPPRESS_PREFIXLEN, 0);
  mnl_attr_put_u32 (header, FRA_SUPPRESS_IFGROUP, G_MAXUINT32);
  mnl_attr_put_strz (header, FRA_IIFNAME, "lo");
  mnl_attr_put (header, FRA_UID_RANGE, sizeof users, &users);
  mnl_attr_put_u8 (header, FRA_L3MDEV, 1);
  mnl_attr_put_u8 (header, FRA_DPORT_RANGE + 1, 4); /* FRA_DSCP */
  mnl_attr_put_u32 (header, 1000, 1);               /* of a kernel to come */
}

static void (*const builders[]) (Message *) = { build_link, build_address, build_route,
                                                build_rule };

/* Parses a copy on the heap, of exactly these bytes: reading beyond is seen. */
static TlRtnlParsed
parse (const Message *message, gsize length, TlNetState *state)
{
  g_autofree guint8 *copy = g_memdup2 (message->bytes, length);
  struct nlmsghdr *header = (struct nlmsghdr *)(void *)copy;

  if (length < sizeof *header)
    return TL_RTNL_MALFORMED;
  header->nlmsg_len = (guint32)length;
  return tl_rtnl_parse_append (header, state);
}

static void
test_good (void)
{
  g_autoptr (TlNetState) state = tl_net_state_new ();
  const TlLink *link;
  const TlLinkAddress *address;
  const TlRoute *route;
  const TlRule *rule;
  Message message;

  for (gsize i = 0; i < G_N_ELEMENTS (builders); i++) {
    builders[i](&message);
    g_assert_cmpint (parse (&message, header_of (&message)->nlmsg_len, state), ==, TL_RTNL_PARSED);
  }

  link = &g_array_index (state->links, TlLink, 0);
  g_assert_cmpstr (link->name, ==, "tap0");
  g_assert_cmpstr (link->kind, ==, "tun");
  g_assert_cmpuint (link->flags, ==, 0x11043);
  g_assert_cmpuint (link->group, ==, 9);
  g_assert_cmpint (link->master, ==, 3);

  address = &g_array_index (state->addresses, TlLinkAddress, 0);
  g_assert_cmpuint (address->flags, ==, 0x180);
  g_assert_cmpuint (address->prefix.length, ==, 64);
  g_assert_cmpuint (address->prefix.address.bytes[15], ==, 0);

  route = &g_array_index (state->routes[TL_FAMILY_IPV6], TlRoute, 0);
  g_assert_cmpuint (route->table, ==, 70000);
  g_assert_cmpuint (route->preference, ==, 3);
  g_assert_cmpuint (route->destination.length, ==, 32);
  g_assert_cmpuint (route->source.length, ==, 128);
  g_assert_cmpuint (route->n_more_hops, ==, 1);
  g_assert_cmpuint (route->more_hops[0].weight, ==, 5);
  g_assert_cmpuint (route->more_hops[0].flags, ==, RTNH_F_LINKDOWN);

  rule = &g_array_index (state->rules[TL_FAMILY_IPV4], TlRule, 0);
  g_assert_true (rule->invert);
  g_assert_cmpint (rule->suppress_prefix_length, ==, 0);
  g_assert_cmpint (rule->suppress_group, ==, -1);
  g_assert_cmpuint (rule->uid_last, ==, 9);
  g_assert_true (rule->l3mdev);
  g_assert_cmpuint (rule->tos, ==, 16);
  g_assert_cmpstr (rule->iif, ==, "lo");
}

/* Where each attribute of a message ends: cut there, it is a shorter message, and well formed. */
static gboolean
is_boundary (Message *message, gsize cut, gsize fixed)
{
  struct nlattr *attribute;
  gsize offset = MNL_NLMSG_HDRLEN + MNL_ALIGN (fixed);

  if (cut == offset)
    return TRUE;
  mnl_attr_for_each (attribute, header_of (message), (guint)fixed)
  {
    gsize start = (gsize)((guint8 *)attribute - message->bytes);
    gsize end = start + mnl_attr_get_len (attribute);

    if (cut >= end && cut <= MNL_ALIGN (end))
      return TRUE;
  }
  return FALSE;
}

static void
test_truncated (void)
{
  const gsize fixed[] = { sizeof (struct ifinfomsg), sizeof (struct ifaddrmsg),
                          sizeof (struct rtmsg), sizeof (struct fib_rule_hdr) };

  for (gsize i = 0; i < G_N_ELEMENTS (builders); i++) {
    Message message;
    gsize whole;

    builders[i](&message);
    whole = header_of (&message)->nlmsg_len;
    for (gsize cut = 0; cut < whole; cut++) {
      g_autoptr (TlNetState) state = tl_net_state_new ();
      TlRtnlParsed parsed = parse (&message, cut, state);

      if (!is_boundary (&message, cut, fixed[i]))
        g_assert_cmpint (parsed, ==, TL_RTNL_MALFORMED);
    }
  }
}

static void
test_wrong_family (void)
{
  const guint8 families[] = { AF_UNIX, AF_BRIDGE, AF_MPLS, 128, 129, 255 };

  for (gsize i = 0; i < G_N_ELEMENTS (families); i++) {
    for (gsize j = 0; j < G_N_ELEMENTS (builders); j++) {
      g_autoptr (TlNetState) state = tl_net_state_new ();
      Message message;

      builders[j](&message);
      message.bytes[MNL_NLMSG_HDRLEN] = families[i];
      g_assert_cmpint (parse (&message, header_of (&message)->nlmsg_len, state), ==,
                       TL_RTNL_SKIPPED);
    }
  }
}

static void
test_wrong_type (void)
{
  const guint16 types[] = { NLMSG_NOOP, RTM_DELROUTE, RTM_NEWNEIGH, RTM_NEWNEXTHOP, 0xffff };

  for (gsize i = 0; i < G_N_ELEMENTS (types); i++) {
    g_autoptr (TlNetState) state = tl_net_state_new ();
    Message message;

    build_route (&message);
    header_of (&message)->nlmsg_type = types[i];
    g_assert_cmpint (parse (&message, header_of (&message)->nlmsg_len, state), ==, TL_RTNL_UNKNOWN);
  }
}

static void
test_cached_route (void)
{
  g_autoptr (TlNetState) state = tl_net_state_new ();
  struct rtmsg *route;
  Message message;

  build_route (&message);
  route = mnl_nlmsg_get_payload (header_of (&message));
  route->rtm_flags |= RTM_F_CLONED;
  g_assert_cmpint (parse (&message, header_of (&message)->nlmsg_len, state), ==, TL_RTNL_SKIPPED);
  g_assert_cmpuint (state->routes[TL_FAMILY_IPV6]->len, ==, 0);
}

/* Lengths that are numbers, not sizes: prefix lengths, and those of nested structures. */
static void
test_wrong_lengths (void)
{
  g_autoptr (TlNetState) state = tl_net_state_new ();
  struct nlattr *attribute;
  Message message;

  build_route (&message);
  ((struct rtmsg *)mnl_nlmsg_get_payload (header_of (&message)))->rtm_dst_len = 129;
  g_assert_cmpint (parse (&message, header_of (&message)->nlmsg_len, state), ==, TL_RTNL_MALFORMED);

  build_route (&message);
  ((struct rtmsg *)mnl_nlmsg_get_payload (header_of (&message)))->rtm_family = AF_INET;
  g_assert_cmpint (parse (&message, header_of (&message)->nlmsg_len, state), ==, TL_RTNL_MALFORMED);

  build_address (&message);
  ((struct ifaddrmsg *)mnl_nlmsg_get_payload (header_of (&message)))->ifa_prefixlen = 200;
  g_assert_cmpint (parse (&message, header_of (&message)->nlmsg_len, state), ==, TL_RTNL_MALFORMED);

  build_route (&message);
  mnl_attr_for_each (attribute, header_of (&message), sizeof (struct rtmsg))
  {
    for (guint16 length = 0; mnl_attr_get_type (attribute) == RTA_MULTIPATH && length < 60;
         length++) {
      struct rtnexthop *hop = mnl_attr_get_payload (attribute);

      hop->rtnh_len = length;
      if (length != 8 && length != 28 && length != 56)
        g_assert_cmpint (parse (&message, header_of (&message)->nlmsg_len, state), ==,
                         TL_RTNL_MALFORMED);
    }
  }

  build_link (&message);
  mnl_attr_for_each (attribute, header_of (&message), sizeof (struct ifinfomsg))
  {
    if (mnl_attr_get_type (attribute) == IFLA_IFNAME)
      memset (mnl_attr_get_payload (attribute), 'x', mnl_attr_get_payload_len (attribute));
  }
  g_assert_cmpint (parse (&message, header_of (&message)->nlmsg_len, state), ==, TL_RTNL_MALFORMED);
  g_assert_cmpuint (state->links->len, ==, 0);
}

/* Whatever comes, nothing is read beyond the bytes, and what was taken is within its bounds. */
static void
test_noise (void)
{
  for (guint round = 0; round < 100000; round++) {
    g_autoptr (TlNetState) state = tl_net_state_new ();
    Message message;
    gsize length;

    builders[round % G_N_ELEMENTS (builders)](&message);
    length = header_of (&message)->nlmsg_len;
    for (int n = g_test_rand_int_range (1, 6); n > 0; n--)
      message.bytes[g_test_rand_int_range (MNL_NLMSG_HDRLEN, (int)length)] =
        (guint8)g_test_rand_int_range (0, 256);
    if (g_test_rand_bit ())
      length = (gsize)g_test_rand_int_range (MNL_NLMSG_HDRLEN, (int)length + 1);
    parse (&message, length, state);

    for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
      for (guint i = 0; i < state->routes[family]->len; i++) {
        const TlRoute *route = &g_array_index (state->routes[family], TlRoute, i);

        g_assert_cmpint (route->destination.address.family, ==, family);
        g_assert_cmpuint (route->destination.length, <=, tl_family_bits (family));
      }
    }
    for (guint i = 0; i < state->links->len; i++)
      g_assert_true (g_utf8_validate (g_array_index (state->links, TlLink, i).name, -1, NULL));
  }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/rtnl-parse/good", test_good);
  g_test_add_func ("/rtnl-parse/truncated", test_truncated);
  g_test_add_func ("/rtnl-parse/wrong-family", test_wrong_family);
  g_test_add_func ("/rtnl-parse/wrong-type", test_wrong_type);
  g_test_add_func ("/rtnl-parse/cached-route", test_cached_route);
  g_test_add_func ("/rtnl-parse/wrong-lengths", test_wrong_lengths);
  g_test_add_func ("/rtnl-parse/noise", test_noise);

  return g_test_run ();
}
