/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/release-memory.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

static gboolean
on_idle (gpointer user_data)
{
#ifdef __GLIBC__
  malloc_trim (0);
#endif
  return G_SOURCE_REMOVE;
}

/**
 * tl_release_memory_when_idle:
 *
 * Gives freed memory back to the system as soon as there is nothing else to do. For after a peak
 * that other things were allocated behind: the C library keeps such memory otherwise.
 */
void
tl_release_memory_when_idle (void)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_LOW);
  g_source_set_callback (source, on_idle, NULL, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
}
