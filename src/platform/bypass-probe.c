/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/bypass-probe.h"

#include "core/error.h"
#include "platform/bypass-sample.h"
#include "platform/source-util.h"

#include <glib-unix.h>
#include <unistd.h>

/*
 * Do packets really leave that routes lead around the tunnels? Asked without privileges, by
 * ordinary packets with hop limit 1: the next router answers them, and nothing goes past it.
 *
 * First UDP, since the kernel says at once when it refuses a datagram. Only where it refuses all of
 * them, TCP: a firewall may close one and not the other.
 */

/* A router answers in milliseconds, over a sleepy Wi-Fi in some hundred. */
#define ROUTER_PATIENCE_MS 600
/* The neighbour's address is looked up with the first packet, which the kernel keeps meanwhile: a
 * firewall behind that is seen in a second round only, which begins with the same packet again. */
#define SECOND_ROUND_MS 150
/* The kernel sends a SYN again after a second (RFC 6298, 2.1). */
#define TICK_MS 50

/* What is used most: the web, names, calls, time, mail, VPNs; and one of chance. */
static const guint16 udp_ports[] = { 443, 53, 3478, 123, 4500, 0 };
static const guint16 tcp_ports[] = { 443, 80, 53, 22, 993, 0 };
G_STATIC_ASSERT (G_N_ELEMENTS (udp_ports) == G_N_ELEMENTS (tcp_ports));

typedef struct _Question Question;
typedef struct _Range Range;

typedef struct {
  Range *range;
  int fd;
  GSource *source;
  TlSampleFate fate;
} Sample;

struct _Range {
  Question *question;
  TlFirewallAnswer answer;
  GArray *addresses;  /* TlAddress */
  GPtrArray *samples; /* Sample: those that an answer may still come for */
  gboolean accepted;  /* some packet of this round was not refused: not blocked */
  gboolean sent;      /* some packet was not stopped, whatever becomes of further ones */
  gboolean second_round;
  gboolean decided;
};

struct _Question {
  GTask *task;
  GPtrArray *ranges; /* Range */
  gint64 begin;      /* g_get_monotonic_time() */
  GRand *random;
  GSource *tick;
  GSource *called_off;
};

static void
sample_free (gpointer data)
{
  Sample *sample = data;

  tl_source_clear (&sample->source);
  if (sample->fd >= 0)
    close (sample->fd);
  g_free (sample);
}

static void
range_free (gpointer data)
{
  Range *range = data;

  g_array_unref (range->addresses);
  g_ptr_array_unref (range->samples);
  g_free (range);
}

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

static guint
elapsed_ms (const Question *question)
{
  return (guint)((g_get_monotonic_time () - question->begin) / G_TIME_SPAN_MILLISECOND);
}

static void
decide (Range *range, TlFirewallWord word)
{
  range->decided = TRUE;
  range->answer.word = word;
  g_ptr_array_set_size (range->samples, 0);
}

/* Returns: whether the range is decided by it */
static gboolean
take_fate (Sample *sample, TlSampleFate fate, const TlAddress *from)
{
  Range *range = sample->range;

  sample->fate = fate;
  range->sent |= fate == TL_SAMPLE_SENT;
  range->accepted |= range->sent || fate == TL_SAMPLE_ACCEPTED;
  if (fate != TL_SAMPLE_LEFT)
    return FALSE;

  range->answer.has_router = TRUE;
  range->answer.router = *from;
  decide (range, TL_FIREWALL_LEAVES);
  return TRUE;
}

static gboolean
read_sample (Sample *sample, gboolean at_once)
{
  const TlSpan *span = &sample->range->answer.range;
  TlAddress from = { 0 };
  TlSampleFate fate =
    tl_bypass_sample_read (sample->fd, span->first.family, span->egress.ifindex, at_once, &from);

  return take_fate (sample, fate, &from);
}

static gboolean
has_pending (const Range *range)
{
  for (guint i = 0; i < range->samples->len; i++) {
    if (((const Sample *)range->samples->pdata[i])->fate == TL_SAMPLE_PENDING)
      return TRUE;
  }

  return FALSE;
}

