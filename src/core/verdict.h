/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#pragma once

#include "core/observation.h"
#include "core/policy.h"

G_BEGIN_DECLS

/**
 * TlState: the light
 * @TL_STATE_NO_VPN: no VPN is up
 * @TL_STATE_CHECKING: not judged yet
 * @TL_STATE_SAFE: everything goes through the tunnel or nowhere
 * @TL_STATE_LEAK: something bypasses a tunnel that is meant to carry everything
 * @TL_STATE_SPLIT: the VPN is meant to carry only company traffic
 * @TL_STATE_UNKNOWN: it cannot be determined; never green, never hidden
 */
typedef enum {
  TL_STATE_NO_VPN,
  TL_STATE_CHECKING,
  TL_STATE_SAFE,
  TL_STATE_LEAK,
  TL_STATE_SPLIT,
  TL_STATE_UNKNOWN,
} TlState;

#define TL_N_STATES 6

/**
 * TlStatus: the status of a family
 * @TL_STATUS_TUNNELLED: all public space that goes anywhere goes through a tunnel
 * @TL_STATUS_BLOCKED: an uplink offers the family, and it is closed
 * @TL_STATUS_BYPASS: no public space goes through a tunnel, some or all bypasses
 * @TL_STATUS_PARTIAL: some public space goes through a tunnel, some bypasses
 * @TL_STATUS_ABSENT: no connectivity of this family
 * @TL_STATUS_UNKNOWN: it cannot be determined
 */
typedef enum {
  TL_STATUS_TUNNELLED,
  TL_STATUS_BLOCKED,
  TL_STATUS_BYPASS,
  TL_STATUS_PARTIAL,
  TL_STATUS_ABSENT,
  TL_STATUS_UNKNOWN,
} TlStatus;

/** TlExitOwner: whose exit address it is. */
typedef enum {
  TL_EXIT_OWNER_UNKNOWN,
  TL_EXIT_OWNER_TUNNEL,
  TL_EXIT_OWNER_UPLINK,
} TlExitOwner;

/**
 * TlFindingId:
 * @TL_FINDING_BYPASS: routes of @family go around the tunnel
 * @TL_FINDING_MARKED: packets of @family that something marks were seen to go around the tunnel
 * @TL_FINDING_EXIT_UPLINK: the Internet sees the uplink's own address
 * @TL_FINDING_EXIT_UNCHANGED: the Internet sees what it saw before the VPN came up
 * @TL_FINDING_EXIT_UNEXPECTED: the exit address is not one the company named
 * @TL_FINDING_EXIT_DISAGREES: two services see two addresses
 * @TL_FINDING_EXIT_CONTRADICTS: the answer came by a way that the routes do not explain
 * @TL_FINDING_EXIT_EXEMPT: the service is rightly reached past the tunnels: its answer says nothing
 * @TL_FINDING_EXIT_FAILED: the exit address could not be learnt
 * @TL_FINDING_EXIT_NOT_ASKED: no consent yet; only routes decide
 * @TL_FINDING_KERNEL_DIFFERS: the kernel answers otherwise than its tables read; the kernel counts
 * @TL_FINDING_KERNEL_SILENT: the kernel did not say everything; where packets go is not proven
 * @TL_FINDING_EXPECTED_BYPASS: a range bypasses as the policy expects
 * @TL_FINDING_SERVER_ROUTE: the host route to the VPN server, an exception
 * @TL_FINDING_RESOLVER_BYPASS: a DNS server is asked outside the tunnel
 * @TL_FINDING_RESOLVER_BLOCKED: routes lead to a DNS server outside the tunnel, and a firewall of
 *   this computer keeps back what is sent there
 * @TL_FINDING_RESOLVER_LOCAL: a service on this computer is asked for names
 * @TL_FINDING_NAME_FOUND: names with addresses of @family alone are found
 * @TL_FINDING_NAME_MISSING: they are not, which protects nobody
 * @TL_FINDING_NM_ABSENT: NetworkManager does not run; routes alone decide
 * @TL_FINDING_IPSEC: IPsec without an interface may be there, which routes do not show
 * @TL_FINDING_BLOCKED: a block closes @family
 * @TL_FINDING_ORPHANED_BLOCK: a block is there, and no VPN to which it could belong
 * @TL_FINDING_FIREWALL_BLOCKED: a firewall of this computer keeps back what routes let bypass
 * @TL_FINDING_FIREWALL_SILENT: routes let @family bypass; no packet was seen to leave, or stopped
 */
