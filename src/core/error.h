/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TlError:
 * @TL_ERROR_FAILED: something outside failed for a reason of its own; the message has it
 * @TL_ERROR_INVALID: input that does not have the form it must have
 * @TL_ERROR_NOT_FOUND: what was named is not there
 * @TL_ERROR_DENIED: not permitted to this person
 * @TL_ERROR_REFUSED: we decline, because it would do harm
 * @TL_ERROR_TIMEOUT: no answer in time
 * @TL_ERROR_BUSY: somebody else is at it
 * @TL_ERROR_CANCELLED: called off by the caller
 * @TL_ERROR_UNSUPPORTED: this system cannot do it
 *
 * The one error domain of this program. Errors of libraries are converted where they come in.
 */
typedef enum {
  TL_ERROR_FAILED,
  TL_ERROR_INVALID,
  TL_ERROR_NOT_FOUND,
  TL_ERROR_DENIED,
  TL_ERROR_REFUSED,
  TL_ERROR_TIMEOUT,
  TL_ERROR_BUSY,
  TL_ERROR_CANCELLED,
  TL_ERROR_UNSUPPORTED,
} TlError;

/** TL_NO_ANSWER_IN_TIME: how a technical message ends that says so; people read it translated. */
#define TL_NO_ANSWER_IN_TIME "no answer in time"

#define TL_ERROR (tl_error_quark ())
GQuark tl_error_quark (void);

G_END_DECLS
