/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/prefix.h"

G_BEGIN_DECLS

/* One packet, or one attempt to connect, of a bypass probe. */

/**
 * TlSampleFate:
 * @TL_SAMPLE_PENDING: not known yet
 * @TL_SAMPLE_REFUSED: this computer refused to send it
 * @TL_SAMPLE_ACCEPTED: it was not refused here so far
 * @TL_SAMPLE_SENT: it was handed to a link, whichever, and nothing here has stopped it
 * @TL_SAMPLE_ANSWERED: it was answered, by whomever: a service of this computer may have taken it
 * @TL_SAMPLE_LEFT: an answer to it came in on the link it was to leave by
 */
typedef enum {
  TL_SAMPLE_PENDING,
  TL_SAMPLE_REFUSED,
  TL_SAMPLE_ACCEPTED,
  TL_SAMPLE_SENT,
  TL_SAMPLE_ANSWERED,
  TL_SAMPLE_LEFT,
} TlSampleFate;

int tl_bypass_sample_send_udp (const TlAddress *address,
                               int ifindex,
                               guint16 port,
                               TlSampleFate *ret_fate);
TlSampleFate tl_bypass_sample_send_again (int fd, guint16 port);
int tl_bypass_sample_connect (const TlAddress *address,
                              int ifindex,
                              guint16 port,
                              TlSampleFate *ret_fate);
TlSampleFate
tl_bypass_sample_read (int fd, TlFamily family, int ifindex, gboolean at_once, TlAddress *ret_from);
TlSampleFate tl_bypass_sample_judge_retransmission (int fd);

int tl_bypass_sample_send_stamped (const TlAddress *address, guint16 port);
int tl_bypass_sample_find_link (int fd);

G_END_DECLS
