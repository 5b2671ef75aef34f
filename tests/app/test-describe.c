/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/describe-notes.h"
#include "app/describe.h"

#include "app/names.h"
#include "app/samples.h"
#include "config.h"
#include "core/error.h"

#include <glib/gstdio.h>
#include <libintl.h>
#include <locale.h>

#define HEADLINE_WORDS 9  /* the longest one that the list of words asks for */
#define BUTTON_LENGTH  24 /* characters that fit on a button */

static char *locale_dir;

/* Translations as they would be installed, made anew from po/de.po. */
static void
compile_translation (void)
{
  g_autofree char *po = g_test_build_filename (G_TEST_DIST, "..", "..", "po", "de.po", NULL);
  g_autofree char *folder = NULL;
  g_autofree char *mo = NULL;
  g_autoptr (GError) error = NULL;
  int status = 0;

  locale_dir = g_dir_make_tmp ("tl-locale-XXXXXX", &error);
  g_assert_no_error (error);
  folder = g_build_filename (locale_dir, "de", "LC_MESSAGES", NULL);
  mo = g_build_filename (folder, GETTEXT_PACKAGE ".mo", NULL);
  g_assert_no_errno (g_mkdir_with_parents (folder, 0700));

  {
    char *argv[] = { (char *)"msgfmt", (char *)"--check", (char *)"-o", mo, po, NULL };

    g_spawn_sync (NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, &error);
  }
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
}

static void
remove_translation (void)
{
  g_autofree char *language = g_build_filename (locale_dir, "de", NULL);
  g_autofree char *folder = g_build_filename (language, "LC_MESSAGES", NULL);
  g_autofree char *mo = g_build_filename (folder, GETTEXT_PACKAGE ".mo", NULL);

  g_remove (mo);
  g_rmdir (folder);
  g_rmdir (language);
  g_rmdir (locale_dir);
  g_clear_pointer (&locale_dir, g_free);
}

/* Tests of words say which language they mean: the order of tests is not theirs. */
static void
use_language (const char *language)
{
  g_setenv ("LANGUAGE", language, TRUE);
  /* Makes gettext forget what it looked up before. */
  textdomain (GETTEXT_PACKAGE);
}

static guint
count_words (const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);

  return g_strv_length (words);
}

static void
assert_plain (const char *text)
{
  g_assert_nonnull (text);
  g_assert_cmpstr (text, !=, "");
  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_null (strchr (text, '%'));
  g_assert_null (strchr (text, '\n'));
  g_assert_null (strstr (text, "(null)"));
  g_assert_null (strstr (text, "  "));
}

/* Sentences that must differ from all others. */
static void
assert_new (GHashTable *seen, char *text, const char *what)
{
  assert_plain (text);
  if (g_hash_table_contains (seen, text))
    g_error ("%s says the same as %s: %s", what, (char *)g_hash_table_lookup (seen, text), text);
  g_hash_table_insert (seen, text, (gpointer)what);
}

static void
test_headlines (gconstpointer language)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const char *const distinct[] = { "no-vpn",
                                   "checking",
                                   "safe-both",
                                   "safe-all-blocked",
                                   "leak-ipv6",
                                   "leak-all",
                                   "safe-ipv6-blocked",
                                   "safe-ipv4-blocked",
                                   "split",
                                   "unknown",
                                   NULL };

  use_language (language);
  for (gsize i = 0; i < n_samples; i++) {
    TlVerdict *verdict = sample_new (&samples[i]);
    g_autofree char *headline = tl_describe_headline (verdict, verdict->state);

    g_test_message ("%s: %s", samples[i].name, headline);
    assert_plain (headline);
    g_assert_cmpuint (count_words (headline), <=, HEADLINE_WORDS);
    if (g_strv_contains (distinct, samples[i].name))
      assert_new (seen, g_steal_pointer (&headline), samples[i].name);
    sample_free (verdict);
  }
  g_assert_cmpuint (g_hash_table_size (seen), ==, G_N_ELEMENTS (distinct) - 1);
}

