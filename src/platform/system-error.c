/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/system-error.h"

#include "core/error.h"

static TlError
code_of_io (int code)
{
  switch (code) {
  case G_IO_ERROR_NOT_FOUND:
    return TL_ERROR_NOT_FOUND;
  case G_IO_ERROR_PERMISSION_DENIED:
  case G_IO_ERROR_READ_ONLY:
    return TL_ERROR_DENIED;
  case G_IO_ERROR_TIMED_OUT:
    return TL_ERROR_TIMEOUT;
  case G_IO_ERROR_BUSY:
  case G_IO_ERROR_WOULD_BLOCK:
    return TL_ERROR_BUSY;
  case G_IO_ERROR_CANCELLED:
    return TL_ERROR_CANCELLED;
  case G_IO_ERROR_NOT_SUPPORTED:
    return TL_ERROR_UNSUPPORTED;
  default:
    return TL_ERROR_FAILED;
  }
}

/**
 * tl_system_error_take:
 * @error: (nullable): return location for an error of %TL_ERROR
 * @foreign: (transfer full): an error of %G_IO_ERROR; others become %TL_ERROR_FAILED
 *
 * Converts the error of a library into one of ours. The message stays as it is.
 */
void
tl_system_error_take (GError **error, GError *foreign)
{
  TlError code = foreign->domain == G_IO_ERROR ? code_of_io (foreign->code) : TL_ERROR_FAILED;

  g_set_error_literal (error, TL_ERROR, code, foreign->message);
  g_error_free (foreign);
}

/**
 * tl_system_error_set:
 * @error: (nullable): return location for an error of %TL_ERROR
 * @error_number: what a system call left in errno(3)
 * @what: what it was about, say a file's name
 *
 * Returns: %FALSE, for the caller to return
 */
gboolean
tl_system_error_set (GError **error, int error_number, const char *what)
{
  g_set_error (error, TL_ERROR, code_of_io (g_io_error_from_errno (error_number)), "%s: %s", what,
               g_strerror (error_number));
  return FALSE;
}
