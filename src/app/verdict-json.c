/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/verdict-json.h"

#include "app/describe.h"
#include "app/widest-bypass.h"

/* Names come from the kernel and from people, and JSON is UTF-8. */
static void
set_string (JsonObject *object, const char *key, const char *value)
{
  g_autofree char *valid = NULL;

  if (value == NULL) {
    json_object_set_null_member (object, key);
    return;
  }
  valid = g_utf8_make_valid (value, -1);
  json_object_set_string_member (object, key, valid);
}

static void
set_tri (JsonObject *object, const char *key, TlTri value)
{
  if (value == TL_MAYBE)
    json_object_set_null_member (object, key);
  else
    json_object_set_boolean_member (object, key, value == TL_YES);
}

static void
set_address (JsonObject *object, const char *key, gboolean has_address, const TlAddress *address)
{
  char text[TL_ADDRESS_STRLEN];

  if (has_address)
    tl_address_format (address, text);
  set_string (object, key, has_address ? text : NULL);
}

static void
set_time (JsonObject *object, const char *key, gint64 time)
{
  g_autoptr (GDateTime) seconds = g_date_time_new_from_unix_utc (time / G_USEC_PER_SEC);
  g_autofree char *text = g_date_time_format (seconds, "%Y-%m-%dT%H:%M:%S");
  g_autofree char *stamp = g_strdup_printf ("%s.%03dZ", text, (int)(time % G_USEC_PER_SEC / 1000));

  json_object_set_string_member (object, key, stamp);
}

/* Calls a function for each element and collects what it makes. */
static JsonArray *
to_array (const GPtrArray *values, JsonObject *(*to_object) (gconstpointer value))
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; values != NULL && i < values->len; i++)
    json_array_add_object_element (array, to_object (g_ptr_array_index (values, i)));

  return array;
}

/* Null where the table does not apply, as without a VPN. */
static void
set_outcome (JsonObject *object, TlTri unsafe)
{
  set_string (object, "outcome", unsafe == TL_MAYBE ? NULL : unsafe == TL_YES ? "unsafe" : "safe");
}

static JsonObject *
case_to_object (const TlCase *four_case)
{
  JsonObject *object = json_object_new ();

  set_tri (object, "local", four_case->local);
  set_tri (object, "tunnel", four_case->tunnel);
  json_object_set_boolean_member (object, "blocked", four_case->blocked);
  set_outcome (object, four_case->unsafe);

  return object;
}

static JsonObject *
tunnel_to_object (gconstpointer value)
{
  const TlTunnel *tunnel = value;
  JsonObject *object = json_object_new ();

  set_string (object, "name", tunnel->name);
  set_string (object, "kind", tunnel->kind);
  set_string (object, "interface", tunnel->interface);
  json_object_set_boolean_member (object, "managed", tunnel->managed);

  return object;
}

static JsonObject *
share_to_object (const TlShare *share)
{
  JsonObject *object = json_object_new ();

  json_object_set_double_member (object, "tunnel", share->tunnel);
  json_object_set_double_member (object, "bypass", share->bypass);
  json_object_set_double_member (object, "blocked", share->blocked);
  json_object_set_double_member (object, "on_link", share->on_link);

  return object;
}

static JsonObject *
bypass_to_object (gconstpointer value)
{
  const TlBypass *bypass = value;
  JsonObject *object = json_object_new ();
  char prefix[TL_PREFIX_STRLEN];

  tl_prefix_format (&bypass->prefix, prefix);
  json_object_set_string_member (object, "prefix", prefix);
  set_string (object, "interface", bypass->interface);
  set_address (object, "gateway", bypass->has_gateway, &bypass->gateway);
  json_object_set_int_member (object, "table", bypass->table);
  json_object_set_int_member (object, "mark", bypass->mark);
  json_object_set_boolean_member (object, "expected", bypass->expected);
  set_string (object, "firewall", tl_firewall_word_to_string (bypass->firewall));

  return object;
}

/* The widest ranges, and how much more there is: null where that is all. */
static void
set_bypass (JsonObject *object, const TlFamilyVerdict *family)
{
  TlBypassRest rest;
  g_autoptr (GPtrArray) shown = tl_widest_bypasses (family, TL_BYPASS_SHOWN, &rest);
  JsonObject *more;

  json_object_set_array_member (object, "bypass", to_array (shown, bypass_to_object));
  if (rest.ranges == 0) {
    json_object_set_null_member (object, "bypass_more");
    return;
  }
  more = json_object_new ();
  json_object_set_int_member (more, "ranges", rest.ranges);
  json_object_set_double_member (more, "share", rest.share);
  json_object_set_object_member (object, "bypass_more", more);
}

/* Where nothing was fetched there is no owner either. */
static JsonObject *
exit_to_object (const TlExit *exit, TlExitOwner owner)
{
  JsonObject *object = json_object_new ();
  gboolean fetched = exit != NULL && exit->has_address;

  set_address (object, "address", fetched, fetched ? &exit->address : NULL);
  set_string (object, "owner", fetched ? tl_exit_owner_to_string (owner) : NULL);
  set_string (object, "error", exit != NULL ? exit->error : NULL);
  set_string (object, "url", exit != NULL ? exit->url : NULL);

  return object;
}

/* The answers of further services that were asked at the same time, as the first one. */
static JsonObject *
exits_to_object (const TlFamilyVerdict *family)
{
  JsonObject *object = exit_to_object (family->exit, family->exit_owner);
  JsonArray *others = json_array_new ();

  if (family->other_exit != NULL)
    json_array_add_object_element (others,
                                   exit_to_object (family->other_exit, family->other_owner));
  json_object_set_array_member (object, "others", others);

  return object;
}

