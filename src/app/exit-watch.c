/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/exit-watch.h"

#include "app/exit-question.h"
#include "app/name-questions.h"
#include "core/error.h"
#include "platform/source-util.h"

/* How long a family that is closed is given to connect all the same: more than an exchange with the
 * other side of the world takes. */
#define CLOSED_PATIENCE_MS 1000

/**
 * TlExitWatch:
 *
 * The Internet's word as long as it is good: asks for the exit address over both families,
 * forgets the answers when the network changes, and remembers what was seen on these uplinks
 * before a VPN came up. The system's resolver is asked for NAT64 with it, and those of the home:
 * what one has said is good as long as the uplinks stay the same, since a VPN's resolver does not
 * know of the home's translator. It never asks by itself.
 *
 * `changed` is emitted for each answer.
 */
struct _TlExitWatch {
  GObject parent_instance;

  TlRtnl *rtnl;
  TlExitProbe *probes[TL_N_FAMILIES];
  TlExitQuestion *questions[TL_N_FAMILIES]; /* while asking; nullable */
  TlExit *exits[TL_N_FAMILIES];
  TlExit *second_exits[TL_N_FAMILIES];
  gboolean closed[TL_N_FAMILIES];   /* nothing is known to get out */
  GSource *patience[TL_N_FAMILIES]; /* nullable: runs where it is both asked and closed */
  gboolean asked;
  TlObservation *observation; /* nullable: the latest */
  TlVerdict *verdict;         /* nullable: what it means */
  gboolean asking;            /* while an answer is awaited, of services or of resolvers */

  TlExit *before[TL_N_FAMILIES];
  char *before_uplinks;
  TlNameQuestions *names;
  TlPref64Watch *pref64_watch;
  GArray *nat64; /* TlPrefix: what those two know */
};

enum { SIGNAL_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (TlExitWatch, tl_exit_watch, G_TYPE_OBJECT)

static void
replace_exit (TlExit **place, const TlExit *exit)
{
  TlExit *kept = exit != NULL ? tl_exit_ref (exit) : NULL;

  g_clear_pointer (place, tl_exit_unref);
  *place = kept;
}

static gboolean
is_awaited (TlExitWatch *self, TlFamily family)
{
  return self->questions[family] != NULL && !tl_exit_question_is_done (self->questions[family]);
}

static void
stop_asking (TlExitWatch *self)
{
  self->asking = FALSE;
  tl_name_questions_stop (self->names);
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    tl_source_clear (&self->patience[family]);
    g_clear_pointer (&self->questions[family], tl_exit_question_free);
  }
}

static gboolean
on_patience_over (gpointer user_data)
{
  TlExitProbe *probe = user_data;

  tl_exit_probe_give_up_connecting (probe);
  return G_SOURCE_REMOVE;
}

static void
start_patience_if_closed (TlExitWatch *self, TlFamily family)
{
  if (self->closed[family] && is_awaited (self, family) && self->patience[family] == NULL)
    self->patience[family] =
      tl_source_add_timeout (NULL, CLOSED_PATIENCE_MS, on_patience_over, self->probes[family]);
}

static void
end_if_answered (TlExitWatch *self)
{
  if (!is_awaited (self, TL_FAMILY_IPV4) && !is_awaited (self, TL_FAMILY_IPV6) &&
      tl_name_questions_is_done (self->names))
    stop_asking (self);
}

/*
 * By which link does the kernel send what the question sent? It is asked when the answer comes, not
 * when it is judged: routes may be others by then. Where the source is no own address any more it
 * does not say, and the routes are what there is.
 */
static void
note_egress (TlExitWatch *self, TlExit *exit)
{
  gboolean is_new =
    exit != NULL && exit != self->exits[exit->family] && exit != self->second_exits[exit->family];

  if (is_new && exit->has_source && exit->has_destination)
    exit->has_egress =
      tl_rtnl_lookup (self->rtnl, &exit->destination, &exit->source, &exit->egress, NULL, NULL);
}

