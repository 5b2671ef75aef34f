/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/source-util.h"

/**
 * tl_source_add_timeout:
 * @context: (nullable): the main context it lives in; %NULL: the thread-default one of now
 * @ms: milliseconds until @callback is called
 * @callback: called once, or again each @ms while it returns %G_SOURCE_CONTINUE
 * @user_data: for @callback
 *
 * g_timeout_add() knows the global main context alone.
 *
 * Returns: (transfer full): the source, for tl_source_clear()
 */
GSource *
tl_source_add_timeout (GMainContext *context, guint ms, GSourceFunc callback, gpointer user_data)
{
  GSource *source = g_timeout_source_new (ms);

  g_source_set_callback (source, callback, user_data, NULL);
  g_source_attach (source, context != NULL ? context : g_main_context_get_thread_default ());
  return source;
}

/**
 * tl_source_clear:
 * @source: (inout): a source, or %NULL: it will not be called any more
 */
void
tl_source_clear (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}
