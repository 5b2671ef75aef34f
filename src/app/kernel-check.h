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
 * @ret_egress: (out): what the kernel does with a packet to it
 * @user_data: as given to tl_kernel_check()
 *
 * Returns: whether the kernel answered
 */
typedef gboolean (*TlKernelAsk) (const TlAddress *address,
                                 TlEgress *ret_egress,
                                 gpointer user_data);

TlCoverage *tl_kernel_check (const TlCoverage *computed,
                             TlKernelAsk ask,
                             gpointer user_data,
                             TlKernelWord *ret_word);

G_END_DECLS