static void
on_answered (TlExitQuestion *question, gpointer user_data)
{
  TlExitWatch *self = TL_EXIT_WATCH (user_data);
  TlFamily family = question == self->questions[TL_FAMILY_IPV4] ? TL_FAMILY_IPV4 : TL_FAMILY_IPV6;
  TlExit *first = tl_exit_question_get_answer (question, 0);
  TlExit *second = tl_exit_question_get_answer (question, 1);

  if (first == NULL)
    return;

  note_egress (self, first);
  note_egress (self, second);
  replace_exit (&self->exits[family], first);
  replace_exit (&self->second_exits[family], second);
  end_if_answered (self);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
collect_nat64 (TlExitWatch *self)
{
  const GArray *told = tl_name_questions_get_nat64 (self->names);

  g_array_set_size (self->nat64, 0);
  g_array_append_vals (self->nat64, told->data, told->len);
  tl_pref64_watch_add_prefixes (self->pref64_watch, self->nat64);
}

static void
on_pref64_changed (TlPref64Watch *pref64_watch, gpointer user_data)
{
  TlExitWatch *self = TL_EXIT_WATCH (user_data);

  collect_nat64 (self);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
on_name_answered (gpointer user_data)
{
  TlExitWatch *self = TL_EXIT_WATCH (user_data);

  collect_nat64 (self);
  end_if_answered (self);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
tl_exit_watch_dispose (GObject *object)
{
  TlExitWatch *self = TL_EXIT_WATCH (object);

  tl_exit_watch_forget (self);
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++)
    g_clear_object (&self->probes[family]);
  g_clear_object (&self->rtnl);
  if (self->pref64_watch != NULL)
    g_signal_handlers_disconnect_by_data (self->pref64_watch, self);
  g_clear_object (&self->pref64_watch);

  G_OBJECT_CLASS (tl_exit_watch_parent_class)->dispose (object);
}

static void
tl_exit_watch_finalize (GObject *object)
{
  TlExitWatch *self = TL_EXIT_WATCH (object);

  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++)
    g_clear_pointer (&self->before[family], tl_exit_unref);
  g_free (self->before_uplinks);
  tl_name_questions_free (self->names);
  g_array_unref (self->nat64);
  g_clear_pointer (&self->observation, tl_observation_unref);
  g_clear_pointer (&self->verdict, tl_verdict_unref);

  G_OBJECT_CLASS (tl_exit_watch_parent_class)->finalize (object);
}

static void
tl_exit_watch_class_init (TlExitWatchClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = tl_exit_watch_dispose;
  object_class->finalize = tl_exit_watch_finalize;

  /**
   * TlExitWatch::changed:
   *
   * An answer has come, or a router advertises another NAT64 translator.
   */
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tl_exit_watch_init (TlExitWatch *self)
{
  self->names = tl_name_questions_new (on_name_answered, self);
  self->nat64 = g_array_new (FALSE, FALSE, sizeof (TlPrefix));
}

/**
 * tl_exit_watch_new:
 * @rtnl: the kernel
 * @ipv4_probe: asks over IPv4
 * @ipv6_probe: asks over IPv6
 * @pref64_watch: what routers advertise
 *
 * Returns: (transfer full): a watch that knows nothing yet
 */
TlExitWatch *
tl_exit_watch_new (TlRtnl *rtnl,
                   TlExitProbe *ipv4_probe,
                   TlExitProbe *ipv6_probe,
                   TlPref64Watch *pref64_watch)
{
  TlExitWatch *self = g_object_new (TL_TYPE_EXIT_WATCH, NULL);

  self->rtnl = g_object_ref (rtnl);
  self->probes[TL_FAMILY_IPV4] = g_object_ref (ipv4_probe);
  self->probes[TL_FAMILY_IPV6] = g_object_ref (ipv6_probe);
  self->pref64_watch = g_object_ref (pref64_watch);
  g_signal_connect (pref64_watch, "changed", G_CALLBACK (on_pref64_changed), self);
  return self;
}

/**
 * tl_exit_watch_ask:
 * @self: a watch
 * @timeout_ms: how long the answers may take
 *
 * Asks over both families, and the resolver for NAT64, unless it is being asked already. What was
 * answered before stays until the new answer is there. Where a VPN may be up, two services are
 * asked at once: one that is wrong, or reached by a way of its own, does not stay unseen. The name
 * of the IPv6 service tells whether names are found that have no other address.
 */
void
tl_exit_watch_ask (TlExitWatch *self, guint timeout_ms)
{
  gboolean may_have_vpn = self->verdict == NULL || self->verdict->state != TL_STATE_NO_VPN;
  g_autofree char *name = NULL;

  if (self->asking)
    return;

  self->asked = TRUE;
  self->asking = TRUE;
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    self->questions[family] =
      tl_exit_question_new (self->probes[family], may_have_vpn, timeout_ms, on_answered, self);
    start_patience_if_closed (self, family);
  }
  if (may_have_vpn)
    name = tl_exit_probe_dup_name (self->probes[TL_FAMILY_IPV6]);
  tl_name_questions_ask (self->names, name, may_have_vpn ? self->observation : NULL, self->verdict,
                         timeout_ms);
}

/**
 * tl_exit_watch_give_up:
 * @self: a watch
 *
 * Waits no longer for answers still on their way: that none came is the answer.
 */
void
tl_exit_watch_give_up (TlExitWatch *self)
{
  if (!self->asking)
    return;

  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    g_autoptr (TlExit) none = tl_exit_new (family);

    /* Where one of two services has answered, that is the answer. */
    if (!is_awaited (self, family) ||
        tl_exit_question_get_answer (self->questions[family], 0) != NULL)
      continue;
    none->error = g_strdup (TL_NO_ANSWER_IN_TIME);
    replace_exit (&self->exits[family], none);
    replace_exit (&self->second_exits[family], NULL);
  }
  stop_asking (self);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/**
 * tl_exit_watch_note_closed:
 * @self: a watch
 * @family: a family
 * @closed: whether nothing of it is known to get out of this computer, by its firewall's word
 *
 * Nobody needs to wait for an answer that cannot come: what is not connected a second later, is not
 * waited for. A firewall is only sampled, so that one which does come counts nevertheless.
 */
void
tl_exit_watch_note_closed (TlExitWatch *self, TlFamily family, gboolean closed)
{
  self->closed[family] = closed;
  if (!closed)
    tl_source_clear (&self->patience[family]);
  start_patience_if_closed (self, family);
}

/**
 * tl_exit_watch_forget:
 * @self: a watch
 *
 * The network has changed: drops the answers, and questions still on their way.
 */
void
tl_exit_watch_forget (TlExitWatch *self)
{
  stop_asking (self);
  self->asked = FALSE;
  tl_name_questions_forget_name (self->names);
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    g_clear_pointer (&self->exits[family], tl_exit_unref);
    g_clear_pointer (&self->second_exits[family], tl_exit_unref);
  }
}

