/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/observation.h"

#include "core/list-equal.h"

/**
 * tl_activation_new:
 *
 * Returns: (transfer full): an activation with nothing known but empty lists
 */
TlActivation *
tl_activation_new (void)
{
  TlActivation *activation = g_new0 (TlActivation, 1);

  activation->addresses = g_array_new (FALSE, FALSE, sizeof (TlAddress));
  activation->blocks = g_array_new (FALSE, FALSE, sizeof (TlPrefix));
  activation->servers = g_new0 (char *, 1);
  return activation;
}

/**
 * tl_activation_free:
 * @activation: (transfer full): an activation
 */
void
tl_activation_free (TlActivation *activation)
{
  g_free (activation->path);
  g_free (activation->name);
  g_free (activation->uuid);
  g_free (activation->type);
  g_free (activation->kind);
  g_array_unref (activation->addresses);
  g_array_unref (activation->blocks);
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++)
    g_free (activation->ip[family].method);
  g_strfreev (activation->servers);
  g_free (activation);
}

static gboolean
ip_settings_equal (const TlIpSettings *a, const TlIpSettings *b)
{
  return g_strcmp0 (a->method, b->method) == 0 && a->gave_default == b->gave_default;
}

static gboolean
addresses_equal (const GArray *a, const GArray *b)
{
  if (a->len != b->len)
    return FALSE;

  for (guint i = 0; i < a->len; i++) {
    if (tl_address_compare (&g_array_index (a, TlAddress, i), &g_array_index (b, TlAddress, i)) !=
        0)
      return FALSE;
  }

  return TRUE;
}

static gboolean
activation_equal (gconstpointer first, gconstpointer second)
{
  const TlActivation *a = first;
  const TlActivation *b = second;

  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    if (!ip_settings_equal (&a->ip[family], &b->ip[family]))
      return FALSE;
  }

  return g_strcmp0 (a->path, b->path) == 0 && g_strcmp0 (a->name, b->name) == 0 &&
         g_strcmp0 (a->uuid, b->uuid) == 0 && g_strcmp0 (a->type, b->type) == 0 &&
         g_strcmp0 (a->kind, b->kind) == 0 && a->is_vpn == b->is_vpn &&
         a->external == b->external && a->phase == b->phase && a->ifindex == b->ifindex &&
         addresses_equal (a->addresses, b->addresses) && tl_prefixes_equal (a->blocks, b->blocks) &&
         g_strv_equal ((const char *const *)a->servers, (const char *const *)b->servers) &&
         a->has_gateway == b->has_gateway &&
         (!a->has_gateway || tl_address_compare (&a->gateway, &b->gateway) == 0) &&
         a->read_only == b->read_only && a->own == b->own;
}

/**
 * tl_resolver_new:
 * @address: a DNS server
 * @interface: (nullable): the link it was learnt on
 *
 * Returns: (transfer full): a resolver
 */
TlResolver *
tl_resolver_new (const TlAddress *address, const char *interface)
{
  TlResolver *resolver = g_new0 (TlResolver, 1);

  resolver->address = *address;
  resolver->interface = g_strdup (interface);
  return resolver;
}

/**
 * tl_resolver_free:
 * @resolver: (transfer full): a resolver
 */
void
tl_resolver_free (TlResolver *resolver)
{
  g_free (resolver->interface);
  g_free (resolver);
}

static gboolean
resolver_equal (gconstpointer first, gconstpointer second)
{
  const TlResolver *a = first;
  const TlResolver *b = second;

  return tl_address_compare (&a->address, &b->address) == 0 &&
         g_strcmp0 (a->interface, b->interface) == 0;
}

/**
 * tl_nm_state_new:
 *
 * Returns: (transfer full): a NetworkManager that does not run; to be filled before it is shared
 */
TlNmState *
tl_nm_state_new (void)
{
  TlNmState *state = g_atomic_rc_box_new0 (TlNmState);

  state->activations = g_ptr_array_new_with_free_func ((GDestroyNotify)tl_activation_free);
  state->resolvers = g_ptr_array_new_with_free_func ((GDestroyNotify)tl_resolver_free);
  return state;
}

/**
 * tl_nm_state_ref:
 * @state: a state
 *
 * Returns: (transfer full): @state
 */
TlNmState *
tl_nm_state_ref (const TlNmState *state)
{
  return g_atomic_rc_box_acquire ((TlNmState *)state);
}

