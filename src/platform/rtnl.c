/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/rtnl.h"

#include "platform/rtnl-dump.h"
#include "platform/rtnl-lookup.h"
#include "platform/rtnl-socket.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>

/* How long the main loop is held up at a time; the rest is read in its next iteration. */
#define BUDGET (2 * G_TIME_SPAN_MILLISECOND)

/* In a burst the tables are read when nothing has come for so long, */
#define QUIET (5 * G_TIME_SPAN_MILLISECOND)

/* or after such a pause; reading them takes half of the time at most. */
#define MOST_PAUSE (100 * G_TIME_SPAN_MILLISECOND)

/* After a dump the kernel refused. */
#define RETRY_PAUSE (250 * G_TIME_SPAN_MILLISECOND)

/* Under changes without end the tables are shown as last read, though changed again since. */
#define MOST_DELAY (250 * G_TIME_SPAN_MILLISECOND)

/**
 * TlRtnl:
 *
 * The kernel's links, addresses, routes and rules as one immutable #TlNetState, renewed when the
 * kernel says that something happened.
 *
 * Events only say which tables to read anew, they are not applied. Not everything that happens to
 * a table is an event: when a link goes down or loses an address, IPv4 routes go without a word
 * (net/ipv4/fib_frontend.c, fib_disable_ip; ip-monitor(8) shows the link alone).
 *
 * Lives in the thread-default main context of its construction. With nothing happening, it does
 * not wake up.
 */
struct _TlRtnl {
  GObject parent_instance;

  TlRtnlSocket *events;
  TlRtnlSocket *lookups;
  GMutex lookup_lock;
  TlRtnlDump *dump;
  GSource *source;
  gpointer events_tag;
  TlNetState *state;

  gint64 run_began;  /* monotonic, as all times here */
  gint64 run_ended;  /* the latest one that did */
  gint64 not_before; /* the next run's earliest start */
  gint64 latest_event;
  gint64 outdated_since; /* the state is, perhaps, since then; or 0 */
};

