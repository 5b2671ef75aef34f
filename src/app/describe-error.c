/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/describe-error.h"

#include "app/names.h"
#include "core/error.h"

#include <string.h>

#include <glib/gi18n.h>

static const char *
words_of (const GError *error)
{
  switch (error->domain == TL_ERROR ? error->code : TL_ERROR_FAILED) {
  case TL_ERROR_INVALID:
    return _ ("Something does not have the form it must have.");
  case TL_ERROR_NOT_FOUND:
    return _ ("What is needed for it is not there any more.");
  case TL_ERROR_DENIED:
    return _ ("You are not permitted to do this.");
  case TL_ERROR_REFUSED:
    return _ ("It would do harm, or overwrite what somebody else has set.");
  case TL_ERROR_TIMEOUT:
    return _ ("There was no answer in time.");
  case TL_ERROR_BUSY:
    return _ ("Another change is being made right now.");
  case TL_ERROR_CANCELLED:
    return _ ("It was called off.");
  case TL_ERROR_UNSUPPORTED:
    return _ ("This system cannot do it.");
  case TL_ERROR_FAILED:
  default:
    return _ ("The system could not do it.");
  }
}

/**
 * tl_describe_technical:
 * @message: what a library or an adapter has to say, often in English
 *
 * Returns: (transfer full): the same, fit for a sentence in the person's language: that there was
 * no answer in time, which is our own word and the most common one, is in that language
 */
char *
tl_describe_technical (const char *message)
{
  g_autofree char *clean = tl_name_clean (message);

  if (g_str_has_suffix (clean, TL_NO_ANSWER_IN_TIME)) {
    clean[strlen (clean) - strlen (TL_NO_ANSWER_IN_TIME)] = '\0';
    return g_strconcat (clean, _ ("no answer in time"), NULL);
  }

  return g_steal_pointer (&clean);
}

/**
 * tl_describe_error:
 * @error: an error of %TL_ERROR
 *
 * Returns: (transfer full): a sentence for people, with the technical message in brackets
 */
char *
tl_describe_error (const GError *error)
{
  g_autofree char *message = tl_describe_technical (error->message);

  /* Translators: a sentence; a technical message, often in English */
  return g_strdup_printf (_ ("%s (%s)"), words_of (error), message);
}