static void
nm_state_clear (gpointer data)
{
  TlNmState *state = data;

  g_free (state->bus_name);
  g_ptr_array_unref (state->activations);
  g_ptr_array_unref (state->resolvers);
}

/**
 * tl_nm_state_unref:
 * @state: (transfer full): a state
 */
void
tl_nm_state_unref (TlNmState *state)
{
  g_atomic_rc_box_release_full (state, nm_state_clear);
}

/**
 * tl_nm_state_equal:
 * @a: a state
 * @b: another
 *
 * Returns: whether NetworkManager says the same in both
 */
gboolean
tl_nm_state_equal (const TlNmState *a, const TlNmState *b)
{
  return a->running == b->running && g_strcmp0 (a->bus_name, b->bus_name) == 0 &&
         a->version == b->version && a->network_control == b->network_control &&
         a->modify_system == b->modify_system && a->modify_own == b->modify_own &&
         tl_lists_equal (a->activations, b->activations, activation_equal) &&
         tl_lists_equal (a->resolvers, b->resolvers, resolver_equal);
}

/**
 * tl_nm_state_activation:
 * @state: a state
 * @path: (nullable): D-Bus path of an activation
 *
 * Returns: (transfer none) (nullable): the activation, if it is still there
 */
const TlActivation *
tl_nm_state_activation (const TlNmState *state, const char *path)
{
  for (guint i = 0; path != NULL && i < state->activations->len; i++) {
    const TlActivation *activation = state->activations->pdata[i];

    if (g_str_equal (activation->path, path))
      return activation;
  }

  return NULL;
}

/**
 * tl_nm_state_activation_of_link:
 * @state: a state
 * @ifindex: a link
 *
 * A VPN plugin's activation has no link of its own in NetworkManager's eyes and is not found here.
 *
 * Returns: (transfer none) (nullable): the activation whose link this is
 */
const TlActivation *
tl_nm_state_activation_of_link (const TlNmState *state, int ifindex)
{
  for (guint i = 0; i < state->activations->len; i++) {
    const TlActivation *activation = state->activations->pdata[i];

    if (ifindex > 0 && activation->ifindex == ifindex)
      return activation;
  }

  return NULL;
}

/**
 * tl_nm_state_has_server:
 * @state: a state
 * @address: an address
 *
 * Returns: whether an activation is known to have its VPN server there; a server that is named by
 *   a host name is known once NetworkManager tells its address
 */
gboolean
tl_nm_state_has_server (const TlNmState *state, const TlAddress *address)
{
  for (guint i = 0; i < state->activations->len; i++) {
    if (tl_activation_has_server (state->activations->pdata[i], address) == TL_YES)
      return TRUE;
  }

  return FALSE;
}

/**
 * tl_nm_state_sets_block:
 * @state: a state
 * @destination: of an unreachable route
 *
 * Such a route is a setting, however much it looks like a block of ours: it is not to be warned of
 * nor to be removed.
 *
 * Returns: whether the profile of an activation sets it
 */
gboolean
tl_nm_state_sets_block (const TlNmState *state, const TlPrefix *destination)
{
  for (guint i = 0; i < state->activations->len; i++) {
    const TlActivation *activation = state->activations->pdata[i];

    if (tl_prefixes_contain (activation->blocks, destination))
      return TRUE;
  }

  return FALSE;
}

/**
 * tl_activation_is_complete:
 * @activation: an activated VPN
 *
 * Returns: whether NetworkManager has told yet where it is: a link, or its addresses
 */
gboolean
tl_activation_is_complete (const TlActivation *activation)
{
  return activation->ifindex != 0 || activation->addresses->len > 0;
}

/**
 * tl_activation_has_server:
 * @activation: an activation
 * @address: an address
 *
 * Returns: whether its VPN server is there; a server named by a host name may have any address
 */
TlTri
tl_activation_has_server (const TlActivation *activation, const TlAddress *address)
{
  TlTri has = TL_NO;

  if (activation->has_gateway)
    return tl_address_compare (&activation->gateway, address) == 0 ? TL_YES : TL_NO;

  for (guint i = 0; activation->servers[i] != NULL; i++) {
    TlAddress server;

    if (!tl_address_parse (activation->servers[i], &server))
      has = TL_MAYBE;
    else if (tl_address_compare (&server, address) == 0)
      return TL_YES;
  }

  return activation->servers[0] == NULL ? TL_MAYBE : has;
}
