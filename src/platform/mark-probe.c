/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/mark-probe.h"

#include "core/error.h"
#include "platform/bypass-sample.h"
#include "platform/source-util.h"

#include <glib-unix.h>
#include <unistd.h>

/*
 * Do packets leave that routes lead into a tunnel, since something marks them on their way? Asked
 * by ordinary packets with hop limit 1.
 *
 * Of a datagram the kernel says by which link it went. Of a connection it does not: there the next
 * router's answer tells, and that it came in on the tunnel, or not at all, says nothing against the
 * tunnel.
 */

/* What rules that mark by port mean: the web, and names. */
static const guint16 ports[] = { 443, 53 };
/* Linux routers answer some six packets at once, and then one in a second. */
#define TCP_ADDRESSES 3
G_STATIC_ASSERT (TCP_ADDRESSES *G_N_ELEMENTS (ports) <= 6);
/* Of each range, besides one for each block of tl_assigned_space(); a power of two. */
#define ADDRESSES 8

typedef struct {
  GTask *task;
  GArray *answers;    /* TlFirewallAnswer */
  GPtrArray *samples; /* Sample: those that an answer may still come for */
  GRand *random;
  GSource *timeout;
  GSource *called_off;
} Question;

/** Sample: a packet, or an attempt to connect. */
typedef struct {
  Question *question;
  guint range; /* the place in the answers */
  int fd;
  GSource *source;
} Sample;

static void
sample_free (gpointer data)
{
  Sample *sample = data;

  tl_source_clear (&sample->source);
  close (sample->fd);
  g_free (sample);
}

static void
question_free (gpointer data)
{
  Question *question = data;

  tl_source_clear (&question->timeout);
  tl_source_clear (&question->called_off);
  g_ptr_array_unref (question->samples);
  g_array_unref (question->answers);
  g_rand_free (question->random);
  g_free (question);
}

/* The last thing a callback does: the question is gone afterwards. */
static void
complete (Question *question)
{
  g_autoptr (GTask) task = g_steal_pointer (&question->task);

  g_ptr_array_set_size (question->samples, 0);
  tl_source_clear (&question->timeout);
  tl_source_clear (&question->called_off);
  g_task_return_pointer (task, g_array_ref (question->answers), (GDestroyNotify)g_array_unref);
}

static gboolean
on_timeout (gpointer user_data)
{
  complete (user_data);
  return G_SOURCE_REMOVE;
}

static gboolean
on_called_off (GCancellable *cancellable, gpointer user_data)
{
  Question *question = user_data;
  g_autoptr (GTask) task = g_steal_pointer (&question->task);

  g_ptr_array_set_size (question->samples, 0);
  tl_source_clear (&question->timeout);
  tl_source_clear (&question->called_off);
  g_task_return_new_error (task, TL_ERROR, TL_ERROR_CANCELLED, "the question was called off");
  return G_SOURCE_REMOVE;
}

static TlFirewallAnswer *
answer_at (const Question *question, guint range)
{
  return &g_array_index (question->answers, TlFirewallAnswer, range);
}

/* Returns: whether it is known by which link a packet of the range went */
static gboolean
take_link (const Question *question, guint range, int ifindex)
{
  TlFirewallAnswer *answer = answer_at (question, range);

  if (ifindex == answer->range.egress.ifindex)
    answer->word = TL_FIREWALL_LEAVES;
  return ifindex != 0;
}

static void
drop_samples (Question *question, guint range)
{
  for (guint i = question->samples->len; i-- > 0;) {
    if (((const Sample *)question->samples->pdata[i])->range == range)
      g_ptr_array_remove_index_fast (question->samples, i);
  }
}

static gboolean
on_answer (int fd, GIOCondition condition, gpointer user_data)
{
  Sample *sample = user_data;
  Question *question = sample->question;
  guint range = sample->range;
  gboolean known = take_link (question, range, tl_bypass_sample_find_link (fd));

  if (answer_at (question, range)->word == TL_FIREWALL_LEAVES)
    drop_samples (question, range);
  /* A connection that has come to an end would call again and again. */
  else if (known || (condition & (G_IO_HUP | G_IO_OUT)) != 0)
    g_ptr_array_remove_fast (question->samples, sample);
  if (question->samples->len == 0)
    complete (question);
  return G_SOURCE_CONTINUE;
}

/* Takes @fd over. */
static void
keep_sample (Question *question, guint range, int fd, GIOCondition condition)
{
  Sample *sample;

  if (fd < 0)
    return;
  if (take_link (question, range, tl_bypass_sample_find_link (fd))) {
    close (fd);
    return;
  }

  sample = g_new0 (Sample, 1);
  sample->question = question;
  sample->range = range;
  sample->fd = fd;
  sample->source = g_unix_fd_source_new (fd, condition);
  g_source_set_callback (sample->source, G_SOURCE_FUNC (on_answer), sample, NULL);
  g_source_attach (sample->source, g_task_get_context (question->task));
  g_ptr_array_add (question->samples, sample);
}