static JsonObject *
family_to_object (const TlFamilyVerdict *family)
{
  JsonObject *object = json_object_new ();

  json_object_set_boolean_member (object, "local", family->local);
  json_object_set_boolean_member (object, "tunnel", family->tunnel);
  json_object_set_string_member (object, "status", tl_status_to_string (family->status));
  json_object_set_object_member (object, "share", share_to_object (&family->share));
  set_bypass (object, family);
  json_object_set_object_member (object, "exit", exits_to_object (family));

  return object;
}

static JsonObject *
families_to_object (const TlVerdict *verdict)
{
  JsonObject *object = json_object_new ();

  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++)
    json_object_set_object_member (object, tl_family_to_string (family),
                                   family_to_object (&verdict->families[family]));

  return object;
}

static JsonArray *
findings_to_array (const TlVerdict *verdict)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < verdict->findings->len; i++) {
    const TlFinding *finding = g_ptr_array_index (verdict->findings, i);
    g_autofree char *name = tl_finding_name (finding);
    g_autofree char *text = tl_describe_finding (finding, verdict);
    JsonObject *object = json_object_new ();

    set_string (object, "id", name);
    json_object_set_string_member (object, "severity", tl_severity_to_string (finding->severity));
    set_string (object, "text", text);
    json_array_add_object_element (array, object);
  }

  return array;
}

static JsonObject *
change_to_object (gconstpointer value)
{
  const TlChange *change = value;
  JsonObject *object = json_object_new ();
  g_autofree char *setting = tl_change_setting_name (change);

  set_string (object, "target", change->target);
  set_string (object, "setting", setting);
  set_string (object, "from", change->from != NULL ? change->from : "");
  set_string (object, "to", change->to != NULL ? change->to : "");

  return object;
}

static JsonObject *
plan_to_object (gconstpointer value)
{
  const TlFixPlan *plan = value;
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "id", tl_fix_id_to_string (plan->id));
  json_object_set_boolean_member (object, "available", plan->available);
  set_string (object, "reason",
              plan->available ? NULL : tl_describe_fix_reason (plan->reason, NULL));
  json_object_set_boolean_member (object, "password", plan->password);
  json_object_set_string_member (object, "lasts", tl_lasts_to_string (plan->lasts));
  json_object_set_array_member (object, "changes", to_array (plan->changes, change_to_object));

  return object;
}

static JsonObject *
new_document (void)
{
  JsonObject *object = json_object_new ();

  json_object_set_int_member (object, "format", TL_JSON_FORMAT);
  return object;
}

static JsonNode *
take_object (JsonObject *object)
{
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (node, object);
  return node;
}

static JsonObject *
verdict_to_object (const TlVerdict *verdict, const GPtrArray *plans, gboolean settling, gint64 time)
{
  JsonObject *object = new_document ();
  g_autofree char *headline = tl_describe_headline (verdict, verdict->state);
  g_autofree char *explanation = tl_describe_explanation (verdict, verdict->state);

  set_time (object, "time", time);
  json_object_set_string_member (object, "state", tl_state_to_string (verdict->state));
  json_object_set_boolean_member (object, "settling", settling);
  json_object_set_object_member (object, "case", case_to_object (&verdict->four_case));
  set_string (object, "headline", headline);
  set_string (object, "explanation", explanation);
  json_object_set_array_member (object, "tunnels", to_array (verdict->tunnels, tunnel_to_object));
  json_object_set_object_member (object, "families", families_to_object (verdict));
  json_object_set_array_member (object, "findings", findings_to_array (verdict));
  json_object_set_array_member (object, "fixes", to_array (plans, plan_to_object));

  return object;
}

/**
 * tl_verdict_to_json:
 * @verdict: a verdict
 * @plans: (element-type TlFixPlan) (nullable): the fixes for it
 * @settling: whether relevant changes are still arriving
 * @time: when it was reached, microseconds since the epoch
 *
 * Returns: (transfer full): the object that `check` and `watch` print
 */
JsonNode *
tl_verdict_to_json (const TlVerdict *verdict,
                    const GPtrArray *plans,
                    gboolean settling,
                    gint64 time)
{
  return take_object (verdict_to_object (verdict, plans, settling, time));
}

/**
 * tl_fixes_to_json:
 * @plans: (element-type TlFixPlan): fixes
 *
 * Returns: (transfer full): the object that `fixes` prints: the format, and the fixes as in the
 *   verdict's object
 */
JsonNode *
tl_fixes_to_json (const GPtrArray *plans)
{
  JsonObject *object = new_document ();

  json_object_set_array_member (object, "fixes", to_array (plans, plan_to_object));
  return take_object (object);
}

/**
 * tl_outcome_to_json:
 * @outcome: how a fix or an undo ended
 * @plans: (element-type TlFixPlan) (nullable): the fixes for the verdict measured afterwards
 *
 * Returns: (transfer full): the object that `fix` and `undo` print
 */
JsonNode *
tl_outcome_to_json (const TlFixOutcome *outcome, const GPtrArray *plans)
{
  JsonObject *object = new_document ();

  set_string (object, "fix", outcome->has_fix ? tl_fix_id_to_string (outcome->fix) : NULL);
  json_object_set_string_member (object, "result", tl_fix_result_to_string (outcome->result));
  set_string (object, "reason", outcome->reason);
  json_object_set_array_member (object, "changes", to_array (outcome->changes, change_to_object));
  if (outcome->verdict != NULL)
    json_object_set_object_member (
      object, "verdict", verdict_to_object (outcome->verdict, plans, FALSE, outcome->time));
  else
    json_object_set_null_member (object, "verdict");

  return take_object (object);
}