/* Until things have settled the light says so, whatever the verdict is; so it does without one. */
static void
test_checking (void)
{
  TlVerdict *verdict = sample_new_leak ();
  g_autofree char *headline = tl_describe_headline (verdict, TL_STATE_CHECKING);
  g_autofree char *headline_of_none = tl_describe_headline (NULL, TL_STATE_SAFE);
  g_autofree char *explanation = tl_describe_explanation (verdict, TL_STATE_CHECKING);
  g_autofree char *explanation_of_none = tl_describe_explanation (NULL, TL_STATE_SAFE);

  g_assert_cmpstr (headline, ==, headline_of_none);
  g_assert_cmpstr (explanation, ==, explanation_of_none);
  sample_free (verdict);
}

static void
test_explanations (gconstpointer language)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  use_language (language);
  for (gsize i = 0; i < n_samples; i++) {
    TlVerdict *verdict = sample_new (&samples[i]);
    char *explanation = tl_describe_explanation (verdict, verdict->state);

    g_test_message ("%s: %s", samples[i].name, explanation);
    g_assert_true (g_str_has_suffix (explanation, "."));
    if (verdict->state == TL_STATE_LEAK)
      g_assert_nonnull (strstr (explanation, "Home Wi-Fi"));
    assert_new (seen, explanation, samples[i].name);
    sample_free (verdict);
  }
}

/* What the person reads first when it matters most, word by word. */
static void
test_fourth_case (void)
{
  TlVerdict *verdict = sample_new_leak ();
  TlFinding *finding =
    sample_add_finding (verdict, TL_FINDING_EXIT_UPLINK, TL_SEVERITY_LEAK, TL_FAMILY_IPV6);
  g_autofree char *headline = NULL;
  g_autofree char *explanation = NULL;

  use_language ("en");
  finding->subject = g_strdup ("2001:db8:1::5");
  headline = tl_describe_headline (verdict, TL_STATE_LEAK);
  explanation = tl_describe_explanation (verdict, TL_STATE_LEAK);
  g_assert_cmpstr (headline, ==, "Part of your traffic bypasses the VPN");
  g_assert_cmpstr (explanation, ==,
                   "Your connection uses two kinds of Internet addresses, IPv4 and IPv6. "
                   "Only IPv4 goes through “Corp VPN”. "
                   "Whatever uses IPv6 goes out directly through “Home Wi-Fi”. "
                   "Over IPv6, websites see the address of your own connection (2001:db8:1::5).");
  sample_free (verdict);
}

/* A firewall is sampled, not covered. */
static void
test_firewall (void)
{
  const Sample safe = { "safe", TL_STATE_SAFE, TL_STATUS_TUNNELLED, TL_STATUS_BLOCKED };
  TlVerdict *verdict = sample_new (&safe);
  TlFamilyVerdict *ipv6 = &verdict->families[TL_FAMILY_IPV6];
  TlFinding *finding =
    sample_add_finding (verdict, TL_FINDING_FIREWALL_BLOCKED, TL_SEVERITY_INFO, TL_FAMILY_IPV6);
  g_autofree char *all = NULL;
  g_autofree char *one = NULL;
  g_autofree char *several = NULL;
  g_autofree char *leak = NULL;

  use_language ("en");
  finding->subject = g_strdup ("2001:db8::/32");
  finding->n_ranges = 1;
  all = tl_describe_explanation (verdict, TL_STATE_SAFE);
  g_assert_true (g_str_has_suffix (
    all, "A firewall on this computer stops the IPv6 traffic that would go around the VPN. This "
         "was tested with a sample of addresses. Connections that were open before may go on "
         "until they end."));

  ipv6->status = TL_STATUS_TUNNELLED;
  one = tl_describe_explanation (verdict, TL_STATE_SAFE);
  g_assert_true (g_str_has_suffix (
    one, "A firewall on this computer stops IPv6 traffic to 2001:db8::/32 that would go around "
         "the VPN. This was tested with a sample of addresses. Connections that were open before "
         "may go on until they end."));
  g_clear_pointer (&finding->subject, g_free);
  finding->n_ranges = 3;
  finding->detail = g_strdup ("2001:db8::53");
  several = tl_describe_explanation (verdict, TL_STATE_SAFE);
  g_assert_nonnull (strstr (several, "stops IPv6 traffic to 3 ranges of addresses"));
  g_assert_nonnull (strstr (several, "does not stop packets that look up names (to 2001:db8::53)"));

  verdict->state = TL_STATE_LEAK;
  leak = tl_describe_explanation (verdict, TL_STATE_LEAK);
  g_assert_nonnull (strstr (leak, "stops IPv6 traffic to 3 ranges of addresses"));
  g_assert_null (strstr (leak, "open before"));
  sample_free (verdict);
}