static void
judge_retransmissions (Range *range)
{
  for (guint i = 0; i < range->samples->len; i++) {
    Sample *sample = range->samples->pdata[i];

    if (sample->fate == TL_SAMPLE_PENDING)
      take_fate (sample, tl_bypass_sample_judge_retransmission (sample->fd), NULL);
  }
}

static void send_round (Range *range);

/* The same connections first: a firewall that limits their number has no room for others. */
static void
send_second_round (Range *range)
{
  range->second_round = TRUE;
  range->accepted = FALSE;
  for (guint i = 0; i < range->samples->len; i++) {
    Sample *sample = range->samples->pdata[i];

    if (sample->fd >= 0 && sample->fate == TL_SAMPLE_ACCEPTED)
      take_fate (sample, tl_bypass_sample_send_again (sample->fd), NULL);
  }
  send_round (range);
}

static void
judge (Range *range)
{
  guint elapsed = elapsed_ms (range->question);

  if (range->decided)
    return;
  if (range->accepted && !range->sent && !range->second_round && elapsed >= SECOND_ROUND_MS) {
    send_second_round (range);
    if (range->decided)
      return;
  }
  if (!range->accepted)
    judge_retransmissions (range);

  if (!range->accepted && !has_pending (range))
    decide (range, range->addresses->len > 0 ? TL_FIREWALL_BLOCKED : TL_FIREWALL_SILENT);
  else if (elapsed >= (range->accepted ? ROUTER_PATIENCE_MS : TL_BYPASS_PROBE_TIMEOUT_MS))
    decide (range, TL_FIREWALL_SILENT);
}

/* The last thing a callback does: the question may be gone afterwards. */
static void
complete_if_decided (Question *question)
{
  GArray *answers;
  g_autoptr (GTask) task = NULL;

  for (guint i = 0; i < question->ranges->len; i++) {
    if (!((const Range *)question->ranges->pdata[i])->decided)
      return;
  }

  answers = g_array_new (FALSE, FALSE, sizeof (TlFirewallAnswer));
  for (guint i = 0; i < question->ranges->len; i++)
    g_array_append_val (answers, ((const Range *)question->ranges->pdata[i])->answer);
  tl_source_clear (&question->tick);
  tl_source_clear (&question->called_off);
  task = g_steal_pointer (&question->task);
  g_task_return_pointer (task, answers, (GDestroyNotify)g_array_unref);
}

