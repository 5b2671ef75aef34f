/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/verdict-json.h"

#include "app/samples.h"

/* 2026-11-23 14:03:22.123 UTC, and microseconds that are cut off, not rounded. */
#define SOME_TIME (G_GINT64_CONSTANT (1795442602) * G_USEC_PER_SEC + 123999)

/* The contract gives the keys, their order, and what is not words for people. */
static const char *const free_text[] = { "headline", "explanation", "text", "url", NULL };

static void assert_same (JsonNode *node, JsonNode *contract, const char *path);

static void
assert_same_object (JsonObject *object, JsonObject *contract, const char *path)
{
  g_autoptr (GList) keys = json_object_get_members (object);
  g_autoptr (GList) contract_keys = json_object_get_members (contract);
  GList *at = keys;

  for (GList *l = contract_keys; l != NULL; l = l->next, at = at->next) {
    const char *key = l->data;
    g_autofree char *below = g_strdup_printf ("%s.%s", path, key);

    g_assert_nonnull (at);
    g_assert_cmpstr (at->data, ==, key);
    if (g_strv_contains (free_text, key))
      g_assert_cmpstr (json_object_get_string_member (object, key), !=, "");
    else
      assert_same (json_object_get_member (object, key), json_object_get_member (contract, key),
                   below);
  }
  g_assert_null (at);
}

static void
assert_same_value (JsonNode *node, JsonNode *contract)
{
  GType type = json_node_get_value_type (contract);

  g_assert_cmpint (json_node_get_value_type (node), ==, type);
  if (type == G_TYPE_STRING)
    g_assert_cmpstr (json_node_get_string (node), ==, json_node_get_string (contract));
  else if (type == G_TYPE_BOOLEAN)
    g_assert_cmpint (json_node_get_boolean (node), ==, json_node_get_boolean (contract));
  else if (type == G_TYPE_INT64)
    g_assert_cmpint (json_node_get_int (node), ==, json_node_get_int (contract));
  else if (type == G_TYPE_DOUBLE)
    g_assert_cmpfloat_with_epsilon (json_node_get_double (node), json_node_get_double (contract),
                                    1e-9);
  else
    g_assert_not_reached ();
}

static void
assert_same (JsonNode *node, JsonNode *contract, const char *path)
{
  g_test_message ("%s", path);
  g_assert_cmpint (json_node_get_node_type (node), ==, json_node_get_node_type (contract));

  if (JSON_NODE_HOLDS_OBJECT (contract)) {
    assert_same_object (json_node_get_object (node), json_node_get_object (contract), path);
  } else if (JSON_NODE_HOLDS_ARRAY (contract)) {
    JsonArray *array = json_node_get_array (node);
    JsonArray *expected = json_node_get_array (contract);

    g_assert_cmpuint (json_array_get_length (array), ==, json_array_get_length (expected));
    for (guint i = 0; i < json_array_get_length (expected); i++)
      assert_same (json_array_get_element (array, i), json_array_get_element (expected, i), path);
  } else if (JSON_NODE_HOLDS_VALUE (contract)) {
    assert_same_value (node, contract);
  }
}

/* What a script would read: through text, as it is printed. */
static JsonNode *
print_and_parse (JsonNode *node)
{
  g_autofree char *text = json_to_string (node, FALSE);
  g_autoptr (GError) error = NULL;
  JsonNode *parsed = json_from_string (text, &error);

  g_assert_no_error (error);
  g_assert_null (strchr (text, '\n'));
  return parsed;
}