enum { SIGNAL_CHANGED, SIGNAL_READ, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (TlRtnl, tl_rtnl, G_TYPE_OBJECT)

typedef struct {
  GSource parent;
  TlRtnl *rtnl; /* unowned: it destroys the source before it goes */
} RtnlSource;

static void
invalidate (TlRtnl *self, guint tables)
{
  if (tables == 0)
    return;

  tl_rtnl_dump_invalidate (self->dump, tables);
  if (self->outdated_since == 0)
    self->outdated_since = g_get_monotonic_time ();
}

/* A link takes its addresses and routes along; an address takes routes along. */
static guint
tables_of_event (const struct nlmsghdr *message)
{
  const guint8 *family = mnl_nlmsg_get_payload (message);
  gboolean ipv6 = mnl_nlmsg_get_payload_len (message) > 0 && *family == AF_INET6;
  guint routes = ipv6 ? TL_RTNL_ROUTES_IPV6 : TL_RTNL_ROUTES_IPV4;

  switch (message->nlmsg_type) {
  case NLMSG_NOOP:
    return 0;
  case RTM_NEWLINK:
  case RTM_DELLINK:
    return TL_RTNL_LINKS | TL_RTNL_ADDRESSES | TL_RTNL_ROUTES;
  case RTM_NEWADDR:
  case RTM_DELADDR:
    return TL_RTNL_ADDRESSES | routes;
  case RTM_NEWROUTE:
  case RTM_DELROUTE:
    return routes;
  case RTM_NEWRULE:
  case RTM_DELRULE:
    return ipv6 ? TL_RTNL_RULES_IPV6 : TL_RTNL_RULES_IPV4;
  case RTM_NEWNEXTHOP:
  case RTM_DELNEXTHOP:
    return TL_RTNL_ROUTES;
  default:
    return TL_RTNL_ALL_TABLES;
  }
}

static guint
tables_of_datagram (gconstpointer bytes, gsize length)
{
  const struct nlmsghdr *message = bytes;
  guint tables = 0;
  int left = (int)length;

  for (; mnl_nlmsg_ok (message, left); message = mnl_nlmsg_next (message, &left))
    tables |= tables_of_event (message);

  return left > 0 ? TL_RTNL_ALL_TABLES : tables;
}

/* Returns whether all events there are were read. */
static gboolean
read_events (TlRtnl *self, gint64 deadline)
{
  do {
    gconstpointer bytes;
    gsize length;
    int result = tl_rtnl_socket_receive (self->events, &bytes, &length);

    if (result == EAGAIN)
      return TRUE;
    if (result != 0)
      g_debug ("Events were lost: %s", g_strerror (result));
    self->latest_event = g_get_monotonic_time ();
    invalidate (self, result == 0 ? tables_of_datagram (bytes, length) : TL_RTNL_ALL_TABLES);
  } while (g_get_monotonic_time () < deadline);

  return FALSE;
}

/* A change alone is read at once; where one follows the other, there are more to come. */
static gint64
next_start (TlRtnl *self)
{
  gint64 quiet_at = MIN (self->latest_event + QUIET, self->run_ended + MOST_PAUSE);

  return MAX (self->not_before, quiet_at);
}

static void
run_dump (TlRtnl *self, gint64 deadline)
{
  gint64 now = g_get_monotonic_time ();
  gboolean fine;

  if (!tl_rtnl_dump_is_running (self->dump)) {
    if (!tl_rtnl_dump_is_stale (self->dump) || now < next_start (self))
      return;
    self->run_began = now;
    tl_rtnl_dump_start (self->dump);
  }

  fine = tl_rtnl_dump_continue (self->dump, deadline);
  if (tl_rtnl_dump_is_running (self->dump))
    return;

  now = g_get_monotonic_time ();
  self->run_ended = now;
  self->not_before = now + (fine ? MIN (now - self->run_began, MOST_PAUSE) : RETRY_PAUSE);
}

static void
publish (TlRtnl *self)
{
  g_autoptr (TlNetState) state = tl_rtnl_dump_get_state (self->dump);

  /* What is shown before its time is outdated at once: the run that is due must show it anew. */
  self->outdated_since = tl_rtnl_dump_is_stale (self->dump) ? g_get_monotonic_time () : 0;
  if (self->state != state) {
    g_clear_pointer (&self->state, tl_rtnl_tables_unref);
    self->state = g_steal_pointer (&state);
    g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
  }
  g_signal_emit (self, signals[SIGNAL_READ], 0);
}

/* Events wake up only who is idle: while reading or in a pause, the queue is looked at anyway. */
static void
wait_for_next (TlRtnl *self)
{
  gboolean running = tl_rtnl_dump_is_running (self->dump);
  gboolean stale = tl_rtnl_dump_is_stale (self->dump);

  g_source_modify_unix_fd (self->source, self->events_tag, running || stale ? 0 : G_IO_IN);
  if (!running && stale)
    g_source_set_ready_time (self->source, next_start (self));
}

static gboolean
on_ready (gpointer data)
{
  g_autoptr (TlRtnl) self = g_object_ref (TL_RTNL (data));
  gint64 deadline = g_get_monotonic_time () + BUDGET;
  gboolean drained;

  g_source_set_ready_time (self->source, -1);
  read_events (self, deadline);
  run_dump (self, deadline);
  /* What happened while the tables were read is in the queue by now. */
  drained = read_events (self, deadline);

  wait_for_next (self);
  if (tl_rtnl_dump_is_running (self->dump))
    return G_SOURCE_CONTINUE;
  if (self->outdated_since == 0 || !tl_rtnl_dump_is_complete (self->dump))
    return G_SOURCE_CONTINUE;
  if ((drained && !tl_rtnl_dump_is_stale (self->dump)) ||
      g_get_monotonic_time () - self->outdated_since > MOST_DELAY)
    publish (self);

  return G_SOURCE_CONTINUE;
}

static gboolean
source_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  return on_ready (((RtnlSource *)source)->rtnl);
}

