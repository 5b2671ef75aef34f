/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/firewall-watch.h"

#include "platform/bypass-probe.h"
#include "platform/mark-probe.h"

/**
 * TlFirewallWatch:
 *
 * The firewall's word as long as it is good: asks what becomes of packets that routes let bypass,
 * and whether something marks packets so that they do, forgets the answers when the network
 * changes, and knows when they are due again, since a change of a firewall is no event for a
 * program without privileges. It never asks by itself.
 *
 * `changed` is emitted when the answers are there.
 */
struct _TlFirewallWatch {
  GObject parent_instance;

  GArray *answers; /* (nullable) TlFirewallAnswer: never changed once it is here */
  GCancellable *asking;
  gint64 asked_at; /* monotonic, or 0 where not asked since the network changed */
  gboolean marks;  /* asked about marks, too */
  gboolean doubted;
};

enum { SIGNAL_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (TlFirewallWatch, tl_firewall_watch, G_TYPE_OBJECT)

/** Inquiry: questions on their way, to the probes for what bypasses and for marks. */
typedef struct {
  TlFirewallWatch *watch;
  GCancellable *asking;
  GArray *answers; /* TlFirewallAnswer: of those that have come back */
  guint n_asked;   /* questions still on their way */
} Inquiry;

static void
inquiry_free (Inquiry *inquiry)
{
  g_object_unref (inquiry->watch);
  g_object_unref (inquiry->asking);
  g_array_unref (inquiry->answers);
  g_free (inquiry);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Inquiry, inquiry_free)

static Inquiry *
inquiry_new (TlFirewallWatch *watch, GCancellable *asking)
{
  Inquiry *inquiry = g_new0 (Inquiry, 1);

  inquiry->watch = g_object_ref (watch);
  inquiry->asking = g_object_ref (asking);
  inquiry->answers = g_array_new (FALSE, FALSE, sizeof (TlFirewallAnswer));
  return inquiry;
}

static void
stop_asking (TlFirewallWatch *self)
{
  if (self->asking != NULL)
    g_cancellable_cancel (self->asking);
  g_clear_object (&self->asking);
}

/* Takes the answers to one of the questions, and with the last one the inquiry itself. */
static void
take_answers (Inquiry *pending, const GArray *answers)
{
  g_autoptr (Inquiry) inquiry = NULL;
  TlFirewallWatch *self = pending->watch;

  if (answers != NULL)
    g_array_append_vals (pending->answers, answers->data, answers->len);
  if (--pending->n_asked > 0)
    return;
  inquiry = pending;
  /* The network has changed under the question: the answer is nobody's any more. */
  if (self->asking != inquiry->asking)
    return;

  g_clear_object (&self->asking);
  g_clear_pointer (&self->answers, g_array_unref);
  self->answers = g_array_ref (inquiry->answers);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
on_bypass_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GArray) answers = tl_bypass_probe_ask_finish (result, NULL);

  take_answers (user_data, answers);
}

static void
on_marks_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GArray) answers = tl_mark_probe_ask_finish (result, NULL);

  take_answers (user_data, answers);
}

static void
tl_firewall_watch_dispose (GObject *object)
{
  tl_firewall_watch_forget (TL_FIREWALL_WATCH (object));

  G_OBJECT_CLASS (tl_firewall_watch_parent_class)->dispose (object);
}

static void
tl_firewall_watch_class_init (TlFirewallWatchClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = tl_firewall_watch_dispose;

  /**
   * TlFirewallWatch::changed:
   *
   * The answers are there.
   */
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tl_firewall_watch_init (TlFirewallWatch *self)
{
}

/**
 * tl_firewall_watch_new:
 *
 * Returns: (transfer full): a watch that knows nothing yet
 */
TlFirewallWatch *
tl_firewall_watch_new (void)
{
  return g_object_new (TL_TYPE_FIREWALL_WATCH, NULL);
}

/* Whether what bypasses is a question. */
static gboolean
has_bypass_question (const TlVerdict *bare)
{
  gboolean matters = bare->state == TL_STATE_LEAK;
  gboolean of_resolver = FALSE;

  for (guint i = 0; i < bare->findings->len; i++) {
    const TlFinding *finding = bare->findings->pdata[i];

    matters |= finding->id == TL_FINDING_IPSEC;
    of_resolver |=
      finding->id == TL_FINDING_RESOLVER_BYPASS && finding->severity > TL_SEVERITY_INFO;
  }

  return of_resolver || (matters && (bare->families[TL_FAMILY_IPV4].ranges->len > 0 ||
                                     bare->families[TL_FAMILY_IPV6].ranges->len > 0));
}

/**
 * tl_has_mark_question:
 * @bare: a verdict by routes alone
 *
 * Returns: whether something may mark packets so that they go around a tunnel that is meant for
 *   everything: a rule is there that would lead them so
 */
gboolean
tl_has_mark_question (const TlVerdict *bare)
{
  return (bare->state == TL_STATE_SAFE || bare->state == TL_STATE_LEAK) &&
         (bare->families[TL_FAMILY_IPV4].marked->len > 0 ||
          bare->families[TL_FAMILY_IPV6].marked->len > 0);
}

/**
 * tl_has_firewall_question:
 * @bare: a verdict by routes alone
 *
 * Returns: whether the firewall's word could change it: something goes around a tunnel that is
 *   meant for everything, or may if it is marked, or IPsec may be there, or the policy minds a DNS
 *   server outside
 */
gboolean
tl_has_firewall_question (const TlVerdict *bare)
{
  return has_bypass_question (bare) || tl_has_mark_question (bare);
}

/* The probes answer later, never from within. */
static void
ask_about_bypass (Inquiry *inquiry, const TlObservation *observation, const TlVerdict *bare)
{
  g_autoptr (GArray) ranges = g_array_new (FALSE, FALSE, sizeof (TlSpan));
  g_autoptr (GArray) resolvers = g_array_new (FALSE, FALSE, sizeof (TlSpan));

  if (!has_bypass_question (bare))
    return;
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    const GArray *of = bare->families[family].ranges;

    g_array_append_vals (ranges, of->data, MIN (of->len, TL_FIREWALL_RANGES_MAX - ranges->len));
  }
  tl_find_resolvers_outside (bare, observation, resolvers);
  inquiry->n_asked++;
  tl_bypass_probe_ask (observation->coverage, ranges, resolvers, inquiry->asking,
                       on_bypass_answered, inquiry);
}

