/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/undo-check.h"
#include "app/undoable.h"
#include "observation-text.h"

#define HOME_THAT_BLOCKS "activation eth0 802-3-ethernet Home blocks ::/0;"
#define BLOCK            "6 unreachable default metric 1 proto static;"
#define BLOCK_ON_LO      "6 unreachable default dev lo metric 1 proto static;"

static TlJournalEntry *
entry_new (TlFixId fix, TlChange *change)
{
  TlJournalEntry *entry = tl_journal_entry_new (fix);

  g_ptr_array_add (entry->changes, change);
  return entry;
}

static TlJournalEntry *
block_new (void)
{
  TlChange *change = tl_change_new (TL_TARGET_LINK, TL_SETTING_ROUTES, TL_FAMILY_IPV6);
  TlPrefix everything = { .address.family = TL_FAMILY_IPV6 };

  change->target = g_strdup ("tun0");
  change->ifindex = 3;
  g_array_append_val (change->routes, everything);
  return entry_new (TL_FIX_BLOCK_NOW, change);
}

static TlJournalEntry *
off_new (TlTargetKind kind, const char *activation)
{
  TlChange *change = tl_change_new (kind, TL_SETTING_METHOD, TL_FAMILY_IPV6);

  change->target = g_strdup ("eth0");
  change->ifindex = 2;
  change->activation = g_strdup (activation);
  return entry_new (kind == TL_TARGET_LINK ? TL_FIX_OFF_NOW : TL_FIX_OFF_ON_NETWORK, change);
}

static GPtrArray *
journal_new (TlJournalEntry *first, TlJournalEntry *second)
{
  GPtrArray *written = g_ptr_array_new_with_free_func ((GDestroyNotify)tl_journal_entry_free);

  g_ptr_array_add (written, first);
  if (second != NULL)
    g_ptr_array_add (written, second);
  return written;
}

/* The names of what can be undone, in order. */
static char *
undoable (const GPtrArray *written, const char *net, const char *nm)
{
  g_autoptr (TlObservation) observation = observation_text_parse (net, nm, "");
  g_autoptr (TlVerdict) verdict = tl_judge (observation, NULL);
  g_autoptr (GPtrArray) entries = tl_undoable_entries (written, observation, verdict);
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < entries->len; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? " " : "",
                            tl_fix_id_to_string (((TlJournalEntry *)entries->pdata[i])->fix));
  return g_string_free (names, FALSE);
}

static void
test_newest_first (void)
{
  g_autoptr (GPtrArray) written = journal_new (off_new (TL_TARGET_PROFILE, NULL), block_new ());
  g_autofree char *names = undoable (written, LINE TUN BLOCK, VPN);

  g_assert_cmpstr (names, ==, "block-now off-on-network");
}

static void
test_gone (void)
{
  g_autoptr (GPtrArray) written =
    journal_new (block_new (), off_new (TL_TARGET_LINK, "/activation/of/yesterday"));
  g_autofree char *names = undoable (written, LINE TUN, VPN);
  g_autofree char *blocked = undoable (written, LINE TUN BLOCK, VPN);

  g_assert_cmpstr (names, ==, "");
  g_assert_cmpstr (blocked, ==, "block-now");
}

/* Without a journal: on the VPN's link it may be the VPN's own, without a VPN it is ours. */
static void
test_by_shape (void)
{
  g_autoptr (GPtrArray) none =
    g_ptr_array_new_with_free_func ((GDestroyNotify)tl_journal_entry_free);
  g_autoptr (GPtrArray) written = journal_new (block_new (), NULL);
  g_autofree char *with_vpn = undoable (none, LINE TUN BLOCK, VPN);
  g_autofree char *without_vpn = undoable (none, LINE BLOCK, HOME);
  g_autofree char *once = undoable (written, LINE BLOCK, HOME);
  g_autofree char *others =
    undoable (none, LINE "6 unreachable default metric 2 proto static", HOME);

  g_assert_cmpstr (with_vpn, ==, "");
  g_assert_cmpstr (without_vpn, ==, "block-now");
  g_assert_cmpstr (once, ==, "block-now");
  g_assert_cmpstr (others, ==, "");
}

