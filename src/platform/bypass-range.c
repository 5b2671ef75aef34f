/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/bypass-range.h"

#include "platform/bypass-probe.h"
#include "platform/bypass-sample.h"
#include "platform/dns-query.h"
#include "platform/source-util.h"

#include <glib-unix.h>
#include <unistd.h>

/*
 * First UDP, since the kernel says at once when it refuses a datagram. Only where it refuses all of
 * them, TCP: a firewall may close one and not the other.
 */

/* A router answers in milliseconds, over a sleepy Wi-Fi in some hundred. */
#define ROUTER_PATIENCE_MS 600
/* The neighbour's address is looked up with the first packet, which the kernel keeps meanwhile: a
 * firewall behind that is seen in a second round only, which begins with the same packet again. */
#define SECOND_ROUND_MS 150

/** Ports: of each packet in turn; 0 stands for one of chance. */
typedef struct {
  guint n;
  guint16 udp[6];
  guint16 tcp[6];
} Ports;

/* What is used most: the web, names, calls, time, mail, VPNs; and one of chance. */
static const Ports ports_of_all = { 6,
                                    { 443, 53, 3478, 123, 4500, 0 },
                                    { 443, 80, 53, 22, 993, 0 } };
static const Ports ports_of_dns = { 1, { TL_DNS_PORT }, { TL_DNS_PORT } };

typedef struct {
  TlBypassRange *range;
  guint16 port;
  int fd;
  GSource *source;
  TlSampleFate fate;
} Sample;

