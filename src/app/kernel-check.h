/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/observation.h"

G_BEGIN_DECLS

/**
 * TlKernelAsk:
 * @address: where to
 * @ret_egress: (out): what the kernel does with a packet to it; `destination` is the prefix that
 *   matched, of length 0 where blocked
 * @user_data: as given with the function
 *
 * Returns: whether the kernel answered
 */
typedef gboolean (*TlKernelAsk) (const TlAddress *address,
                                 TlEgress *ret_egress,
                                 gpointer user_data);

TlKernelWord tl_kernel_compare (const TlCoverage *computed, TlKernelAsk ask, gpointer user_data);
TlCoverage *tl_kernel_enumerate (const TlCoverage *computed,
                                 const TlNetState *net,
                                 TlKernelAsk ask,
                                 gpointer user_data,
                                 TlKernelWord *ret_word);

G_END_DECLS
