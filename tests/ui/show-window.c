/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

/*
 * Draws the window as it looks in one state into a PNG file, from values made by hand: no network,
 * no NetworkManager, no settings. Usage: show-window SCENE WIDTH FILE; without arguments it lists
 * the scenes.
 */

#include "config.h"

#include "app/describe.h"
#include "ui/window.h"

#include <libintl.h>
#include <locale.h>
#include <string.h>

/* Static, so that nothing of it needs to be freed. */
typedef struct {
  TlVerdict *verdict;
  GPtrArray *plans;
  TlSnapshot snapshot;
} Scene;

static TlVerdict scene_verdict;
static Scene scene;
static int width;
static const char *file;
static int exit_status = 1;

/* What a scene leaves out again is kept, too. */
static void
empty (GPtrArray *array)
{
  static GPtrArray *attic;

  if (attic == NULL)
    attic = g_ptr_array_new ();
  g_ptr_array_extend_and_steal (attic, g_ptr_array_copy (array, NULL, NULL));
  g_ptr_array_set_size (array, 0);
}

static void
set_exit (TlVerdict *verdict, const char *text, TlExitOwner owner)
{
  TlAddress address;
  TlFamilyVerdict *family;
  TlExit *exit;

  g_assert_true (tl_address_parse (text, &address));
  family = &verdict->families[address.family];
  exit = tl_exit_new (address.family);
  exit->has_address = TRUE;
  exit->address = address;
  g_clear_pointer (&family->exit, tl_exit_unref);
  family->exit = exit;
  family->exit_owner = owner;
}

static void
set_family (TlVerdict *verdict, TlFamily family, gboolean local, gboolean tunnel, TlStatus status)
{
  verdict->families[family].local = local;
  verdict->families[family].tunnel = tunnel;
  verdict->families[family].status = status;
}

static void
add_bypass (TlVerdict *verdict, const char *prefix, const char *gateway)
{
  TlBypass bypass = { .interface = "wlp3s0", .ifindex = 3, .table = 254 };

  g_assert_true (tl_prefix_parse (prefix, &bypass.prefix));
  bypass.has_gateway = tl_address_parse (gateway, &bypass.gateway);
  g_array_append_val (verdict->families[bypass.prefix.address.family].bypass, bypass);
}

static void
add_finding (TlVerdict *verdict, TlFindingId id, TlSeverity severity, const char *subject)
{
  TlFinding *finding = g_new0 (TlFinding, 1);

  finding->id = id;
  finding->severity = severity;
  finding->has_family = TRUE;
  finding->family = TL_FAMILY_IPV6;
  finding->subject = g_strdup (subject);
  finding->interface = g_strdup ("wlp3s0");
  g_ptr_array_add (verdict->findings, finding);
}

static void
add_links (TlVerdict *verdict, gboolean vpn)
{
  TlUplink *uplink = g_new0 (TlUplink, 1);

  uplink->name = g_strdup ("Home Wi-Fi");
  uplink->interface = g_strdup ("wlp3s0");
  uplink->ifindex = 3;
  uplink->offers[TL_FAMILY_IPV4] = uplink->offers[TL_FAMILY_IPV6] = TRUE;
  g_ptr_array_add (verdict->uplinks, uplink);

  if (vpn) {
    TlTunnel *tunnel = g_new0 (TlTunnel, 1);

    tunnel->name = g_strdup ("Corp VPN");
    tunnel->kind = g_strdup ("openvpn");
    tunnel->interface = g_strdup ("tun0");
    tunnel->ifindex = 7;
    tunnel->managed = TRUE;
    tunnel->full = TRUE;
    tunnel->carries[TL_FAMILY_IPV4] = TRUE;
    g_ptr_array_add (verdict->tunnels, tunnel);
  }
}

