/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "platform/exit-probe.h"

G_BEGIN_DECLS

/** TL_EXIT_PATIENCE_MS: how long the second answer is waited for once the first one is there. */
#define TL_EXIT_PATIENCE_MS 500

/** TlExitQuestion: a question over one family to one service, or to two of them at once. */
typedef struct _TlExitQuestion TlExitQuestion;

/** TlExitAnswered: called when there is more to tell. */
typedef void (*TlExitAnswered) (TlExitQuestion *question, gpointer user_data);

TlExitQuestion *tl_exit_question_new (TlExitProbe *probe,
                                      gboolean two,
                                      guint timeout_ms,
                                      TlExitAnswered answered,
                                      gpointer user_data);
void tl_exit_question_free (TlExitQuestion *self);
gboolean tl_exit_question_is_done (const TlExitQuestion *self);
TlExit *tl_exit_question_get_answer (const TlExitQuestion *self, guint i);

G_END_DECLS
