/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/prefix.h"

#include <linux/netlink.h>

G_BEGIN_DECLS

/*
 * Reading netlink attributes: what is absent leaves the value as it is, what is too short or
 * of the wrong length is an error.
 */

gboolean
tl_attributes_index (gconstpointer bytes, gsize length, const struct nlattr **table, gsize n_types);
gboolean
tl_attributes_index_nested (const struct nlattr *attribute, const struct nlattr **table, gsize n);
gboolean tl_attribute_get_u8 (const struct nlattr *attribute, guint8 *value);
gboolean tl_attribute_get_u32 (const struct nlattr *attribute, guint32 *value);
gboolean tl_attribute_get_name (const struct nlattr *attribute, char **value);
gboolean tl_attribute_get_address (const struct nlattr *attribute,
                                   TlFamily family,
                                   gboolean *present,
                                   TlAddress *value);
gboolean tl_attribute_get_prefix (const struct nlattr *attribute,
                                  TlFamily family,
                                  guint length,
                                  TlPrefix *value);
gboolean tl_family_from_af (int af, TlFamily *ret_family);
int tl_family_to_af (TlFamily family);

G_END_DECLS
