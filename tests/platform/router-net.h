/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A computer and its router, each in a namespace of its own, and real firewalls on both. */

/** Parts of commands of nft(8), for a table `inet t`. */
#define ROUTER_NET_POSTROUTING "add chain inet t c { type filter hook postrouting priority 0; };"
#define ROUTER_NET_ROUTE       "add chain inet t r { type route hook output priority 0; };"
#define ROUTER_NET_MARK        "add rule inet t r meta mark set 0x1;"
/** ROUTER_NET_BOTH: neighbour discovery is no traffic of programs. */
#define ROUTER_NET_BOTH "add rule inet t c oifname va meta l4proto { tcp, udp } "

void router_net_run (const char *format, ...) G_GNUC_PRINTF (1, 2);
void router_net_run_on_router (const char *format, ...) G_GNUC_PRINTF (1, 2);
void router_net_build (void);
void router_net_build_tunnel (void);
void router_net_start_server (void);
void router_net_tear_down (void);

G_END_DECLS
