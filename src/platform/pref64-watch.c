/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "platform/pref64-watch.h"

#include "core/nat64.h"
#include "platform/rtnl-socket.h"
#include "platform/source-util.h"
#include "platform/system-error.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <libmnl/libmnl.h>
#include <linux/filter.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

/* One option, its message and the address of the router. */
#define MESSAGE_MAX 4096

/**
 * TlPref64Watch:
 *
 * The NAT64 translators that routers advertise (PREF64, RFC 8781). The kernel hands on options of
 * router advertisements that it has no use for itself, without privileges, of links on which it
 * follows advertisements (accept_ra). NetworkManager follows them itself and switches that off on
 * the links it manages; there the DNS servers tell, see TlNameQuestions.
 *
 * Only an advertisement with that option wakes the program, and only another translator is a
 * change.
 */
struct _TlPref64Watch {
  GObject parent_instance;

  TlRtnlSocket *socket; /* nullable: the kernel does not tell */
  GSource *source;
  GSource *expiry;
  GArray *advertised;
};

enum { SIGNAL_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (TlPref64Watch, tl_pref64_watch, G_TYPE_OBJECT)

/** Advertised: a translator on a link. */
typedef struct {
  int ifindex;
  TlPrefix prefix;
  gint64 until;  /* monotonic */
  char *network; /* nullable: the link's connection, once it is known */
} Advertised;

static void
advertised_clear (gpointer data)
{
  g_free (((Advertised *)data)->network);
}

static gboolean on_expiry (gpointer user_data);

static void
wait_for_expiry (TlPref64Watch *self)
{
  gint64 first = G_MAXINT64;

  tl_source_clear (&self->expiry);
  for (guint i = 0; i < self->advertised->len; i++)
    first = MIN (first, g_array_index (self->advertised, Advertised, i).until);
  if (first == G_MAXINT64)
    return;

  first = MAX (first - g_get_monotonic_time (), 0) / G_TIME_SPAN_MILLISECOND + 1;
  self->expiry =
    tl_source_add_timeout (g_source_get_context (self->source), (guint)first, on_expiry, self);
}

/* Returns whether any has gone. */
static gboolean
drop_expired (TlPref64Watch *self)
{
  gint64 now = g_get_monotonic_time ();
  guint before = self->advertised->len;

  for (guint i = self->advertised->len; i-- > 0;) {
    if (g_array_index (self->advertised, Advertised, i).until <= now)
      g_array_remove_index (self->advertised, i);
  }

  return self->advertised->len < before;
}

static gboolean
on_expiry (gpointer user_data)
{
  TlPref64Watch *self = TL_PREF64_WATCH (user_data);
  gboolean changed = drop_expired (self);

  wait_for_expiry (self);
  if (changed)
    g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
  return G_SOURCE_REMOVE;
}

/* Returns whether it is another translator than was known. */
static gboolean
note_prefix (TlPref64Watch *self, int ifindex, const TlPrefix *prefix, guint lifetime_s)
{
  Advertised new = {
    .ifindex = ifindex,
    .prefix = *prefix,
    .until = g_get_monotonic_time () + lifetime_s * G_TIME_SPAN_SECOND,
  };

  for (guint i = 0; i < self->advertised->len; i++) {
    Advertised *known = &g_array_index (self->advertised, Advertised, i);

    if (known->ifindex == ifindex && tl_prefix_compare (&known->prefix, prefix) == 0) {
      known->until = new.until;
      g_clear_pointer (&known->network, g_free);
      return drop_expired (self);
    }
  }
  if (lifetime_s == 0)
    return FALSE;

  g_array_append_val (self->advertised, new);
  return TRUE;
}

static gboolean
read_message (TlPref64Watch *self, const struct nlmsghdr *message)
{
  const struct nduseroptmsg *head = mnl_nlmsg_get_payload (message);
  const guint8 *option = (const guint8 *)(head + 1);
  TlPrefix prefix;
  guint lifetime_s;

  if (message->nlmsg_type != RTM_NEWNDUSEROPT ||
      mnl_nlmsg_get_payload_len (message) < sizeof *head ||
      mnl_nlmsg_get_payload_len (message) - sizeof *head < head->nduseropt_opts_len ||
      !tl_nat64_prefix_from_option (option, head->nduseropt_opts_len, &prefix, &lifetime_s))
    return FALSE;

  return note_prefix (self, head->nduseropt_ifindex, &prefix, lifetime_s);
}

static gboolean
on_ready (gint fd, GIOCondition condition, gpointer user_data)
{
  g_autoptr (TlPref64Watch) self = g_object_ref (TL_PREF64_WATCH (user_data));
  gboolean changed = FALSE;
  gconstpointer bytes;
  gsize length;
  int result;

  /* One that was lost comes again with the next advertisement. */
  while ((result = tl_rtnl_socket_receive (self->socket, &bytes, &length)) == 0 ||
         result == ENOBUFS || result == EMSGSIZE) {
    const struct nlmsghdr *message = bytes;
    int left = result == 0 ? (int)length : 0;

    for (; mnl_nlmsg_ok (message, left); message = mnl_nlmsg_next (message, &left))
      changed |= read_message (self, message);
  }

  wait_for_expiry (self);
  if (changed)
    g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
  return G_SOURCE_CONTINUE;
}

/* Each advertisement brings several options, of which only one is worth waking up for. The kernel
 * sends each in a message of its own. */
static gboolean
filter_options (TlRtnlSocket *socket, GError **error)
{
  struct sock_filter code[] = {
    BPF_STMT (BPF_LD | BPF_B | BPF_ABS, NLMSG_HDRLEN + sizeof (struct nduseroptmsg)),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, TL_PREF64_OPTION, 0, 1),
    BPF_STMT (BPF_RET | BPF_K, G_MAXUINT32),
    BPF_STMT (BPF_RET | BPF_K, 0),
  };
  struct sock_fprog program = { .len = G_N_ELEMENTS (code), .filter = code };

