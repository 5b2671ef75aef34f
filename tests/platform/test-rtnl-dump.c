/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

/* Dumps of a kernel made up: the real one cannot be told to stammer. */

#include "platform/rtnl-dump.h"
#include "platform/rtnl-socket.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

/* How a table is answered. */
typedef struct {
  guint table;
  int refusal;       /* an errno, instead of the table */
  guint n_malformed; /* so many dumps of it begin with a message that breaks off */
} Answer;

/* The kernel: what it was asked last, and what it says. In place of platform/rtnl-socket.c. */
struct _TlRtnlSocket {
  guint32 sequence;
  gboolean asked;
  guint16 type;
  guint8 family;
  Answer answer;
  const guint32 *metrics; /* (nullable) (array zero-terminated=1): of its IPv6 routes */
  guint n_dumps;
  _Alignas(struct nlmsghdr) guint8 buffer[1024];
};

static TlRtnlSocket kernel;

TlRtnlSocket *
tl_rtnl_socket_new (gboolean blocking, gsize buffer_size, GError **error)
{
  return &kernel;
}

void
tl_rtnl_socket_free (TlRtnlSocket *self)
{
}

int
tl_rtnl_socket_get_fd (TlRtnlSocket *self)
{
  return -1;
}

gboolean
tl_rtnl_socket_join (TlRtnlSocket *self, guint group, GError **error)
{
  return TRUE;
}

gboolean
tl_rtnl_socket_check_strictly (TlRtnlSocket *self)
{
  return TRUE;
}

guint32
tl_rtnl_socket_send (TlRtnlSocket *self, struct nlmsghdr *message, GError **error)
{
  self->asked = TRUE;
  self->type = message->nlmsg_type;
  self->family = *(const guint8 *)mnl_nlmsg_get_payload (message);
  return ++self->sequence;
}

static guint
table_asked (const TlRtnlSocket *self)
{
  gboolean ipv6 = self->family == AF_INET6;

  switch (self->type) {
  case RTM_GETLINK:
    return TL_RTNL_LINKS;
  case RTM_GETADDR:
    return TL_RTNL_ADDRESSES;
  case RTM_GETROUTE:
    return ipv6 ? TL_RTNL_ROUTES_IPV6 : TL_RTNL_ROUTES_IPV4;
  default:
    return ipv6 ? TL_RTNL_RULES_IPV6 : TL_RTNL_RULES_IPV4;
  }
}

static struct nlmsghdr *
put_message (TlRtnlSocket *self, gsize at, guint16 type)
{
  struct nlmsghdr *message = mnl_nlmsg_put_header (self->buffer + at);

  message->nlmsg_type = type;
  message->nlmsg_flags = NLM_F_MULTI;
  message->nlmsg_seq = self->sequence;
  return message;
}

/* Returns: the message's length */
static gsize
put_route (TlRtnlSocket *self, gsize at, guint32 metric)
{
  struct nlmsghdr *message = put_message (self, at, RTM_NEWROUTE);
  struct rtmsg *header = mnl_nlmsg_put_extra_header (message, sizeof *header);

  header->rtm_family = AF_INET6;
  header->rtm_table = RT_TABLE_MAIN;
  header->rtm_type = RTN_UNICAST;
  mnl_attr_put_u32 (message, RTA_OIF, 2);
  mnl_attr_put_u32 (message, RTA_PRIORITY, metric);
  return message->nlmsg_len;
}

/* Everything of a table in one datagram: a message that breaks off where it should, and the end. */
int
tl_rtnl_socket_receive (TlRtnlSocket *self, gconstpointer *ret_bytes, gsize *ret_length)
{
  gboolean meant = self->answer.table == table_asked (self);
  struct nlmsghdr *message;
  gsize length = 0;

  if (!self->asked)
    return EAGAIN;

  self->asked = FALSE;
  self->n_dumps++;
  if (meant && self->answer.n_malformed > 0) {
    self->answer.n_malformed--;
    length = put_message (self, 0, self->type - RTM_GETLINK + RTM_NEWLINK)->nlmsg_len;
  }
  if (self->metrics != NULL && table_asked (self) == TL_RTNL_ROUTES_IPV6) {
    for (gsize i = 0; self->metrics[i] != 0; i++)
      length += put_route (self, length, self->metrics[i]);
  }
  message = put_message (self, length, NLMSG_DONE);
  *(int *)mnl_nlmsg_put_extra_header (message, sizeof (int)) = meant ? -self->answer.refusal : 0;
  *ret_bytes = self->buffer;
  *ret_length = length + message->nlmsg_len;
  return 0;
}