static JsonNode *
load_contract (void)
{
  g_autofree char *file = g_test_build_filename (G_TEST_DIST, "contract.json", NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  JsonNode *contract;

  g_file_get_contents (file, &text, NULL, &error);
  g_assert_no_error (error);
  contract = json_from_string (text, &error);
  g_assert_no_error (error);
  return contract;
}

static void
test_contract (void)
{
  TlVerdict *verdict = sample_new_leak ();
  g_autoptr (GPtrArray) plans = sample_plans_new ();
  g_autoptr (JsonNode) node = tl_verdict_to_json (verdict, plans, FALSE, SOME_TIME);
  g_autoptr (JsonNode) parsed = print_and_parse (node);
  g_autoptr (JsonNode) contract = load_contract ();

  assert_same (parsed, contract, "verdict");
  sample_free (verdict);
}

static void
test_outcome (void)
{
  TlVerdict *verdict = sample_new_leak ();
  g_autoptr (GPtrArray) plans = sample_plans_new ();
  const TlFixPlan *plan = g_ptr_array_index (plans, 0);
  TlFixOutcome outcome = {
    .has_fix = TRUE,
    .fix = TL_FIX_BLOCK_NOW,
    .result = TL_FIX_RESULT_REVERTED,
    .reason = (char *)"because",
    .changes = plan->changes,
    .verdict = verdict,
    .time = SOME_TIME,
  };
  g_autoptr (JsonNode) node = tl_outcome_to_json (&outcome, plans);
  g_autoptr (JsonNode) parsed = print_and_parse (node);
  JsonObject *object = json_node_get_object (parsed);
  g_autoptr (GList) keys = json_object_get_members (object);
  const char *const expected[] = { "format", "fix", "result", "reason", "changes", "verdict" };
  g_autoptr (JsonNode) contract = load_contract ();

  g_assert_cmpuint (g_list_length (keys), ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    g_assert_cmpstr (g_list_nth_data (keys, i), ==, expected[i]);
  g_assert_cmpstr (json_object_get_string_member (object, "fix"), ==, "block-now");
  g_assert_cmpstr (json_object_get_string_member (object, "result"), ==, "reverted");
  g_assert_cmpstr (json_object_get_string_member (object, "reason"), ==, "because");
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (object, "changes")), ==,
                    1);
  assert_same (json_object_get_member (object, "verdict"), contract, "outcome.verdict");

  sample_free (verdict);
}

static void
test_outcome_without_verdict (void)
{
  TlFixOutcome outcome = { .result = TL_FIX_RESULT_REFUSED };
  g_autoptr (JsonNode) node = tl_outcome_to_json (&outcome, NULL);
  JsonObject *object = json_node_get_object (node);

  g_assert_true (json_object_get_null_member (object, "fix"));
  g_assert_true (json_object_get_null_member (object, "reason"));
  g_assert_true (json_object_get_null_member (object, "verdict"));
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (object, "changes")), ==,
                    0);
}

static void
test_fixes (void)
{
  g_autoptr (GPtrArray) plans = sample_plans_new ();
  TlFixPlan *plan = g_ptr_array_index (plans, 0);
  g_autoptr (JsonNode) node = NULL;
  JsonObject *object, *fix;

  plan->available = FALSE;
  plan->reason = TL_FIX_REASON_SERVER;
  plan->password = TRUE;
  plan->lasts = TL_LASTS_ALWAYS;
  node = tl_fixes_to_json (plans);
  object = json_node_get_object (node);
  fix = json_array_get_object_element (json_object_get_array_member (object, "fixes"), 0);

  g_assert_cmpint (json_object_get_int_member (object, "format"), ==, 1);
  g_assert_false (json_object_get_boolean_member (fix, "available"));
  g_assert_cmpstr (json_object_get_string_member (fix, "reason"), !=, NULL);
  g_assert_true (json_object_get_boolean_member (fix, "password"));
  g_assert_cmpstr (json_object_get_string_member (fix, "lasts"), ==, "always");
}

/* What is not known is null, and is there all the same. */
static void
test_nulls (void)
{
  const Sample sample = { "unknown", TL_STATE_UNKNOWN, TL_STATUS_UNKNOWN, TL_STATUS_PARTIAL };
  TlVerdict *verdict = sample_new (&sample);
  g_autoptr (JsonNode) node = NULL;
  JsonObject *object, *four_case, *exit, *bypass, *ipv6;

  verdict->four_case = (TlCase){ TL_MAYBE, TL_MAYBE, FALSE, TL_MAYBE };
  sample_add_bypass (verdict, "2001:db8::/48", NULL);
  /* Asked, but there was no answer: nobody owns an address that was not fetched. */
  verdict->families[TL_FAMILY_IPV6].exit = tl_exit_new (TL_FAMILY_IPV6);
  verdict->families[TL_FAMILY_IPV6].exit->error = g_strdup ("no route");
  verdict->families[TL_FAMILY_IPV6].exit_owner = TL_EXIT_OWNER_UPLINK;

  node = tl_verdict_to_json (verdict, NULL, TRUE, 0);
  object = json_node_get_object (node);
  four_case = json_object_get_object_member (object, "case");
  g_assert_true (json_object_get_null_member (four_case, "local"));
  g_assert_true (json_object_get_null_member (four_case, "tunnel"));
  g_assert_true (json_object_get_null_member (four_case, "outcome"));
  g_assert_true (json_object_get_boolean_member (object, "settling"));
  g_assert_cmpstr (json_object_get_string_member (object, "time"), ==, "1970-01-01T00:00:00.000Z");

  object = json_object_get_object_member (object, "families");
  exit = json_object_get_object_member (json_object_get_object_member (object, "ipv4"), "exit");
  g_assert_cmpuint (json_object_get_size (exit), ==, 5);
  g_assert_true (json_object_get_null_member (exit, "address"));
  g_assert_true (json_object_get_null_member (exit, "owner"));
  g_assert_true (json_object_get_null_member (exit, "error"));
  g_assert_true (json_object_get_null_member (exit, "url"));
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (exit, "others")), ==, 0);
  ipv6 = json_object_get_object_member (object, "ipv6");
  exit = json_object_get_object_member (ipv6, "exit");
  g_assert_true (json_object_get_null_member (exit, "address"));
  g_assert_true (json_object_get_null_member (exit, "owner"));
  g_assert_cmpstr (json_object_get_string_member (exit, "error"), ==, "no route");
  bypass = json_array_get_object_element (json_object_get_array_member (ipv6, "bypass"), 0);
  g_assert_true (json_object_get_null_member (bypass, "gateway"));
  g_assert_true (json_object_get_null_member (bypass, "firewall"));

  sample_free (verdict);
}