/* That nothing was seen is no comfort, but nobody may say then what packets do. */
static void
test_silent (void)
{
  TlVerdict *verdict = sample_new_leak ();
  TlFamilyVerdict *ipv6 = &verdict->families[TL_FAMILY_IPV6];
  const TlFinding *bypass = g_ptr_array_index (verdict->findings, 0);
  g_autofree char *all = NULL;
  g_autofree char *part = NULL;
  g_autofree char *words = NULL;

  use_language ("en");
  sample_add_finding (verdict, TL_FINDING_FIREWALL_SILENT, TL_SEVERITY_INFO, TL_FAMILY_IPV6);
  all = tl_describe_explanation (verdict, TL_STATE_LEAK);
  g_assert_true (g_str_has_suffix (
    all, "The routes lead IPv6 directly through “Home Wi-Fi”. Test packets over IPv6 were neither "
         "seen leaving nor stopped on this computer."));
  words = tl_describe_finding (bypass, verdict);
  g_assert_true (g_str_has_prefix (words, "The routes lead IPv6 traffic around the VPN"));

  ipv6->status = TL_STATUS_PARTIAL;
  ipv6->tunnel = TRUE;
  part = tl_describe_explanation (verdict, TL_STATE_LEAK);
  g_assert_nonnull (strstr (part, "The routes lead a part of IPv6 directly through “Home Wi-Fi”"));
  sample_free (verdict);
}

/* What the company wants to bypass does, and no headline says otherwise. */
static void
test_expected_bypass (void)
{
  const Sample sample = { "expected", TL_STATE_SAFE, TL_STATUS_TUNNELLED, TL_STATUS_BYPASS };
  TlVerdict *verdict = sample_new (&sample);
  g_autofree char *headline = NULL;
  g_autofree char *explanation = NULL;

  use_language ("en");
  sample_add_finding (verdict, TL_FINDING_EXPECTED_BYPASS, TL_SEVERITY_INFO, TL_FAMILY_IPV6);
  headline = tl_describe_headline (verdict, TL_STATE_SAFE);
  explanation = tl_describe_explanation (verdict, TL_STATE_SAFE);
  g_assert_cmpstr (headline, ==, "Everything goes through the VPN but what your company excepts");
  g_assert_cmpstr (explanation, ==,
                   "Only IPv4 goes through “Corp VPN”. "
                   "Whatever uses IPv6 goes out directly through “Home Wi-Fi”. "
                   "Your company has set it up that way.");
  sample_free (verdict);
}

static char *
dup_notes (const TlVerdict *verdict)
{
  g_autofree char *explanation = tl_describe_explanation (verdict, verdict->state);
  g_autoptr (GPtrArray) notes = tl_describe_notes (verdict, explanation);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < notes->len; i++)
    g_string_append_printf (text, "%s\n", ((const TlNote *)g_ptr_array_index (notes, i))->text);

  return g_string_free (text, FALSE);
}

static void
add_resolver (TlVerdict *verdict, TlFindingId id, const char *address, TlSeverity severity)
{
  TlFinding *finding = sample_add_finding (verdict, id, severity, TL_FAMILY_IPV4);

  finding->subject = g_strdup (address);
}