static void
add_plan (Scene *to, TlFixId id, TlLasts lasts, TlFixReason reason, gboolean password)
{
  gboolean routes = id == TL_FIX_BLOCK_NOW;
  TlFixPlan *plan = g_new0 (TlFixPlan, 1);
  TlChange *change;

  plan->id = id;
  plan->changes = g_ptr_array_new ();
  change = tl_change_new (id == TL_FIX_OFF_ON_NETWORK ? TL_TARGET_PROFILE : TL_TARGET_LINK,
                          routes ? TL_SETTING_ROUTES : TL_SETTING_METHOD, TL_FAMILY_IPV6);
  change->target = g_strdup (routes ? "tun0" : id == TL_FIX_OFF_NOW ? "wlp3s0" : "Home Wi-Fi");
  change->from = g_strdup (routes ? "" : "auto");
  change->to = g_strdup (routes ? "::/0 metric 1 unreachable" : "disabled");
  plan->available = reason == TL_FIX_REASON_NONE;
  plan->reason = reason;
  plan->password = password;
  plan->lasts = lasts;
  g_ptr_array_add (plan->changes, change);
  g_ptr_array_add (to->plans, plan);
}

static const char *
describe_success (gboolean undo)
{
  static const TlFixOutcome outcome = { .result = TL_FIX_RESULT_VERIFIED };
  static char *words;

  words = tl_describe_outcome (&outcome, undo);
  return words;
}

static void
make_leak (Scene *to)
{
  TlVerdict *verdict = to->verdict;

  add_links (verdict, TRUE);
  verdict->state = TL_STATE_LEAK;
  verdict->four_case = (TlCase){ TL_YES, TL_NO, FALSE, TRUE };
  set_family (verdict, TL_FAMILY_IPV4, TRUE, TRUE, TL_STATUS_TUNNELLED);
  set_family (verdict, TL_FAMILY_IPV6, TRUE, FALSE, TL_STATUS_BYPASS);
  set_exit (verdict, "198.51.100.6", TL_EXIT_OWNER_TUNNEL);
  set_exit (verdict, "2001:db8:1:0:5054:ff:fe12:3456", TL_EXIT_OWNER_UPLINK);
  add_bypass (verdict, "2000::/3", "fe80::1");
  add_finding (verdict, TL_FINDING_BYPASS, TL_SEVERITY_LEAK, "2000::/3");
  add_finding (verdict, TL_FINDING_EXIT_UPLINK, TL_SEVERITY_LEAK, "2001:db8:1:0:5054:ff:fe12:3456");
  add_finding (verdict, TL_FINDING_RESOLVER_BYPASS, TL_SEVERITY_WARNING, "192.168.178.1");
  add_plan (to, TL_FIX_BLOCK_NOW, TL_LASTS_VPN, TL_FIX_REASON_NONE, FALSE);
  add_plan (to, TL_FIX_OFF_NOW, TL_LASTS_UPLINK, TL_FIX_REASON_SERVER, FALSE);
  add_plan (to, TL_FIX_OFF_ON_NETWORK, TL_LASTS_ALWAYS, TL_FIX_REASON_NONE, TRUE);
  to->snapshot.plans = to->plans;
}

static void
make_fixing (Scene *to)
{
  make_leak (to);
  to->snapshot.job = TL_JOB_FIX;
}

static void
make_undone (Scene *to)
{
  make_leak (to);
  to->snapshot.outcome = describe_success (TRUE);
}

static void
make_first (Scene *to)
{
  make_leak (to);
  to->snapshot.ask_consent = TRUE;
  to->snapshot.policy_error =
    "/etc/xdg/tunnel-light/policy.conf:3: Mode must be full, split or auto, not “most”";
  g_clear_pointer (&to->verdict->families[TL_FAMILY_IPV4].exit, tl_exit_unref);
  g_clear_pointer (&to->verdict->families[TL_FAMILY_IPV6].exit, tl_exit_unref);
}

static void
make_partial (Scene *to)
{
  static const char *const prefixes[] = { "2000::/5",  "2800::/6",  "2c00::/7",  "2e00::/8",
                                          "2f00::/9",  "2f80::/10", "2fc0::/11", "2fe0::/12",
                                          "2ff0::/13", "2ff8::/14" };

  TlTunnel *tunnel;

  make_leak (to);
  tunnel = g_ptr_array_index (to->verdict->tunnels, 0);
  tunnel->carries[TL_FAMILY_IPV6] = TRUE;
  set_family (to->verdict, TL_FAMILY_IPV6, TRUE, TRUE, TL_STATUS_PARTIAL);
  to->verdict->four_case = (TlCase){ TL_YES, TL_YES, FALSE, FALSE };
  g_array_set_size (to->verdict->families[TL_FAMILY_IPV6].bypass, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (prefixes); i++)
    add_bypass (to->verdict, prefixes[i], "fe80::1");
}