/**
 * tl_exit_watch_note_verdict:
 * @self: a watch
 * @observation: what is known
 * @verdict: the present verdict
 *
 * Without a VPN, the answers are what the Internet sees before one comes up; they are remembered
 * as long as the uplinks stay the same. Those that @verdict was made of, that is: later ones may
 * have come through a VPN that @observation does not know of yet.
 */
void
tl_exit_watch_note_verdict (TlExitWatch *self,
                            const TlObservation *observation,
                            const TlVerdict *verdict)
{
  g_autoptr (GString) uplinks = g_string_new (NULL);

  g_clear_pointer (&self->observation, tl_observation_unref);
  self->observation = tl_observation_ref (observation);
  g_clear_pointer (&self->verdict, tl_verdict_unref);
  self->verdict = tl_verdict_ref (verdict);
  for (guint i = 0; i < verdict->uplinks->len; i++) {
    const TlUplink *uplink = verdict->uplinks->pdata[i];

    g_string_append_printf (uplinks, "%d %s\n", uplink->ifindex, uplink->activation);
    tl_pref64_watch_note_network (self->pref64_watch, uplink->ifindex, uplink->activation);
  }
  if (g_strcmp0 (self->before_uplinks, uplinks->str) != 0) {
    for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++)
      g_clear_pointer (&self->before[family], tl_exit_unref);
    tl_name_questions_forget_nat64 (self->names);
    g_free (self->before_uplinks);
    self->before_uplinks = g_string_free (g_steal_pointer (&uplinks), FALSE);
  }

  collect_nat64 (self);
  for (TlFamily family = TL_FAMILY_IPV4;
       verdict->state == TL_STATE_NO_VPN && family < TL_N_FAMILIES; family++) {
    const TlExit *exit = observation->answers.exits[family];

    if (exit != NULL && exit->has_address)
      replace_exit (&self->before[family], exit);
  }
}

/**
 * tl_exit_watch_fill:
 * @self: a watch
 * @answers: all that the Internet has said is set there
 */
void
tl_exit_watch_fill (TlExitWatch *self, TlAnswers *answers)
{
  answers->ipv6_name = tl_name_questions_get_ipv6_name (self->names);
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    replace_exit (&answers->exits[family], self->exits[family]);
    replace_exit (&answers->second_exits[family], self->second_exits[family]);
    replace_exit (&answers->exits_before[family], self->before[family]);
  }
}

/**
 * tl_exit_watch_get_nat64:
 * @self: a watch
 *
 * Returns: (transfer none) (element-type TlPrefix): where the uplinks have NAT64 translators, as
 *   far as was seen
 */
const GArray *
tl_exit_watch_get_nat64 (TlExitWatch *self)
{
  return self->nat64;
}

/**
 * tl_exit_watch_get_asked:
 * @self: a watch
 *
 * Returns: whether the Internet was asked since the network last changed
 */
gboolean
tl_exit_watch_get_asked (TlExitWatch *self)
{
  return self->asked;
}

/**
 * tl_exit_watch_get_asking:
 * @self: a watch
 *
 * Returns: whether an answer is still awaited
 */
gboolean
tl_exit_watch_get_asking (TlExitWatch *self)
{
  return self->asking;
}