/* Nothing twice, nothing that has no consequence, and what several have in common once. */
static void
test_notes (void)
{
  const Sample sample = { "safe", TL_STATE_SAFE, TL_STATUS_TUNNELLED, TL_STATUS_BLOCKED };
  TlVerdict *verdict = sample_new (&sample);
  g_autofree char *text = NULL;

  use_language ("en");
  add_resolver (verdict, TL_FINDING_RESOLVER_BYPASS, "192.0.2.1", TL_SEVERITY_WARNING);
  add_resolver (verdict, TL_FINDING_RESOLVER_BYPASS, "192.0.2.2", TL_SEVERITY_INFO);
  add_resolver (verdict, TL_FINDING_RESOLVER_BYPASS, "192.0.2.3", TL_SEVERITY_INFO);
  add_resolver (verdict, TL_FINDING_RESOLVER_BYPASS, "2001:db8::3", TL_SEVERITY_INFO);
  add_resolver (verdict, TL_FINDING_RESOLVER_BLOCKED, "192.0.2.4", TL_SEVERITY_INFO);
  add_resolver (verdict, TL_FINDING_RESOLVER_BLOCKED, "192.0.2.5", TL_SEVERITY_INFO);
  sample_add_finding (verdict, TL_FINDING_NAME_FOUND, TL_SEVERITY_INFO, TL_FAMILY_IPV6);
  sample_add_finding (verdict, TL_FINDING_FIREWALL_BLOCKED, TL_SEVERITY_INFO, TL_FAMILY_IPV6);
  text = dup_notes (verdict);
  g_assert_cmpstr (text, ==,
                   "Names of websites are looked up outside the VPN, by the DNS server 192.0.2.1: "
                   "whoever runs it, and your Internet provider, can read which websites you "
                   "open.\n"
                   "Names of websites are looked up outside the VPN, by the DNS servers 192.0.2.2, "
                   "192.0.2.3 and 2001:db8::3. At home this is the normal case.\n"
                   "A firewall on this computer stops packets to the DNS servers 192.0.2.4 and "
                   "192.0.2.5, which are outside the VPN.\n");
  sample_free (verdict);
}

/* In a split VPN the explanation has no word of a firewall. */
static void
test_notes_of_firewall (void)
{
  const Sample sample = { "split", TL_STATE_SPLIT, TL_STATUS_PARTIAL, TL_STATUS_BLOCKED };
  TlVerdict *verdict = sample_new (&sample);
  g_autofree char *text = NULL;

  use_language ("en");
  sample_add_finding (verdict, TL_FINDING_NAME_MISSING, TL_SEVERITY_INFO, TL_FAMILY_IPV6);
  sample_add_finding (verdict, TL_FINDING_FIREWALL_BLOCKED, TL_SEVERITY_INFO, TL_FAMILY_IPV6);
  text = dup_notes (verdict);
  g_assert_nonnull (strstr (text, "does not find names that have IPv6 addresses only"));
  g_assert_nonnull (strstr (text, "A firewall on this computer stops the IPv6 traffic"));
  sample_free (verdict);
}

/* Our own word among technical ones. */
static void
test_no_answer_in_time (void)
{
  const Sample sample = { "safe", TL_STATE_SAFE, TL_STATUS_TUNNELLED, TL_STATUS_TUNNELLED };
  TlVerdict *verdict = sample_new (&sample);
  TlFamilyVerdict *ipv6 = &verdict->families[TL_FAMILY_IPV6];
  TlFinding *finding =
    sample_add_finding (verdict, TL_FINDING_EXIT_FAILED, TL_SEVERITY_INFO, TL_FAMILY_IPV6);
  g_autofree char *exit = NULL;
  g_autofree char *words = NULL;

  use_language ("de");
  ipv6->exit = tl_exit_new (TL_FAMILY_IPV6);
  ipv6->exit->error = g_strdup ("ip6.example.org: " TL_NO_ANSWER_IN_TIME);
  finding->detail = g_strdup (TL_NO_ANSWER_IN_TIME);
  exit = tl_describe_exit (ipv6);
  words = tl_describe_finding (finding, verdict);
  g_assert_nonnull (strstr (exit, "ip6.example.org: "));
  g_assert_null (strstr (exit, TL_NO_ANSWER_IN_TIME));
  g_assert_null (strstr (words, TL_NO_ANSWER_IN_TIME));
  sample_free (verdict);
}

