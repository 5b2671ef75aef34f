/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "cli/command.h"
#include "cli/output.h"
#include "config.h"

#include <glib/gi18n.h>
#include <locale.h>
#include <signal.h>

typedef struct {
  const char *name;
  const char *arguments;
  const char *summary;
  TlCommandFunc run;
} Command;

static const Command commands[] = {
  { "check", "", N_ ("Check once"), tl_command_check },
  { "watch", "", N_ ("Go on checking and print each change"), tl_command_watch },
  { "fixes", "", N_ ("Show what each fix would change"), tl_command_fixes },
  { "fix", "ID", N_ ("Do a fix and check it"), tl_command_fix },
  { "undo", "[ID|--all]", N_ ("Take back a fix"), tl_command_undo },
};

static char *
usage (void)
{
  GString *text = g_string_new (_ ("Usage:"));

  g_string_append (text, "\n  " TL_PROGRAM " ");
  g_string_append_printf (text, "%s\n\n%s\n", _ ("COMMAND [OPTION…]"), _ ("Commands:"));
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++) {
    g_autofree char *call = g_strdup_printf ("%s %s", commands[i].name, commands[i].arguments);

    g_string_append_printf (text, "  %-16s  %s\n", call, _ (commands[i].summary));
  }
  g_string_append_printf (text, "\n%s\n", _ ("Options:"));
  g_string_append_printf (text, "  %-16s  %s\n", "--help", _ ("Show this help"));
  g_string_append_printf (text, "  %-16s  %s\n", "--version", _ ("Show the version"));
  g_string_append_c (text, '\n');
  /* Translators: a command */
  g_string_append_printf (text, _ ("%s shows the options of a command.\n"),
                          TL_PROGRAM " COMMAND --help");

  return g_string_free (text, FALSE);
}

static int
print (const char *text)
{
  return tl_output_text (text) == TL_OUTPUT_DONE ? TL_EXIT_OK : TL_EXIT_UNKNOWN;
}

static int
fail (const char *argument)
{
  g_autofree char *text = usage ();

  if (argument == NULL)
    tl_output_error ("%s", _ ("A command is missing"));
  else if (argument[0] == '-')
    tl_output_error (_ ("Unknown option %s"), argument);
  else
    tl_output_error (_ ("Unknown command %s"), argument);
  tl_output_usage (text);

  return TL_EXIT_UNKNOWN;
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, TL_LOCALE_DIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  /* A reader that goes away shows as EPIPE where it is written. */
  signal (SIGPIPE, SIG_IGN);

  if (argc < 2)
    return fail (NULL);
  if (g_str_equal (argv[1], "--version"))
    return print (TL_PROGRAM " " TL_VERSION "\n");
  if (g_str_equal (argv[1], "--help") || g_str_equal (argv[1], "-h")) {
    g_autofree char *text = usage ();

    return print (text);
  }

  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++) {
    if (g_str_equal (argv[1], commands[i].name))
      return commands[i].run (argc - 1, argv + 1);
  }

  return fail (argv[1]);
}
