/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/coverage.h"

G_BEGIN_DECLS

/* What the kernel of this namespace answers about a packet. */

typedef struct _KernelRoutes KernelRoutes;

/**
 * KernelQuestion:
 * @destination: where to
 * @has_source: whether @source is set
 * @source: one of the host's own addresses
 * @ip_protocol: IPPROTO_…, or 0
 * @port: destination port in host byte order, or 0
 */
typedef struct {
  TlAddress destination;
  gboolean has_source;
  TlAddress source;
  guint8 ip_protocol;
  guint16 port;
} KernelQuestion;

KernelRoutes *kernel_routes_new (void);
void kernel_routes_free (KernelRoutes *self);
void kernel_routes_ask (KernelRoutes *self,
                        const TlNetState *net,
                        const KernelQuestion *question,
                        GArray *egresses);
gboolean kernel_choose_source (const TlAddress *destination, TlAddress *ret_source);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KernelRoutes, kernel_routes_free)

G_END_DECLS