/* Routes can say that all is well while the Internet sees something else. */
/* Nobody reads that destinations are the reason where marks are. */
static void
test_marked (void)
{
  const Sample sample = { "marks", TL_STATE_LEAK, TL_STATUS_PARTIAL, TL_STATUS_ABSENT };
  TlVerdict *verdict = sample_new (&sample);
  TlFinding *finding;
  g_autofree char *explanation = NULL;

  use_language ("en");
  while (verdict->findings->len > 0)
    g_ptr_array_remove_index (verdict->findings, 0);
  finding = sample_add_finding (verdict, TL_FINDING_MARKED, TL_SEVERITY_LEAK, TL_FAMILY_IPV4);
  finding->interface = g_strdup ("eth0");
  finding->detail = g_strdup ("0x1");
  explanation = tl_describe_explanation (verdict, TL_STATE_LEAK);
  g_assert_cmpstr (
    explanation, ==,
    "The routes lead IPv4 through the VPN. A firewall rule or a program on this "
    "computer leads IPv4 traffic around the VPN, out of the network interface “eth0” "
    "(packets with the mark 0x1). This was tested with a sample of addresses.");
  sample_free (verdict);
}

static void
test_leak_by_exit_address (void)
{
  const Sample sample = { "exit", TL_STATE_LEAK, TL_STATUS_TUNNELLED, TL_STATUS_ABSENT };
  TlVerdict *verdict = sample_new (&sample);
  TlFinding *finding =
    sample_add_finding (verdict, TL_FINDING_EXIT_UNEXPECTED, TL_SEVERITY_LEAK, TL_FAMILY_IPV4);
  g_autofree char *explanation = NULL;

  finding->subject = g_strdup ("203.0.113.9");
  explanation = tl_describe_explanation (verdict, TL_STATE_LEAK);
  g_assert_nonnull (strstr (explanation, "203.0.113.9"));
  sample_free (verdict);
}

/* Why it is not certain, though no family's status is unknown. */
static void
test_unknown_by_ipsec (void)
{
  const Sample sample = { "unknown", TL_STATE_UNKNOWN, TL_STATUS_BYPASS, TL_STATUS_BYPASS };
  TlVerdict *verdict = sample_new (&sample);
  g_autofree char *text = NULL;

  sample_add_finding (verdict, TL_FINDING_IPSEC, TL_SEVERITY_INFO, TL_FAMILY_IPV4);
  text = tl_describe_explanation (verdict, TL_STATE_UNKNOWN);
  g_assert_nonnull (strstr (text, "IPsec"));
  sample_free (verdict);
}

static void
test_several_tunnels (void)
{
  const Sample sample = { "two", TL_STATE_SAFE, TL_STATUS_TUNNELLED, TL_STATUS_TUNNELLED };
  TlVerdict *verdict = sample_new (&sample);
  TlTunnel *second = sample_add_tunnel (verdict, "a\nb\x1b[2J");
  g_autofree char *both = NULL;
  g_autofree char *each = NULL;

  use_language ("en");
  both = tl_describe_explanation (verdict, TL_STATE_SAFE);
  g_assert_cmpstr (both, ==, "IPv4 and IPv6 both go through “Corp VPN”, “a?b?[2J”.");
  second->carries[TL_FAMILY_IPV4] = FALSE;
  each = tl_describe_explanation (verdict, TL_STATE_SAFE);
  g_assert_cmpstr (each, ==,
                   "IPv4 goes through “Corp VPN”. IPv6 goes through “Corp VPN”, “a?b?[2J”.");
  sample_free (verdict);
}