/* Before the datagrams, whose answers nobody waits for: routers soon have answered enough. */
static void
send_tcp (Question *question, guint range, const GArray *addresses)
{
  for (guint i = 0; i < MIN (addresses->len, TCP_ADDRESSES) * G_N_ELEMENTS (ports); i++) {
    const TlAddress *address = &g_array_index (addresses, TlAddress, i / G_N_ELEMENTS (ports));
    TlSampleFate fate;
    int fd = tl_bypass_sample_connect (address, 0, ports[i % G_N_ELEMENTS (ports)], &fate);

    keep_sample (question, range, fd, G_IO_ERR | G_IO_HUP | G_IO_OUT);
  }
}

static void
send_udp (Question *question, guint range, const GArray *addresses)
{
  const TlFirewallAnswer *answer = answer_at (question, range);

  for (guint i = 0; i < addresses->len && answer->word != TL_FIREWALL_LEAVES; i++) {
    const TlAddress *address = &g_array_index (addresses, TlAddress, i);
    int fd = tl_bypass_sample_send_stamped (address, ports[i % G_N_ELEMENTS (ports)]);

    keep_sample (question, range, fd, G_IO_ERR);
  }
}

static void
ask_about (Question *question, const TlObservation *observation, const TlMarkedRange *range)
{
  const TlSpan *span = &range->span;
  const TlCoverage *coverage = tl_observation_marked (observation, span->first.family, range->mark);
  TlFirewallAnswer answer = { .range = *span, .word = TL_FIREWALL_SILENT };
  g_autoptr (GArray) addresses = g_array_new (FALSE, FALSE, sizeof (TlAddress));
  guint place = question->answers->len;

  g_return_if_fail (coverage != NULL);

  g_array_append_val (question->answers, answer);
  tl_firewall_samples (coverage, span, ADDRESSES, question->random, addresses);
  send_tcp (question, place, addresses);
  send_udp (question, place, addresses);
  if (answer_at (question, place)->word == TL_FIREWALL_LEAVES)
    drop_samples (question, place);
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
 * tl_mark_probe_ask:
 * @observation: what is known
 * @ranges: (element-type TlMarkedRange): what routes lead into a tunnel, and rules past it for
 *   packets with a mark; the first %TL_FIREWALL_MARKED_MAX are asked about
 * @cancellable: (nullable): to call it off
 * @callback: called once, within %TL_MARK_PROBE_TIMEOUT_MS
 * @user_data: for @callback
 *
 * Sends to a sample of each range, to the ports 443 and 53 by UDP and TCP: does it leave?
 *
 * What is marked for other users, programs (by cgroup) or ports alone is not seen. Nor are
 * connections that keep the tunnel's source address, unless datagrams are marked, too: the answer
 * to them goes astray; so does everybody's, and such connections come to nothing.
 */
void
tl_mark_probe_ask (const TlObservation *observation,
                   const GArray *ranges,
                   GCancellable *cancellable,
                   GAsyncReadyCallback callback,
                   gpointer user_data)
{
  Question *question = g_new0 (Question, 1);

  question->task = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (question->task, tl_mark_probe_ask);
  g_task_set_check_cancellable (question->task, FALSE); /* on_called_off() has our own error */
  g_task_set_task_data (question->task, question, question_free);
  question->answers = g_array_new (FALSE, FALSE, sizeof (TlFirewallAnswer));
  question->samples = g_ptr_array_new_with_free_func (sample_free);
  question->random = g_rand_new ();
  watch_cancellable (question);
  question->timeout = tl_source_add_timeout (g_task_get_context (question->task),
                                             TL_MARK_PROBE_TIMEOUT_MS, on_timeout, question);

  for (guint i = 0; i < MIN (ranges->len, TL_FIREWALL_MARKED_MAX); i++)
    ask_about (question, observation, &g_array_index (ranges, TlMarkedRange, i));
  if (question->samples->len == 0)
    complete (question);
}

/**
 * tl_mark_probe_ask_finish:
 * @result: what the callback got
 * @error: return location for an error
 *
 * Returns: (transfer full) (nullable) (element-type TlFirewallAnswer): an answer for each range,
 *   %TL_FIREWALL_LEAVES or %TL_FIREWALL_SILENT, or %NULL with @error of %TL_ERROR,
 *   %TL_ERROR_CANCELLED
 */
GArray *
tl_mark_probe_ask_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, tl_mark_probe_ask), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
