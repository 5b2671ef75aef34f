/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/name-questions.h"

#include "core/nat64.h"
#include "platform/dns-query.h"
#include "platform/name-lookup.h"

/* A resolver answers at once or hardly ever; nobody is to wait long for it. */
#define TIMEOUT_MS 2000

/* The home router is near, or closed off by the VPN. */
#define HOME_TIMEOUT_MS  500
#define HOME_SERVERS_MAX 3

struct _TlNameQuestions {
  TlNameAnswered answered;
  gpointer user_data;
  GCancellable *asking; /* nullable: of what was asked last */
  guint n_awaited;

  GArray *nat64; /* TlPrefix */
  TlTri ipv6_name;
};

/** LookupKind: why a name is looked up, and where. */
typedef enum {
  LOOKUP_NAT64,
  LOOKUP_NAT64_AT_HOME,
  LOOKUP_IPV6_NAME,
} LookupKind;

/** Lookup: a question on its way. */
typedef struct {
  TlNameQuestions *questions;
  GCancellable *asking;
  LookupKind kind;
} Lookup;

static void
questions_clear (gpointer data)
{
  TlNameQuestions *self = data;

  g_array_unref (self->nat64);
}

static void
lookup_free (Lookup *lookup)
{
  g_rc_box_release_full (lookup->questions, questions_clear);
  g_object_unref (lookup->asking);
  g_free (lookup);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Lookup, lookup_free)

static Lookup *
lookup_new (TlNameQuestions *self, LookupKind kind)
{
  Lookup *lookup = g_new0 (Lookup, 1);

  lookup->questions = g_rc_box_acquire (self);
  lookup->asking = g_object_ref (self->asking);
  lookup->kind = kind;
  self->n_awaited++;
  return lookup;
}

/* None is what the VPN's resolver says, too: what the home's has said stays. */
static void
note_nat64 (TlNameQuestions *self, const GArray *addresses)
{
  g_autoptr (GArray) prefixes = tl_nat64_prefixes_from_addresses (addresses);

  for (guint i = 0; i < prefixes->len; i++)
    tl_nat64_add_prefix (self->nat64, &g_array_index (prefixes, TlPrefix, i));
}

static void
on_lookup_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Lookup) lookup = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) addresses = lookup->kind == LOOKUP_NAT64_AT_HOME
                                   ? tl_dns_query_ask_finish (result, &error)
                                   : tl_name_lookup_ask_finish (result, &error);
  TlNameQuestions *self = lookup->questions;

  if (self->asking != lookup->asking)
    return;

  if (addresses == NULL)
    g_debug ("%s", error->message);
  else if (lookup->kind == LOOKUP_IPV6_NAME)
    self->ipv6_name = addresses->len > 0 ? TL_YES : TL_NO;
  else
    note_nat64 (self, addresses);
  self->n_awaited--;
  self->answered (self->user_data);
}

/**
 * tl_name_questions_new:
 * @answered: called for each answer, and for each that will not come
 * @user_data: for @answered
 *
 * Returns: (transfer full): questions of which none has been asked
 */
TlNameQuestions *
tl_name_questions_new (TlNameAnswered answered, gpointer user_data)
{
  TlNameQuestions *self = g_rc_box_new0 (TlNameQuestions);

  self->answered = answered;
  self->user_data = user_data;
  self->nat64 = g_array_new (FALSE, FALSE, sizeof (TlPrefix));
  self->ipv6_name = TL_MAYBE;
  return self;
}

/**
 * tl_name_questions_free:
 * @self: (transfer full): questions, answered or not
 */
void
tl_name_questions_free (TlNameQuestions *self)
{
  tl_name_questions_stop (self);
  g_rc_box_release_full (self, questions_clear);
}

/* The DNS servers of the home are those of NetworkManager's that are reached past the tunnels. */
static void
ask_at_home (TlNameQuestions *self,
             const TlObservation *observation,
             const TlVerdict *verdict,
             guint timeout_ms)
{
  const GPtrArray *resolvers = observation->nm->resolvers;
  guint n = 0;

  for (guint i = 0; i < resolvers->len && n < HOME_SERVERS_MAX; i++) {
    const TlResolver *resolver = resolvers->pdata[i];
    const TlLink *link = tl_resolver_link_outside (verdict, observation, resolver);

    if (link == NULL)
      continue;
    tl_dns_query_ask (&resolver->address, link->ifindex, TL_DNS_PORT, TL_NAT64_NAME,
                      MIN (timeout_ms, HOME_TIMEOUT_MS), self->asking, on_lookup_ready,
                      lookup_new (self, LOOKUP_NAT64_AT_HOME));
    n++;
  }
}

/**
 * tl_name_questions_ask:
 * @self: questions; those on their way are called off
 * @ipv6_name: (nullable): a name that has IPv6 addresses alone, to be looked up
 * @observation: (nullable): what is known, to ask the home's DNS servers themselves: a VPN's do not
 *   know of the home's NAT64 translator
 * @verdict: (nullable): what @observation means
 * @timeout_ms: how long the answers may take; two seconds are the most anyhow
 */
void
tl_name_questions_ask (TlNameQuestions *self,
                       const char *ipv6_name,
                       const TlObservation *observation,
                       const TlVerdict *verdict,
                       guint timeout_ms)
{
  tl_name_questions_stop (self);
  self->asking = g_cancellable_new ();
  tl_name_lookup_ask (TL_NAT64_NAME, MIN (timeout_ms, TIMEOUT_MS), self->asking, on_lookup_ready,
                      lookup_new (self, LOOKUP_NAT64));
  if (ipv6_name != NULL)
    tl_name_lookup_ask (ipv6_name, MIN (timeout_ms, TIMEOUT_MS), self->asking, on_lookup_ready,
                        lookup_new (self, LOOKUP_IPV6_NAME));
  if (observation != NULL)
    ask_at_home (self, observation, verdict, timeout_ms);
}

/**
 * tl_name_questions_stop:
 * @self: questions
 *
 * Waits for no answer any more; what was said stays.
 */
void
tl_name_questions_stop (TlNameQuestions *self)
{
  if (self->asking != NULL)
    g_cancellable_cancel (self->asking);
  g_clear_object (&self->asking);
  self->n_awaited = 0;
}

/**
 * tl_name_questions_is_done:
 * @self: questions
 *
 * Returns: whether no answer is on its way
 */
gboolean
tl_name_questions_is_done (const TlNameQuestions *self)
{
  return self->n_awaited == 0;
}

/**
 * tl_name_questions_forget_name:
 * @self: questions
 *
 * Forgets whether the name was found.
 */
void
tl_name_questions_forget_name (TlNameQuestions *self)
{
  self->ipv6_name = TL_MAYBE;
}

/**
 * tl_name_questions_forget_nat64:
 * @self: questions
 *
 * Forgets the NAT64 translators: the uplinks are others now.
 */
void
tl_name_questions_forget_nat64 (TlNameQuestions *self)
{
  g_array_set_size (self->nat64, 0);
}

/**
 * tl_name_questions_get_nat64:
 * @self: questions
 *
 * Returns: (transfer none) (element-type TlPrefix): where there are NAT64 translators, as far as
 *   somebody has said so
 */
const GArray *
tl_name_questions_get_nat64 (const TlNameQuestions *self)
{
  return self->nat64;
}

/**
 * tl_name_questions_get_ipv6_name:
 * @self: questions
 *
 * Returns: whether the name was found; %TL_MAYBE where nobody has said
 */
TlTri
tl_name_questions_get_ipv6_name (const TlNameQuestions *self)
{
  return self->ipv6_name;
}
