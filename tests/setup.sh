# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
#
# What ./run and ./check share: packages, the person, building, cleaning up. Sourced by bash,
# with the top of the tree as the working directory.

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
. tests/services.sh

say () { printf '%s\n' "$*"; }
die () { printf '%s\n' "$*" >&2; exit 1; }
wrong_usage () { printf '%s\n\n' "$*" >&2; usage >&2; exit 3; }

# The person this is for: who called sudo, else who runs it.
person () {
  if [ "$(id -u)" = 0 ] && [ -n "${SUDO_USER:-}" ]; then
    printf '%s' "$SUDO_USER"
  else
    id -un
  fi
}

as_person () {
  local name
  name=$(person)
  if [ "$name" = "$(id -un)" ]; then
    "$@"
  else
    runuser -u "$name" -- env HOME="$(getent passwd "$name" | cut -d: -f6)" USER="$name" \
      LOGNAME="$name" "$@"
  fi
}

as_root () {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  else
    command -v sudo >/dev/null || die "This needs root: run it as root, or install sudo."
    sudo "$@"
  fi
}

# Is any of the signs of a package there? The format is told in tests/packages/build.
have () {
  local sign
  for sign in "$@"; do
    case $sign in
      pkg-config:*) pkg-config --exists "${sign#*:}" ;;
      command:*) command -v "${sign#*:}" ;;
      python:*) /usr/bin/python3 -c "import ${sign#*:}" ;;
      typelib:*) compgen -G "/usr/lib*/girepository-1.0/${sign#*:}.typelib" ||
        compgen -G "/usr/lib/*/girepository-1.0/${sign#*:}.typelib" ;;
      file:*) compgen -G "${sign#*:}" ;;
    esac >/dev/null 2>&1 && return
  done
  return 1
}

# missing LIST...: what is not there of tests/packages/LIST..., a package and its signs a line.
missing () {
  local list name signs
  for list in "$@"; do
    while read -r name signs; do
      case $name in '' | '#'*) continue ;; esac
      # shellcheck disable=SC2086 # the signs are words
      have $signs || printf '%s %s\n' "$name" "$signs"
    done <"tests/packages/$list"
  done
}

# ask QUESTION: yes or no, at a terminal; without one it takes --yes.
ask () {
  local answer
  if [ -n "${assume_yes:-}" ]; then return; fi
  if [ ! -t 0 ]; then die "Nobody is here to ask: pass --yes to agree."; fi
  read -r -p "$1 [y/N] " answer
  case $answer in [yYjJ]*) return ;; *) return 1 ;; esac
}

# how_many NAMES LIST...: a sentence on the packages that are missing of the lists.
how_many () {
  local names=$1 number for_tests=0 in_all=0
  shift
  number=$(printf '%s\n' "$names" | wc -l)
  case " $* " in *" lab "*) for_tests=$(missing lab | wc -l) ;; esac
  printf 'Missing packages: %d' "$number"
  if command -v apt-get >/dev/null; then
    # shellcheck disable=SC2086 # the names are words
    in_all=$(apt-get install --simulate --no-install-recommends $names 2>/dev/null | grep -c '^Inst ')
  fi
  if [ "$in_all" -gt "$number" ]; then printf ', with all that they need %d' "$in_all"; fi
  printf '.'
  if [ "$for_tests" != 0 ]; then
    printf ' For the laboratory of tests and demonstration alone: %d.' "$for_tests"
  fi
}

# need LIST...: installs what is missing of the lists, or says what is missing and ends.
need () {
  local lines names
  lines=$(missing "$@")
  if [ -z "$lines" ]; then return; fi
  names=$(printf '%s\n' "$lines" | cut -d' ' -f1)
  say "$(how_many "$names" "$@")"
  if ! command -v apt-get >/dev/null; then
    say "They are (Debian's names, and what would show that they are there):"
    printf '%s\n' "$lines" | sed 's/^/  /'
    die "Please install them with this system's package manager and start again."
  fi
  say "They are:" "$(printf '%s\n' "$names" | paste -sd ' ' | fold -s -w 90)"
  ask "Install them?" || die "Nothing was installed."
  # shellcheck disable=SC2086 # the names are words
  as_root tests/install-packages $names || die "Installing packages failed."
  lines=$(missing "$@")
  [ -z "$lines" ] || die "Still missing after installing: $lines"
}