struct _TlBypassRange {
  TlFirewallAnswer answer;
  const Ports *ports;
  GArray *addresses;  /* TlAddress */
  GPtrArray *samples; /* Sample: those that an answer may still come for */
  gint64 begin;       /* g_get_monotonic_time() */
  gboolean accepted;  /* some packet of this round was not refused: not blocked */
  gboolean sent;      /* some packet was not stopped, whatever becomes of further ones */
  gboolean second_round;
  gboolean decided;
  GRand *random;
  GMainContext *context;
  TlBypassRangeFunc on_decided;
  gpointer user_data;
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
decide (TlBypassRange *range, TlFirewallWord word)
{
  range->decided = TRUE;
  range->answer.word = word;
  g_ptr_array_set_size (range->samples, 0);
}

/* @from: (nullable): the router that answered. Returns: whether the range is decided by it */
static gboolean
take_fate (Sample *sample, TlSampleFate fate, const TlAddress *from)
{
  TlBypassRange *range = sample->range;

  sample->fate = fate;
  range->sent |= fate == TL_SAMPLE_SENT;
  range->accepted |= range->sent || fate == TL_SAMPLE_ACCEPTED;
  if (fate == TL_SAMPLE_ANSWERED) {
    decide (range, TL_FIREWALL_SILENT);
  } else if (fate == TL_SAMPLE_LEFT && from != NULL) {
    range->answer.has_router = TRUE;
    range->answer.router = *from;
    decide (range, TL_FIREWALL_LEAVES);
  }
  return range->decided;
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
has_pending (const TlBypassRange *range)
{
  for (guint i = 0; i < range->samples->len; i++) {
    if (((const Sample *)range->samples->pdata[i])->fate == TL_SAMPLE_PENDING)
      return TRUE;
  }

  return FALSE;
}

static void
judge_retransmissions (TlBypassRange *range)
{
  for (guint i = 0; i < range->samples->len; i++) {
    Sample *sample = range->samples->pdata[i];

    if (sample->fate == TL_SAMPLE_PENDING)
      take_fate (sample, tl_bypass_sample_judge_retransmission (sample->fd), NULL);
  }
}

static void send_round (TlBypassRange *range);

/* The same connections first: a firewall that limits their number has no room for others. */
static void
send_second_round (TlBypassRange *range)
{
  range->second_round = TRUE;
  range->accepted = FALSE;
  for (guint i = 0; i < range->samples->len; i++) {
    Sample *sample = range->samples->pdata[i];

    if (sample->fd >= 0 && sample->fate == TL_SAMPLE_ACCEPTED)
      take_fate (sample, tl_bypass_sample_send_again (sample->fd, sample->port), NULL);
  }
  send_round (range);
}

/**
 * tl_bypass_range_judge:
 * @range: a range that was sent to
 *
 * Looks what has become of the packets meanwhile; to be called every now and then.
 *
 * Returns: whether there is an answer
 */
gboolean
tl_bypass_range_judge (TlBypassRange *range)
{
  guint elapsed = (guint)((g_get_monotonic_time () - range->begin) / G_TIME_SPAN_MILLISECOND);

  if (range->decided)
    return TRUE;
  if (range->accepted && !range->sent && !range->second_round && elapsed >= SECOND_ROUND_MS) {
    send_second_round (range);
    if (range->decided)
      return TRUE;
  }
  if (!range->accepted)
    judge_retransmissions (range);

  if (!range->accepted && !has_pending (range))
    decide (range, range->addresses->len > 0 ? TL_FIREWALL_BLOCKED : TL_FIREWALL_SILENT);
  else if (elapsed >= (range->accepted ? ROUTER_PATIENCE_MS : TL_BYPASS_PROBE_TIMEOUT_MS))
    decide (range, TL_FIREWALL_SILENT);
  return range->decided;
}

/* The last thing it does: the range may be gone afterwards. */
static gboolean
on_answer (int fd, GIOCondition condition, gpointer user_data)
{
  Sample *sample = user_data;
  TlBypassRange *range = sample->range;
  if (!read_sample (sample, FALSE)) {
    /* A connection that has come to an end would call again and again. */
    if (sample->fate != TL_SAMPLE_PENDING && (condition & (G_IO_HUP | G_IO_OUT)) != 0)
      tl_source_clear (&sample->source);
    tl_bypass_range_judge (range);
  }
  if (range->decided)
    range->on_decided (range->user_data);
  return G_SOURCE_CONTINUE;
}

/* Keeps a sample that an answer may come for, with @condition. Returns: whether it decided its
 * range */
static gboolean
keep_sample (TlBypassRange *range, int fd, guint16 port, TlSampleFate fate, GIOCondition condition)
{
  Sample *sample = g_new0 (Sample, 1);

  sample->range = range;
  sample->port = port;
  sample->fd = fd;
  g_ptr_array_add (range->samples, sample);
  take_fate (sample, fate, NULL);
  if (fate == TL_SAMPLE_REFUSED || fd < 0)
    return FALSE;
  if (read_sample (sample, TRUE))
    return TRUE;

  if (sample->fate != TL_SAMPLE_PENDING)
    condition &= ~(guint)G_IO_OUT;
  if (sample->fate != TL_SAMPLE_REFUSED) {
    sample->source = g_unix_fd_source_new (fd, condition | G_IO_ERR | G_IO_HUP);
    g_source_set_callback (sample->source, G_SOURCE_FUNC (on_answer), sample, NULL);
    g_source_attach (sample->source, range->context);
  }
  return FALSE;
}

static guint16
pick_port (const TlBypassRange *range, const guint16 *ports, guint part)
{
  guint16 port = ports[part % range->ports->n];

  return port != 0 ? port : (guint16)g_rand_int_range (range->random, 1024, 65536);
}

/* One accepted datagram is enough to wait for an answer to: Linux routers answer some six at once,
 * and then one in a second. */
static void
send_udp (TlBypassRange *range)
{
  for (guint i = 0; i < range->addresses->len && !range->accepted; i++) {
    guint16 port = pick_port (range, range->ports->udp, i);
    TlSampleFate fate;
    int fd = tl_bypass_sample_send_udp (&g_array_index (range->addresses, TlAddress, i),
                                        range->answer.range.egress.ifindex, port, &fate);

    if (fate == TL_SAMPLE_REFUSED) {
      close (fd);
      continue;
    }
    if (keep_sample (range, fd, port, fate, G_IO_IN))
      return;
  }
}

static void
send_tcp (TlBypassRange *range)
{
  for (guint i = 0; i < range->addresses->len && !range->accepted; i++) {
    guint16 port = pick_port (range, range->ports->tcp, i);
    TlSampleFate fate;
    int fd = tl_bypass_sample_connect (&g_array_index (range->addresses, TlAddress, i),
                                       range->answer.range.egress.ifindex, port, &fate);

    if (keep_sample (range, fd, port, fate, G_IO_OUT))
      return;
  }
}

static void
send_round (TlBypassRange *range)
{
  send_udp (range);
  if (!range->decided && !range->accepted)
    send_tcp (range);
}

static TlBypassRange *
range_new (const TlSpan *span, gboolean of_resolver, GRand *random)
{
  TlBypassRange *range = g_new0 (TlBypassRange, 1);

  range->answer.range = *span;
  range->answer.of_resolver = of_resolver;
  range->ports = of_resolver ? &ports_of_dns : &ports_of_all;
  range->addresses = g_array_new (FALSE, FALSE, sizeof (TlAddress));
  range->samples = g_ptr_array_new_with_free_func (sample_free);
  range->random = random;
  return range;
}

/**
 * tl_bypass_range_new:
 * @coverage: the coverage of its family
 * @span: a range and the way out that routes give it
 * @n_samples: see tl_firewall_n_samples()
 * @random: where chance comes from, as long as the range lives
 *
 * Returns: (transfer full): a range of which a sample of addresses and ports will be sent to
 */
TlBypassRange *
tl_bypass_range_new (const TlCoverage *coverage, const TlSpan *span, guint n_samples, GRand *random)
{
  TlBypassRange *range = range_new (span, FALSE, random);

  tl_firewall_samples (coverage, span, n_samples, random, range->addresses);
  return range;
}

/**
 * tl_bypass_range_new_of_resolver:
 * @span: the address of a DNS server and the link it is reached by
 * @random: as for tl_bypass_range_new()
 *
 * Returns: (transfer full): a range of this address alone, which will be sent to at the ports of
 * DNS
 */
TlBypassRange *
tl_bypass_range_new_of_resolver (const TlSpan *span, GRand *random)
{
  TlBypassRange *range = range_new (span, TRUE, random);

  g_array_append_val (range->addresses, span->first);
  return range;
}

/**
 * tl_bypass_range_free:
 * @range: (transfer full): a range
 */
void
tl_bypass_range_free (TlBypassRange *range)
{
  g_array_unref (range->addresses);
  g_ptr_array_unref (range->samples);
  g_free (range);
}

/**
 * tl_bypass_range_send:
 * @range: a new range
 * @context: (nullable): where answers come in
 * @on_decided: called when one has come in that decides; it may free @range
 * @user_data: for @on_decided
 *
 * Sends the first packets. What becomes of them may be known at once, see tl_bypass_range_judge().
 */
void
tl_bypass_range_send (TlBypassRange *range,
                      GMainContext *context,
                      TlBypassRangeFunc on_decided,
                      gpointer user_data)
{
  range->begin = g_get_monotonic_time ();
  range->context = context;
  range->on_decided = on_decided;
  range->user_data = user_data;
  send_round (range);
}

/**
 * tl_bypass_range_get_answer:
 * @range: a range
 *
 * Returns: (transfer none): what becomes of packets to it; not asked before it is decided
 */
const TlFirewallAnswer *
tl_bypass_range_get_answer (const TlBypassRange *range)
{
  return &range->answer;
}
