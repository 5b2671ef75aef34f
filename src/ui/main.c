/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "config.h"

#include "ui/application.h"

#include <glib/gi18n.h>
#include <locale.h>

/* Exit status of wrong usage and of errors, as in the command line program. */
#define EXIT_ERROR 3

typedef struct {
  gboolean version;
  gboolean background;
  gboolean service;
} Options;

static gboolean
parse_options (int *argc, char ***argv, Options *options)
{
  const GOptionEntry entries[] = {
    { "version", 0, 0, G_OPTION_ARG_NONE, &options->version, N_ ("Show the version"), NULL },
    { "background", 0, 0, G_OPTION_ARG_NONE, &options->background, N_ ("Start without a window"),
      NULL },
    { "gapplication-service", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &options->service, NULL,
      NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *help = NULL;

  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  g_option_context_add_group (context, gtk_get_option_group (FALSE));
  if (g_option_context_parse (context, argc, argv, &error) && *argc == 1)
    return TRUE;

  help = g_option_context_get_help (context, TRUE, NULL);
  if (error != NULL)
    g_printerr ("%s\n", error->message);
  g_printerr ("%s", help);
  return FALSE;
}

int
main (int argc, char *argv[])
{
  Options options = { 0 };
  g_autoptr (TlApplication) application = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, TL_LOCALE_DIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  if (!parse_options (&argc, &argv, &options))
    return EXIT_ERROR;
  if (options.version) {
    g_print ("tunnel-light %s\n", TL_VERSION);
    return 0;
  }

  application = tl_application_new (
    options.service ? G_APPLICATION_IS_SERVICE : G_APPLICATION_FLAGS_NONE, options.background);
  if (!g_application_register (G_APPLICATION (application), NULL, &error)) {
    g_printerr ("%s\n", error->message);
    return EXIT_ERROR;
  }
  /* It runs already, in the background: there is nothing to do. */
  if (options.background && g_application_get_is_remote (G_APPLICATION (application)))
    return 0;

  status = g_application_run (G_APPLICATION (application), argc, argv);
  return tl_application_get_failed (application) ? EXIT_ERROR : status;
}