/* Of many ranges the widest are shown, in order, and how much more there is. */
static void
test_many_bypasses (void)
{
  const Sample sample = { "leak", TL_STATE_LEAK, TL_STATUS_ABSENT, TL_STATUS_PARTIAL };
  TlVerdict *verdict = sample_new (&sample);
  g_autoptr (JsonNode) node = NULL;
  JsonObject *ipv6, *more;
  JsonArray *bypass;

  for (guint i = 0; i < 30; i++) {
    g_autofree char *prefix = g_strdup_printf ("2600:%x::/%u", i + 1, i % 2 == 0 ? 48 : 32);

    sample_add_bypass (verdict, prefix, NULL);
  }
  node = tl_verdict_to_json (verdict, NULL, FALSE, 0);
  ipv6 = json_object_get_object_member (
    json_object_get_object_member (json_node_get_object (node), "families"), "ipv6");
  bypass = json_object_get_array_member (ipv6, "bypass");
  g_assert_cmpuint (json_array_get_length (bypass), ==, 20);
  for (guint i = 0; i < 20; i++) {
    /* The first five /48 are among the 15 /32. */
    guint at = i < 10 ? i + 1 : 2 * (i - 4);
    g_autofree char *expected = g_strdup_printf ("2600:%x::/%u", at, at % 2 == 1 ? 48 : 32);
    JsonObject *entry = json_array_get_object_element (bypass, i);

    g_assert_cmpstr (json_object_get_string_member (entry, "prefix"), ==, expected);
  }
  more = json_object_get_object_member (ipv6, "bypass_more");
  g_assert_cmpint (json_object_get_int_member (more, "ranges"), ==, 10);
  g_assert_cmpfloat_with_epsilon (json_object_get_double_member (more, "share"),
                                  10.0 / (G_GINT64_CONSTANT (1) << 45), 1e-18);

  sample_free (verdict);
}

/* The kernel allows any bytes in the name of a link; JSON has to stay JSON. */
static void
test_odd_names (void)
{
  const Sample sample = { "safe", TL_STATE_SAFE, TL_STATUS_TUNNELLED, TL_STATUS_ABSENT };
  TlVerdict *verdict = sample_new (&sample);
  TlTunnel *tunnel = sample_add_tunnel (verdict, "a \"b\"\n\x1b[31m");
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (JsonNode) parsed = NULL;
  JsonArray *tunnels;
  const char *interface;

  g_free (tunnel->interface);
  tunnel->interface = g_strdup ("t\xff\x01");
  node = tl_verdict_to_json (verdict, NULL, FALSE, SOME_TIME);
  parsed = print_and_parse (node);
  tunnels = json_object_get_array_member (json_node_get_object (parsed), "tunnels");
  g_assert_cmpstr (
    json_object_get_string_member (json_array_get_object_element (tunnels, 1), "name"), ==,
    "a \"b\"\n\x1b[31m");
  interface =
    json_object_get_string_member (json_array_get_object_element (tunnels, 1), "interface");
  g_assert_true (g_utf8_validate (interface, -1, NULL));

  sample_free (verdict);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/verdict-json/contract", test_contract);
  g_test_add_func ("/verdict-json/outcome", test_outcome);
  g_test_add_func ("/verdict-json/outcome-without-verdict", test_outcome_without_verdict);
  g_test_add_func ("/verdict-json/fixes", test_fixes);
  g_test_add_func ("/verdict-json/nulls", test_nulls);
  g_test_add_func ("/verdict-json/many-bypasses", test_many_bypasses);
  g_test_add_func ("/verdict-json/odd-names", test_odd_names);

  return g_test_run ();
}