/* Runs as often as it takes until nothing is stale, and returns how often. */
static guint
read_tables (TlRtnlDump *dump, guint most)
{
  guint n = 0;

  while (tl_rtnl_dump_is_stale (dump) && n < most) {
    tl_rtnl_dump_start (dump);
    while (tl_rtnl_dump_is_running (dump))
      tl_rtnl_dump_continue (dump, G_MAXINT64);
    n++;
  }
  return n;
}

static TlRtnlDump *
dump_new (Answer answer)
{
  memset (&kernel, 0, sizeof kernel);
  kernel.answer = answer;
  return tl_rtnl_dump_new (NULL);
}

static void
test_whole (void)
{
  g_autoptr (TlRtnlDump) dump = dump_new ((Answer){ 0 });
  g_autoptr (TlNetState) state = NULL;

  g_assert_cmpuint (read_tables (dump, 10), ==, 1);
  g_assert_cmpuint (kernel.n_dumps, ==, 6);
  state = tl_rtnl_dump_get_state (dump);
  g_assert_false (state->incomplete[TL_FAMILY_IPV4]);
  g_assert_false (state->incomplete[TL_FAMILY_IPV6]);
}

static TlNetState *
read_with_metrics (TlRtnlDump *dump, const guint32 *metrics)
{
  kernel.metrics = metrics;
  tl_rtnl_dump_invalidate (dump, TL_RTNL_ALL_TABLES);
  read_tables (dump, 10);
  return tl_rtnl_dump_get_state (dump);
}

/* Tables in which nothing is different are the same object, whatever they were in between. */
static void
test_same (void)
{
  const guint32 first[] = { 100, 200, 300, 0 };
  const guint32 others[][4] = { { 50, 200, 300 }, { 100, 200, 400 }, { 100, 200 }, { 0 } };
  g_autoptr (TlRtnlDump) dump = dump_new ((Answer){ 0 });
  g_autoptr (TlNetState) state = read_with_metrics (dump, first);

  g_assert_cmpuint (state->routes[TL_FAMILY_IPV6]->len, ==, 3);
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++) {
    g_autoptr (TlNetState) same = read_with_metrics (dump, first);
    g_autoptr (TlNetState) other = NULL;
    g_autoptr (TlNetState) back = NULL;

    g_assert_true (same == state);
    kernel.metrics = others[i];
    tl_rtnl_dump_invalidate (dump, TL_RTNL_ROUTES_IPV6);
    read_tables (dump, 10);
    back = read_with_metrics (dump, first);
    g_assert_true (back == state);

    other = read_with_metrics (dump, others[i]);
    g_assert_false (tl_net_state_equal (other, state));
    g_clear_pointer (&state, tl_net_state_unref);
    state = read_with_metrics (dump, first);
    g_assert_true (state != other);
    g_assert_false (tl_net_state_equal (other, state));
  }
}

/* What was malformed once is read again, and that alone. */
static void
test_malformed_once (void)
{
  g_autoptr (TlRtnlDump) dump = dump_new ((Answer){ TL_RTNL_ROUTES_IPV6, 0, 1 });
  g_autoptr (TlNetState) state = NULL;

  g_assert_cmpuint (read_tables (dump, 1), ==, 1);
  g_assert_false (tl_rtnl_dump_is_complete (dump));
  g_assert_cmpuint (read_tables (dump, 10), ==, 1);
  g_assert_cmpuint (kernel.n_dumps, ==, 7);
  state = tl_rtnl_dump_get_state (dump);
  g_assert_false (state->incomplete[TL_FAMILY_IPV6]);
}

