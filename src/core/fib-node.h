/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/net-state.h"

G_BEGIN_DECLS

/*
 * Internal to coverage: one routing table at one destination.
 *
 * The routes of a table that hold a destination are nested prefixes. They stand on a stack, the
 * longest on top; a sweep over all destinations pushes a prefix where it begins and pops it where
 * it ends, so that the stack is always the table as that destination sees it.
 */

/**
 * TlFibNode:
 * @routes: the routes of one table to one destination prefix, in tl_route_compare()'s order
 * @n_routes: how many, at least 1
 */
typedef struct {
  const TlRoute *const *routes;
  guint n_routes;
} TlFibNode;

int tl_route_compare (const TlRoute *a, const TlRoute *b);
gboolean tl_route_rejects (const TlRoute *route);
gboolean tl_next_hop_is_live (const TlNextHop *hop);

void tl_fib_nodes_lookup (const GArray *nodes, const TlAddress *source, GPtrArray *routes);

G_END_DECLS
