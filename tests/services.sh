# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
#
# Keeps services that come with packages from being started or enabled, and finds what was left
# running. Sourced by bash.

readonly policy=/usr/sbin/policy-rc.d
readonly policy_before=$policy.before-tunnel-light
readonly policy_mark='tunnel-light: blocks service starts while packages are installed'

# Debian asks policy-rc.d before it starts a service; 101 means "not allowed"
# (/usr/share/doc/init-system-helpers/README.policy-rc.d.gz). Ours also keeps what was enabled
# before, so that whatever ends this run, the next one can put everything back.
block_service_starts () {
  restore_services # what a killed run left
  if [ -e $policy ] || [ -L $policy ]; then mv $policy $policy_before; fi
  {
    printf '#!/bin/sh\n# %s\n' "$policy_mark"
    enabled_services | sed 's/^/#enabled /'
    printf 'exit 101\n'
  } >$policy
  chmod 755 $policy
}

# Disables what was enabled since block_service_starts, and allows starts as before it. Does
# nothing if that was never called.
restore_services () {
  if grep -qsF "$policy_mark" $policy; then
    disable_services_but <(sed -n 's/^#enabled //p' $policy)
    rm -f $policy
  fi
  if [ -e $policy_before ] || [ -L $policy_before ]; then mv $policy_before $policy; fi
}

# enabled_services: the links that start services at boot and at login, one a line.
enabled_services () {
  local folder
  for folder in /etc/systemd/system /etc/systemd/user; do
    if [ -d $folder ]; then find $folder -type l; fi
  done
  find /etc/rc?.d -name 'S*' 2>/dev/null
  return 0
}

# disable_services_but FILE: disables what is enabled and is not in FILE (of enabled_services).
disable_services_but () {
  local link
  enabled_services | grep -vxFf "$1" | while read -r link; do
    case $link in
      /etc/rc?.d/S??*) if [ -e "$link" ]; then update-rc.d "${link##*/S??}" disable; fi ;;
      *) rm "$link" ;;
    esac
  done
}

# listeners: what can be reached from outside in this network namespace, one a line: listening
# TCP sockets, UDP sockets below the ephemeral ports and raw ICMPv6 sockets; loopback is left
# out. Addresses stay as the kernel writes them in /proc/net, since ss may not be installed yet.
listeners () {
  local protocol
  for protocol in tcp tcp6 udp udp6 raw6; do
    awk -v protocol=$protocol '
      BEGIN { one = "00000000000000000000000001000000" }
      FNR == 1 { next }
      { split ($2, local, ":") }
      length (local[1]) == 8 && substr (local[1], 7) == "7F" { next }
      local[1] == one || substr (local[1], 17) ~ /^FFFF0000......7F$/ { next }
      protocol ~ /^tcp/ && $4 != "0A" { next }
      protocol ~ /^udp/ && ($4 != "07" || local[2] >= "8000") { next }
      { print protocol, $2 }' "/proc/net/$protocol" 2>/dev/null
  done | sort -u
}

# processes_with TEXT: the processes that were started with TEXT in their environment, a process id
# and a command line each line.
processes_with () {
  local file pid found
  # without an environment of its own, or it would find itself
  found=$(env -i grep -lsF -- "$1" /proc/[0-9]*/environ)
  for file in $found; do
    pid=${file#/proc/}
    pid=${pid%/environ}
    printf '%s %s\n' "$pid" "$({ tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null)"
  done
}