/* What stays malformed is no whole table, until it is. */
static void
test_malformed (gconstpointer data)
{
  guint table = GPOINTER_TO_UINT (data);
  g_autoptr (TlRtnlDump) dump = dump_new ((Answer){ table, 0, 2 });
  g_autoptr (TlNetState) garbled = NULL;
  g_autoptr (TlNetState) whole = NULL;

  g_assert_cmpuint (read_tables (dump, 10), ==, 2);
  g_assert_true (tl_rtnl_dump_is_complete (dump));
  garbled = tl_rtnl_dump_get_state (dump);
  g_assert_cmpint (garbled->incomplete[TL_FAMILY_IPV4], ==,
                   (table & (TL_RTNL_ROUTES_IPV6 | TL_RTNL_RULES_IPV6)) == 0);
  g_assert_cmpint (garbled->incomplete[TL_FAMILY_IPV6], ==,
                   (table & (TL_RTNL_ROUTES_IPV4 | TL_RTNL_RULES_IPV4)) == 0);

  tl_rtnl_dump_invalidate (dump, table);
  g_assert_cmpuint (read_tables (dump, 10), ==, 1);
  whole = tl_rtnl_dump_get_state (dump);
  g_assert_false (whole->incomplete[TL_FAMILY_IPV4]);
  g_assert_false (whole->incomplete[TL_FAMILY_IPV6]);
  g_assert_false (tl_net_state_equal (garbled, whole));
}

/* A kernel without policy routing does what the rules would say that others begin with. */
static void
test_no_rules (void)
{
  const guint32 tables[] = { RT_TABLE_LOCAL, RT_TABLE_MAIN, RT_TABLE_DEFAULT };
  g_autoptr (TlRtnlDump) dump = dump_new ((Answer){ TL_RTNL_RULES_IPV4, EOPNOTSUPP, 0 });
  g_autoptr (TlNetState) state = NULL;
  const GArray *rules;

  g_assert_cmpuint (read_tables (dump, 10), ==, 1);
  state = tl_rtnl_dump_get_state (dump);
  rules = state->rules[TL_FAMILY_IPV4];
  g_assert_cmpuint (rules->len, ==, G_N_ELEMENTS (tables));
  for (guint i = 0; i < rules->len; i++) {
    const TlRule *rule = &g_array_index (rules, TlRule, i);

    g_assert_cmpuint (rule->action, ==, FR_ACT_TO_TBL);
    g_assert_cmpuint (rule->table, ==, tables[i]);
    g_assert_cmpint (rule->suppress_prefix_length, ==, -1);
    g_assert_cmpint (rule->suppress_group, ==, -1);
  }
}

static void
test_no_ipv6 (void)
{
  g_autoptr (TlRtnlDump) dump = dump_new ((Answer){ TL_RTNL_ROUTES_IPV6, EAFNOSUPPORT, 0 });

  g_assert_cmpuint (read_tables (dump, 10), ==, 1);
  g_assert_true (tl_rtnl_dump_is_complete (dump));
}

/* Every kernel has links, addresses and IPv4 routes: to be refused these is no empty table. */
static void
test_refused (gconstpointer data)
{
  g_autoptr (TlRtnlDump) dump = dump_new ((Answer){ GPOINTER_TO_UINT (data), EOPNOTSUPP, 0 });

  g_assert_cmpuint (read_tables (dump, 3), ==, 3);
  g_assert_false (tl_rtnl_dump_is_complete (dump));
}

static void
add_for_table (const char *path, guint table, GTestDataFunc test)
{
  g_autofree char *full = g_strdup_printf ("/rtnl-dump/%s/%u", path, table);

  g_test_add_data_func (full, GUINT_TO_POINTER (table), test);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/rtnl-dump/whole", test_whole);
  g_test_add_func ("/rtnl-dump/same", test_same);
  g_test_add_func ("/rtnl-dump/malformed-once", test_malformed_once);
  for (guint table = 1; table <= TL_RTNL_ALL_TABLES; table <<= 1)
    add_for_table ("malformed", table, test_malformed);
  g_test_add_func ("/rtnl-dump/no-rules", test_no_rules);
  g_test_add_func ("/rtnl-dump/no-ipv6", test_no_ipv6);
  add_for_table ("refused", TL_RTNL_LINKS, test_refused);
  add_for_table ("refused", TL_RTNL_ADDRESSES, test_refused);
  add_for_table ("refused", TL_RTNL_ROUTES_IPV4, test_refused);

  return g_test_run ();
}
