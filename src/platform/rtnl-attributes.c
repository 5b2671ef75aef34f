/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/rtnl-attributes.h"

#include <libmnl/libmnl.h>
#include <string.h>
#include <sys/socket.h>

/**
 * tl_attributes_index:
 * @bytes: a row of attributes, aligned to four bytes
 * @length: bytes
 * @table: (out) (array length=n_types): the attribute of each type, the last one where there are
 *   several; cleared first
 * @n_types: types below this number are indexed, higher ones are passed over
 *
 * Returns: %FALSE where an attribute is cut off or its length is impossible
 */
gboolean
tl_attributes_index (gconstpointer bytes, gsize length, const struct nlattr **table, gsize n_types)
{
  const struct nlattr *attribute = bytes;
  int left = (int)length;

  memset (table, 0, n_types * sizeof *table);
  while (left > 0) {
    guint16 type;

    if (!mnl_attr_ok (attribute, left))
      return FALSE;
    type = mnl_attr_get_type (attribute);
    if (type < n_types)
      table[type] = attribute;
    left -= (int)MNL_ALIGN (mnl_attr_get_len (attribute));
    attribute = mnl_attr_next (attribute);
  }

  return TRUE;
}

/**
 * tl_attributes_index_nested:
 * @attribute: (nullable): an attribute made of attributes; absent is empty
 * @table: (out) (array length=n): as in tl_attributes_index()
 * @n: types below this number are indexed
 *
 * Returns: %FALSE where an attribute is cut off or its length is impossible
 */
gboolean
tl_attributes_index_nested (const struct nlattr *attribute, const struct nlattr **table, gsize n)
{
  if (attribute == NULL)
    return tl_attributes_index (NULL, 0, table, n);

  return tl_attributes_index (mnl_attr_get_payload (attribute),
                              mnl_attr_get_payload_len (attribute), table, n);
}

static gboolean
get_bytes (const struct nlattr *attribute, void *value, gsize length)
{
  if (attribute == NULL)
    return TRUE;
  if (mnl_attr_get_payload_len (attribute) < length)
    return FALSE;

  memcpy (value, mnl_attr_get_payload (attribute), length);
  return TRUE;
}

/**
 * tl_attribute_get_u8:
 * @attribute: (nullable): an attribute
 * @value: (inout): its value in host byte order; left alone where it is absent
 *
 * Returns: %FALSE where it is too short
 */
gboolean
tl_attribute_get_u8 (const struct nlattr *attribute, guint8 *value)
{
  return get_bytes (attribute, value, sizeof *value);
}

/**
 * tl_attribute_get_u32:
 * @attribute: (nullable): an attribute
 * @value: (inout): its value in host byte order; left alone where it is absent
 *
 * Returns: %FALSE where it is too short
 */
gboolean
tl_attribute_get_u32 (const struct nlattr *attribute, guint32 *value)
{
  return get_bytes (attribute, value, sizeof *value);
}

/**
 * tl_attribute_get_name:
 * @attribute: (nullable): an attribute
 * @value: (inout) (transfer full): the name of a link or of a kind of link; left alone where it
 *   is absent. The kernel takes almost any byte in a name: made valid UTF-8 here
 *
 * Returns: %FALSE where its end is missing
 */
gboolean
tl_attribute_get_name (const struct nlattr *attribute, char **value)
{
  const char *name;
  gsize length;

  if (attribute == NULL)
    return TRUE;
  name = mnl_attr_get_payload (attribute);
  length = mnl_attr_get_payload_len (attribute);
  if (length == 0 || memchr (name, '\0', length) == NULL)
    return FALSE;

  g_free (*value);
  *value = g_utf8_make_valid (name, -1);
  return TRUE;
}

/**
 * tl_attribute_get_address:
 * @attribute: (nullable): an attribute
 * @family: the family it must have
 * @present: (out) (optional): whether there is an address
 * @value: (inout): the address; left alone where it is absent
 *
 * Returns: %FALSE where the length is not that of the family
 */
gboolean
tl_attribute_get_address (const struct nlattr *attribute,
                          TlFamily family,
                          gboolean *present,
                          TlAddress *value)
{
  if (present != NULL)
    *present = attribute != NULL;
  if (attribute == NULL)
    return TRUE;
  if (mnl_attr_get_payload_len (attribute) != tl_family_bytes (family))
    return FALSE;

  tl_address_from_bytes (family, mnl_attr_get_payload (attribute), value);
  return TRUE;
}

/**
 * tl_attribute_get_prefix:
 * @attribute: (nullable): the attribute with the address; absent is the unspecified address
 * @family: the family it must have
 * @length: bits, from the message's header
 * @value: (out): the prefix
 *
 * Returns: %FALSE where either length is wrong for the family
 */
gboolean
tl_attribute_get_prefix (const struct nlattr *attribute,
                         TlFamily family,
                         guint length,
                         TlPrefix *value)
{
  TlAddress address = { .family = family };

  if (length > tl_family_bits (family) || (attribute == NULL && length > 0))
    return FALSE;
  if (attribute == NULL) {
    *value = (TlPrefix){ .address.family = family };
    return TRUE;
  }
  if (!tl_attribute_get_address (attribute, family, NULL, &address))
    return FALSE;

  tl_prefix_init (value, &address, length);
  return TRUE;
}

/**
 * tl_family_from_af:
 * @af: AF_…
 * @ret_family: (out): the family; untouched on failure
 *
 * Returns: whether @af is IPv4 or IPv6
 */
gboolean
tl_family_from_af (int af, TlFamily *ret_family)
{
  if (af != AF_INET && af != AF_INET6)
    return FALSE;

  *ret_family = af == AF_INET ? TL_FAMILY_IPV4 : TL_FAMILY_IPV6;
  return TRUE;
}

/**
 * tl_family_to_af:
 * @family: a family
 *
 * Returns: AF_INET or AF_INET6
 */
int
tl_family_to_af (TlFamily family)
{
  return family == TL_FAMILY_IPV4 ? AF_INET : AF_INET6;
}