static void
test_status (gconstpointer language)
{
  const Sample direct = { "no-vpn", TL_STATE_NO_VPN, TL_STATUS_BYPASS, TL_STATUS_PARTIAL };
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  TlVerdict *verdict = sample_new (&direct);

  use_language (language);
  for (TlStatus status = TL_STATUS_TUNNELLED; status <= TL_STATUS_UNKNOWN; status++)
    assert_new (seen, g_strdup (tl_describe_status (status)), tl_status_to_string (status));
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++)
    assert_new (seen, g_strdup (tl_describe_family_status (verdict, family)), "direct");

  g_hash_table_remove_all (seen);
  for (TlTri tri = TL_NO; tri <= TL_MAYBE; tri++)
    assert_new (seen, g_strdup (tl_describe_tri (tri)), "tri");
  sample_free (verdict);
}

static void
test_findings (gconstpointer language)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const Sample sample = { "leak", TL_STATE_LEAK, TL_STATUS_TUNNELLED, TL_STATUS_PARTIAL };
  TlVerdict *verdict = sample_new (&sample);

  use_language (language);
  for (TlFindingId id = TL_FINDING_BYPASS; id <= TL_FINDING_FIREWALL_SILENT; id++) {
    TlFinding *finding = sample_add_finding (verdict, id, TL_SEVERITY_INFO, TL_FAMILY_IPV6);
    g_autofree char *bare = tl_describe_finding (finding, verdict);

    assert_plain (bare);
    finding->subject = g_strdup ("2001:db8::/48");
    finding->interface = g_strdup ("eth0");
    finding->detail = g_strdup ("some detail.");
    assert_new (seen, tl_describe_finding (finding, verdict), tl_finding_id_to_string (id));
  }
  sample_free (verdict);
}

static void
test_bypasses (void)
{
  TlVerdict *verdict = sample_new_leak ();
  const GArray *bypasses = verdict->families[TL_FAMILY_IPV6].bypass;
  g_autofree char *with_gateway = NULL;
  g_autofree char *on_link = NULL;

  use_language ("en");
  sample_add_bypass (verdict, "2001:db8::/48", NULL);
  with_gateway = tl_describe_bypass (&g_array_index (bypasses, TlBypass, 0));
  on_link = tl_describe_bypass (&g_array_index (bypasses, TlBypass, 1));
  g_assert_cmpstr (with_gateway, ==,
                   "2000::/3 out of eth0 to the router fe80::1 (routing table 254)");
  g_assert_cmpstr (on_link, ==, "2001:db8::/48 out of eth0 (routing table 254)");
  sample_free (verdict);
}

static void
test_fixes (gconstpointer language)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) plans = sample_plans_new ();
  TlFixPlan *plan = g_ptr_array_index (plans, 0);
  TlVerdict *verdict = sample_new_leak ();

  use_language (language);
  for (TlFixId id = 0; id < TL_N_FIXES; id++) {
    char *title = tl_describe_fix_title (id, verdict);

    if (!g_str_equal (language, "en"))
      g_assert_cmpint (g_utf8_strlen (title, -1), <=, BUTTON_LENGTH);
    assert_new (seen, title, tl_fix_id_to_string (id));
    plan->id = id;
    assert_new (seen, tl_describe_fix_effect (plan, verdict), tl_fix_id_to_string (id));
  }
  for (TlLasts lasts = TL_LASTS_VPN; lasts <= TL_LASTS_ALWAYS; lasts++)
    assert_new (seen, g_strdup (tl_describe_fix_lasts (lasts)), tl_lasts_to_string (lasts));
  g_assert_null (tl_describe_fix_reason (TL_FIX_REASON_NONE, verdict));
  for (TlFixReason reason = TL_FIX_REASON_NO_LEAK; reason <= TL_FIX_REASON_NO_HELP; reason++)
    assert_new (seen, g_strdup (tl_describe_fix_reason (reason, verdict)), "reason");
  sample_free (verdict);
}

