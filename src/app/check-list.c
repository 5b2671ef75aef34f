/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/check-list.h"

#include "platform/source-util.h"

/* So much earlier than the check the question's time is over: its reason is better than none. */
#define ANSWER_MARGIN_MS 50

struct _TlCheckList {
  TlCheckAsk ask;
  TlCheckEnded ended;
  gpointer user_data;
  GPtrArray *checks;
};

typedef struct {
  TlCheckList *list;
  GTask *task;
  TlCheckQuestion wanted;
  gboolean fresh; /* the tables were read since it began */
  TlCheckQuestion asked;
  TlCheckQuestion answered;
  GSource *deadline;
  GSource *cancelled;
} Check;

static void
check_free (gpointer data)
{
  Check *check = data;

  tl_source_clear (&check->deadline);
  tl_source_clear (&check->cancelled);
  g_object_unref (check->task);
  g_free (check);
}

static gboolean
is_answered (const Check *check)
{
  return check->answered == check->wanted;
}

static void
end_check (Check *check)
{
  TlCheckList *self = check->list;
  g_autoptr (GTask) task = g_object_ref (check->task);
  gboolean fresh = check->fresh;
  gboolean answered = is_answered (check);

  g_ptr_array_remove (self->checks, check);
  self->ended (task, fresh, answered, self->user_data);
}

static gboolean
on_deadline (gpointer user_data)
{
  end_check (user_data);
  return G_SOURCE_REMOVE;
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  end_check (user_data);
  return G_SOURCE_REMOVE;
}

static guint
time_to_answer_ms (const Check *check)
{
  gint64 left = g_source_get_ready_time (check->deadline) - g_get_monotonic_time ();

  return (guint)MAX (left / G_TIME_SPAN_MILLISECOND - ANSWER_MARGIN_MS, 1);
}

/**
 * tl_check_list_new:
 * @ask: called when checks need something to be asked
 * @ended: called for each check that has ended
 * @user_data: for both
 *
 * Returns: (transfer full): an empty list
 */
TlCheckList *
tl_check_list_new (TlCheckAsk ask, TlCheckEnded ended, gpointer user_data)
{
  TlCheckList *self = g_new0 (TlCheckList, 1);

  self->ask = ask;
  self->ended = ended;
  self->user_data = user_data;
  self->checks = g_ptr_array_new_with_free_func (check_free);
  return self;
}

/**
 * tl_check_list_free:
 * @self: (transfer full): a list
 */
void
tl_check_list_free (TlCheckList *self)
{
  g_ptr_array_unref (self->checks);
  g_free (self);
}

/**
 * tl_check_list_add:
 * @self: a list
 * @task: (transfer full): the check; it ends early when its cancellable is cancelled
 * @questions: what it wants to be asked
 * @timeout_ms: how long it may take
 */
void
tl_check_list_add (TlCheckList *self, GTask *task, TlCheckQuestion questions, guint timeout_ms)
{
  Check *check = g_new0 (Check, 1);
  GCancellable *cancellable = g_task_get_cancellable (task);

  check->list = self;
  check->task = task;
  check->wanted = questions;
  check->deadline =
    tl_source_add_timeout (g_task_get_context (task), timeout_ms, on_deadline, check);
  if (cancellable != NULL) {
    check->cancelled = g_cancellable_source_new (cancellable);
    g_source_set_callback (check->cancelled, G_SOURCE_FUNC (on_cancelled), check, NULL);
    g_source_attach (check->cancelled, g_task_get_context (task));
  }
  g_ptr_array_add (self->checks, check);
}

/**
 * tl_check_list_note_read:
 * @self: a list
 *
 * The kernel's tables have been read.
 */
void
tl_check_list_note_read (TlCheckList *self)
{
  for (guint i = 0; i < self->checks->len; i++)
    ((Check *)self->checks->pdata[i])->fresh = TRUE;
}

/**
 * tl_check_list_note_forgotten:
 * @self: a list
 *
 * The network has changed, and the answers are void.
 */
void
tl_check_list_note_forgotten (TlCheckList *self)
{
  for (guint i = 0; i < self->checks->len; i++) {
    Check *check = self->checks->pdata[i];

    check->asked = check->answered = 0;
  }
}

/**
 * tl_check_list_note_answered:
 * @self: a list
 * @questions: what has been answered
 */
void
tl_check_list_note_answered (TlCheckList *self, TlCheckQuestion questions)
{
  for (guint i = 0; i < self->checks->len; i++) {
    Check *check = self->checks->pdata[i];

    check->answered |= check->asked & questions;
  }
}

/* One question is for all who need one, and has as long as the most patient of them. */
static void
ask_if_needed (TlCheckList *self)
{
  TlCheckQuestion needed = 0;
  guint most = 0;

  for (guint i = 0; i < self->checks->len; i++) {
    Check *check = self->checks->pdata[i];

    if (check->fresh && check->asked != check->wanted) {
      needed |= check->wanted & ~check->asked;
      check->asked = check->wanted;
      most = MAX (most, time_to_answer_ms (check));
    }
  }
  if (needed != 0)
    self->ask (needed, most, self->user_data);
}

/**
 * tl_check_list_advance:
 * @self: a list
 *
 * What is known has settled: asks where that is needed, and ends the checks that need
 * no more.
 */
void
tl_check_list_advance (TlCheckList *self)
{
  ask_if_needed (self);
  for (guint i = self->checks->len; i-- > 0;) {
    Check *check = i < self->checks->len ? self->checks->pdata[i] : NULL;

    /* Who is told of an ended check may begin another, and end more of them. */
    if (check != NULL && check->fresh && is_answered (check))
      end_check (check);
  }
}
