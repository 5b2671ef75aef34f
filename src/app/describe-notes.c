/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/describe-notes.h"

#include "app/describe.h"

#include <string.h>

static void
note_free (gpointer data)
{
  TlNote *note = data;

  g_free (note->text);
  g_free (note);
}

static void
add_note (GPtrArray *notes, TlSeverity severity, char *text)
{
  TlNote *note = g_new0 (TlNote, 1);

  note->severity = severity;
  note->text = text;
  g_ptr_array_add (notes, note);
}

static gboolean
is_alike (const TlFinding *a, const TlFinding *b)
{
  return a->id == b->id && a->severity == b->severity && g_strcmp0 (a->detail, b->detail) == 0;
}

/* Several DNS servers of which the same is to be said, in one sentence, with the first of them. */
static void
add_resolvers (GPtrArray *notes, const TlVerdict *verdict, guint index)
{
  const TlFinding *finding = g_ptr_array_index (verdict->findings, index);
  g_autoptr (GPtrArray) addresses = g_ptr_array_new ();

  for (guint i = 0; i < verdict->findings->len; i++) {
    const TlFinding *other = g_ptr_array_index (verdict->findings, i);

    if (!is_alike (finding, other))
      continue;
    if (i < index)
      return;
    g_ptr_array_add (addresses, other->subject);
  }

  if (addresses->len == 1)
    add_note (notes, finding->severity, tl_describe_finding (finding, verdict));
  else
    add_note (notes, finding->severity, tl_describe_resolvers (finding, addresses));
}

static gboolean
is_of_firewall (const TlFinding *finding)
{
  return finding->id == TL_FINDING_FIREWALL_BLOCKED || finding->id == TL_FINDING_FIREWALL_SILENT;
}

/**
 * tl_describe_notes:
 * @verdict: a verdict
 * @explanation: what tl_describe_explanation() says of it, and stands beside the notes
 *
 * The findings as people read them: what has no consequence for anybody is left out, and so is what
 * @explanation says of a firewall.
 *
 * Returns: (transfer full) (element-type TlNote): the notes, worst first
 */
GPtrArray *
tl_describe_notes (const TlVerdict *verdict, const char *explanation)
{
  GPtrArray *notes = g_ptr_array_new_with_free_func (note_free);

  for (guint i = 0; i < verdict->findings->len; i++) {
    const TlFinding *finding = g_ptr_array_index (verdict->findings, i);
    g_autofree char *text = NULL;

    /* That such names are found is what everybody expects; only the opposite needs an answer. */
    if (finding->id == TL_FINDING_NAME_FOUND)
      continue;
    if (finding->id == TL_FINDING_RESOLVER_BYPASS || finding->id == TL_FINDING_RESOLVER_BLOCKED) {
      add_resolvers (notes, verdict, i);
      continue;
    }
    text = tl_describe_finding (finding, verdict);
    if (!is_of_firewall (finding) || strstr (explanation, text) == NULL)
      add_note (notes, finding->severity, g_steal_pointer (&text));
  }

  return notes;
}