static void
test_fixes_that_hold (gconstpointer language)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const Sample sample = { "safe", TL_STATE_SAFE, TL_STATUS_TUNNELLED, TL_STATUS_BLOCKED };
  TlVerdict *verdict = sample_new (&sample);
  TlVerdict *leak = sample_new_leak ();
  g_autoptr (GPtrArray) changes = g_ptr_array_new_with_free_func ((GDestroyNotify)tl_change_free);
  TlChange *change = tl_change_new (TL_TARGET_PROFILE, TL_SETTING_METHOD, TL_FAMILY_IPV6);

  use_language (language);
  change->target = g_strdup ("Home Wi-Fi");
  g_ptr_array_add (changes, change);
  verdict->families[TL_FAMILY_IPV6].local = FALSE;
  for (TlFixId id = 0; id < TL_N_FIXES; id++)
    assert_new (seen, tl_describe_fix_holds (id, changes, verdict), tl_fix_id_to_string (id));
  g_assert_null (tl_describe_fix_holds (TL_FIX_BLOCK_NOW, changes, leak));
  sample_free (leak);
  sample_free (verdict);
}

/* A VPN that carries only IPv6 is the same picture in the mirror. */
static void
test_fixes_for_ipv4 (void)
{
  const Sample sample = { "leak", TL_STATE_LEAK, TL_STATUS_BYPASS, TL_STATUS_TUNNELLED };
  TlVerdict *verdict = sample_new (&sample);
  g_autofree char *title = tl_describe_fix_title (TL_FIX_OFF_NOW, verdict);

  g_assert_nonnull (strstr (title, "IPv4"));
  sample_free (verdict);
}

static void
test_changes (gconstpointer language)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (TlChange) change =
    tl_change_new (TL_TARGET_PROFILE, TL_SETTING_METHOD, TL_FAMILY_IPV6);

  use_language (language);
  change->target = g_strdup ("Home Wi-Fi");
  change->from = g_strdup ("auto");
  change->to = g_strdup ("disabled");
  assert_new (seen, tl_describe_change (change), "both");
  g_clear_pointer (&change->from, g_free);
  assert_new (seen, tl_describe_change (change), "to");
  change->from = g_steal_pointer (&change->to);
  assert_new (seen, tl_describe_change (change), "from");
}

static void
test_outcomes (gconstpointer language)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  use_language (language);
  for (TlFixResult result = TL_FIX_RESULT_VERIFIED; result <= TL_FIX_RESULT_FAILED; result++) {
    for (int undo = 0; undo <= 1; undo++) {
      TlFixOutcome outcome = { .result = result };
      char *words = tl_describe_outcome (&outcome, undo);

      g_assert_true (g_str_has_suffix (words, "."));
      assert_new (seen, words, tl_fix_result_to_string (result));
      outcome.reason = (char *)"the reason";
      words = tl_describe_outcome (&outcome, undo);
      g_assert_nonnull (strstr (words, "the reason"));
      assert_new (seen, words, tl_fix_result_to_string (result));
    }
  }
}

/* German that says what English says, but in other words. */
static void
test_translated (void)
{
  for (gsize i = 0; i < n_samples; i++) {
    TlVerdict *verdict = sample_new (&samples[i]);
    g_autofree char *headline = NULL;
    g_autofree char *explanation = NULL;
    g_autofree char *translated_headline = NULL;
    g_autofree char *translated_explanation = NULL;

    use_language ("en");
    headline = tl_describe_headline (verdict, verdict->state);
    explanation = tl_describe_explanation (verdict, verdict->state);
    use_language ("de");
    translated_headline = tl_describe_headline (verdict, verdict->state);
    translated_explanation = tl_describe_explanation (verdict, verdict->state);
    g_assert_cmpstr (headline, !=, translated_headline);
    g_assert_cmpstr (explanation, !=, translated_explanation);
    g_assert_null (strstr (translated_explanation, "“"));
    sample_free (verdict);
  }
}

