#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
#
# machine.sh STATE MACHINE ROOT: gives one machine of a laboratory its own view of the file system
# and stays as the holder of that view. Run in the machine's network namespace by
# `unshare --mount --uts --propagation unchanged`.
set -eu
state=$1 machine=$2 root=$3
own=$state/$machine

# In a chroot whose root is no mount point nothing can be made private: take a copy of it that is.
if ! mount -n --make-rprivate / 2>/dev/null; then
  mkdir -p "$root/$machine"
  mount -n --rbind / "$root/$machine"
  mount -n --make-rprivate "$root/$machine"
  exec chroot "$root/$machine" /bin/sh "$0" "$@"
fi

# NetworkManager waits for udev for ever where /sys can be written.
mount -n -t sysfs -o ro sysfs /sys

# An empty /run in which the laboratory's folder is at its usual place.
mkdir -p "$own/run"
mount -n -t tmpfs -o mode=755 tmpfs "$own/run"
mkdir -p "$own/run${state#/run}"
mount -n --bind "$state" "$own/run${state#/run}"
mount -n --move "$own/run" /run
mkdir -p /run/dbus /run/NetworkManager /run/wireguard /run/etc/upper /run/etc/work
if [ -d /var/lib/NetworkManager ]; then
  mount -n -t tmpfs -o mode=700 tmpfs /var/lib/NetworkManager
fi

# /etc of this machine, which can be written without touching the real one.
mount -n -t overlay -o lowerdir=/etc,upperdir=/run/etc/upper,workdir=/run/etc/work overlay /etc
rm -f /etc/resolv.conf
cp "$own/resolv.conf" /etc/resolv.conf
printf '127.0.0.1 localhost\n::1 localhost\n' >/etc/hosts
sed -i 's/^hosts:.*/hosts: files dns/' /etc/nsswitch.conf
[ -s /etc/machine-id ] || tr -d - </proc/sys/kernel/random/uuid >/etc/machine-id
bundle=/etc/ssl/certs/ca-certificates.crt
mkdir -p "${bundle%/*}"
[ ! -e $bundle ] || cp $bundle /run/ca-certificates.crt
cat "$state/certificates/ca.crt" >>/run/ca-certificates.crt
rm -f $bundle
cp /run/ca-certificates.crt $bundle
echo "$machine" >/proc/sys/kernel/hostname

# Nothing is left to what the real machine has set.
for each in all default; do
  (
    cd /proc/sys/net/ipv6/conf/$each
    echo 0 >disable_ipv6
    echo 0 >accept_dad
    echo 0 >use_tempaddr
    echo 1 >accept_ra
  )
  echo 2 >/proc/sys/net/ipv4/conf/$each/rp_filter
done
if [ "$machine" != home ]; then
  echo 1 >/proc/sys/net/ipv4/ip_forward
  echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
  for each in all default; do
    echo 0 >/proc/sys/net/ipv4/conf/$each/rp_filter
    echo 0 >/proc/sys/net/ipv6/conf/$each/accept_ra
  done
fi
: >"$own/ready"
exec sleep infinity
