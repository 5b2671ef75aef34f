/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "core/observation.h"

static void
once_full_free (gpointer data)
{
  TlOnceFull *once = data;

  g_free (once->activation);
  g_free (once->interface);
  g_free (once);
}

/**
 * tl_observation_new:
 * @net: the kernel's tables
 * @nm: NetworkManager's word
 * @uid: the user whose packets are meant: rules can select by user
 * @nat64: (nullable) (element-type TlPrefix): where the uplinks have NAT64 translators
 *
 * Returns: (transfer full): an observation with the coverage computed from @net, no exit address
 *   asked; to be filled before it is shared
 */
TlObservation *
tl_observation_new (const TlNetState *net, const TlNmState *nm, guint32 uid, const GArray *nat64)
{
  TlObservation *observation = g_atomic_rc_box_new0 (TlObservation);

  observation->net = tl_net_state_ref (net);
  observation->nm = tl_nm_state_ref (nm);
  observation->uid = uid;
  observation->answers = TL_ANSWERS_NONE;
  observation->nat64 = g_array_new (FALSE, FALSE, sizeof (TlPrefix));
  if (nat64 != NULL)
    g_array_append_vals (observation->nat64, nat64->data, nat64->len);
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    observation->coverage[family] = tl_coverage_compute (net, family, uid, nat64);
    observation->marked[family] = tl_coverages_of_marks (net, family, uid, nat64);
  }
  observation->once_full = g_ptr_array_new_with_free_func (once_full_free);
  return observation;
}

/**
 * tl_observation_copy:
 * @observation: an observation
 *
 * Returns: (transfer full): another with the same content; to be changed before it is shared
 */
TlObservation *
tl_observation_copy (const TlObservation *observation)
{
  TlObservation *copy = g_atomic_rc_box_new0 (TlObservation);

  copy->net = tl_net_state_ref (observation->net);
  copy->nm = tl_nm_state_ref (observation->nm);
  copy->uid = observation->uid;
  copy->nat64 = g_array_copy (observation->nat64);
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    copy->coverage[family] = tl_coverage_ref (observation->coverage[family]);
    copy->marked[family] = g_ptr_array_ref (observation->marked[family]);
    copy->kernel[family] = observation->kernel[family];
    copy->ipsec_ruled_out[family] = observation->ipsec_ruled_out[family];
  }
  tl_answers_set (&copy->answers, &observation->answers);
  if (observation->resolvers != NULL)
    copy->resolvers = g_ptr_array_ref (observation->resolvers);
  copy->once_full = g_ptr_array_new_with_free_func (once_full_free);
  for (guint i = 0; i < observation->once_full->len; i++) {
    const TlOnceFull *once = observation->once_full->pdata[i];

    tl_observation_add_once_full (copy, once->activation, once->interface);
  }
  return copy;
}

/**
 * tl_observation_add_once_full:
 * @observation: an observation in the making
 * @activation: (nullable): D-Bus path of a tunnel's activation
 * @interface: (nullable): the name of its link
 *
 * Notes a tunnel that carried a default route earlier.
 */
void
tl_observation_add_once_full (TlObservation *observation,
                              const char *activation,
                              const char *interface)
{
  TlOnceFull *once = g_new0 (TlOnceFull, 1);

  once->activation = g_strdup (activation);
  once->interface = g_strdup (interface);
  g_ptr_array_add (observation->once_full, once);
}

/**
 * tl_observation_marked:
 * @observation: an observation
 * @family: a family
 * @mark: a firewall mark
 *
 * Returns: (transfer none) (nullable): where packets with @mark would go; %NULL where no rule
 * selects packets by it
 */
const TlCoverage *
tl_observation_marked (const TlObservation *observation, TlFamily family, guint32 mark)
{
  const GPtrArray *marked = observation->marked[family];

  for (guint i = 0; i < marked->len; i++) {
    const TlCoverage *coverage = marked->pdata[i];

    if (coverage->mark == mark)
      return coverage;
  }

  return NULL;
}

/**
 * tl_observation_is_bare:
 * @observation: an observation
 *
 * Returns: whether routes alone decide: nobody else has said anything
 */
gboolean
tl_observation_is_bare (const TlObservation *observation)
{
  const TlAnswers *answers = &observation->answers;

  return answers->exits[TL_FAMILY_IPV4] == NULL && answers->exits[TL_FAMILY_IPV6] == NULL &&
         answers->firewall == NULL && answers->ipv6_name == TL_MAYBE;
}

/**
 * tl_observation_is_proven:
 * @observation: an observation
 * @family: a family
 *
 * Returns: whether the coverage is all there is to know: the kernel's tables were understood, and
 *   it answered for them
 */
gboolean
tl_observation_is_proven (const TlObservation *observation, TlFamily family)
{
  return observation->kernel[family] != TL_KERNEL_SILENT && !observation->net->incomplete[family];
}

/**
 * tl_observation_ref:
 * @observation: an observation
 *
 * Returns: (transfer full): @observation
 */
TlObservation *
tl_observation_ref (const TlObservation *observation)
{
  return g_atomic_rc_box_acquire ((TlObservation *)observation);
}

static void
observation_clear (gpointer data)
{
  TlObservation *observation = data;

  tl_net_state_unref (observation->net);
  tl_nm_state_unref (observation->nm);
  g_array_unref (observation->nat64);
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    tl_coverage_unref (observation->coverage[family]);
    g_ptr_array_unref (observation->marked[family]);
  }
  tl_answers_clear (&observation->answers);
  g_clear_pointer (&observation->resolvers, g_ptr_array_unref);
  g_ptr_array_unref (observation->once_full);
}

/**
 * tl_observation_unref:
 * @observation: (transfer full): an observation
 */
void
tl_observation_unref (TlObservation *observation)
{
  g_atomic_rc_box_release_full (observation, observation_clear);
}