static void
test_exit_codes (void)
{
  const struct {
    TlState state;
    TlSeverity severity;
    int code;
  } table[] = {
    { TL_STATE_SAFE, TL_SEVERITY_INFO, 0 },      { TL_STATE_NO_VPN, TL_SEVERITY_INFO, 0 },
    { TL_STATE_SPLIT, TL_SEVERITY_INFO, 0 },     { TL_STATE_SAFE, TL_SEVERITY_WARNING, 1 },
    { TL_STATE_NO_VPN, TL_SEVERITY_WARNING, 1 }, { TL_STATE_SPLIT, TL_SEVERITY_WARNING, 1 },
    { TL_STATE_LEAK, TL_SEVERITY_LEAK, 2 },      { TL_STATE_LEAK, TL_SEVERITY_WARNING, 2 },
    { TL_STATE_UNKNOWN, TL_SEVERITY_INFO, 3 },   { TL_STATE_CHECKING, TL_SEVERITY_WARNING, 3 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {
    const Sample sample = { "", table[i].state, TL_STATUS_TUNNELLED, TL_STATUS_TUNNELLED };
    TlVerdict *verdict = sample_new (&sample);

    sample_add_finding (verdict, TL_FINDING_EXIT_UNCHANGED, table[i].severity, TL_FAMILY_IPV4);
    g_assert_cmpint (tl_describe_exit_code (verdict), ==, table[i].code);
    sample_free (verdict);
  }
}

static void
test_icons (void)
{
  for (TlState state = 0; state < TL_N_STATES; state++) {
    g_autofree char *name = g_strconcat (TL_APP_ID, "-", tl_state_to_string (state), NULL);

    g_assert_cmpstr (tl_describe_icon_name (state), ==, name);
  }
}

static void
add_in_each_language (const char *name, GTestDataFunc test)
{
  const char *const languages[] = { "en", "de" };

  for (gsize i = 0; i < G_N_ELEMENTS (languages); i++) {
    g_autofree char *path = g_strdup_printf ("/describe/%s/%s", languages[i], name);

    g_test_add_data_func (path, languages[i], test);
  }
}

int
main (int argc, char **argv)
{
  int result;

  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  compile_translation ();
  bindtextdomain (GETTEXT_PACKAGE, locale_dir);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");

  add_in_each_language ("headlines", test_headlines);
  add_in_each_language ("explanations", test_explanations);
  add_in_each_language ("status", test_status);
  add_in_each_language ("findings", test_findings);
  add_in_each_language ("fixes", test_fixes);
  add_in_each_language ("fixes-that-hold", test_fixes_that_hold);
  add_in_each_language ("changes", test_changes);
  add_in_each_language ("outcomes", test_outcomes);
  g_test_add_func ("/describe/checking", test_checking);
  g_test_add_func ("/describe/fourth-case", test_fourth_case);
  g_test_add_func ("/describe/leak-by-exit-address", test_leak_by_exit_address);
  g_test_add_func ("/describe/unknown-by-ipsec", test_unknown_by_ipsec);
  g_test_add_func ("/describe/several-tunnels", test_several_tunnels);
  g_test_add_func ("/describe/bypasses", test_bypasses);
  g_test_add_func ("/describe/firewall", test_firewall);
  g_test_add_func ("/describe/silent", test_silent);
  g_test_add_func ("/describe/notes", test_notes);
  g_test_add_func ("/describe/notes-of-firewall", test_notes_of_firewall);
  g_test_add_func ("/describe/no-answer-in-time", test_no_answer_in_time);
  g_test_add_func ("/describe/expected-bypass", test_expected_bypass);
  g_test_add_func ("/describe/marked", test_marked);
  g_test_add_func ("/describe/fixes-for-ipv4", test_fixes_for_ipv4);
  g_test_add_func ("/describe/translated", test_translated);
  g_test_add_func ("/describe/exit-codes", test_exit_codes);
  g_test_add_func ("/describe/icons", test_icons);

  result = g_test_run ();
  remove_translation ();
  return result;
}
