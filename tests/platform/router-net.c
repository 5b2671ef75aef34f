/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "router-net.h"

#include "netns.h"

#include <signal.h>
#include <sys/prctl.h>

static GPid router;
static GPid server;

static void
run_in_shell (const char *const *argv)
{
  g_autoptr (GError) error = NULL;
  int status = 0;

  if (!g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL,
                     &status, &error) ||
      !g_spawn_check_wait_status (status, &error))
    g_error ("%s", error->message);
}

/**
 * router_net_run:
 * @format: commands for a shell on the computer, which must succeed
 */
void
router_net_run (const char *format, ...)
{
  g_autofree char *command = NULL;
  const char *argv[] = { "sh", "-ec", NULL, NULL };
  va_list values;

  va_start (values, format);
  command = g_strdup_vprintf (format, values);
  va_end (values);
  argv[2] = command;
  run_in_shell (argv);
}

/**
 * router_net_run_on_router:
 * @format: commands for a shell on the router, which must succeed
 */
void
router_net_run_on_router (const char *format, ...)
{
  g_autofree char *command = NULL;
  g_autofree char *target = g_strdup_printf ("%d", router);
  const char *argv[] = { "nsenter", "-n", "-t", target, "sh", "-ec", NULL, NULL };
  va_list values;

  va_start (values, format);
  command = g_strdup_vprintf (format, values);
  va_end (values);
  argv[6] = command;
  run_in_shell (argv);
}

/* A test that is killed leaves nothing behind. */
static void
die_with_parent (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

/* Returns: a process that has said that it is ready */
static GPid
start (const char *const *argv)
{
  g_autoptr (GError) error = NULL;
  GPid pid = 0;
  g_autoptr (GIOChannel) said = NULL;
  g_autofree char *line = NULL;
  int out = -1;

  g_spawn_async_with_pipes (NULL, (char **)argv, NULL,
                            G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, die_with_parent, NULL,
                            &pid, NULL, &out, NULL, &error);
  g_assert_no_error (error);
  said = g_io_channel_unix_new (out);
  g_io_channel_set_close_on_unref (said, TRUE);
  g_io_channel_read_line (said, &line, NULL, NULL, &error);
  g_assert_no_error (error);
  return pid;
}

/* A process that holds the router's namespace. */
static void
start_router (void)
{
  const char *argv[] = { "unshare", "-n", "sh", "-c", "echo; exec sleep 1000", NULL };

  router = start (argv);
}

/**
 * router_net_start_server:
 *
 * On the router: what comes to the port of DNS goes back.
 */
void
router_net_start_server (void)
{
  const char *program = "import socket, sys\n"
                        "one = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)\n"
                        "one.bind(('::', 53))\n"
                        "print(flush=True)\n"
                        "while True:\n"
                        "    bytes, sender = one.recvfrom(512)\n"
                        "    one.sendto(bytes, sender)\n";
  g_autofree char *target = g_strdup_printf ("%d", router);
  const char *argv[] = { "nsenter", "-n", "-t", target, "/usr/bin/python3", "-c", program, NULL };

  server = start (argv);
}

/**
 * router_net_build:
 *
 * A computer, in the present namespace, whose link `va` leads to a router in another one. Rates of
 * ICMP errors are a matter of the whole program, not of one question; those of a router that knows
 * no way are always limited.
 */
void
router_net_build (void)
{
  start_router ();
  netns_ip ("link add index 10 name va type veth peer name vb");
  netns_ip ("link set vb netns %d", router);
  router_net_run (
    "nsenter -n -t %d sh -ec '"
    "sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0"
    " net.ipv6.conf.vb.accept_dad=0 net.ipv6.conf.vb.addr_gen_mode=1"
    " net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1"
    " net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0;"
    "ip link set lo up; ip link set vb up;"
    "ip addr add 192.168.1.1/24 dev vb; ip addr add 2001:db8:1::1/64 dev vb;"
    "ip addr add fe80::1/64 dev vb;"
    "ip route add default via 192.168.1.254; ip -6 route add default via fe80::fe dev vb'",
    router);
  netns_ip_batch ("link set va up\n"
                  "addr add 192.168.1.5/24 dev va\n"
                  "addr add 2001:db8:1::5/64 dev va\n"
                  "addr add fe80::5/64 dev va\n"
                  "route add default via 192.168.1.1 dev va\n"
                  "route add ::/0 via fe80::1 dev va\n");
  netns_wait_for_carrier ("va");
}

/**
 * router_net_tear_down:
 *
 * Ends the router.
 */
void
router_net_tear_down (void)
{
  kill (router, SIGKILL);
  g_spawn_close_pid (router);
  if (server != 0) {
    kill (server, SIGKILL);
    g_spawn_close_pid (server);
    server = 0;
  }
}

/**
 * router_net_build_tunnel:
 *
 * The same with a tunnel, `tun0`, whose other end is the same router, and a rule that leads packets
 * with the mark 0x1 around it.
 */
void
router_net_build_tunnel (void)
{
  router_net_build ();
  netns_ip ("link add index 11 name tun0 type veth peer name vt");
  netns_ip ("link set vt netns %d", router);
  router_net_run (
    "nsenter -n -t %d sh -ec '"
    "sysctl -qw net.ipv6.conf.vt.accept_dad=0 net.ipv6.conf.vt.addr_gen_mode=1;"
    "ip link set vt up; ip addr add 10.8.0.1/24 dev vt; ip addr add 2001:db8:8::1/64 dev vt;"
    "ip addr add fe80::8/64 dev vt'",
    router);
  netns_ip_batch ("link set tun0 up\n"
                  "addr add 10.8.0.2/24 dev tun0\n"
                  "addr add 2001:db8:8::2/64 dev tun0\n"
                  "route replace default via 10.8.0.1 dev tun0\n"
                  "route replace ::/0 via fe80::8 dev tun0 metric 1\n"
                  "route add default via 192.168.1.1 dev va table 100\n"
                  "route add ::/0 via fe80::1 dev va table 100\n"
                  "rule add fwmark 0x1 lookup 100 priority 100\n");
  netns_ip ("-6 rule add fwmark 0x1 lookup 100 priority 100");
  netns_wait_for_carrier ("tun0");
}
