/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/rtnl-dump.h"

#include "platform/rtnl-parse.h"
#include "platform/rtnl-socket.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

struct _TlRtnlDump {
  TlRtnlSocket *socket;

  guint stale;   /* tables that something happened to since their dump began */
  guint waiting; /* tables of this run whose turn is still to come */
  guint current; /* the table that is being read, or 0 */
  guint known;   /* tables that were read at least once */

  guint32 sequence;     /* of the current dump */
  gboolean interrupted; /* the current dump is not of one piece */
  gboolean garbled;     /* the current dump has something malformed in it */
  gboolean failed;      /* a dump of this run failed */
  guint doubted;        /* tables whose latest dump had */
  guint malformed;      /* tables of which the copy is of such a dump */
  TlNetState *reading;  /* what the current dump has said so far */
  guint n_same;         /* its first routes that are those of @given */
  TlNetState *tables;   /* its arrays are replaced as a whole, never changed */
  TlNetState *given;    /* nullable: what was handed out last */
};

/* What has to be whole for a family's coverage to be. */
static const guint tables_of_family[TL_N_FAMILIES] = {
  [TL_FAMILY_IPV4] = TL_RTNL_LINKS | TL_RTNL_ADDRESSES | TL_RTNL_ROUTES_IPV4 | TL_RTNL_RULES_IPV4,
  [TL_FAMILY_IPV6] = TL_RTNL_LINKS | TL_RTNL_ADDRESSES | TL_RTNL_ROUTES_IPV6 | TL_RTNL_RULES_IPV6,
};

/**
 * tl_rtnl_dump_new:
 * @error: %TL_ERROR_DENIED, %TL_ERROR_UNSUPPORTED, %TL_ERROR_FAILED
 *
 * Returns: (transfer full) (nullable): empty copies of all tables, all of them stale
 */
TlRtnlDump *
tl_rtnl_dump_new (GError **error)
{
  g_autoptr (TlRtnlDump) self = g_new0 (TlRtnlDump, 1);

  self->socket = tl_rtnl_socket_new (FALSE, TL_RTNL_DUMP_SIZE, error);
  if (self->socket == NULL)
    return NULL;
  if (!tl_rtnl_socket_check_strictly (self->socket))
    g_debug ("The kernel does not check dump requests strictly");

  self->stale = TL_RTNL_ALL_TABLES;
  self->tables = tl_net_state_new ();
  return g_steal_pointer (&self);
}

/**
 * tl_rtnl_dump_free:
 * @self: (nullable) (transfer full): the copies
 */
void
tl_rtnl_dump_free (TlRtnlDump *self)
{
  if (self == NULL)
    return;

  g_clear_pointer (&self->socket, tl_rtnl_socket_free);
  g_clear_pointer (&self->reading, tl_net_state_unref);
  g_clear_pointer (&self->tables, tl_net_state_unref);
  g_clear_pointer (&self->given, tl_net_state_unref);
  g_free (self);
}

/**
 * tl_rtnl_dump_get_fd:
 * @self: the copies
 *
 * Returns: the file descriptor to poll for tl_rtnl_dump_continue(), the same for ever
 */
int
tl_rtnl_dump_get_fd (TlRtnlDump *self)
{
  return tl_rtnl_socket_get_fd (self->socket);
}

/**
 * tl_rtnl_dump_invalidate:
 * @self: the copies
 * @tables: TL_RTNL_… or-ed: tables to which something may have happened
 *
 * A table that is being read just now will be read again.
 */
void
tl_rtnl_dump_invalidate (TlRtnlDump *self, guint tables)
{
  self->stale |= tables;
}

/**
 * tl_rtnl_dump_is_stale:
 * @self: the copies
 *
 * Returns: whether any table has to be read anew
 */
gboolean
tl_rtnl_dump_is_stale (TlRtnlDump *self)
{
  return self->stale != 0;
}

/**
 * tl_rtnl_dump_is_running:
 * @self: the copies
 *
 * Returns: whether tables are being read
 */
gboolean
tl_rtnl_dump_is_running (TlRtnlDump *self)
{
  return self->current != 0;
}

/**
 * tl_rtnl_dump_is_complete:
 * @self: the copies
 *
 * Returns: whether every table was read at least once
 */
gboolean
tl_rtnl_dump_is_complete (TlRtnlDump *self)
{
  return self->known == TL_RTNL_ALL_TABLES;
}

