/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * TlCheckList:
 *
 * Full observations that somebody waits for: each until the kernel's tables were read since it
 * began and what it wants to be asked is answered; or its time is over. Its owner says what has
 * happened.
 */
typedef struct _TlCheckList TlCheckList;

/**
 * TlCheckQuestion: what is asked for a check
 * @TL_CHECK_EXITS: the Internet, for the exit addresses
 * @TL_CHECK_FIREWALL: the firewall of this computer
 */
typedef enum {
  TL_CHECK_EXITS = 1 << 0,
  TL_CHECK_FIREWALL = 1 << 1,
} TlCheckQuestion;

/**
 * TlCheckAsk:
 * @questions: what to ask
 * @timeout_ms: how long the answers may take
 * @user_data: as given to tl_check_list_new()
 *
 * Asks; tl_check_list_note_answered() is to follow for each question.
 */
typedef void (*TlCheckAsk) (TlCheckQuestion questions, guint timeout_ms, gpointer user_data);

/**
 * TlCheckEnded:
 * @task: the check, which is to be returned
 * @fresh: whether the tables were read since it began
 * @answered: whether what it wanted to be asked is answered
 * @user_data: as given to tl_check_list_new()
 *
 * A check has ended: with all it was waiting for, or since it was cancelled or its time is over.
 */
typedef void (*TlCheckEnded) (GTask *task, gboolean fresh, gboolean answered, gpointer user_data);

TlCheckList *tl_check_list_new (TlCheckAsk ask, TlCheckEnded ended, gpointer user_data);
void tl_check_list_free (TlCheckList *self);
void
tl_check_list_add (TlCheckList *self, GTask *task, TlCheckQuestion questions, guint timeout_ms);
void tl_check_list_note_read (TlCheckList *self);
void tl_check_list_note_forgotten (TlCheckList *self);
void tl_check_list_note_answered (TlCheckList *self, TlCheckQuestion questions);
void tl_check_list_advance (TlCheckList *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TlCheckList, tl_check_list_free)

G_END_DECLS
