/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "cli/options.h"

#include "cli/output.h"
#include "config.h"
#include "core/fix-plan.h"

#include <glib/gi18n.h>

/* Long enough for settling and for slow exit services, short enough for a person. */
#define TIMEOUT_DEFAULT 10.0
#define TIMEOUT_MOST    3600.0

/* What GOption writes to; TlOptions is made of it once it was checked. */
typedef struct {
  gboolean json;
  gboolean no_external;
  char *policy;
  double timeout;
  char *method;
  gboolean all;
  char **rest;
} Raw;

static void
raw_clear (Raw *raw)
{
  g_free (raw->policy);
  g_free (raw->method);
  g_strfreev (raw->rest);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Raw, raw_clear)

static void
add_entry (GOptionContext *context, const GOptionEntry *entry)
{
  const GOptionEntry entries[] = { *entry, { NULL } };

  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
}

static void
add_common_entries (GOptionContext *context, Raw *raw)
{
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &raw->json, N_ ("Print JSON"), NULL },
    { "no-external", 0, 0, G_OPTION_ARG_NONE, &raw->no_external,
      N_ ("Do not ask a web service which address websites see"), NULL },
    { "policy", 0, 0, G_OPTION_ARG_FILENAME, &raw->policy,
      N_ ("Use the settings of a company in FILE; - is standard input"), N_ ("FILE") },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &raw->rest, NULL, NULL },
    { NULL },
  };

  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
}

static GOptionContext *
new_context (const TlUsage *usage, Raw *raw)
{
  const char *optional = (usage->flags & TL_OPTION_ALL) != 0 ? "[ID]" : "ID";
  GOptionContext *context = g_option_context_new (usage->fix ? optional : NULL);

  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  g_option_context_set_summary (context, usage->summary);
  g_option_context_set_description (context, usage->status);
  add_common_entries (context, raw);

  if ((usage->flags & TL_OPTION_TIMEOUT) != 0)
    add_entry (context, &(GOptionEntry){ "timeout", 0, 0, G_OPTION_ARG_DOUBLE, &raw->timeout,
                                         N_ ("Take SECONDS at most"), N_ ("SECONDS") });
  if ((usage->flags & TL_OPTION_METHOD) != 0)
    add_entry (context,
               &(GOptionEntry){ "method", 0, 0, G_OPTION_ARG_STRING, &raw->method,
                                N_ ("How off-on-network turns IPv6 off: ignore or disabled"),
                                N_ ("METHOD") });
  if ((usage->flags & TL_OPTION_ALL) != 0)
    add_entry (context, &(GOptionEntry){ "all", 0, 0, G_OPTION_ARG_NONE, &raw->all,
                                         N_ ("Undo all fixes"), NULL });

  return context;
}

static char *
list_fixes (void)
{
  GString *list = g_string_new (NULL);

  for (TlFixId id = 0; id < TL_N_FIXES; id++)
    g_string_append_printf (list, "%s%s", id > 0 ? ", " : "", tl_fix_id_to_string (id));

  return g_string_free (list, FALSE);
}

static gboolean
check_fix (const TlUsage *usage, const Raw *raw, GError **error)
{
  guint n = raw->rest != NULL ? g_strv_length (raw->rest) : 0;
  g_autofree char *fixes = NULL;
  TlFixId id;

  if (n > (usage->fix ? 1 : 0) || (n > 0 && raw->all)) {
    /* Translators: an argument on the command line */
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("One argument too many: %s"),
                 raw->rest[n - 1]);
    return FALSE;
  }
  if (n == 0 && (!usage->fix || (usage->flags & TL_OPTION_ALL) != 0))
    return TRUE;
  if (n == 1 && tl_fix_id_from_string (raw->rest[0], &id))
    return TRUE;

  fixes = list_fixes ();
  if (n == 0)
    /* Translators: names of fixes */
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 _ ("The name of a fix is missing, one of %s"), fixes);
  else
    /* Translators: an argument on the command line; names of fixes */
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 _ ("There is no fix “%s”, only %s"), raw->rest[0], fixes);
  return FALSE;
}

static gboolean
check_values (const Raw *raw, GError **error)
{
  /* Written so that NaN fails as well. */
  if (!(raw->timeout > 0.0 && raw->timeout <= TIMEOUT_MOST)) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 _ ("A timeout is more than 0 and at most %.0f seconds"), TIMEOUT_MOST);
    return FALSE;
  }
  if (raw->method == NULL)
    return TRUE;
  if (!g_str_equal (raw->method, "ignore") && !g_str_equal (raw->method, "disabled")) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 _ ("There is no method “%s”, only ignore and disabled"), raw->method);
    return FALSE;
  }
  if (g_strcmp0 (raw->rest[0], tl_fix_id_to_string (TL_FIX_OFF_ON_NETWORK)) != 0) {
    /* Translators: the name of a fix */
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("Only %s takes a method"),
                 tl_fix_id_to_string (TL_FIX_OFF_ON_NETWORK));
    return FALSE;
  }

  return TRUE;
}

static TlOptions *
take_options (Raw *raw)
{
  TlOptions *options = g_new0 (TlOptions, 1);

  options->json = raw->json;
  options->no_external = raw->no_external;
  options->policy = g_steal_pointer (&raw->policy);
  options->timeout = MAX (1, (guint)(raw->timeout * 1000.0));
  options->method = g_steal_pointer (&raw->method);
  options->all = raw->all;
  if (raw->rest != NULL)
    options->fix = g_strdup (raw->rest[0]);

  return options;
}

/**
 * tl_options_parse:
 * @usage: what the command knows
 * @argc: number of arguments, the command's name included
 * @argv: the arguments
 *
 * Prints what is wrong and the usage on standard error. Prints the help and ends the program
 * where that was asked for.
 *
 * Returns: (transfer full) (nullable): the options, or %NULL where they are wrong
 */
TlOptions *
tl_options_parse (const TlUsage *usage, int argc, char **argv)
{
  g_auto (Raw) raw = { .timeout = TIMEOUT_DEFAULT };
  g_autoptr (GOptionContext) context = new_context (usage, &raw);
  g_autoptr (GError) error = NULL;
  g_autofree char *program = g_strdup_printf (TL_PROGRAM " %s", usage->command);
  g_autofree char *help = NULL;

  /* GOption takes the program's name in its help from here. */
  g_set_prgname (program);
  if (g_option_context_parse (context, &argc, &argv, &error) && check_fix (usage, &raw, &error) &&
      check_values (&raw, &error))
    return take_options (&raw);

  help = g_option_context_get_help (context, TRUE, NULL);
  tl_output_error ("%s", error->message);
  tl_output_usage (help);
  return NULL;
}

/**
 * tl_options_free:
 * @options: options
 */
void
tl_options_free (TlOptions *options)
{
  g_free (options->policy);
  g_free (options->method);
  g_free (options->fix);
  g_free (options);
}