static GSourceFuncs source_funcs = {
  .dispatch = source_dispatch,
};

static void
attach (TlRtnl *self)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();

  self->source = g_source_new (&source_funcs, sizeof (RtnlSource));
  ((RtnlSource *)self->source)->rtnl = self;
  g_source_set_static_name (self->source, "[tunnel-light] rtnetlink");
  self->events_tag =
    g_source_add_unix_fd (self->source, tl_rtnl_socket_get_fd (self->events), G_IO_IN);
  g_source_add_unix_fd (self->source, tl_rtnl_dump_get_fd (self->dump), G_IO_IN | G_IO_ERR);
  g_source_set_ready_time (self->source, 0);
  g_source_attach (self->source, context);
}

static gboolean
open_events (TlRtnl *self, GError **error)
{
  static const guint groups[] = {
    RTNLGRP_LINK,       RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE,
    RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV4_RULE,   RTNLGRP_IPV6_RULE,
  };
  g_autoptr (GError) no_nexthops = NULL;

  self->events = tl_rtnl_socket_new (FALSE, TL_RTNL_EVENT_SIZE, error);
  if (self->events == NULL)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (groups); i++) {
    if (!tl_rtnl_socket_join (self->events, groups[i], error))
      return FALSE;
  }

  /* Before kernel 5.3 there are no nexthop objects. */
  if (!tl_rtnl_socket_join (self->events, RTNLGRP_NEXTHOP, &no_nexthops))
    g_debug ("No events of nexthop objects: %s", no_nexthops->message);
  return TRUE;
}

static void
tl_rtnl_finalize (GObject *object)
{
  TlRtnl *self = TL_RTNL (object);

  if (self->source != NULL)
    g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
  g_clear_pointer (&self->events, tl_rtnl_socket_free);
  g_clear_pointer (&self->lookups, tl_rtnl_socket_free);
  g_clear_pointer (&self->dump, tl_rtnl_dump_free);
  g_clear_pointer (&self->state, tl_net_state_unref);
  g_mutex_clear (&self->lookup_lock);

  G_OBJECT_CLASS (tl_rtnl_parent_class)->finalize (object);
}