static void
make_fixed (Scene *to)
{
  static char *holds;
  const TlFixPlan *plan;

  make_leak (to);
  to->verdict->state = TL_STATE_SAFE;
  to->verdict->four_case = (TlCase){ TL_YES, TL_NO, TRUE, FALSE };
  set_family (to->verdict, TL_FAMILY_IPV6, TRUE, FALSE, TL_STATUS_BLOCKED);
  g_array_set_size (to->verdict->families[TL_FAMILY_IPV6].bypass, 0);
  empty (to->verdict->findings);
  g_clear_pointer (&to->verdict->families[TL_FAMILY_IPV6].exit, tl_exit_unref);
  plan = g_ptr_array_index (to->plans, 0);
  holds = tl_describe_fix_holds (plan->id, plan->changes, to->verdict);
  to->snapshot.plans = NULL;
  to->snapshot.can_undo = TRUE;
  to->snapshot.holds = holds;
  to->snapshot.outcome = describe_success (FALSE);
}

static void
make_safe (Scene *to)
{
  TlTunnel *tunnel;

  make_leak (to);
  tunnel = g_ptr_array_index (to->verdict->tunnels, 0);
  tunnel->carries[TL_FAMILY_IPV6] = TRUE;
  to->verdict->state = TL_STATE_SAFE;
  to->verdict->four_case = (TlCase){ TL_YES, TL_YES, FALSE, FALSE };
  set_family (to->verdict, TL_FAMILY_IPV6, TRUE, TRUE, TL_STATUS_TUNNELLED);
  set_exit (to->verdict, "2001:db8:c0::5", TL_EXIT_OWNER_TUNNEL);
  g_array_set_size (to->verdict->families[TL_FAMILY_IPV6].bypass, 0);
  empty (to->verdict->findings);
  to->snapshot.plans = NULL;
}

static void
make_split (Scene *to)
{
  make_leak (to);
  to->verdict->state = TL_STATE_SPLIT;
  set_family (to->verdict, TL_FAMILY_IPV4, TRUE, TRUE, TL_STATUS_PARTIAL);
  set_exit (to->verdict, "192.0.2.77", TL_EXIT_OWNER_UPLINK);
  add_bypass (to->verdict, "0.0.0.0/1", "192.168.178.1");
  empty (to->verdict->findings);
  to->snapshot.plans = NULL;
}

static void
make_unknown (Scene *to)
{
  make_leak (to);
  to->verdict->state = TL_STATE_UNKNOWN;
  to->verdict->four_case = (TlCase){ TL_YES, TL_MAYBE, FALSE, FALSE };
  set_family (to->verdict, TL_FAMILY_IPV6, TRUE, FALSE, TL_STATUS_UNKNOWN);
  g_array_set_size (to->verdict->families[TL_FAMILY_IPV6].bypass, 0);
  empty (to->verdict->findings);
  add_finding (to->verdict, TL_FINDING_IPSEC, TL_SEVERITY_INFO, NULL);
  to->snapshot.plans = NULL;
}

static void
make_no_vpn (Scene *to)
{
  add_links (to->verdict, FALSE);
  to->verdict->state = TL_STATE_NO_VPN;
  to->verdict->four_case = (TlCase){ TL_YES, TL_NO, FALSE, FALSE };
  set_family (to->verdict, TL_FAMILY_IPV4, TRUE, FALSE, TL_STATUS_BYPASS);
  set_family (to->verdict, TL_FAMILY_IPV6, TRUE, FALSE, TL_STATUS_BYPASS);
  add_bypass (to->verdict, "2000::/3", "fe80::1");
}

static void
make_checking (Scene *to)
{
  make_leak (to);
  to->snapshot.plans = NULL;
  to->snapshot.outcome = describe_success (FALSE);
  to->snapshot.light = TL_STATE_CHECKING;
}

