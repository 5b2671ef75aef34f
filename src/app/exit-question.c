/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/exit-question.h"

#include "platform/source-util.h"

#define N_SERVICES 2

struct _TlExitQuestion {
  TlExitAnswered answered; /* nullable: nobody listens any more */
  gpointer user_data;
  TlExit *answers[N_SERVICES];
  GCancellable *awaited[N_SERVICES]; /* nullable: not asked, or done */
  GSource *patience;
};

/** Inquiry: the part of a question that one service answers. */
typedef struct {
  TlExitQuestion *question;
  guint i;
} Inquiry;

static void
question_clear (gpointer data)
{
  TlExitQuestion *self = data;

  for (guint i = 0; i < N_SERVICES; i++)
    g_clear_pointer (&self->answers[i], tl_exit_unref);
}

static void
inquiry_free (Inquiry *inquiry)
{
  g_rc_box_release_full (inquiry->question, question_clear);
  g_free (inquiry);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Inquiry, inquiry_free)

static void
stop_waiting (TlExitQuestion *self)
{
  tl_source_clear (&self->patience);
  for (guint i = 0; i < N_SERVICES; i++) {
    g_autoptr (GCancellable) cancellable = g_steal_pointer (&self->awaited[i]);

    if (cancellable != NULL)
      g_cancellable_cancel (cancellable);
  }
}

/* Who has not answered by now counts as not having been asked. */
static gboolean
on_patience_over (gpointer user_data)
{
  TlExitQuestion *self = user_data;

  stop_waiting (self);
  self->answered (self, self->user_data);
  return G_SOURCE_REMOVE;
}

/* The first service has failed, and the second one is what was asked instead. */
static void
drop_repetition (TlExitQuestion *self)
{
  if (self->answers[0] != NULL && self->answers[1] != NULL &&
      g_strcmp0 (self->answers[0]->url, self->answers[1]->url) == 0)
    g_clear_pointer (&self->answers[1], tl_exit_unref);
}

static void
on_ask_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Inquiry) inquiry = user_data;
  g_autoptr (TlExit) answer = tl_exit_probe_ask_finish (TL_EXIT_PROBE (source), result, NULL);
  TlExitQuestion *self = inquiry->question;

  /* Called off: nobody waits for it. */
  if (answer == NULL || self->awaited[inquiry->i] == NULL || self->answered == NULL)
    return;

  g_clear_object (&self->awaited[inquiry->i]);
  self->answers[inquiry->i] = g_steal_pointer (&answer);
  drop_repetition (self);
  if (tl_exit_question_is_done (self))
    tl_source_clear (&self->patience);
  else if (tl_exit_question_get_answer (self, 0) != NULL)
    self->patience = tl_source_add_timeout (NULL, TL_EXIT_PATIENCE_MS, on_patience_over, self);
  self->answered (self, self->user_data);
}

static Inquiry *
inquiry_new (TlExitQuestion *self, guint i)
{
  Inquiry *inquiry = g_new0 (Inquiry, 1);

  inquiry->question = g_rc_box_acquire (self);
  inquiry->i = i;
  self->awaited[i] = g_cancellable_new ();
  return inquiry;
}

/**
 * tl_exit_question_new:
 * @probe: asks over one family
 * @two: whether to ask a second service at the same time, where the probe has one
 * @timeout_ms: how long the answers may take
 * @answered: called when an answer is there, and when the second one is waited for no longer; never
 *   before this has returned
 * @user_data: for @answered
 *
 * Asks. The second answer makes nobody wait: %TL_EXIT_PATIENCE_MS after the first one it counts as
 * never asked for.
 *
 * Returns: (transfer full): the question
 */
TlExitQuestion *
tl_exit_question_new (TlExitProbe *probe,
                      gboolean two,
                      guint timeout_ms,
                      TlExitAnswered answered,
                      gpointer user_data)
{
  TlExitQuestion *self = g_rc_box_new0 (TlExitQuestion);
  Inquiry *first = inquiry_new (self, 0);

  self->answered = answered;
  self->user_data = user_data;
  tl_exit_probe_ask (probe, timeout_ms, self->awaited[0], on_ask_ready, first);
  if (two && tl_exit_probe_has_second (probe)) {
    Inquiry *second = inquiry_new (self, 1);

    tl_exit_probe_ask_second (probe, timeout_ms, self->awaited[1], on_ask_ready, second);
  }

  return self;
}

/**
 * tl_exit_question_free:
 * @self: (transfer full): a question, answered or not
 */
void
tl_exit_question_free (TlExitQuestion *self)
{
  self->answered = NULL;
  stop_waiting (self);
  g_rc_box_release_full (self, question_clear);
}

/**
 * tl_exit_question_is_done:
 * @self: a question
 *
 * Returns: whether nothing more will come
 */
gboolean
tl_exit_question_is_done (const TlExitQuestion *self)
{
  return self->awaited[0] == NULL && self->awaited[1] == NULL;
}

/**
 * tl_exit_question_get_answer:
 * @self: a question
 * @i: 0 or 1
 *
 * A service that failed is no answer while another one may give one.
 *
 * Returns: (transfer none) (nullable): the answer of the @i-th service of those that have answered
 */
TlExit *
tl_exit_question_get_answer (const TlExitQuestion *self, guint i)
{
  for (guint j = 0; j < N_SERVICES; j++) {
    TlExit *answer = self->answers[j];

    if (answer != NULL && (answer->has_address || tl_exit_question_is_done (self)) && i-- == 0)
      return answer;
  }

  return NULL;
}