  if (setsockopt (tl_rtnl_socket_get_fd (socket), SOL_SOCKET, SO_ATTACH_FILTER, &program,
                  sizeof program) == 0)
    return TRUE;

  tl_system_error_set (error, errno, "Filtering router advertisements");
  return FALSE;
}

static TlRtnlSocket *
open_socket (GError **error)
{
  g_autoptr (TlRtnlSocket) socket = tl_rtnl_socket_new (FALSE, MESSAGE_MAX, error);

  if (socket == NULL || !filter_options (socket, error) ||
      !tl_rtnl_socket_join (socket, RTNLGRP_ND_USEROPT, error))
    return NULL;

  return g_steal_pointer (&socket);
}

static void
tl_pref64_watch_finalize (GObject *object)
{
  TlPref64Watch *self = TL_PREF64_WATCH (object);

  tl_source_clear (&self->expiry);
  tl_source_clear (&self->source);
  g_clear_pointer (&self->socket, tl_rtnl_socket_free);
  g_array_unref (self->advertised);

  G_OBJECT_CLASS (tl_pref64_watch_parent_class)->finalize (object);
}

static void
tl_pref64_watch_class_init (TlPref64WatchClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tl_pref64_watch_finalize;

  /**
   * TlPref64Watch::changed:
   *
   * There is a translator more, or one less.
   */
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tl_pref64_watch_init (TlPref64Watch *self)
{
  self->advertised = g_array_new (FALSE, FALSE, sizeof (Advertised));
  g_array_set_clear_func (self->advertised, advertised_clear);
}

/**
 * tl_pref64_watch_new:
 *
 * Needs no privileges. What was advertised before is not known: a kernel tells it once.
 *
 * Returns: (transfer full): a watch in the thread-default main context of now; where the kernel
 *   does not tell, one that knows of nothing
 */
TlPref64Watch *
tl_pref64_watch_new (void)
{
  TlPref64Watch *self = g_object_new (TL_TYPE_PREF64_WATCH, NULL);
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();
  g_autoptr (GError) error = NULL;

  self->socket = open_socket (&error);
  if (self->socket == NULL) {
    g_debug ("%s", error->message);
    return self;
  }

  self->source = g_unix_fd_source_new (tl_rtnl_socket_get_fd (self->socket), G_IO_IN | G_IO_ERR);
  g_source_set_callback (self->source, G_SOURCE_FUNC (on_ready), self, NULL);
  g_source_attach (self->source, context);
  return self;
}

/**
 * tl_pref64_watch_note_network:
 * @self: a watch
 * @ifindex: a link
 * @network: (nullable): what names the network that it is connected to now
 *
 * What was advertised in another network is good no longer; that is no `changed`, since whoever
 * calls this knows.
 */
void
tl_pref64_watch_note_network (TlPref64Watch *self, int ifindex, const char *network)
{
  g_return_if_fail (TL_IS_PREF64_WATCH (self));

  for (guint i = self->advertised->len; i-- > 0;) {
    Advertised *known = &g_array_index (self->advertised, Advertised, i);

    if (known->ifindex != ifindex)
      continue;
    if (known->network == NULL)
      known->network = g_strdup (network != NULL ? network : "");
    else if (g_strcmp0 (known->network, network != NULL ? network : "") != 0)
      g_array_remove_index (self->advertised, i);
  }
}

/**
 * tl_pref64_watch_add_prefixes:
 * @self: a watch
 * @prefixes: (element-type TlPrefix): where those of all translators are added that are not in it
 */
void
tl_pref64_watch_add_prefixes (TlPref64Watch *self, GArray *prefixes)
{
  g_return_if_fail (TL_IS_PREF64_WATCH (self));

  for (guint i = 0; i < self->advertised->len; i++)
    tl_nat64_add_prefix (prefixes, &g_array_index (self->advertised, Advertised, i).prefix);
}