/* Every request is a fixed header whose first byte is the family; the rest is zero. */
static struct nlmsghdr *
fill_request (guint8 *buffer, guint table)
{
  struct nlmsghdr *message = mnl_nlmsg_put_header (buffer);

  message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  if (table == TL_RTNL_LINKS) {
    message->nlmsg_type = RTM_GETLINK;
    mnl_nlmsg_put_extra_header (message, sizeof (struct ifinfomsg));
    mnl_attr_put_u32 (message, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
  } else if (table == TL_RTNL_ADDRESSES) {
    message->nlmsg_type = RTM_GETADDR;
    mnl_nlmsg_put_extra_header (message, sizeof (struct ifaddrmsg));
  } else if ((table & TL_RTNL_ROUTES) != 0) {
    struct rtmsg *header;

    message->nlmsg_type = RTM_GETROUTE;
    header = mnl_nlmsg_put_extra_header (message, sizeof *header);
    header->rtm_family = table == TL_RTNL_ROUTES_IPV4 ? AF_INET : AF_INET6;
  } else {
    struct fib_rule_hdr *header;

    message->nlmsg_type = RTM_GETRULE;
    header = mnl_nlmsg_put_extra_header (message, sizeof *header);
    header->family = table == TL_RTNL_RULES_IPV4 ? AF_INET : AF_INET6;
  }

  return message;
}

static void
give_up (TlRtnlDump *self, const char *why)
{
  g_debug ("Dump 0x%x: %s", self->current, why);
  self->failed = TRUE;
  self->stale |= self->current | self->waiting;
  self->current = self->waiting = 0;
  g_clear_pointer (&self->reading, tl_rtnl_tables_unref);
}

static void
ask (TlRtnlDump *self)
{
  g_autoptr (GError) error = NULL;
  _Alignas(struct nlmsghdr) guint8 buffer[128];

  g_clear_pointer (&self->reading, tl_rtnl_tables_unref);
  self->reading = tl_net_state_new ();
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++) {
    guint known = self->tables->routes[family]->len;

    tl_net_state_expect_routes (self->reading, family, known + known / 8);
  }
  self->interrupted = FALSE;
  self->garbled = FALSE;
  self->n_same = 0;
  self->sequence = tl_rtnl_socket_send (self->socket, fill_request (buffer, self->current), &error);
  if (self->sequence != 0)
    return;

  give_up (self, error->message);
}

/* On to the next table of this run. */
static void
advance (TlRtnlDump *self)
{
  self->current = self->waiting & -self->waiting;
  self->waiting &= ~self->current;
  if (self->current != 0)
    ask (self);
  else
    g_clear_pointer (&self->reading, tl_rtnl_tables_unref);
}

static TlFamily
current_family (const TlRtnlDump *self)
{
  return (self->current & (TL_RTNL_ROUTES_IPV4 | TL_RTNL_RULES_IPV4)) != 0 ? TL_FAMILY_IPV4
                                                                           : TL_FAMILY_IPV6;
}

/*
 * Compares the route that was read last with the one that was handed out in its place. To compare
 * a million of them at once would hold up the main loop for 20 ms.
 */
static void
compare_route (TlRtnlDump *self)
{
  TlFamily family = current_family (self);
  const GArray *read = self->reading->routes[family];
  const GArray *given = self->given != NULL ? self->given->routes[family] : NULL;

  if (given == NULL || self->n_same + 1 != read->len || self->n_same >= given->len)
    return;
  if (tl_route_equal (&g_array_index (read, TlRoute, self->n_same),
                      &g_array_index (given, TlRoute, self->n_same)))
    self->n_same++;
}

static gboolean
routes_are_same (TlRtnlDump *self)
{
  TlFamily family = current_family (self);

  return (self->current & TL_RTNL_ROUTES) != 0 && self->given != NULL &&
         self->n_same == self->reading->routes[family]->len &&
         self->n_same == self->given->routes[family]->len;
}

/* Routes that are the same stay where they are, so that nobody has to compare them again. */
static void
take_table (TlRtnlDump *self)
{
  TlNetState *from = routes_are_same (self) ? self->given : self->reading;
  TlNetState *former = tl_net_state_new ();

  tl_rtnl_tables_share (former, self->tables, self->current);
  tl_rtnl_tables_share (self->tables, from, self->current);
  tl_rtnl_tables_unref (former);
}

static void
finish_table (TlRtnlDump *self)
{
  if (self->interrupted) {
    self->stale |= self->current;
  } else if (self->garbled && (self->doubted & self->current) == 0) {
    self->doubted |= self->current;
    self->stale |= self->current;
    self->failed = TRUE;
  } else {
    self->malformed &= ~self->current;
    if (self->garbled)
      self->malformed |= self->current;
    else
      self->doubted &= ~self->current;
    tl_rtnl_tables_sort (self->reading);
    take_table (self);
    self->known |= self->current;
  }

  advance (self);
}

/*
 * A kernel without IPv6 has no IPv6 routes. One without policy routing has no rules to tell and
 * does what the rules would say that others begin with.
 *
 * Returns: whether the current table is known though the kernel does not have it
 */
