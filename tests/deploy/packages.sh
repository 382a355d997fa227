#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Puts the Debian packages of build/packages/ to work on a bare Debian root of its
# own: install, run, purge, and nothing left behind; then builds a program
# against libtrimtab-dev there. Needs root, debootstrap and a package source.
set -euo pipefail
cd "$(dirname "$0")/../.."

fail() { echo "packages: $1" >&2; exit 1; }
debs=(build/packages/*.deb)
echo "packages: ${debs[*]##*/}"
if command -v lintian >/dev/null; then
  # Programs without a manual page of their own have --help; the packages are no part of Debian.
  lintian --fail-on error --suppress-tags no-manual-page,no-changelog,bad-distribution-in-changes-file \
    "${debs[@]}" || fail "lintian found errors"
else
  echo "SKIPPED: lintian (not installed)"
fi
skip() { echo "SKIPPED: packages on a bare root ($1)"; exit 0; }
[ "$(id -u)" = 0 ] || skip "needs root"
command -v debootstrap >/dev/null || skip "Debian's package debootstrap is not installed"

root=$(mktemp -d)
finish() {
  for mounted in proc dev; do mountpoint -q "$root/$mounted" && umount -l "$root/$mounted"; done
  rm -rf --one-file-system "$root"
}
trap finish EXIT
mirror=$(apt-get indextargets --format '$(REPO_URI)' | head -n 1)
debootstrap --variant=minbase bookworm "$root" "$mirror" >"build/debootstrap.log" 2>&1 ||
  { tail -n 3 build/debootstrap.log; skip "debootstrap had no source"; }
rm -f "$root/etc/apt/sources.list"
cp -r /etc/apt/sources.list* /etc/apt/apt.conf.d "$root/etc/apt/"
cp /etc/resolv.conf /etc/hosts "$root/etc/"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
mkdir "$root/packages"
# Without versions in their names, for what is said inside.
for deb in "${debs[@]}"; do
  name=${deb##*/}
  cp "$deb" "$root/packages/${name%%_*}.deb"
done

inside() {
  env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    chroot "$root" "$@"
}
quiet() { inside "$@" >"build/packages-root.log" 2>&1 || { tail -n 20 build/packages-root.log; exit 1; }; }
# What a package may leave: the records of apt and dpkg, caches, logs, the copies
# that useradd keeps.
tree() {
  (cd "$root" && find . -xdev \( -path ./proc -o -path ./dev -o -path ./packages -o -path ./var/cache \
    -o -path ./var/log -o -path ./var/lib/apt -o -path ./var/lib/dpkg -o -path ./tmp \
    -o -path './etc/*shadow-' -o -path './etc/passwd-' -o -path './etc/group-' \) -prune -o -print) | sort
  cat "$root/etc/passwd" "$root/etc/group"
}
quiet apt-get update
tree >build/tree-before
quiet apt-get install -y --no-install-recommends /packages/trimtab.deb /packages/trimtab-demo.deb /packages/trimtab-tools.deb

inside bash -euc '
  for program in trimtabd trimtabctl trimtab-bench trimtab-search trimtab-demo-{backend,host,load}; do
    command -v $program >/dev/null
    ! ldd "$(command -v $program)" | grep "not found"
  done
  [ "$(stat -c %U:%a /var/lib/trimtab)" = trimtab:750 ]
  trimtabctl validate /etc/trimtab/trimtab.yaml >/dev/null
  zcat -f /usr/share/man/man8/trimtabd.8.gz | grep -q TRIMTABD
  [ -s /usr/lib/systemd/system/trimtabd.service ]
  [ -L /etc/systemd/system/multi-user.target.wants/trimtabd.service ]
  . /usr/share/bash-completion/completions/trimtabctl
  # As the service runs, beside the demo.
  work=$(mktemp -d)
  pids=()
  trap "kill \${pids[*]} 2>/dev/null || true" EXIT
  line() { until grep -q "$2" "$1"; do kill -0 "$3"; read -rt 0.05 <> <(:) || :; done; grep -m1 "$2" "$1" | sed "s/.* //"; }
  trimtab-demo-backend >$work/backend & pids+=($!)
  backend=$(line $work/backend listening ${pids[-1]})
  trimtab-demo-host --backend "$backend" >$work/host & pids+=($!)
  tuner=$(line $work/host tuner ${pids[-1]})
  install -d -o trimtab -g trimtab -m 750 /run/trimtab
  # setpriv stays the same process, so that the signal is the daemon'"'"'s.
  setpriv --reuid=trimtab --regid=trimtab --clear-groups trimtabd --config /etc/trimtab/trimtab.yaml \
    --host "$tuner" --metrics 127.0.0.1:0 2>$work/trimtabd & pids+=($!)
  daemon=$!
  line $work/trimtabd "trimtabd runs" $daemon >/dev/null
  export TRIMTAB_ADDRESS=unix:/run/trimtab/api.sock
  timeout 60 trimtabctl watch | grep -q -m1 "^stopped\|^holding\|^measuring\|^baseline"
  trimtabd --probe readiness --config /etc/trimtab/trimtab.yaml
  kill -TERM $daemon && wait $daemon
  [ -s /var/lib/trimtab/trimtab.db ]
  rm -rf "$work" /run/trimtab
' || fail "what was installed does not work"

quiet apt-get purge -y --autoremove trimtab trimtab-demo trimtab-tools
tree >build/tree-after
diff build/tree-before build/tree-after || fail "purge leaves the above"
echo "packages: installed, ran and purged without a trace"

quiet apt-get install -y --no-install-recommends /packages/libtrimtab-dev.deb g++ cmake ninja-build
mkdir "$root/packages/outside"
cat >"$root/packages/outside/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.25)
project(outside LANGUAGES CXX)
set(CMAKE_CXX_STANDARD 20)
find_package(trimtab REQUIRED)
add_executable(outside outside.cc)
target_link_libraries(outside PRIVATE trimtab::client trimtab::host)
CMAKE
cat >"$root/packages/outside/outside.cc" <<'SOURCE'
#include <trimtab/client.h>
#include <trimtab/host.h>
int main() {
  trimtab::host::TunableHost host({.service = "outside", .instance = "one"});
  if (!host.Start().ok()) return 1;
  trimtab::TunerClient client({.address = host.address()});
  return absl::IsUnimplemented(client.GetStatus().status()) ? 0 : 2;
}
SOURCE
inside bash -euc 'cd /packages/outside && cmake -G Ninja -S . -B build >/dev/null && ninja -C build --quiet && build/outside' ||
  fail "a program outside does not build against libtrimtab-dev"
echo "packages: a program was built against libtrimtab-dev and runs"
