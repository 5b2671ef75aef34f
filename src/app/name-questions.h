/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/verdict.h"

#include <glib-object.h>

G_BEGIN_DECLS

/** TlNameQuestions: what resolvers say of NAT64, and of names that have IPv6 addresses alone. */
typedef struct _TlNameQuestions TlNameQuestions;

/** TlNameAnswered: called for each answer, and for each that will not come. */
typedef void (*TlNameAnswered) (gpointer user_data);

TlNameQuestions *tl_name_questions_new (TlNameAnswered answered, gpointer user_data);
void tl_name_questions_free (TlNameQuestions *self);
void tl_name_questions_ask (TlNameQuestions *self,
                            const char *ipv6_name,
                            const TlObservation *observation,
                            const TlVerdict *verdict,
                            guint timeout_ms);
void tl_name_questions_stop (TlNameQuestions *self);
gboolean tl_name_questions_is_done (const TlNameQuestions *self);
void tl_name_questions_forget_name (TlNameQuestions *self);
void tl_name_questions_forget_nat64 (TlNameQuestions *self);
const GArray *tl_name_questions_get_nat64 (const TlNameQuestions *self);
TlTri tl_name_questions_get_ipv6_name (const TlNameQuestions *self);

G_END_DECLS
