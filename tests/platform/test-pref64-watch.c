/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

/* Router advertisements as the kernel receives them, in a namespace. */

#include "platform/pref64-watch.h"

#include "netns.h"
#include "wait.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
  TlPref64Watch *watch;
  guint n_changes;
  int router; /* a socket on eth1 */
} Fixture;

static int
router_open (void)
{
  int fd = socket (AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);
  int hops = 255; /* RFC 4861, 6.1.2 */
  int link = (int)if_nametoindex ("eth1");
  int off = 0; /* eth1 itself does not hear it */

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (setsockopt (fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof hops), ==, 0);
  g_assert_cmpint (setsockopt (fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &link, sizeof link), ==, 0);
  g_assert_cmpint (setsockopt (fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, &off, sizeof off), ==, 0);
  return fd;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  netns_enter_new ();
  netns_ip_batch ("link add eth0 type veth peer name eth1\n"
                  "link set eth0 up\n"
                  "link set eth1 up\n"
                  "address add fe80::2/64 dev eth0 nodad\n"
                  "address add fe80::1/64 dev eth1 nodad\n");
  netns_wait_for_carrier ("eth0");
  g_assert_true (g_file_set_contents_full ("/proc/sys/net/ipv6/conf/eth0/accept_ra", "2", -1,
                                           G_FILE_SET_CONTENTS_NONE, 0644, NULL));
  fixture->watch = tl_pref64_watch_new ();
  g_signal_connect (fixture->watch, "changed", G_CALLBACK (wait_count), &fixture->n_changes);
  fixture->router = router_open ();
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_assert_finalize_object (fixture->watch);
  close (fixture->router);
}

/* PREF64 with 64:ff9b::/96 for so many times eight seconds, and beside it a DNS server, which the
 * kernel hands on as well. */
static void
advertise (Fixture *fixture, guint16 scaled_lifetime, guint8 last_byte)
{
  struct {
    struct nd_router_advert head;
    guint8 pref64[16];
    guint8 dns[24];
  } message = {
    .head = { .nd_ra_type = ND_ROUTER_ADVERT, .nd_ra_curhoplimit = 64 },
    .pref64 = { 38, 2, 0, 0, 0, 0x64, 0xff, 0x9b },
    .dns = { 25, 3, 0, 0, 0, 0, 7, 8, 0xfe, 0x80, [23] = 1 },
  };
  struct sockaddr_in6 all = { .sin6_family = AF_INET6, .sin6_scope_id = if_nametoindex ("eth1") };

  message.pref64[2] = (guint8)(scaled_lifetime >> 5);
  message.pref64[3] = (guint8)(scaled_lifetime << 3);
  message.pref64[15] = last_byte;
  g_assert_cmpint (inet_pton (AF_INET6, "ff02::1", &all.sin6_addr), ==, 1);
  g_assert_cmpint (
    sendto (fixture->router, &message, sizeof message, 0, (struct sockaddr *)&all, sizeof all), ==,
    sizeof message);
}

static void
assert_prefixes (Fixture *fixture, const char *expected)
{
  g_autoptr (GArray) prefixes = g_array_new (FALSE, FALSE, sizeof (TlPrefix));
  g_autoptr (GString) text = g_string_new (NULL);

  tl_pref64_watch_add_prefixes (fixture->watch, prefixes);
  for (guint i = 0; i < prefixes->len; i++) {
    g_autofree char *prefix = tl_prefix_to_string (&g_array_index (prefixes, TlPrefix, i));

    g_string_append_printf (text, "%s%s", i > 0 ? " " : "", prefix);
  }
  g_assert_cmpstr (text->str, ==, expected);
}

static void
test_comes_and_goes (Fixture *fixture, gconstpointer data)
{
  assert_prefixes (fixture, "");

  advertise (fixture, 225, 0);
  wait_for_one (&fixture->n_changes);
  assert_prefixes (fixture, "64:ff9b::/96");

  /* Again, which is no change; wait_for_one() sees that nothing came of it. */
  advertise (fixture, 225, 0);
  advertise (fixture, 225, 1);
  wait_for_one (&fixture->n_changes);
  assert_prefixes (fixture, "64:ff9b::/96 64:ff9b::1:0:0/96");

  advertise (fixture, 0, 1);
  wait_for_one (&fixture->n_changes);
  assert_prefixes (fixture, "64:ff9b::/96");
}

/* The shortest lifetime there is, eight seconds: it ends without an event of the kernel's. */
static void
test_expires (Fixture *fixture, gconstpointer data)
{
  advertise (fixture, 1, 0);
  wait_for_one (&fixture->n_changes);
  assert_prefixes (fixture, "64:ff9b::/96");

  wait_for_one (&fixture->n_changes);
  assert_prefixes (fixture, "");
}

/* What was advertised in one network says nothing of the next one. */
static void
test_network (Fixture *fixture, gconstpointer data)
{
  int link = (int)if_nametoindex ("eth0");

  advertise (fixture, 225, 0);
  wait_for_one (&fixture->n_changes);
  tl_pref64_watch_note_network (fixture->watch, link + 1, "another link's");
  tl_pref64_watch_note_network (fixture->watch, link, "one");
  tl_pref64_watch_note_network (fixture->watch, link, "one");
  assert_prefixes (fixture, "64:ff9b::/96");

  /* The next network's advertisement comes before it is known as another. */
  advertise (fixture, 225, 0);
  advertise (fixture, 225, 1);
  wait_for_one (&fixture->n_changes);
  tl_pref64_watch_note_network (fixture->watch, link, "two");
  assert_prefixes (fixture, "64:ff9b::/96 64:ff9b::1:0:0/96");

  tl_pref64_watch_note_network (fixture->watch, link, "three");
  assert_prefixes (fixture, "");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  netns_init ();

  g_test_add ("/pref64-watch/comes-and-goes", Fixture, NULL, set_up, test_comes_and_goes,
              tear_down);
  g_test_add ("/pref64-watch/expires", Fixture, NULL, set_up, test_expires, tear_down);
  g_test_add ("/pref64-watch/network", Fixture, NULL, set_up, test_network, tear_down);

  return g_test_run ();
}