static void
tl_rtnl_class_init (TlRtnlClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = tl_rtnl_finalize;

  /**
   * TlRtnl::changed:
   *
   * tl_rtnl_get_state() has another state than before: a first one, or one that is not equal.
   */
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  /**
   * TlRtnl::read:
   *
   * The tables have been read anew, whether or not anything is different.
   */
  signals[SIGNAL_READ] =
    g_signal_new ("read", TL_TYPE_RTNL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tl_rtnl_init (TlRtnl *self)
{
  g_mutex_init (&self->lookup_lock);
}

/**
 * tl_rtnl_new:
 * @error: %TL_ERROR_DENIED, %TL_ERROR_UNSUPPORTED, %TL_ERROR_FAILED
 *
 * Needs no privileges. Reads the tables in the thread-default main context from its next
 * iteration on.
 *
 * Returns: (transfer full) (nullable): the watch over the kernel's tables
 */
TlRtnl *
tl_rtnl_new (GError **error)
{
  g_autoptr (TlRtnl) self = g_object_new (TL_TYPE_RTNL, NULL);

  /* Events first: what happens between the two is then seen twice rather than never. */
  if (!open_events (self, error))
    return NULL;
  self->dump = tl_rtnl_dump_new (error);
  if (self->dump == NULL)
    return NULL;
  self->lookups = tl_rtnl_socket_new (TRUE, TL_RTNL_DUMP_SIZE, error);
  if (self->lookups == NULL)
    return NULL;

  invalidate (self, TL_RTNL_ALL_TABLES);
  attach (self);
  return g_steal_pointer (&self);
}

/**
 * tl_rtnl_get_state:
 * @self: the watch
 *
 * Returns: (transfer none) (nullable): the latest state; %NULL before the first `changed`
 */
const TlNetState *
tl_rtnl_get_state (TlRtnl *self)
{
  g_return_val_if_fail (TL_IS_RTNL (self), NULL);

  return self->state;
}

/**
 * tl_rtnl_lookup:
 * @self: the watch
 * @destination: where to
 * @source: (nullable): an own address to send from, same family; else the kernel chooses
 * @ret_egress: (out): what the kernel does with a packet of this user to it. Where it is blocked,
 *   the kernel does not tell by which route: `table`, `protocol` and `destination` are zero then
 * @ret_source: (out) (optional): the source address, unspecified where blocked
 * @error: %TL_ERROR_INVALID (@source is not an address of this host, or of the other family),
 *   %TL_ERROR_TIMEOUT, %TL_ERROR_FAILED
 *
 * Asks the kernel (RTM_GETROUTE), not the state: it may be ahead of it. Takes some 20 µs, at most
 * 100 ms for each of three questions. May be called from any thread.
 *
 * Returns: whether the kernel answered; all outputs are untouched if not
 */
gboolean
tl_rtnl_lookup (TlRtnl *self,
                const TlAddress *destination,
                const TlAddress *source,
                TlEgress *ret_egress,
                TlAddress *ret_source,
                GError **error)
{
  g_autoptr (GMutexLocker) locker = NULL;

  g_return_val_if_fail (TL_IS_RTNL (self), FALSE);

  if (source != NULL && source->family != destination->family) {
    g_set_error (error, TL_ERROR, TL_ERROR_INVALID, "Source and destination differ in family");
    return FALSE;
  }

  locker = g_mutex_locker_new (&self->lookup_lock);
  return tl_rtnl_lookup_on (self->lookups, destination, source, ret_egress, ret_source, error);
}

/**
 * tl_rtnl_lookup_mtu:
 * @self: the watch
 * @destination: where to
 * @ret_mtu: (out): see tl_rtnl_lookup_mtu_on()
 * @error: see there
 *
 * Asks the kernel, in whatever thread.
 *
 * Returns: whether a route leads there
 */
gboolean
tl_rtnl_lookup_mtu (TlRtnl *self, const TlAddress *destination, guint32 *ret_mtu, GError **error)
{
  g_autoptr (GMutexLocker) locker = NULL;

  g_return_val_if_fail (TL_IS_RTNL (self), FALSE);

  locker = g_mutex_locker_new (&self->lookup_lock);
  return tl_rtnl_lookup_mtu_on (self->lookups, destination, ret_mtu, error);
}

/**
 * tl_rtnl_refresh:
 * @self: the watch
 *
 * Reads all tables anew in the main context. `changed` follows only if something is different,
 * `read` in any case.
 */
void
tl_rtnl_refresh (TlRtnl *self)
{
  g_return_if_fail (TL_IS_RTNL (self));

  invalidate (self, TL_RTNL_ALL_TABLES);
  g_source_set_ready_time (self->source, 0);
}

/**
 * tl_rtnl_is_current:
 * @self: the watch
 *
 * Looks whether the kernel has told of a change that was not read yet. It tells before a packet can
 * take a new way.
 *
 * Returns: whether tl_rtnl_get_state() is of this moment; if not, `read` follows
 */
gboolean
tl_rtnl_is_current (TlRtnl *self)
{
  g_return_val_if_fail (TL_IS_RTNL (self), FALSE);

  read_events (self, g_get_monotonic_time () + BUDGET);
  if (!tl_rtnl_dump_is_running (self->dump))
    wait_for_next (self);

  return self->outdated_since == 0;
}
