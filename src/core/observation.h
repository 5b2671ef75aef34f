/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/coverage.h"
#include "core/firewall.h"

G_BEGIN_DECLS

/** TlTri: yes, no, or not known. */
typedef enum {
  TL_NO,
  TL_YES,
  TL_MAYBE,
} TlTri;

/**
 * TlPhase:
 * @TL_PHASE_ACTIVATING: on its way up
 * @TL_PHASE_ACTIVATED: up
 * @TL_PHASE_DEACTIVATING: on its way down
 *
 * Where an activation stands, from NMActiveConnectionState and NMVpnConnectionState.
 */
typedef enum {
  TL_PHASE_ACTIVATING,
  TL_PHASE_ACTIVATED,
  TL_PHASE_DEACTIVATING,
} TlPhase;

/**
 * TlIpSettings:
 * @method: (nullable): `ipv4.method` or `ipv6.method` of the profile
 * @gave_default: whether NetworkManager gave this activation the family's default route
 *
 * What a profile wants for one family, and what came of it.
 */
typedef struct {
  char *method;
  gboolean gave_default;
} TlIpSettings;

/**
 * TlActivation:
 * @path: D-Bus path of the active connection; names this activation until NetworkManager restarts
 * @name: the profile's name as the person knows it
 * @uuid: the profile's UUID
 * @type: connection.type (`vpn`, `wireguard`, `802-3-ethernet`, `802-11-wireless`, `tun`, …)
 * @kind: for a VPN its short name (`openvpn`, `openconnect`, `wireguard`, …), else @type
 * @is_vpn: whether it is a VPN or WireGuard activation of NetworkManager's own
 * @external: whether NetworkManager only watches a link that somebody else made
 * @phase: where it stands
 * @ifindex: its link; 0 while unknown, and always for a plugin VPN, whose tunnel NetworkManager
 * does not know: it is found by @addresses
 * @addresses: (element-type TlAddress): what NetworkManager says it has
 * @ip: the profile's settings for each family
 * @blocks: (element-type TlPrefix): what the profile itself makes unreachable, in the very shape of
 * the fix `block-now`, see tl_route_is_block()
 * @servers: (not nullable): VPN servers as the profile names them, host names or addresses
 * @has_gateway: whether NetworkManager tells the server's address
 * @gateway: the server's address as NetworkManager uses it now
 * @read_only: whether the profile cannot be changed at all
 * @own: whether the profile belongs to this user alone (connection.permissions)
 *
 * An active connection of NetworkManager.
 */
typedef struct {
  char *path;
  char *name;
  char *uuid;
  char *type;
  char *kind;
  gboolean is_vpn;
  gboolean external;
  TlPhase phase;
  int ifindex;
  GArray *addresses;
  TlIpSettings ip[TL_N_FAMILIES];
  GArray *blocks;
  char **servers;
  gboolean has_gateway;
  TlAddress gateway;
  gboolean read_only;
  gboolean own;
} TlActivation;

/**
 * TlPermission:
 * @TL_PERMISSION_UNKNOWN: NetworkManager has not said
 * @TL_PERMISSION_YES: without a password
 * @TL_PERMISSION_PASSWORD: with an administrator's password
 * @TL_PERMISSION_NO: never
 */
typedef enum {
  TL_PERMISSION_UNKNOWN,
  TL_PERMISSION_YES,
  TL_PERMISSION_PASSWORD,
  TL_PERMISSION_NO,
} TlPermission;

/**
 * TlResolver:
 * @address: a DNS server in use
 * @interface: (nullable): the link it was learnt on, by name
 */
typedef struct {
  TlAddress address;
  char *interface;
} TlResolver;

/**
 * TlNmState:
 * @running: whether NetworkManager is there
 * @bus_name: (nullable): its unique bus name: another one means it was restarted
 * @version: major << 16 | minor << 8 | micro, 0 while not @running
 * @network_control: permission to reapply a device
 * @modify_system: permission to change a profile of all users
 * @modify_own: permission to change a profile of one's own
 * @activations: (element-type TlActivation): all of them, in the order they came up
 * @resolvers: (element-type TlResolver): the DNS configuration, best first
 *
 * What NetworkManager says. Built once, never changed after; share it by reference.
 */
typedef struct {
  gboolean running;
  char *bus_name;
  guint32 version;
  TlPermission network_control;
  TlPermission modify_system;
  TlPermission modify_own;
  GPtrArray *activations;
  GPtrArray *resolvers;
} TlNmState;

#define TL_NM_VERSION(major, minor, micro) ((guint32)(major) << 16 | (minor) << 8 | (micro))

/**
 * TlExit:
 * @family: the family asked over
 * @has_address: whether an answer came that is an address
 * @address: the exit address
 * @error: (nullable): what went wrong, in the words of the library or of the reply's parser
 * @url: (nullable): the service that answered, or the last one asked
 * @has_source: whether @source is known
 * @source: the address of our own socket
 * @has_destination: whether @destination is known
 * @destination: the service's address
 * @has_egress: whether @egress is known
 * @egress: what the kernel does with packets from @source to @destination, when the answer came
 *
 * The answer to "which address does the Internet see?". Never changed once made.
 */
typedef struct {
  TlFamily family;
  gboolean has_address;
  TlAddress address;
  char *error;
  char *url;
  gboolean has_source;
  TlAddress source;
  gboolean has_destination;
  TlAddress destination;
  gboolean has_egress;
  TlEgress egress;
} TlExit;