# build DIR PREFIX OPTION...: configures and builds, as the person.
build () {
  local dir=$1 prefix=$2
  shift 2
  if [ "$(id -u)" = 0 ]; then
    mkdir -p build
    give_to_person
  fi
  if [ -f "$dir/meson-private/coredata.dat" ]; then
    as_person meson configure "$dir" --prefix "$prefix" "$@"
  else
    as_person meson setup "$dir" --prefix "$prefix" "$@"
  fi && as_person meson compile -C "$dir"
}

# install_tree DIR ROOT: what an installation would put on the computer, put into ROOT.
install_tree () {
  as_person rm -rf "$2"
  as_person env DESTDIR="$PWD/$2" meson install -C "$1" --no-rebuild --quiet
  as_person glib-compile-schemas "$2/usr/local/share/glib-2.0/schemas"
}

# What root left in build belongs to the person as well.
give_to_person () {
  if [ "$(person)" != "$(id -un)" ] && [ -d build ]; then chown -R "$(person):" build; fi
}

# on_mount_point COMMAND...: goes on where it was called if / is a mount point. In a chroot into an
# ordinary folder no network namespace can be entered (ip-netns and unshare want to change the
# propagation of /): there the same tree is mounted, in a mount namespace of its own, and COMMAND
# started in it instead.
on_mount_point () {
  if mountpoint -q /; then return; fi
  # shellcheck disable=SC2016 # expanded in the new namespace
  exec unshare --mount --propagation unchanged -- bash -euc '
    mount --bind / /mnt
    if findmnt -no PROPAGATION /mnt | grep -q shared; then
      umount /mnt
      echo "Mounts in this chroot would be seen outside it. Make it a mount point first:" >&2
      echo "mount --bind TREE TREE && mount --make-private TREE" >&2
      exit 1
    fi
    umount /mnt
    mount --rbind / /mnt
    mount --make-rprivate /mnt
    exec chroot /mnt bash -c "cd \"\$0\" && exec \"\$@\"" "$PWD" "$@"' bash "$@"
}

# supervise COMMAND...: runs it in a process group of its own, so that a signal to this script
# alone ends all of it.
supervise () {
  local status=0
  set -m
  "$@" </dev/null &
  supervised=$!
  set +m
  wait "$supervised" || status=$?
  end_group "$supervised" TERM KILL
  supervised=''
  return "$status"
}

# end_group PGID SIGNAL...: sends the signals in turn, until nothing of the group is left.
end_group () {
  local group=$1 signal tries
  shift
  for signal in "$@"; do
    kill "-$signal" -- "-$group" 2>/dev/null || return 0
    tries=50
    while [ $tries -gt 0 ] && kill -0 -- "-$group" 2>/dev/null; do
      sleep 0.1
      tries=$((tries - 1))
    done
  done
}

# Laboratories whose owner is gone, from this run or from one that crashed.
lab_down () {
  if [ "$(id -u)" = 0 ] && [ -x tests/lab/lab ] && [ -x /usr/bin/python3 ]; then
    tests/lab/lab down --all >/dev/null || say "The laboratory could not be cleaned up."
  fi
}

# A folder for what tests and the demonstration write, short enough for the paths of sockets.
make_scratch () {
  local old
  for old in /tmp/tunnel-light.*; do # of runs that were killed
    if [ -w "$old" ] && [ ! -e "/proc/${old##*.}" ]; then rm -rf --one-file-system "$old"; fi
  done
  scratch=/tmp/tunnel-light.$$
  mkdir -m 711 "$scratch" || die "There is no room for temporary files."
  chown "$(person)" "$scratch"
  export TMPDIR=$scratch
}

# at_end: runs on every way out but SIGKILL; what that leaves, the next run finds and ends.
at_end () {
  local status=$? pid
  trap - EXIT
  trap '' INT TERM HUP
  if [ -n "$supervised" ]; then end_group "$supervised" INT TERM KILL; fi
  lab_down
  processes_with "$scratch" | while read -r pid _; do kill -KILL "$pid"; done 2>/dev/null
  rm -rf --one-file-system "$scratch"
  give_to_person
  exit "$status"
}

clean_up_at_the_end () {
  supervised=''
  trap at_end EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  trap 'exit 129' HUP
  make_scratch
  lab_down
}
