/*
 * SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright Tunnel Light contributors
 */

#include "app/describe.h"

#include "app/describe-error.h"
#include "app/names.h"

#include <glib/gi18n.h>

static char *
exit_failed (const char *family, const TlFinding *finding)
{
  g_autofree char *reason = NULL;

  if (finding->detail == NULL)
    return g_strdup_printf (_ ("Over %s, the address websites see could not be found out."),
                            family);
  reason = tl_describe_technical (finding->detail);
  /* Translators: IPv4 or IPv6; the reason in technical words */
  return g_strdup_printf (_ ("Over %s, the address websites see could not be found out (%s)."),
                          family, reason);
}

static guint
count_bypasses (const TlVerdict *verdict, const TlFinding *finding)
{
  const GArray *bypasses = verdict->families[finding->family].bypass;
  guint n = 0;

  for (guint i = 0; i < bypasses->len; i++) {
    const TlBypass *bypass = &g_array_index (bypasses, TlBypass, i);

    n += g_strcmp0 (bypass->interface, finding->interface) == 0 ? 1 : 0;
  }

  return n;
}

static char *
describe_bypass (const TlFinding *finding, const TlVerdict *verdict, const char *link)
{
  const char *family = tl_family_name (finding->family);
  const TlFamilyVerdict *result = &verdict->families[finding->family];
  gboolean all = result->status == TL_STATUS_BYPASS && !result->closed;

  /* What no packet was seen to do is what the routes say, no more. */
  if (link != NULL && tl_verdict_has_finding (verdict, TL_FINDING_FIREWALL_SILENT, finding->family))
    return g_strdup_printf (
      all ? _ ("The routes lead %s traffic around the VPN, out of the network interface %s.")
          : _ ("The routes lead some %s traffic around the VPN, out of the network interface %s."),
      family, link);
  if (link == NULL)
    return g_strdup_printf (_ ("%s traffic goes around the VPN."), family);
  if (all)
    /* Translators: IPv4 or IPv6; a network interface in quotation marks */
    return g_strdup_printf (_ ("%s traffic goes around the VPN, out of the network interface %s."),
                            family, link);
  if (finding->subject == NULL || count_bypasses (verdict, finding) > 1)
    /* Translators: IPv4 or IPv6; a network interface in quotation marks */
    return g_strdup_printf (
      _ ("Some %s traffic goes around the VPN, out of the network interface %s."), family, link);

  /* Translators: IPv4 or IPv6; a range of addresses; a network interface in quotation marks */
  return g_strdup_printf (
    _ ("%s traffic to %s goes around the VPN, out of the network interface %s."), family,
    finding->subject, link);
}

/* Which packets are marked cannot be read: a sample of them was seen to leave. */
static char *
describe_marked (const TlFinding *finding, const char *link)
{
  /* Translators: IPv4 or IPv6; a network interface in quotation marks; a number such as 0x1 */
  return g_strdup_printf (
    _ ("A firewall rule or a program on this computer leads %s traffic around "
       "the VPN, out of the network interface %s (packets with the mark %s). "
       "This was tested with a sample of addresses."),
    tl_family_name (finding->family), link != NULL ? link : "–",
    finding->detail != NULL ? finding->detail : "–");
}

static char *
describe_expected (const TlFinding *finding, const TlVerdict *verdict)
{
  const char *family = tl_family_name (finding->family);

  if (finding->subject == NULL || count_bypasses (verdict, finding) > 1)
    return g_strdup_printf (_ ("Some %s traffic goes around the VPN, as your company wants it."),
                            family);

  /* Translators: IPv4 or IPv6; a range of addresses */
  return g_strdup_printf (_ ("%s traffic to %s goes around the VPN, as your company wants it."),
                          family, finding->subject);
}

static char *
describe_exit (const TlFinding *finding, const char *family, const char *subject)
{
  switch ((guint)finding->id) {
  case TL_FINDING_EXIT_UPLINK:
    return g_strdup_printf (_ ("Over %s, websites see the address of your own connection (%s)."),
                            family, subject);
  case TL_FINDING_EXIT_UNCHANGED:
    return g_strdup_printf (
      _ ("Over %s, websites see the same address as before the VPN was connected (%s)."), family,
      subject);
  case TL_FINDING_EXIT_UNEXPECTED:
    return g_strdup_printf (
      _ ("Over %s, websites see an address that is not one of your company (%s)."), family,
      subject);
  case TL_FINDING_EXIT_DISAGREES:
    /* Translators: IPv4 or IPv6; an address; another address */
    return g_strdup_printf (_ ("Over %s, two websites that were asked see two addresses (%s and "
                               "%s)."),
                            family, subject, finding->detail != NULL ? finding->detail : "–");
  case TL_FINDING_EXIT_CONTRADICTS:
    return g_strdup_printf (_ ("Over %s, a website has answered in a way that the routes of your "
                               "computer do not explain (it sees %s)."),
                            family, subject);
  case TL_FINDING_EXIT_EXEMPT:
    return g_strdup_printf (_ ("Over %s, the website that was asked is meant to be reached "
                               "directly, so that it sees %s says nothing about other websites."),
                            family, subject);
  case TL_FINDING_EXIT_FAILED:
    return exit_failed (family, finding);
  case TL_FINDING_EXIT_NOT_ASKED:
  default:
    return g_strdup (_ ("Which address websites see has not been asked; this is what the routes "
                        "of your computer say."));
  }
}

