/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/prefix.h"

G_BEGIN_DECLS

/** TL_PREF64_OPTION: the option of a router advertisement that names a translator (RFC 8781). */
#define TL_PREF64_OPTION 38

/** TL_NAT64_NAME: has no IPv6 address but where the network synthesises one (RFC 7050). */
#define TL_NAT64_NAME "ipv4only.arpa"

gboolean tl_nat64_prefix_from_address (const TlAddress *synthesised, TlPrefix *ret_prefix);
gboolean tl_nat64_prefix_from_option (const guint8 *option,
                                      gsize length,
                                      TlPrefix *ret_prefix,
                                      guint *ret_lifetime_s);
void tl_nat64_add_prefix (GArray *prefixes, const TlPrefix *prefix);
GArray *tl_nat64_prefixes_from_addresses (const GArray *synthesised);

G_END_DECLS
