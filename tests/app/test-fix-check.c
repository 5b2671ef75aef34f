/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/fix-check.h"
#include "observation-text.h"

/* What the fix says it changes. */
typedef enum {
  BLOCKS,    /* on the tunnel's link */
  IPV6_OFF,  /* on the uplink */
  A_PROFILE, /* no link at all */
} Fix;

typedef struct {
  const char *name;
  Fix fix;
  const char *before;
  const char *after;
  const char *lost; /* NULL: nothing */
} Case;

#define WIRED  "link 2 eth0; addr eth0 192.168.1.5/24; addr eth0 2001:db8:1::5/64;"
#define TUNNEL WIRED "link 3 tun0 tun;"
#define CARRIES                                                                                    \
  TUNNEL "4 8.0.0.0/8 metric 5 nexthop via 192.168.1.1 dev eth0 weight 1 nexthop dev tun0"

static const Case cases[] = {
  { "same", BLOCKS, TUNNEL "4 8.0.0.0/8 dev tun0", TUNNEL "4 8.0.0.0/8 dev tun0", NULL },
  { "route", BLOCKS, TUNNEL "4 8.0.0.0/8 dev tun0", TUNNEL, "8.0.0.0/8" },
  { "address", BLOCKS, TUNNEL "addr tun0 10.8.0.2/24", TUNNEL, "10.8.0.2" },
  { "link-local-address", BLOCKS, TUNNEL "addr tun0 fe80::7/64 scope link", TUNNEL, NULL },
  { "metric", BLOCKS, TUNNEL "4 8.0.0.0/8 dev tun0 metric 5",
    TUNNEL "4 8.0.0.0/8 dev tun0 metric 6", NULL },
  { "gateway", IPV6_OFF, WIRED "4 default via 192.168.1.1 dev eth0",
    WIRED "4 default via 192.168.1.2 dev eth0", "0.0.0.0/0" },
  { "table", BLOCKS, TUNNEL "4 8.0.0.0/8 dev tun0 table 7", TUNNEL "4 8.0.0.0/8 dev tun0",
    "8.0.0.0/8" },
  { "of-another-link", BLOCKS, TUNNEL "4 8.0.0.0/8 via 192.168.1.1 dev eth0", TUNNEL, NULL },
  { "no-link-touched", A_PROFILE, TUNNEL "4 8.0.0.0/8 dev tun0", TUNNEL, NULL },
  { "the-family-that-goes", IPV6_OFF, WIRED "6 default via fe80::1 dev eth0",
    "link 2 eth0; addr eth0 192.168.1.5/24", NULL },
  { "the-family-that-stays", IPV6_OFF, WIRED "4 8.0.0.0/8 via 192.168.1.1 dev eth0", WIRED,
    "8.0.0.0/8" },
  { "second-hop", BLOCKS, CARRIES, TUNNEL "4 8.0.0.0/8 via 192.168.1.1 dev eth0 metric 5",
    "8.0.0.0/8" },
  { "second-hop-stays", BLOCKS, CARRIES, TUNNEL "4 8.0.0.0/8 dev tun0", NULL },
  { "hops-change-places", BLOCKS, CARRIES,
    TUNNEL "4 8.0.0.0/8 metric 5 nexthop dev tun0 nexthop via 192.168.1.1 dev eth0", NULL },
};

static GPtrArray *
changes_of (Fix fix)
{
  GPtrArray *changes = g_ptr_array_new_with_free_func ((GDestroyNotify)tl_change_free);
  TlChange *change =
    tl_change_new (fix == A_PROFILE ? TL_TARGET_PROFILE : TL_TARGET_LINK,
                   fix == IPV6_OFF ? TL_SETTING_METHOD : TL_SETTING_ROUTES, TL_FAMILY_IPV6);

  change->ifindex = fix == IPV6_OFF ? 2 : 3;
  g_ptr_array_add (changes, change);
  return changes;
}

static void
test_lost (gconstpointer data)
{
  const Case *item = data;
  g_autoptr (TlNetState) before = net_text_parse (item->before);
  g_autoptr (TlNetState) after = net_text_parse (item->after);
  g_autoptr (GPtrArray) changes = changes_of (item->fix);
  g_autofree char *lost = tl_find_lost (before, after, changes);

  g_assert_cmpstr (lost, ==, item->lost);
}

static void
test_ended_link (void)
{
  g_autoptr (TlNetState) with = net_text_parse (TUNNEL);
  g_autoptr (TlNetState) without = net_text_parse (WIRED);
  g_autoptr (GPtrArray) changes = changes_of (BLOCKS);

  ((TlChange *)changes->pdata[0])->target = g_strdup ("tun0");
  g_assert_null (tl_find_ended_link (with, changes));
  g_assert_cmpstr (tl_find_ended_link (without, changes), ==, "tun0");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strdup_printf ("/fix-check/lost/%s", cases[i].name);

    g_test_add_data_func (path, &cases[i], test_lost);
  }
  g_test_add_func ("/fix-check/ended-link", test_ended_link);

  return g_test_run ();
}
