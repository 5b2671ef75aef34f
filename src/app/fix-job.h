/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "app/fixer.h"

G_BEGIN_DECLS

/* Between the files that make up the fixer. */

/** TL_FIX_LOOK_MS: how long a look at the routes may take. */
#define TL_FIX_LOOK_MS 3000

/** TL_FIX_ANSWER_MS: how long it may take with the Internet's answers, right after a change. */
#define TL_FIX_ANSWER_MS 6000

/** TlFixJob: one fix or undo on its way; see #TlFixer for its life. */
typedef struct _TlFixJob TlFixJob;

typedef void (*TlFixStep) (TlFixJob *job);
typedef gboolean (*TlFixCondition) (TlFixJob *job);

struct _TlFixer {
  GObject parent_instance;

  TlMonitor *monitor;
  TlNmActions *actions;
  TlUndoJournal *journal;
  TlFixJob *job; /* (nullable): what is under way */
};

void tl_fixer_emit_changed (TlFixer *self);

/**
 * TlFixJob:
 * @task: answers the caller in the end
 * @fixer: whose job it is
 * @outcome: what will be said of it
 * @first_step: after the first look, with the lock held
 * @entries: (element-type TlJournalEntry): what is to be taken back; a fix has one, its own
 * @before: what was known before a fix
 * @verdict_before: what it meant
 * @awaited: what is waited for, with @then, @changed_id and @deadline
 */
struct _TlFixJob {
  GTask *task;
  TlFixer *fixer;
  TlFixOutcome *outcome;
  TlFixStep first_step;

  TlFixId id;
  char *method;
  TlObservation *before;
  TlVerdict *verdict_before;

  char *undo_id;
  gboolean undo_all;
  GPtrArray *entries;
  gboolean tried_loopback; /* for the entry that is being worked on */

  TlFixCondition awaited;
  TlFixStep then;
  gulong changed_id;
  GSource *deadline;
};

TlFixJob *
tl_fix_job_new (TlFixer *fixer, gpointer tag, GAsyncReadyCallback callback, gpointer user_data);
void tl_fix_job_start (TlFixJob *job, gboolean ask_exits, TlFixStep first_step);
void tl_fix_job_await (TlFixJob *job, TlFixCondition awaited, TlFixStep then);
void tl_fix_job_set_changes (TlFixJob *job, const GPtrArray *changes);
TlJournalEntry *tl_fix_job_entry (TlFixJob *job);
void tl_fix_job_note (TlFixJob *job, TlFixResult result, const char *reason);
void tl_fix_job_end (TlFixJob *job);
void tl_fix_job_finish (TlFixJob *job, TlFixResult result, const char *reason);
TlFixResult tl_fix_result_of_error (const GError *error);
void tl_fix_job_fail (TlFixJob *job, const GError *error);

void tl_fix_first_step (TlFixJob *job);
void tl_undo_first_step (TlFixJob *job);

G_END_DECLS