static void
ask_about_marks (Inquiry *inquiry, const TlObservation *observation, const TlVerdict *bare)
{
  g_autoptr (GArray) ranges = g_array_new (FALSE, FALSE, sizeof (TlMarkedRange));

  if (!tl_has_mark_question (bare))
    return;
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    const GArray *of = bare->families[family].marked;

    g_array_append_vals (ranges, of->data, MIN (of->len, TL_FIREWALL_MARKED_MAX / TL_N_FAMILIES));
  }
  inquiry->n_asked++;
  tl_mark_probe_ask (observation, ranges, inquiry->asking, on_marks_answered, inquiry);
}

/**
 * tl_firewall_watch_ask:
 * @self: a watch
 * @observation: what is known
 * @bare: what it means by routes alone
 *
 * Asks anew what becomes of packets to the ranges that bypass, or would if they were marked, and to
 * the DNS servers outside the tunnels. What was answered before stays until the new answers are
 * there.
 *
 * Returns: whether there was anything to ask; `changed` follows then
 */
gboolean
tl_firewall_watch_ask (TlFirewallWatch *self,
                       const TlObservation *observation,
                       const TlVerdict *bare)
{
  Inquiry *inquiry;

  if (!tl_has_firewall_question (bare))
    return FALSE;

  stop_asking (self);
  self->asking = g_cancellable_new ();
  self->asked_at = g_get_monotonic_time ();
  self->marks = tl_has_mark_question (bare);
  self->doubted = FALSE;
  inquiry = inquiry_new (self, self->asking);
  ask_about_bypass (inquiry, observation, bare);
  ask_about_marks (inquiry, observation, bare);
  return TRUE;
}

/**
 * tl_firewall_watch_forget:
 * @self: a watch
 *
 * The network has changed: drops the answers, and a question still on its way.
 */
void
tl_firewall_watch_forget (TlFirewallWatch *self)
{
  stop_asking (self);
  g_clear_pointer (&self->answers, g_array_unref);
  self->asked_at = 0;
  self->marks = FALSE;
  self->doubted = FALSE;
}

/**
 * tl_firewall_watch_note_event:
 * @self: a watch
 *
 * Something has changed, though nothing that matters for routes: firewalls are often changed
 * together with other things.
 */
void
tl_firewall_watch_note_event (TlFirewallWatch *self)
{
  self->doubted = self->asked_at != 0;
}

/**
 * tl_firewall_watch_fill:
 * @self: a watch
 * @answers: the firewall's word is set there
 */
void
tl_firewall_watch_fill (TlFirewallWatch *self, TlAnswers *answers)
{
  tl_answers_set_firewall (answers, self->answers);
}

/**
 * tl_firewall_watch_get_asking:
 * @self: a watch
 *
 * Returns: whether an answer is still awaited
 */
gboolean
tl_firewall_watch_get_asking (TlFirewallWatch *self)
{
  return self->asking != NULL;
}

/**
 * tl_firewall_watch_has_blocked:
 * @self: a watch
 *
 * Returns: whether a firewall closes what routes let bypass, as far as is known
 */
gboolean
tl_firewall_watch_has_blocked (TlFirewallWatch *self)
{
  return tl_firewall_has_blocked (self->answers);
}

/**
 * tl_firewall_watch_get_due:
 * @self: a watch
 * @by_itself: whether questions may be asked that nobody has asked for
 * @quiet: when the routes have come to rest, microseconds of the monotonic clock
 *
 * "Blocked" is looked after in any case, once somebody has had it asked: it makes the light green,
 * and as long as it is true no packet of the question leaves this computer, but perhaps one to a
 * DNS server. Marks are looked after
 * where questions may be asked that nobody has asked for: their packets do leave.
 *
 * Returns: when to ask next, microseconds of the monotonic clock; %G_MAXINT64 for never
 */
gint64
tl_firewall_watch_get_due (TlFirewallWatch *self, gboolean by_itself, gint64 quiet)
{
  gint64 ms = G_TIME_SPAN_MILLISECOND;
  gboolean looked_after = tl_firewall_watch_has_blocked (self) || (self->marks && by_itself);

  if (self->asking != NULL)
    return G_MAXINT64;
  if (self->asked_at == 0)
    return by_itself ? quiet : G_MAXINT64;
  if (self->doubted && (by_itself || tl_firewall_watch_has_blocked (self)))
    return self->asked_at + TL_FIREWALL_AGAIN_MS * ms;

  return looked_after ? self->asked_at + TL_FIREWALL_GOOD_MS * ms : G_MAXINT64;
}