static const struct {
  const char *name;
  void (*make) (Scene *to);
} scenes[] = {
  { "no-vpn", make_no_vpn },   { "checking", make_checking }, { "leak", make_leak },
  { "first", make_first },     { "fixing", make_fixing },     { "undone", make_undone },
  { "partial", make_partial }, { "fixed", make_fixed },       { "safe", make_safe },
  { "split", make_split },     { "unknown", make_unknown },
};

static gboolean
make_scene (const char *name)
{
  TlVerdict *verdict = &scene_verdict;

  for (gsize i = 0; i < G_N_ELEMENTS (scenes); i++) {
    if (strcmp (scenes[i].name, name) != 0)
      continue;

    verdict->tunnels = g_ptr_array_new ();
    verdict->uplinks = g_ptr_array_new ();
    verdict->findings = g_ptr_array_new ();
    for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++)
      verdict->families[family].bypass = g_array_new (FALSE, FALSE, sizeof (TlBypass));
    scene.verdict = verdict;
    scene.plans = g_ptr_array_new ();
    scene.snapshot.verdict = verdict;
    scene.snapshot.light = TL_N_STATES;
    scene.snapshot.checked_at = g_get_real_time () - 12 * G_USEC_PER_SEC;
    scenes[i].make (&scene);
    if (scene.snapshot.light == TL_N_STATES)
      scene.snapshot.light = verdict->state;
    return TRUE;
  }
  return FALSE;
}

static gboolean
on_drawn (gpointer user_data)
{
  GtkWidget *window = GTK_WIDGET (user_data);
  GdkWindow *gdk_window = gtk_widget_get_window (window);
  g_autoptr (GdkPixbuf) pixbuf = NULL;
  g_autoptr (GError) error = NULL;
  int least;

  gtk_widget_get_preferred_width (gtk_bin_get_child (GTK_BIN (window)), &least, NULL);
  if (least > width)
    g_printerr ("%s does not fit: it needs %d pixels\n", file, least);
  pixbuf = gdk_pixbuf_get_from_window (gdk_window, 0, 0, gdk_window_get_width (gdk_window),
                                       gdk_window_get_height (gdk_window));
  if (gdk_pixbuf_save (pixbuf, file, "png", &error, NULL))
    exit_status = least > width;
  else
    g_printerr ("%s\n", error->message);
  gtk_widget_destroy (window);
  return G_SOURCE_REMOVE;
}

/* Not before the window is there: on a cold computer its theme and fonts take their time. */
static gboolean
on_mapped (GtkWidget *window)
{
  g_timeout_add (500, on_drawn, window);
  return GDK_EVENT_PROPAGATE;
}

static void
on_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
}

static void
on_activate (GtkApplication *application)
{
  static const GActionEntry actions[] = {
    { "check", on_action }, { "fix", on_action, "s" },     { "fix-first", on_action },
    { "undo", on_action },  { "consent", on_action, "b" }, { "about", on_action },
    { "quit", on_action },
  };
  TlWindow *window;

  g_action_map_add_action_entries (G_ACTION_MAP (application), actions, G_N_ELEMENTS (actions),
                                   NULL);
  gtk_icon_theme_append_search_path (gtk_icon_theme_get_default (), TL_ICON_DIR);
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", FALSE, NULL);
  window = tl_window_new (application);
  tl_window_update (window, &scene.snapshot);
  gtk_window_resize (GTK_WINDOW (window), width, 1500);
  g_signal_connect (window, "map-event", G_CALLBACK (on_mapped), NULL);
  gtk_window_present (GTK_WINDOW (window));
}

int
main (int argc, char *argv[])
{
  g_autoptr (GtkApplication) application = NULL;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, g_getenv ("TL_LOCALE_DIR"));
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  if (argc != 4 || !make_scene (argv[1])) {
    for (gsize i = 0; i < G_N_ELEMENTS (scenes); i++)
      g_print ("%s\n", scenes[i].name);
    return argc == 1 ? 0 : 3;
  }

  width = atoi (argv[2]);
  file = argv[3];
  application = gtk_application_new (NULL, G_APPLICATION_NON_UNIQUE);
  g_signal_connect (application, "activate", G_CALLBACK (on_activate), NULL);
  g_application_run (G_APPLICATION (application), 0, NULL);
  return exit_status;
}
