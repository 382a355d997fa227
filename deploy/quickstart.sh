#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing, builds, starts the demo under load and lets trimtabd
# tune it, live in the terminal. Ends by itself with a report.
set -euo pipefail
from=$PWD
cd "$(dirname "$0")/.."

usage() {
  cat <<'TEXT'
Usage: deploy/quickstart.sh [OPTION...]
  --no-install       install nothing; fail when something is missing
  --keep-running     leave demo and daemon running after the report, until Ctrl-C
  --build DIRECTORY  the build tree to use, as it is configured; a new one, by
                     default build/, becomes a Release without tests
  --profile FILE     the settings to tune with, by default
                     config/profiles/quickstart.yaml
  --help             this text
Exit code: 0 when tuning came to its end, 1 when it didn't in four minutes or
something failed, 2 for a wrong option or wrong settings, 130 after Ctrl-C.
TEXT
}

install=1
keep=0
build=build
profile=config/profiles/quickstart.yaml
while [ $# -gt 0 ]; do
  case "$1" in
    --no-install) install=0 ;;
    --keep-running) keep=1 ;;
    --build)
      [ -n "${2:-}" ] || { echo "quickstart.sh: --build needs a directory" >&2; exit 2; }
      build=$2
      shift
      ;;
    --profile)
      [ -n "${2:-}" ] || { echo "quickstart.sh: --profile needs a file" >&2; exit 2; }
      [[ $2 = /* ]] && profile=$2 || profile=$from/$2
      [ -f "$profile" ] || { echo "quickstart.sh: --profile: there is no file '$2'" >&2; exit 2; }
      shift
      ;;
    --help) usage; exit 0 ;;
    *) echo "quickstart.sh: unknown option '$1'" >&2; usage >&2; exit 2 ;;
  esac
  shift
done

# Ends what was started, daemon first: it puts the host back before the host
# goes. A second Ctrl-C must not leave anything behind.
work=
finish() {  # CODE
  trap '' INT TERM HUP
  trap - EXIT
  local started
  mapfile -t started <<<"$(jobs -p)"
  for ((i = ${#started[@]} - 1; i >= 0; i--)); do
    kill -TERM "${started[i]}" 2>/dev/null || continue
    wait "${started[i]}" 2>/dev/null || true
  done
  [ -z "$work" ] || rm -rf "$work"
  exit "$1"
}
trap 'finish $?' EXIT
trap 'finish 129' HUP
trap 'finish 130' INT
trap 'finish 143' TERM
work=$(mktemp -d)

[ "$install" = 0 ] || tests/install-packages.sh
[ -f "$build/build.ninja" ] ||
  cmake -G Ninja -S . -B "$build" -DCMAKE_BUILD_TYPE=Release -DTRIMTAB_BUILD_TESTS=OFF >"$work/cmake.log" ||
  { cat "$work/cmake.log"; exit 1; }
ninja -C "$build" -j2 trimtabd trimtabctl trimtab-demo-backend trimtab-demo-host trimtab-demo-load
bin=$build/bin
"$bin/trimtabctl" validate "$profile" >"$work/validate" || exit 2

# Starts a program apart from the terminal's Ctrl-C, which would end all of them
# at once and in no order. Sets `pid`.
start() {  # LOG PROGRAM ARGUMENT...
  setsid "$bin/$2" "${@:3}" >"$work/$1" 2>&1 &
  pid=$!
}
# Waits until the program `pid` has written a line, and prints its last word.
line_of() {  # LOG WORD
  until grep -q "$2" "$work/$1"; do
    kill -0 "$pid" 2>/dev/null || { cat "$work/$1" >&2; return 1; }
    read -rt 0.05 <> <(:) || :
  done
  grep -m1 "$2" "$work/$1" | sed 's/.* //'
}

start backend trimtab-demo-backend
backend=$(line_of backend listening)
start host trimtab-demo-host --backend "$backend"
tuner=$(line_of host tuner)
data=$(line_of host data)
start load trimtab-demo-load --target "$data"
start trimtabd trimtabd --config "$profile" --host "$tuner" --store "$work/trimtab.db" \
  --api "unix:$work/api" --metrics 127.0.0.1:0
line_of trimtabd "trimtabd runs" >/dev/null
metrics=$(sed -n 's/.*metrics="\([^"]*\)".*/\1/p' "$work/trimtabd")
export TRIMTAB_ADDRESS="unix:$work/api"

echo "The demo is under load; metrics for Prometheus: http://$metrics/metrics"
over=0
$bin/trimtabctl watch --until-holding --for-seconds 235 || over=1
if [ "$over" = 1 ]; then
  echo "Tuning was not over in time; the newest of the daemon's log:" >&2
  tail -5 "$work/trimtabd" >&2
fi
echo
$bin/trimtabctl report
if [ "$keep" = 1 ]; then
  echo "Still running; TRIMTAB_ADDRESS=$TRIMTAB_ADDRESS $bin/trimtabctl status; Ctrl-C ends it."
  wait "$pid"
fi
exit "$over"
