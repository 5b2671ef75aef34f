/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/kernel-check.h"

#include "net-text.h"

#define HOME                                                                                       \
  "link 2 eth0; addr eth0 192.168.1.5/24; link 3 tun0 tun; addr tun0 10.8.0.2/24;"                 \
  "4 default dev tun0 metric 50;"

/* A kernel that answers as @tables have it, so many times. */
typedef struct {
  TlNetState *tables;
  guint answers;
  guint asked;
} Kernel;

static gboolean
ask (const TlAddress *address, TlEgress *ret_egress, gpointer user_data)
{
  Kernel *kernel = user_data;

  if (++kernel->asked > kernel->answers)
    return FALSE;

  tl_egress_compute (kernel->tables, address, 0, ret_egress);
  return TRUE;
}

/* Returns: the kernel's word of what @read gives, and in @ret_text the coverage that counts */
static TlKernelWord
check (const char *read, const char *real, guint answers, guint *ret_asked, char **ret_text)
{
  g_autoptr (TlNetState) net = net_text_parse (read);
  g_autoptr (TlNetState) tables = net_text_parse (real);
  g_autoptr (TlCoverage) computed = tl_coverage_compute (net, TL_FAMILY_IPV4, 0, NULL);
  g_autoptr (TlCoverage) checked = tl_coverage_ref (computed);
  Kernel kernel = { .tables = tables, .answers = answers };
  TlKernelWord word = tl_kernel_compare (computed, ask, &kernel);

  if (word == TL_KERNEL_DIFFERS) {
    tl_coverage_unref (checked);
    checked = tl_kernel_enumerate (computed, net, ask, &kernel, &word);
  }
  *ret_asked = kernel.asked;
  *ret_text = net_text_coverage (net, checked);
  return word;
}

static void
test_confirms (void)
{
  g_autofree char *text = NULL;
  guint asked = 0;

  g_assert_cmpint (check (HOME, HOME, G_MAXUINT, &asked, &text), ==, TL_KERNEL_CONFIRMS);
  g_assert_cmpuint (asked, >, 0);
}

/* Any next hop of a multipath route is right. */
static void
test_confirms_multipath (void)
{
  const char *two = HOME "4 9.0.0.0/8 nexthop dev tun0 nexthop via 192.168.1.1 dev eth0";
  const char *second = HOME "4 9.0.0.0/8 via 192.168.1.1 dev eth0";
  g_autofree char *text = NULL;
  guint asked = 0;

  g_assert_cmpint (check (two, second, G_MAXUINT, &asked, &text), ==, TL_KERNEL_CONFIRMS);
}

/* All that the kernel has is found, whatever was read. */
static void
assert_enumerated (const char *read, const char *real)
{
  g_autoptr (TlNetState) net = net_text_parse (real);
  g_autoptr (TlCoverage) right = tl_coverage_compute (net, TL_FAMILY_IPV4, 0, NULL);
  g_autofree char *expected = net_text_coverage (net, right);
  g_autofree char *text = NULL;
  guint asked = 0;

  g_assert_cmpint (check (read, real, G_MAXUINT, &asked, &text), ==, TL_KERNEL_DIFFERS);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_differs (void)
{
  assert_enumerated (HOME "4 9.0.0.0/8 dev tun0", HOME "4 9.0.0.0/8 via 192.168.1.1 dev eth0");
}

/* A route that the kernel passes over for reasons of its own hid others, of another table. */
static void
test_passed_over (void)
{
  const char *behind = HOME "rule 9 lookup 100; 4 9.1.2.0/24 via 192.168.1.1 dev eth0;";
  g_autofree char *read =
    g_strconcat (behind, "4 9.0.0.0/8 via 192.168.1.9 dev eth0 table 100", NULL);

  assert_enumerated (read, behind);
}

/* A part of a range of which no table has told. */
static void
test_unknown_part (void)
{
  assert_enumerated (HOME "4 9.0.0.0/8 dev tun0",
                     HOME "4 9.0.0.0/8 dev tun0; 4 9.128.0.0/10 via 192.168.1.1 dev eth0");
}

/* That the kernel has picked the tunnel for one address says nothing of the next. */
static void
test_keeps_multipath (void)
{
  const char *two = HOME "4 9.0.0.0/8 nexthop dev tun0 nexthop via 192.168.1.1 dev eth0;";
  g_autofree char *read = g_strconcat (two, "4 11.0.0.0/8 dev tun0", NULL);
  g_autofree char *real = g_strconcat (two, "4 11.0.0.0/8 via 192.168.1.1 dev eth0", NULL);

  assert_enumerated (read, real);
}

/* No answer is no agreement, and who is silent is not asked on and on. */
static void
test_silent (void)
{
  g_autofree char *text = NULL;
  guint asked = 0;

  g_assert_cmpint (check (HOME, HOME, 1, &asked, &text), ==, TL_KERNEL_SILENT);
  g_assert_cmpuint (asked, ==, 2);
}

/* It was wrong somewhere, and not every range could be asked for. */
static void
test_silent_while_enumerated (void)
{
  const char *real = HOME "4 9.0.0.0/8 via 192.168.1.1 dev eth0";
  const char *read = HOME "4 9.0.0.0/8 dev tun0 proto static";
  g_autofree char *all = NULL;
  g_autofree char *text = NULL;
  guint asked = 0;

  check (read, real, G_MAXUINT, &asked, &all);
  g_assert_cmpint (check (read, real, asked - 1, &asked, &text), ==, TL_KERNEL_SILENT);
}

/* More ranges than are asked for. */
static void
test_too_many (void)
{
  g_autoptr (GString) read = g_string_new (HOME);
  g_autofree char *text = NULL;
  guint asked = 0;

  for (guint i = 0; i < 5000; i++)
    g_string_append_printf (read, "4 9.%u.%u.0/25 via 192.168.1.1 dev eth0;", i / 250, i % 250);
  g_assert_cmpint (check (read->str, HOME, G_MAXUINT, &asked, &text), ==, TL_KERNEL_SILENT);
  g_assert_cmpuint (asked, <, 10000);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/kernel-check/confirms", test_confirms);
  g_test_add_func ("/kernel-check/confirms-multipath", test_confirms_multipath);
  g_test_add_func ("/kernel-check/differs", test_differs);
  g_test_add_func ("/kernel-check/passed-over", test_passed_over);
  g_test_add_func ("/kernel-check/unknown-part", test_unknown_part);
  g_test_add_func ("/kernel-check/keeps-multipath", test_keeps_multipath);
  g_test_add_func ("/kernel-check/silent", test_silent);
  g_test_add_func ("/kernel-check/silent-while-enumerated", test_silent_while_enumerated);
  g_test_add_func ("/kernel-check/too-many", test_too_many);

  return g_test_run ();
}
