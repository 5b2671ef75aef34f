/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

/* TlRtnl when things go wrong around it: lost and foreign messages, owners that go. */

#include "platform/rtnl-socket.h"

#include "netns.h"
#include "rtnl-fixture.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

/* The descriptor of the one netlink socket of this process that is in multicast groups. */
static int
find_event_socket (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL) {
    int fd = atoi (name);
    guint32 groups[4] = { 0 };
    socklen_t length = sizeof groups;

    if (getsockopt (fd, SOL_NETLINK, NETLINK_LIST_MEMBERSHIPS, groups, &length) == 0 &&
        groups[0] != 0)
      return fd;
  }
  g_assert_not_reached ();
}

/* Column 9 of /proc/net/netlink counts what a socket lost. */
static guint
count_lost (void)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  guint n = 0;

  g_file_get_contents ("/proc/thread-self/net/netlink", &text, NULL, NULL);
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 1; lines[i] != NULL; i++) {
    guint lost;

    if (sscanf (lines[i], "%*s %*s %*s %*s %*s %*s %*s %*s %u", &lost) == 1)
      n += lost;
  }
  return n;
}

static void
test_overrun (RtnlFixture *fixture, gconstpointer data)
{
  g_autoptr (GString) commands = g_string_new (NULL);
  int tiny = 1;

  for (guint i = 0; i < 500; i++)
    g_string_append_printf (commands, "route add 10.0.%u.0/24 via 192.168.1.1 table %u\n", i % 250,
                            1 + i / 250);
  g_string_append (commands, "rule add fwmark 1 lookup 5000\n");
  setsockopt (find_event_socket (), SOL_SOCKET, SO_RCVBUF, &tiny, sizeof tiny);
  netns_ip_batch (commands->str);
  g_assert_cmpuint (count_lost (), >, 0);

  rtnl_fixture_wait_for_changes (fixture, 1);
  rtnl_fixture_run_for (50);
  rtnl_fixture_assert_like_kernel (fixture);

  /* And it still listens. */
  rtnl_fixture_check_change (fixture, "route add 198.51.100.0/24 via 192.168.1.1");
}

static void
send_giant_route (guint16 type)
{
  g_autofree guint8 *buffer = g_malloc0 (128 * 1024);
  struct nlmsghdr *message = mnl_nlmsg_put_header (buffer);
  struct mnl_socket *socket = mnl_socket_open (NETLINK_ROUTE);
  struct rtmsg *header;
  struct nlattr *hops;
  int answer;

  message->nlmsg_type = type;
  message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE;
  header = mnl_nlmsg_put_extra_header (message, sizeof *header);
  *header = (struct rtmsg){ .rtm_family = AF_INET,
                            .rtm_dst_len = 24,
                            .rtm_table = RT_TABLE_MAIN,
                            .rtm_protocol = RTPROT_BOOT,
                            .rtm_type = RTN_UNICAST };
  mnl_attr_put (message, RTA_DST, 4, "\xc6\x33\x64");
  hops = mnl_attr_nest_start (message, RTA_MULTIPATH);
  for (guint i = 0; i < 1500; i++) {
    struct rtnexthop *hop = mnl_nlmsg_get_payload_tail (message);

    *hop = (struct rtnexthop){ .rtnh_len = sizeof *hop + 8, .rtnh_ifindex = 1 };
    hop->rtnh_ifindex = (int)if_nametoindex ("eth0");
    message->nlmsg_len += sizeof *hop;
    mnl_attr_put (message, RTA_GATEWAY, 4, "\xc0\xa8\x01\x01");
  }
  mnl_attr_nest_end (message, hops);

  g_assert_cmpint (mnl_socket_bind (socket, 0, MNL_SOCKET_AUTOPID), ==, 0);
  g_assert_cmpint (mnl_socket_sendto (socket, message, message->nlmsg_len), >, 0);
  g_assert_cmpint (mnl_socket_recvfrom (socket, buffer, 128 * 1024), >, 0);
  answer = *(const int *)mnl_nlmsg_get_payload (message);
  g_assert_cmpstr (answer == 0 ? "" : g_strerror (-answer), ==, "");
  mnl_socket_close (socket);
}

static guint
count_most_hops (RtnlFixture *fixture)
{
  const GArray *routes = tl_rtnl_get_state (fixture->rtnl)->routes[TL_FAMILY_IPV4];
  guint most = 0;

  for (guint i = 0; i < routes->len; i++)
    most = MAX (most, 1 + g_array_index (routes, TlRoute, i).n_more_hops);
  return most;
}

/* The only event does not fit into the buffer: it is lost, what it said is not. */
static void
test_truncated (RtnlFixture *fixture, gconstpointer data)
{
  send_giant_route (RTM_NEWROUTE);
  rtnl_fixture_wait_for_changes (fixture, 1);
  g_assert_cmpuint (count_most_hops (fixture), ==, 1500);

  send_giant_route (RTM_DELROUTE);
  rtnl_fixture_wait_for_changes (fixture, 2);
  g_assert_cmpuint (count_most_hops (fixture), ==, 1);
  rtnl_fixture_assert_like_kernel (fixture);
}

