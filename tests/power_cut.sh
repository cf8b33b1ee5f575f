#!/usr/bin/env bash
# Cuts the power of a machine that writes to its store, and looks whether everything that was
# acknowledged is there. Needs root (loop devices); says so and exits with 77 without it.
#   bash tests/power_cut.sh [ROUNDS]       30 when not given
#
# The store is on an ext4 image on a loop device. While `examples/power_cut` writes, it is frozen
# (SIGSTOP), so that nothing it has in hand is finished for it, and the image is copied: what the
# file system has not written yet is lost, as with the power. A copy during which the image
# changed is a state that never was, and is thrown away. The copy is mounted, which replays ext4's
# journal, the store is opened and compared with what was acknowledged.
# This models the loss of the page cache, not of a drive's own volatile cache.
#
# First the control: the same with a program that trusts write(2). If nothing of it is lost, the
# harness cannot catch a loss, and the script fails.
#
# Environment: SILKWIRE_POWER_FOLDER (where images are; not tmpfs), SILKWIRE_SEED.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

n_rounds=${1:-30}
((EUID == 0)) || { echo "power_cut.sh needs root: it mounts loop devices" >&2; exit 77; }
[[ -e /dev/loop-control ]] || { echo "power_cut.sh needs loop devices" >&2; exit 77; }

cargo build --quiet --locked --example power_cut
target=$(cargo metadata --format-version 1 --no-deps --locked |
  sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
program=$target/debug/examples/power_cut

RANDOM=${SILKWIRE_SEED:-$RANDOM}
seed=$RANDOM
RANDOM=$seed
echo "SILKWIRE_SEED=$seed"

folder=${SILKWIRE_POWER_FOLDER:-$target/tmp}
mkdir -p "$folder"
work=$(mktemp -d -p "$folder")
mountpoint=$work/mnt
mkdir "$mountpoint"
writer=
device=

# Whatever happens: nothing of ours stays mounted or alive.
let_go() {
  [[ -z $writer ]] || { kill -KILL "$writer" 2>/dev/null; wait "$writer" 2>/dev/null; writer=; } || true
  mountpoint -q "$mountpoint" && umount "$mountpoint"
  [[ -z $device ]] || losetup -d "$device"
  device=
}
trap 'let_go; rm -rf "$work"' EXIT

attach() { # IMAGE
  device=$(losetup --find --show "$1")
  mount -t ext4 "$device" "$mountpoint"
}

detach() {
  umount "$mountpoint"
  losetup -d "$device"
  device=
}

new_image() { # IMAGE
  rm -f "$1"
  truncate -s 256M "$1"
  mkfs.ext4 -q -E lazy_itable_init=0,lazy_journal_init=0 "$1"
}

pause() { # MILLISECONDS
  sleep "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))"
}

# Loads the store on $work/image, cuts the power in the middle, leaves the copy as $work/image.
# Fails if no copy was a state that was.
cut() { # KIND FIRST
  attach "$work/image"
  : >"$work/ledger"
  "$program" load "$1" "$mountpoint/state" "$work/ledger" "$2" &
  writer=$!
  local patience=600
  until [[ -s $work/ledger ]]; do
    kill -0 "$writer" 2>/dev/null || { echo "the writer died" >&2; return 1; }
    ((patience-- > 0)) || { echo "the writer acknowledges nothing" >&2; return 1; }
    sleep 0.05
  done
  pause $((300 + RANDOM % 3700))
  kill -STOP "$writer"
  local is_copied=
  for _ in 1 2 3 4 5; do
    cp --sparse=always "$work/image" "$work/copy"
    if cmp -s "$work/image" "$work/copy"; then is_copied=yes; break; fi
  done
  kill -KILL "$writer"
  wait "$writer" 2>/dev/null || true
  writer=
  detach
  mv "$work/copy" "$work/image"
  [[ $is_copied ]]
}

# Checks the store on $work/image; keeps the image if something is lost.
check() { # KIND ROUND
  local outcome=0
  attach "$work/image"
  timeout 300 "$program" check "$1" "$mountpoint/state" "$work/ledger" || outcome=$?
  detach
  return "$outcome"
}

n_caught=0
for round in 1 2 3; do
  new_image "$work/image"
  if cut plain 0; then
    echo -n "control $round: "
    check plain "$round" || n_caught=$((n_caught + 1))
  fi
done
((n_caught > 0)) || { echo "the control lost nothing: this harness catches no loss" >&2; exit 1; }

n_bad=0 n_counted=0
for ((round = 1; n_counted < n_rounds && round <= 2 * n_rounds; round++)); do
  # Every fifth round begins with an empty disk; the others go on from what survived.
  ((round % 5 != 1)) || new_image "$work/image"
  if ! cut store $((round * 100000)); then
    echo "round $round: the image changed while it was copied; not counted"
    new_image "$work/image"
    continue
  fi
  n_counted=$((n_counted + 1))
  cp --sparse=always "$work/image" "$work/before"
  echo -n "round $round: "
  if ! check store "$round"; then
    n_bad=$((n_bad + 1))
    kept=$folder/power-cut-$seed-$round
    mkdir -p "$kept"
    cp --sparse=always "$work/before" "$kept/image"
    cp "$work/ledger" "$kept/ledger"
    echo "round $round: kept in $kept"
    new_image "$work/image"
  fi
done
echo "$n_counted rounds, $n_bad bad; the control lost in $n_caught of 3"
((n_bad == 0 && n_counted == n_rounds))
