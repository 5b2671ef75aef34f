/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/bypass-probe.h"

#include "core/error.h"
#include "platform/bypass-range.h"
#include "platform/source-util.h"

/*
 * Do packets really leave that routes lead around the tunnels? Asked without privileges, by
 * ordinary packets with hop limit 1: the next router answers them, and nothing goes past it. A
 * firewall that treats just these otherwise, by their hop limit, is beyond what can be asked so.
 */

/* The kernel sends a SYN again after a second (RFC 6298, 2.1). */
#define TICK_MS 50
/* What one turn of the main loop is given to: a socket costs some 20 µs, and a range has several
 * (measured). */
#define RANGES_PER_TURN 16

typedef struct {
  GTask *task;
  GPtrArray *ranges; /* TlBypassRange */
  guint n_sent;      /* of these */
  guint turn;        /* from where on they are looked at next */
  GRand *random;
  GSource *tick;
  GSource *called_off;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  tl_source_clear (&question->tick);
  tl_source_clear (&question->called_off);
  g_ptr_array_unref (question->ranges);
  g_rand_free (question->random);
  g_free (question);
}

/* The last thing a callback does: the question may be gone afterwards. */
static void
complete_if_decided (gpointer user_data)
{
  Question *question = user_data;
  g_autoptr (GArray) answers = g_array_new (FALSE, FALSE, sizeof (TlFirewallAnswer));
  g_autoptr (GTask) task = NULL;

  for (guint i = 0; i < question->ranges->len; i++) {
    const TlFirewallAnswer *answer = tl_bypass_range_get_answer (question->ranges->pdata[i]);

    if (answer->word == TL_FIREWALL_NOT_ASKED)
      return;
    g_array_append_vals (answers, answer, 1);
  }

  tl_source_clear (&question->tick);
  tl_source_clear (&question->called_off);
  task = g_steal_pointer (&question->task);
  g_task_return_pointer (task, g_steal_pointer (&answers), (GDestroyNotify)g_array_unref);
}

/* Sends, or looks what has come of it. */
static void
take_turn (Question *question)
{
  guint end = MIN (question->turn + RANGES_PER_TURN, question->ranges->len);

  for (guint i = question->turn; i < end; i++) {
    TlBypassRange *range = question->ranges->pdata[i];

    if (i == question->n_sent) {
      question->n_sent++;
      tl_bypass_range_send (range, g_task_get_context (question->task), complete_if_decided,
                            question);
    }
    tl_bypass_range_judge (range);
  }
  question->turn = end < question->ranges->len ? end : 0;
}

static gboolean
on_tick (gpointer user_data)
{
  Question *question = user_data;

  take_turn (question);
  complete_if_decided (question);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_called_off (GCancellable *cancellable, gpointer user_data)
{
  Question *question = user_data;
  g_autoptr (GTask) task = g_steal_pointer (&question->task);

  g_ptr_array_set_size (question->ranges, 0);
  tl_source_clear (&question->tick);
  tl_source_clear (&question->called_off);
  g_task_return_new_error (task, TL_ERROR, TL_ERROR_CANCELLED, "the question was called off");
  return G_SOURCE_REMOVE;
}

static void
watch_cancellable (Question *question)
{
  GCancellable *cancellable = g_task_get_cancellable (question->task);

  if (cancellable == NULL)
    return;

  question->called_off = g_cancellable_source_new (cancellable);
  g_source_set_callback (question->called_off, G_SOURCE_FUNC (on_called_off), question, NULL);
  g_source_attach (question->called_off, g_task_get_context (question->task));
}

/**
 * tl_bypass_probe_ask:
 * @coverage: the coverage of each family
 * @ranges: (element-type TlSpan): ranges, with the way out that routes give them; the first
 *   %TL_FIREWALL_RANGES_MAX are asked about
 * @resolvers: (element-type TlSpan): DNS servers that are asked about by themselves, in those
 * ranges or not: each a single address and the link it is reached by
 * @cancellable: (nullable): to call it off
 * @callback: called once, within %TL_BYPASS_PROBE_TIMEOUT_MS
 * @user_data: for @callback
 *
 * Sends to a sample of each range, and to each DNS server at the port of DNS: what becomes of
 * packets to it?
 *
 * It is the firewall for this process that is asked, and for new connections with hop limit 1: one
 * that tells programs or users apart may treat others differently, and connections that were open
 * before it came may go on until they end.
 */
void
tl_bypass_probe_ask (TlCoverage *const coverage[TL_N_FAMILIES],
                     const GArray *ranges,
                     const GArray *resolvers,
                     GCancellable *cancellable,
                     GAsyncReadyCallback callback,
                     gpointer user_data)
{
  Question *question = g_new0 (Question, 1);
  guint n = MIN (ranges->len, TL_FIREWALL_RANGES_MAX);
  guint n_turns;

  question->task = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (question->task, tl_bypass_probe_ask);
  g_task_set_check_cancellable (question->task, FALSE); /* on_called_off() has our own error */
  g_task_set_task_data (question->task, question, question_free);
  question->random = g_rand_new ();
  question->ranges = g_ptr_array_new_with_free_func ((GDestroyNotify)tl_bypass_range_free);
  watch_cancellable (question);
  for (guint i = 0; i < n; i++) {
    const TlSpan *span = &g_array_index (ranges, TlSpan, i);

    g_ptr_array_add (question->ranges,
                     tl_bypass_range_new (coverage[span->first.family], span,
                                          tl_firewall_n_samples (n), question->random));
  }
  for (guint i = 0; i < resolvers->len; i++)
    g_ptr_array_add (question->ranges, tl_bypass_range_new_of_resolver (
                                         &g_array_index (resolvers, TlSpan, i), question->random));

  n_turns = MAX (1, (question->ranges->len + RANGES_PER_TURN - 1) / RANGES_PER_TURN);
  question->tick = tl_source_add_timeout (g_task_get_context (question->task),
                                          MAX (1, TICK_MS / n_turns), on_tick, question);
  take_turn (question);
  complete_if_decided (question);
}

/**
 * tl_bypass_probe_ask_finish:
 * @result: what the callback got
 * @error: return location for an error
 *
 * Returns: (transfer full) (nullable) (element-type TlFirewallAnswer): an answer for each range and
 *   then each DNS server, or %NULL with @error of %TL_ERROR, %TL_ERROR_CANCELLED
 */
GArray *
tl_bypass_probe_ask_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, tl_bypass_probe_ask), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