typedef enum {
  TL_FINDING_BYPASS,
  TL_FINDING_MARKED,
  TL_FINDING_EXIT_UPLINK,
  TL_FINDING_EXIT_UNCHANGED,
  TL_FINDING_EXIT_UNEXPECTED,
  TL_FINDING_EXIT_DISAGREES,
  TL_FINDING_EXIT_CONTRADICTS,
  TL_FINDING_EXIT_EXEMPT,
  TL_FINDING_EXIT_FAILED,
  TL_FINDING_EXIT_NOT_ASKED,
  TL_FINDING_KERNEL_DIFFERS,
  TL_FINDING_KERNEL_SILENT,
  TL_FINDING_EXPECTED_BYPASS,
  TL_FINDING_SERVER_ROUTE,
  TL_FINDING_RESOLVER_BYPASS,
  TL_FINDING_RESOLVER_BLOCKED,
  TL_FINDING_RESOLVER_LOCAL,
  TL_FINDING_NAME_FOUND,
  TL_FINDING_NAME_MISSING,
  TL_FINDING_NM_ABSENT,
  TL_FINDING_IPSEC,
  TL_FINDING_BLOCKED,
  TL_FINDING_ORPHANED_BLOCK,
  TL_FINDING_FIREWALL_BLOCKED,
  TL_FINDING_FIREWALL_SILENT,
} TlFindingId;

/** TL_RESOLVER_PERHAPS: detail of a DNS server that is asked only if another does not answer. */
#define TL_RESOLVER_PERHAPS "perhaps"

/**
 * TlFinding:
 * @id: what was observed
 * @severity: what it means
 * @has_family: whether it is about one family
 * @family: which
 * @subject: (nullable): what it is about: a prefix, an address or a name, as text
 * @interface: (nullable): the link
 * @detail: (nullable): evidence, as text: a route, an error of a library; %TL_RESOLVER_PERHAPS;
 *   DNS servers that the firewall leaves open
 * @n_ranges: how many ranges it is about; of several there is no @subject. 0 if it is about none
 *
 * One observed fact. Words are made of it elsewhere.
 */
typedef struct {
  TlFindingId id;
  TlSeverity severity;
  gboolean has_family;
  TlFamily family;
  char *subject;
  char *interface;
  char *detail;
  guint n_ranges;
} TlFinding;

/**
 * TlTunnel:
 * @name: the profile's name, or the interface's where nobody gave one
 * @kind: `openvpn`, `wireguard`, …; the kernel's kind of the link where nobody says
 * @interface: (nullable): the link's name
 * @ifindex: the link, or 0
 * @lost_interface: (nullable): the name of the link that it had earlier in this activation, and has
 *   no more
 * @managed: whether NetworkManager started it
 * @activation: (nullable): D-Bus path of its activation
 * @full: whether it is meant to carry everything
 * @stays_full: whether it is, too, when it has lost its routes. A table of its own is touched by
 *   nobody but its program: a mesh whose exit node is switched off is meant for everything no more
 * @carries: whether it carries public space of each family
 *
 * A VPN that is up.
 */
typedef struct {
  char *name;
  char *kind;
  char *interface;
  int ifindex;
  char *lost_interface;
  gboolean managed;
  char *activation;
  gboolean full;
  gboolean stays_full;
  gboolean carries[TL_N_FAMILIES];
} TlTunnel;

/**
 * TlUplink:
 * @name: the profile's name, or the interface's
 * @interface: the link's name
 * @ifindex: the link
 * @activation: (nullable): D-Bus path of its activation
 * @offers: whether it offers each family to the Internet
 *
 * A link that reaches the Internet without a VPN.
 */
typedef struct {
  char *name;
  char *interface;
  int ifindex;
  char *activation;
  gboolean offers[TL_N_FAMILIES];
} TlUplink;

/**
 * TlBypass:
 * @prefix: a range that bypasses, as wide as it goes
 * @interface: the name of the link it leaves by, of g_intern_string(): a large table has very many
 *   ranges, of very few links
 * @ifindex: its index
 * @has_gateway: whether @gateway is set
 * @gateway: the next router
 * @table: the table of the route
 * @mark: the firewall mark of the packets that do; 0 where all do
 * @expected: whether the policy expects it
 * @firewall: what becomes of packets to it; never %TL_FIREWALL_BLOCKED: that is no bypass
 */