/*
 * A computer so slow that a state is shown while a newer one is known to be there: that one must
 * follow, though nothing happens any more.
 */
static void
test_slow (RtnlFixture *fixture, gconstpointer data)
{
  g_autoptr (GString) commands = g_string_new (NULL);

  for (guint i = 0; i < 20000; i++)
    g_string_append_printf (commands, "route add 10.%u.%u.0/24 via 192.168.1.1\n", i / 250,
                            i % 250);
  netns_ip_batch (commands->str);
  rtnl_fixture_settle (fixture);

  netns_ip ("route add 198.51.100.0/24 via 192.168.1.1");
  g_main_context_iteration (NULL, TRUE); /* begins to read the tables, addresses before routes */
  netns_ip ("address add 203.0.113.5/32 dev eth0");
  g_usleep (300 * 1000);
  rtnl_fixture_settle (fixture);
  rtnl_fixture_run_for (300);
  rtnl_fixture_assert_like_kernel (fixture);
}

static void
on_changed_drop (TlRtnl *rtnl, TlRtnl **owner)
{
  g_clear_object (owner);
}

/* The last reference may go in the handler, and states outlive their watch. */
static void
test_dropped (void)
{
  g_autoptr (TlNetState) state = NULL;
  TlRtnl *rtnl;

  netns_enter_new ();
  rtnl = tl_rtnl_new (NULL);
  g_object_add_weak_pointer (G_OBJECT (rtnl), (gpointer *)&rtnl);
  g_signal_connect (rtnl, "changed", G_CALLBACK (on_changed_drop), &rtnl);
  rtnl_fixture_run_for (50);
  g_assert_null (rtnl);

  rtnl = tl_rtnl_new (NULL);
  while (tl_rtnl_get_state (rtnl) == NULL)
    g_main_context_iteration (NULL, TRUE);
  state = tl_net_state_ref (tl_rtnl_get_state (rtnl));
  g_assert_finalize_object (rtnl);
  g_assert_nonnull (tl_net_state_link (state, 1));

  /* Never run at all. */
  rtnl = tl_rtnl_new (NULL);
  g_assert_finalize_object (rtnl);
}

static guint
count_descriptors (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static void
test_descriptors (void)
{
  guint before;

  netns_enter_new ();
  before = count_descriptors ();
  for (guint i = 0; i < 20; i++) {
    RtnlFixture fixture = { 0 };

    rtnl_fixture_watch (&fixture);
    g_assert_finalize_object (fixture.rtnl);
  }
  g_assert_cmpuint (count_descriptors (), ==, before);
}

/* Only the kernel is believed. */
static void
test_foreign_sender (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TlRtnlSocket) ours = NULL;
  struct mnl_socket *theirs = mnl_socket_open (NETLINK_ROUTE);
  struct sockaddr_nl address = { 0 };
  socklen_t length = sizeof address;
  struct nlmsghdr message = { .nlmsg_len = sizeof message, .nlmsg_type = RTM_NEWROUTE };
  gconstpointer bytes = NULL;
  gsize n = 1;

  netns_enter_new ();
  mnl_socket_close (theirs);
  theirs = mnl_socket_open (NETLINK_ROUTE);
  ours = tl_rtnl_socket_new (FALSE, TL_RTNL_EVENT_SIZE, &error);
  g_assert_no_error (error);
  getsockname (tl_rtnl_socket_get_fd (ours), (struct sockaddr *)&address, &length);
  g_assert_cmpint (mnl_socket_bind (theirs, 0, MNL_SOCKET_AUTOPID), ==, 0);
  g_assert_cmpint (sendto (mnl_socket_get_fd (theirs), &message, sizeof message, 0,
                           (struct sockaddr *)&address, sizeof address),
                   ==, sizeof message);

  g_assert_cmpint (tl_rtnl_socket_receive (ours, &bytes, &n), ==, 0);
  g_assert_cmpuint (n, ==, 0);
  g_assert_cmpint (tl_rtnl_socket_receive (ours, &bytes, &n), ==, EAGAIN);
  mnl_socket_close (theirs);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  netns_init ();

  g_test_add ("/rtnl-losses/overrun", RtnlFixture, NULL, rtnl_fixture_set_up, test_overrun,
              rtnl_fixture_tear_down);
  g_test_add ("/rtnl-losses/truncated", RtnlFixture, NULL, rtnl_fixture_set_up, test_truncated,
              rtnl_fixture_tear_down);
  g_test_add ("/rtnl-losses/slow", RtnlFixture, NULL, rtnl_fixture_set_up, test_slow,
              rtnl_fixture_tear_down);
  g_test_add_func ("/rtnl-losses/dropped", test_dropped);
  g_test_add_func ("/rtnl-losses/descriptors", test_descriptors);
  g_test_add_func ("/rtnl-losses/foreign-sender", test_foreign_sender);

  return g_test_run ();
}