static gboolean
replace_missing (TlRtnlDump *self)
{
  if (self->current == TL_RTNL_ROUTES_IPV6)
    return TRUE;
  if ((self->current & TL_RTNL_RULES) == 0)
    return FALSE;

  tl_rtnl_tables_set_first_rules (self->reading, current_family (self));
  return TRUE;
}

/* How a dump ends: NLMSG_DONE, with an errno where it broke off, or NLMSG_ERROR. */
static void
on_end (TlRtnlDump *self, const struct nlmsghdr *message)
{
  int result = 0;

  if (mnl_nlmsg_get_payload_len (message) >= sizeof result)
    result = *(const int *)mnl_nlmsg_get_payload (message);

  if (result < 0 &&
      ((result != -EAFNOSUPPORT && result != -EOPNOTSUPP) || !replace_missing (self))) {
    g_debug ("Dump 0x%x: %s", self->current, g_strerror (-result));
    self->failed = TRUE;
    self->interrupted = TRUE;
  }
  finish_table (self);
}

static void
append (TlRtnlDump *self, const struct nlmsghdr *message)
{
  TlRtnlParsed parsed = tl_rtnl_parse_append (message, self->reading);

  if (parsed == TL_RTNL_PARSED && (self->current & TL_RTNL_ROUTES) != 0) {
    compare_route (self);
  } else if (parsed == TL_RTNL_MALFORMED) {
    g_debug ("Dump 0x%x: malformed message of type %u", self->current, message->nlmsg_type);
    self->garbled = TRUE;
  }
}

static void
read_datagram (TlRtnlDump *self, gconstpointer bytes, gsize length)
{
  const struct nlmsghdr *message = bytes;
  int left = (int)length;

  for (; mnl_nlmsg_ok (message, left); message = mnl_nlmsg_next (message, &left)) {
    if (self->current == 0 || message->nlmsg_seq != self->sequence)
      continue; /* left over from a dump that was given up */

    if ((message->nlmsg_flags & NLM_F_DUMP_INTR) != 0)
      self->interrupted = TRUE;
    if (message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR)
      on_end (self, message);
    else if (message->nlmsg_type == NLMSG_OVERRUN)
      self->interrupted = TRUE;
    else
      append (self, message);
  }

  if (left > 0)
    self->interrupted = TRUE;
}

/**
 * tl_rtnl_dump_start:
 * @self: the copies, no tables being read
 *
 * Begins to read all stale tables anew.
 */
void
tl_rtnl_dump_start (TlRtnlDump *self)
{
  g_return_if_fail (self->current == 0);

  self->waiting = self->stale;
  self->stale = 0;
  self->failed = FALSE;
  advance (self);
}

/**
 * tl_rtnl_dump_continue:
 * @self: the copies
 * @deadline: monotonic time in microseconds after which no further datagram is read
 *
 * Reads what is there. Once nothing runs any more, tables to which something happened meanwhile,
 * or whose dump was not of one piece, are stale again.
 *
 * Returns: %FALSE where a dump of this run failed, so that it is better to wait before the next
 */
gboolean
tl_rtnl_dump_continue (TlRtnlDump *self, gint64 deadline)
{
  do {
    gconstpointer bytes;
    gsize length;
    int result = tl_rtnl_socket_receive (self->socket, &bytes, &length);

    if (result == 0) {
      read_datagram (self, bytes, length);
    } else if (result == EAGAIN) {
      break;
    } else {
      /* The end of the dump may be among what was lost: its rest is dropped when it comes. */
      give_up (self, g_strerror (result));
      break;
    }
  } while (g_get_monotonic_time () < deadline);

  return !self->failed;
}

static gboolean
shares_routes (const TlNetState *a, const TlNetState *b)
{
  return a->routes[TL_FAMILY_IPV4] == b->routes[TL_FAMILY_IPV4] &&
         a->routes[TL_FAMILY_IPV6] == b->routes[TL_FAMILY_IPV6];
}

/**
 * tl_rtnl_dump_get_state:
 * @self: the copies
 *
 * Returns: (transfer full): the tables as they were last read; the same object as last time where
 *   they say the same
 */
TlNetState *
tl_rtnl_dump_get_state (TlRtnlDump *self)
{
  g_autoptr (TlNetState) state = tl_net_state_new ();

  tl_rtnl_tables_share (state, self->tables, TL_RTNL_ALL_TABLES);
  for (TlFamily family = TL_FAMILY_IPV4; family < TL_N_FAMILIES; family++)
    state->incomplete[family] = (self->malformed & tables_of_family[family]) != 0;

  if (self->given == NULL || !shares_routes (self->given, state) ||
      !tl_net_state_equal (self->given, state)) {
    g_clear_pointer (&self->given, tl_rtnl_tables_unref);
    self->given = g_steal_pointer (&state);
  }

  return tl_net_state_ref (self->given);
}