typedef struct {
  TlPrefix prefix;
  TlAddress gateway;
  const char *interface;
  int ifindex;
  guint32 table;
  guint32 mark;
  gboolean has_gateway;
  gboolean expected;
  TlFirewallWord firewall;
} TlBypass;

/**
 * TlMarkedRange:
 * @span: a range that routes lead into a tunnel, and the way out that packets with @mark take
 * @mark: the mark
 */
typedef struct {
  TlSpan span;
  guint32 mark;
} TlMarkedRange;

/** TlShare: parts of the family's public space by number of addresses, 0 to 1; for show only. */
typedef struct {
  double tunnel;
  double bypass;
  double blocked;
  double on_link;
} TlShare;

/**
 * TlFamilyVerdict:
 * @local: whether an uplink offers the family
 * @tunnel: whether a tunnel carries public space of it
 * @closed: whether some or all public space of it is blocked, by routes or by a firewall
 * @status: the status
 * @share: parts of public space
 * @bypass: (element-type TlBypass): what bypasses, in order, aggregated
 * @ranges: (element-type TlSpan): what routes let bypass, whatever a firewall does, but for what
 *   the policy expects: as wide as it goes, not cut into prefixes, each with the way it takes. The
 *   first %TL_FIREWALL_RANGES_MAX of them: a firewall is asked about no more
 * @marked: (element-type TlMarkedRange): what would bypass if a firewall of this computer marked
 *   it, as wide as it goes
 * @bypass_routes: (element-type TlPrefix): destinations of the routes by which it bypasses, in
 *   order, but for what the policy expects
 * @exit: (nullable): the exit address as asked; the worse answer where two services were
 * @exit_owner: whose it is
 * @other_exit: (nullable): the other answer
 * @other_owner: whose that is
 */
typedef struct {
  gboolean local;
  gboolean tunnel;
  gboolean closed;
  TlStatus status;
  TlShare share;
  GArray *bypass;
  GArray *ranges;
  GArray *marked;
  GArray *bypass_routes;
  TlExit *exit;
  TlExitOwner exit_owner;
  TlExit *other_exit;
  TlExitOwner other_owner;
} TlFamilyVerdict;

/**
 * TlCase:
 * @local: column "local IPv6" of the four-case table
 * @tunnel: column "IPv6 in the tunnel"
 * @blocked: whether the fourth case was closed
 * @unsafe: the table's outcome; %TL_MAYBE where the table does not apply
 */
typedef struct {
  TlTri local;
  TlTri tunnel;
  gboolean blocked;
  TlTri unsafe;
} TlCase;

/**
 * TlVerdict:
 * @state: the light
 * @four_case: the present case of the four-case table
 * @tunnels: (element-type TlTunnel): VPNs that are up
 * @uplinks: (element-type TlUplink): uplinks
 * @families: each family's verdict
 * @findings: (element-type TlFinding): worst first
 *
 * What an observation means. Built once, never changed after; share it by reference.
 */
typedef struct {
  TlState state;
  TlCase four_case;
  GPtrArray *tunnels;
  GPtrArray *uplinks;
  TlFamilyVerdict families[TL_N_FAMILIES];
  GPtrArray *findings;
} TlVerdict;

TlVerdict *tl_judge (const TlObservation *observation, const TlPolicy *policy);
TlVerdict *tl_verdict_ref (const TlVerdict *verdict);
void tl_verdict_unref (TlVerdict *verdict);
gboolean tl_verdict_equal (const TlVerdict *a, const TlVerdict *b);
gboolean tl_verdict_has_warning (const TlVerdict *verdict);
gboolean tl_verdict_has_expected_bypass (const TlVerdict *verdict);
gboolean tl_verdict_has_finding (const TlVerdict *verdict, TlFindingId id, TlFamily family);

const TlLink *tl_resolver_link_outside (const TlVerdict *verdict,
                                        const TlObservation *observation,
                                        const TlResolver *resolver);
void tl_find_resolvers_outside (const TlVerdict *verdict,
                                const TlObservation *observation,
                                GArray *spans);

const char *tl_state_to_string (TlState state);
const char *tl_status_to_string (TlStatus status);
const char *tl_severity_to_string (TlSeverity severity);
const char *tl_firewall_word_to_string (TlFirewallWord word);
const char *tl_exit_owner_to_string (TlExitOwner owner);
const char *tl_finding_id_to_string (TlFindingId id);
char *tl_finding_name (const TlFinding *finding);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TlVerdict, tl_verdict_unref)

G_END_DECLS