/**
 * TlKernelWord:
 * @TL_KERNEL_CONFIRMS: it answers as its tables read
 * @TL_KERNEL_DIFFERS: it answers otherwise; what it answers is the coverage
 * @TL_KERNEL_SILENT: it did not answer for every range: where packets go is not proven
 */
typedef enum {
  TL_KERNEL_CONFIRMS,
  TL_KERNEL_DIFFERS,
  TL_KERNEL_SILENT,
} TlKernelWord;

/**
 * TlOnceFull:
 * @activation: (nullable): D-Bus path of its activation; names it where there is one
 * @interface: (nullable): the name of its link
 *
 * A tunnel that was meant for everything earlier: one that has lost its routes leaks.
 */
typedef struct {
  char *activation;
  char *interface;
} TlOnceFull;

/**
 * TlAnswers:
 * @exits: (nullable): the exit address of each family; %NULL where not asked
 * @second_exits: (nullable): the answer of a second service that was asked at the same time
 * @exits_before: (nullable): the same from before any tunnel came up on these uplinks
 * @ipv6_name: whether a name that has IPv6 addresses alone is found; %TL_MAYBE where not asked
 * @firewall: (nullable) (element-type TlFirewallAnswer): what becomes of packets to ranges that
 *   bypass; %NULL where not asked
 *
 * What the Internet and the firewall of this computer have said. %TL_ANSWERS_NONE before anybody
 * was asked.
 */
typedef struct {
  TlExit *exits[TL_N_FAMILIES];
  TlExit *second_exits[TL_N_FAMILIES];
  TlExit *exits_before[TL_N_FAMILIES];
  TlTri ipv6_name;
  GArray *firewall;
} TlAnswers;

#define TL_ANSWERS_NONE ((TlAnswers){ .ipv6_name = TL_MAYBE })

/**
 * TlObservation:
 * @net: the kernel's tables
 * @nm: NetworkManager's word
 * @uid: the user whose packets are meant
 * @nat64: (element-type TlPrefix): where the uplinks have NAT64 translators, as far as was seen
 * @coverage: of each family, after the kernel was asked
 * @marked: (element-type TlCoverage): where packets of each family would go that a firewall marks,
 *   by routes alone; see tl_coverages_of_marks()
 * @kernel: what the kernel says of @coverage, asked about addresses out of each range
 * @ipsec_ruled_out: whether the kernel was asked and no IPsec policy has a part in where packets go
 * @answers: what those have said who were asked
 * @resolvers: (nullable) (element-type TlResolver): the DNS servers that resolv.conf(5) names;
 *   %NULL where it could not be read
 * @once_full: (element-type TlOnceFull): tunnels that carried everything earlier in their
 *   life, by routes that others may take away
 *
 * Everything known at one moment. Built once, never changed after; share it by reference.
 */
typedef struct {
  TlNetState *net;
  TlNmState *nm;
  guint32 uid;
  GArray *nat64;
  TlCoverage *coverage[TL_N_FAMILIES];
  GPtrArray *marked[TL_N_FAMILIES];
  TlKernelWord kernel[TL_N_FAMILIES];
  gboolean ipsec_ruled_out[TL_N_FAMILIES];
  TlAnswers answers;
  GPtrArray *resolvers;
  GPtrArray *once_full;
} TlObservation;

TlActivation *tl_activation_new (void);
void tl_activation_free (TlActivation *activation);
gboolean tl_activation_is_complete (const TlActivation *activation);
TlTri tl_activation_has_server (const TlActivation *activation, const TlAddress *address);
TlResolver *tl_resolver_new (const TlAddress *address, const char *interface);
void tl_resolver_free (TlResolver *resolver);

TlNmState *tl_nm_state_new (void);
TlNmState *tl_nm_state_ref (const TlNmState *state);
void tl_nm_state_unref (TlNmState *state);
gboolean tl_nm_state_equal (const TlNmState *a, const TlNmState *b);
const TlActivation *tl_nm_state_activation (const TlNmState *state, const char *path);
const TlActivation *tl_nm_state_activation_of_link (const TlNmState *state, int ifindex);
gboolean tl_nm_state_has_server (const TlNmState *state, const TlAddress *address);
gboolean tl_nm_state_sets_block (const TlNmState *state, const TlPrefix *destination);

TlExit *tl_exit_new (TlFamily family);
TlExit *tl_exit_ref (const TlExit *exit);
void tl_exit_unref (TlExit *exit);

void tl_answers_set (TlAnswers *answers, const TlAnswers *other);
void tl_answers_set_firewall (TlAnswers *answers, GArray *firewall);
void tl_answers_forget (TlAnswers *answers);
void tl_answers_clear (TlAnswers *answers);

TlObservation *
tl_observation_new (const TlNetState *net, const TlNmState *nm, guint32 uid, const GArray *nat64);
TlObservation *tl_observation_copy (const TlObservation *observation);
gboolean tl_observation_is_bare (const TlObservation *observation);
gboolean tl_observation_is_proven (const TlObservation *observation, TlFamily family);
const TlCoverage *
tl_observation_marked (const TlObservation *observation, TlFamily family, guint32 mark);
void tl_observation_add_once_full (TlObservation *observation,
                                   const char *activation,
                                   const char *interface);
TlObservation *tl_observation_ref (const TlObservation *observation);
void tl_observation_unref (TlObservation *observation);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TlActivation, tl_activation_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TlResolver, tl_resolver_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TlNmState, tl_nm_state_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TlExit, tl_exit_unref)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TlAnswers, tl_answers_clear)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TlObservation, tl_observation_unref)

G_END_DECLS