/* Returns: (transfer full): addresses as one reads them aloud */
static char *
join_addresses (const GPtrArray *addresses)
{
  GString *text = g_string_new (g_ptr_array_index (addresses, 0));
  g_autofree char *most = NULL;

  for (guint i = 1; i + 1 < addresses->len; i++)
    /* Translators: between the names of a list */
    g_string_append_printf (text, "%s%s", _ (", "), (char *)g_ptr_array_index (addresses, i));
  if (addresses->len == 1)
    return g_string_free (text, FALSE);

  most = g_string_free (text, FALSE);
  /* Translators: all names of a list but the last one; the last one */
  return g_strdup_printf (_ ("%s and %s"), most,
                          (char *)g_ptr_array_index (addresses, addresses->len - 1));
}

/**
 * tl_describe_resolvers:
 * @finding: a finding of %TL_FINDING_RESOLVER_BYPASS or %TL_FINDING_RESOLVER_BLOCKED
 * @addresses: (element-type utf8): DNS servers of which it is true, one or more
 *
 * Returns: (transfer full): one sentence about all of them
 */
char *
tl_describe_resolvers (const TlFinding *finding, const GPtrArray *addresses)
{
  g_autofree char *servers = join_addresses (addresses);
  gulong n = addresses->len;

  /* Translators, of the next four: one address, or several */
  if (finding->id == TL_FINDING_RESOLVER_BLOCKED)
    return g_strdup_printf (ngettext ("A firewall on this computer stops packets to the DNS server "
                                      "%s, which is outside the VPN.",
                                      "A firewall on this computer stops packets to the DNS "
                                      "servers %s, which are outside the VPN.",
                                      n),
                            servers);
  if (finding->detail != NULL)
    return g_strdup_printf (ngettext ("Names of websites may also be looked up outside the VPN, by "
                                      "the DNS server %s.",
                                      "Names of websites may also be looked up outside the VPN, by "
                                      "the DNS servers %s.",
                                      n),
                            servers);
  if (finding->severity == TL_SEVERITY_INFO)
    return g_strdup_printf (ngettext ("Names of websites are looked up outside the VPN, by the DNS "
                                      "server %s. At home this is the normal case.",
                                      "Names of websites are looked up outside the VPN, by the DNS "
                                      "servers %s. At home this is the normal case.",
                                      n),
                            servers);

  return g_strdup_printf (
    ngettext (
      "Names of websites are looked up outside the VPN, by the DNS server %s: whoever runs "
      "it, and your Internet provider, can read which websites you open.",
      "Names of websites are looked up outside the VPN, by the DNS servers %s: whoever runs "
      "them, and your Internet provider, can read which websites you open.",
      n),
    servers);
}

static char *
describe_resolver (const TlFinding *finding, const char *subject)
{
  g_autoptr (GPtrArray) address = g_ptr_array_new ();

  if (finding->id == TL_FINDING_RESOLVER_LOCAL)
    return g_strdup_printf (_ ("Names of websites are looked up by a service on this computer "
                               "(%s); the DNS servers that it asks are those of your network "
                               "connections."),
                            subject);

  g_ptr_array_add (address, (char *)subject);
  return tl_describe_resolvers (finding, address);
}

static char *
describe_closed (const TlFinding *finding, const TlVerdict *verdict)
{
  const char *family = tl_family_name (finding->family);

  if (verdict->families[finding->family].status == TL_STATUS_BLOCKED ||
      (finding->subject == NULL && finding->n_ranges == 0))
    return g_strdup_printf (_ ("A firewall on this computer stops the %s traffic that would go "
                               "around the VPN. This was tested with a sample of addresses."),
                            family);
  if (finding->subject == NULL)
    return g_strdup_printf (
      /* Translators: IPv4 or IPv6; how many */
      ngettext ("A firewall on this computer stops %s traffic to %u range of addresses that would "
                "go around the VPN. This was tested with a sample of addresses.",
                "A firewall on this computer stops %s traffic to %u ranges of addresses that would "
                "go around the VPN. This was tested with a sample of addresses.",
                finding->n_ranges),
      family, finding->n_ranges);

  return g_strdup_printf (
    /* Translators: IPv4 or IPv6; a range of addresses */
    _ ("A firewall on this computer stops %s traffic to %s that would go around the VPN. This was "
       "tested with a sample of addresses."),
    family, finding->subject);
}