static gboolean
on_answer (int fd, GIOCondition condition, gpointer user_data)
{
  Sample *sample = user_data;
  Range *range = sample->range;
  Question *question = range->question;

  if (!read_sample (sample, FALSE)) {
    /* A connection that has come to an end would call again and again. */
    if (sample->fate != TL_SAMPLE_PENDING && (condition & (G_IO_HUP | G_IO_OUT)) != 0)
      tl_source_clear (&sample->source);
    judge (range);
  }
  complete_if_decided (question);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_tick (gpointer user_data)
{
  Question *question = user_data;

  for (guint i = 0; i < question->ranges->len; i++)
    judge (question->ranges->pdata[i]);
  complete_if_decided (question);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_called_off (GCancellable *cancellable, gpointer user_data)
{
  Question *question = user_data;
  g_autoptr (GTask) task = g_steal_pointer (&question->task);

  for (guint i = 0; i < question->ranges->len; i++)
    decide (question->ranges->pdata[i], TL_FIREWALL_SILENT);
  tl_source_clear (&question->tick);
  tl_source_clear (&question->called_off);
  g_task_return_new_error (task, TL_ERROR, TL_ERROR_CANCELLED, "the question was called off");
  return G_SOURCE_REMOVE;
}

/* Keeps a sample that an answer may come for. Returns: whether it decided its range */
static gboolean
keep_sample (Range *range, int fd, TlSampleFate fate)
{
  Sample *sample = g_new0 (Sample, 1);
  GIOCondition condition = G_IO_ERR | G_IO_HUP;

  sample->range = range;
  sample->fd = fd;
  g_ptr_array_add (range->samples, sample);
  take_fate (sample, fate, NULL);
  if (fate == TL_SAMPLE_REFUSED || fd < 0)
    return FALSE;
  if (read_sample (sample, TRUE))
    return TRUE;

  if (sample->fate == TL_SAMPLE_PENDING)
    condition |= G_IO_OUT;
  if (sample->fate != TL_SAMPLE_REFUSED) {
    sample->source = g_unix_fd_source_new (fd, condition);
    g_source_set_callback (sample->source, G_SOURCE_FUNC (on_answer), sample, NULL);
    g_source_attach (sample->source, g_task_get_context (range->question->task));
  }
  return FALSE;
}

/* A port for a part of a range: zero stands for one of chance. */
static guint16
pick_port (const guint16 *ports, guint part, GRand *random)
{
  guint16 port = ports[part % G_N_ELEMENTS (udp_ports)];

  return port != 0 ? port : (guint16)g_rand_int_range (random, 1024, 65536);
}

/* One accepted datagram is enough to wait for an answer to: Linux routers answer some six at once,
 * and then one in a second. */
static void
send_udp (Range *range)
{
  for (guint i = 0; i < range->addresses->len && !range->accepted; i++) {
    TlSampleFate fate;
    int fd = tl_bypass_sample_send_udp (&g_array_index (range->addresses, TlAddress, i),
                                        pick_port (udp_ports, i, range->question->random), &fate);

    if (fate == TL_SAMPLE_REFUSED) {
      close (fd);
      continue;
    }
    if (keep_sample (range, fd, fate))
      return;
  }
}

static void
send_tcp (Range *range)
{
  for (guint i = 0; i < range->addresses->len && !range->accepted; i++) {
    TlSampleFate fate;
    int fd = tl_bypass_sample_connect (&g_array_index (range->addresses, TlAddress, i),
                                       pick_port (tcp_ports, i, range->question->random), &fate);

    if (keep_sample (range, fd, fate))
      return;
  }
}

static void
send_round (Range *range)
{
  send_udp (range);
  if (!range->decided && !range->accepted)
    send_tcp (range);
}

static Range *
range_new (Question *question, const TlCoverage *coverage, const TlSpan *span, guint n_samples)
{
  Range *range = g_new0 (Range, 1);

  range->question = question;
  range->answer.range = *span;
  range->addresses = g_array_new (FALSE, FALSE, sizeof (TlAddress));
  range->samples = g_ptr_array_new_with_free_func (sample_free);
  tl_firewall_samples (coverage, span, n_samples, question->random, range->addresses);
  return range;
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
 * @cancellable: (nullable): to call it off
 * @callback: called once, within %TL_BYPASS_PROBE_TIMEOUT_MS
 * @user_data: for @callback
 *
 * Sends to a sample of each range: what becomes of packets to it?
 *
 * It is the firewall for this process that is asked: one that tells programs or users apart may
 * treat others differently.
 */
void
tl_bypass_probe_ask (TlCoverage *const coverage[TL_N_FAMILIES],
                     const GArray *ranges,
                     GCancellable *cancellable,
                     GAsyncReadyCallback callback,
                     gpointer user_data)
{
  Question *question = g_new0 (Question, 1);
  guint n = MIN (ranges->len, TL_FIREWALL_RANGES_MAX);

  question->task = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (question->task, tl_bypass_probe_ask);
  g_task_set_check_cancellable (question->task, FALSE); /* on_called_off() has our own error */
  g_task_set_task_data (question->task, question, question_free);
  question->begin = g_get_monotonic_time ();
  question->random = g_rand_new ();
  question->ranges = g_ptr_array_new_with_free_func (range_free);
  watch_cancellable (question);
  question->tick =
    tl_source_add_timeout (g_task_get_context (question->task), TICK_MS, on_tick, question);

  for (guint i = 0; i < n; i++) {
    const TlSpan *span = &g_array_index (ranges, TlSpan, i);
    Range *range =
      range_new (question, coverage[span->first.family], span, tl_firewall_n_samples (n));

    g_ptr_array_add (question->ranges, range);
    send_round (range);
    judge (range);
  }
  complete_if_decided (question);
}

/**
 * tl_bypass_probe_ask_finish:
 * @result: what the callback got
 * @error: return location for an error
 *
 * Returns: (transfer full) (nullable) (element-type TlFirewallAnswer): an answer for each range, or
 *   %NULL with @error of %TL_ERROR, %TL_ERROR_CANCELLED
 */
GArray *
tl_bypass_probe_ask_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, tl_bypass_probe_ask), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