/* What a profile sets is a setting, also where the journal has a block of the same range. */
static void
test_set_by_a_profile (void)
{
  g_autoptr (GPtrArray) none =
    g_ptr_array_new_with_free_func ((GDestroyNotify)tl_journal_entry_free);
  g_autoptr (GPtrArray) written = journal_new (block_new (), NULL);
  g_autofree char *home = undoable (none, LINE BLOCK, HOME_THAT_BLOCKS);
  g_autofree char *forgotten = undoable (written, LINE BLOCK, HOME_THAT_BLOCKS);
  g_autofree char *beside =
    undoable (none, LINE BLOCK "6 unreachable 2000::/4 metric 1 proto static", HOME_THAT_BLOCKS);

  g_assert_cmpstr (home, ==, "");
  g_assert_cmpstr (forgotten, ==, "");
  g_assert_cmpstr (beside, ==, "block-now");
}

/* A reset of the loopback link would take away what a profile sets. */
static void
test_loopback (void)
{
  g_autoptr (TlObservation) ours = observation_text_parse (LINE BLOCK_ON_LO, HOME, "");
  g_autoptr (TlObservation) set = observation_text_parse (LINE BLOCK_ON_LO, HOME_THAT_BLOCKS, "");

  g_assert_true (tl_may_reset_loopback (ours));
  g_assert_false (tl_may_reset_loopback (set));
}

static void
test_by_shape_on_the_tunnel (void)
{
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  g_autoptr (TlObservation) observation = observation_text_parse (LINE TUN BLOCK, VPN, "");
  g_autoptr (TlVerdict) verdict = tl_judge (observation, NULL);
  g_autoptr (TlJournalEntry) entry = tl_undoable_by_shape (none, observation, verdict);
  const TlChange *change;

  g_assert_nonnull (entry);
  g_assert_null (entry->id);
  g_assert_cmpuint (entry->changes->len, ==, 1);
  change = entry->changes->pdata[0];
  g_assert_cmpstr (change->target, ==, "tun0");
  g_assert_cmpstr (change->to, ==, "::/0 metric 1 unreachable");
}

/* What is in memory only does not outlive the boot or NetworkManager; what the kernel has does. */
static void
test_another_life (void)
{
  TlJournalEntry *off = off_new (TL_TARGET_LINK, NULL);
  TlJournalEntry *block = block_new ();
  g_autoptr (GPtrArray) written = journal_new (off, block);
  g_autofree char *same = undoable (written, LINE TUN BLOCK, VPN);
  g_autofree char *other_nm = NULL;
  g_autofree char *other_boot = NULL;

  g_assert_cmpstr (same, ==, "block-now off-now");

  off->nm_bus_name = g_strdup (":1.99");
  block->nm_bus_name = g_strdup (":1.99");
  other_nm = undoable (written, LINE TUN BLOCK, VPN);
  g_assert_cmpstr (other_nm, ==, "block-now");

  g_free (off->boot_id);
  off->boot_id = g_strdup ("yesterday");
  g_free (block->boot_id);
  block->boot_id = g_strdup ("yesterday");
  other_boot = undoable (written, LINE TUN BLOCK, VPN);
  g_assert_cmpstr (other_boot, ==, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/undoable/newest-first", test_newest_first);
  g_test_add_func ("/undoable/gone", test_gone);
  g_test_add_func ("/undoable/by-shape", test_by_shape);
  g_test_add_func ("/undoable/set-by-a-profile", test_set_by_a_profile);
  g_test_add_func ("/undoable/loopback", test_loopback);
  g_test_add_func ("/undoable/by-shape-on-the-tunnel", test_by_shape_on_the_tunnel);
  g_test_add_func ("/undoable/another-life", test_another_life);

  return g_test_run ();
}