static char *
describe_firewall (const TlFinding *finding, const TlVerdict *verdict)
{
  g_autofree char *closed = NULL;
  g_autofree char *open = NULL;

  if (finding->id == TL_FINDING_FIREWALL_SILENT)
    return g_strdup_printf (
      _ ("Test packets over %s were neither seen leaving nor stopped on this computer."),
      tl_family_name (finding->family));

  closed = describe_closed (finding, verdict);
  if (finding->detail == NULL)
    return g_steal_pointer (&closed);

  /* Translators: addresses of DNS servers */
  open =
    g_strdup_printf (_ ("It does not stop packets that look up names (to %s)."), finding->detail);
  return g_strjoin (" ", closed, open, NULL);
}

/**
 * tl_describe_finding:
 * @finding: a finding
 * @verdict: the verdict it belongs to
 *
 * Returns: (transfer full): one sentence
 */
char *
tl_describe_finding (const TlFinding *finding, const TlVerdict *verdict)
{
  const char *family = finding->has_family ? tl_family_name (finding->family) : "IPv4/IPv6";
  const char *subject = finding->subject != NULL ? finding->subject : "–";
  g_autofree char *link = finding->interface != NULL ? tl_name_quote (finding->interface) : NULL;

  switch (finding->id) {
  case TL_FINDING_BYPASS:
    return describe_bypass (finding, verdict, link);
  case TL_FINDING_MARKED:
    return describe_marked (finding, link);
  case TL_FINDING_EXIT_UPLINK:
  case TL_FINDING_EXIT_UNCHANGED:
  case TL_FINDING_EXIT_UNEXPECTED:
  case TL_FINDING_EXIT_DISAGREES:
  case TL_FINDING_EXIT_CONTRADICTS:
  case TL_FINDING_EXIT_EXEMPT:
  case TL_FINDING_EXIT_FAILED:
  case TL_FINDING_EXIT_NOT_ASKED:
    return describe_exit (finding, family, subject);
  case TL_FINDING_KERNEL_DIFFERS:
    return g_strdup_printf (_ ("The system routes %s differently from what its tables say; what it "
                               "does is what counts here."),
                            family);
  case TL_FINDING_KERNEL_SILENT:
    return g_strdup_printf (_ ("The system did not say where all %s traffic goes."), family);
  case TL_FINDING_EXPECTED_BYPASS:
    return describe_expected (finding, verdict);
  case TL_FINDING_SERVER_ROUTE:
    return g_strdup_printf (_ ("The VPN’s own packets go directly to its server %s, as they must."),
                            subject);
  case TL_FINDING_RESOLVER_BYPASS:
  case TL_FINDING_RESOLVER_BLOCKED:
  case TL_FINDING_RESOLVER_LOCAL:
    return describe_resolver (finding, subject);
  case TL_FINDING_NAME_FOUND:
    return g_strdup_printf (_ ("Your DNS server finds names that have %s addresses only."), family);
  case TL_FINDING_NAME_MISSING:
    return g_strdup_printf (_ ("Your DNS server does not find names that have %s addresses only. "
                               "That does not protect you: calls and malware use addresses without "
                               "asking for a name."),
                            family);
  case TL_FINDING_NM_ABSENT:
    return g_strdup (_ ("NetworkManager is not running; this is what the routes of your computer "
                        "say."));
  case TL_FINDING_IPSEC:
    return g_strdup (_ ("There seems to be an IPsec VPN, and its way does not show in the "
                        "routes."));
  case TL_FINDING_BLOCKED:
    return g_strdup_printf (_ ("%s is blocked on this computer."), family);
  case TL_FINDING_ORPHANED_BLOCK:
    /* Translators: a range of addresses; a command for a terminal */
    return g_strdup_printf (_ ("A block of %s was left behind and has no VPN to belong to. Undo "
                               "removes it; if not, an administrator can, with the command “%s”."),
                            subject, finding->detail != NULL ? finding->detail : "–");
  case TL_FINDING_FIREWALL_BLOCKED:
  case TL_FINDING_FIREWALL_SILENT:
    return describe_firewall (finding, verdict);
  default:
    g_return_val_if_reached (g_strdup (tl_finding_id_to_string (finding->id)));
  }
}

/**
 * tl_describe_bypass:
 * @entry: a range that bypasses
 *
 * Returns: (transfer full): the route that proves it, in technical words
 */
char *
tl_describe_bypass (const TlBypass *entry)
{
  char prefix[TL_PREFIX_STRLEN];
  char gateway[TL_ADDRESS_STRLEN];
  g_autofree char *link = tl_name_clean (entry->interface);

  tl_prefix_format (&entry->prefix, prefix);
  if (!entry->has_gateway)
    /* Translators: a range of addresses; a network interface; number of a routing table */
    return g_strdup_printf (_ ("%s out of %s (routing table %u)"), prefix, link, entry->table);

  tl_address_format (&entry->gateway, gateway);
  /* Translators: a range of addresses; a network interface; an address; number of a routing table
   */
  return g_strdup_printf (_ ("%s out of %s to the router %s (routing table %u)"), prefix, link,
                          gateway, entry->table);
}
