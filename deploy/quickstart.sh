#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing, builds, starts the demo under load and lets trimtabd
# tune it, live in the terminal. Ends by itself with a report.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'TEXT'
Usage: deploy/quickstart.sh [--no-install] [--keep-running] [--help]
  --no-install    install nothing; fail when something is missing
  --keep-running  leave demo and daemon running after the report, until Ctrl-C
TEXT
}

install=1
keep=0
for argument in "$@"; do
  case "$argument" in
    --no-install) install=0 ;;
    --keep-running) keep=1 ;;
    --help) usage; exit 0 ;;
    *) echo "quickstart.sh: unknown option '$argument'" >&2; usage >&2; exit 2 ;;
  esac
done

pids=()
work=$(mktemp -d)
# Ends what was started, daemon first: it puts the host back before the host
# goes.
finish() {
  local code=$?
  trap - EXIT
  # A second Ctrl-C must not leave anything behind.
  trap '' INT TERM
  for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
    kill -TERM "${pids[i]}" 2>/dev/null || continue
    wait "${pids[i]}" 2>/dev/null || true
  done
  rm -rf "$work"
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

[ "$install" = 0 ] || tests/install-packages.sh
cmake -G Ninja -S . -B build -DCMAKE_BUILD_TYPE=Release -DTRIMTAB_BUILD_TESTS=OFF >"$work/cmake.log" || { cat "$work/cmake.log"; exit 1; }
ninja -C build -j2 trimtabd trimtabctl trimtab-demo-backend trimtab-demo-host trimtab-demo-load

# Waits until a started program has written a line, and prints its last word.
line_of() {  # FILE WORD PID
  until grep -q "$2" "$1"; do
    kill -0 "$3" 2>/dev/null || { cat "$1" >&2; return 1; }
    read -rt 0.05 <> <(:) || :
  done
  grep -m1 "$2" "$1" | sed 's/.* //'
}

bin=build/bin
$bin/trimtab-demo-backend >"$work/backend" 2>&1 & pids+=($!)
backend=$(line_of "$work/backend" listening "${pids[-1]}")
$bin/trimtab-demo-host --backend "$backend" >"$work/host" 2>&1 & pids+=($!)
tuner=$(line_of "$work/host" tuner "${pids[-1]}")
data=$(line_of "$work/host" data "${pids[-1]}")
$bin/trimtab-demo-load --target "$data" >"$work/load" 2>&1 & pids+=($!)
$bin/trimtabd --config config/profiles/quickstart.yaml --host "$tuner" --store "$work/trimtab.db" \
  --api "unix:$work/api" --metrics 127.0.0.1:0 >"$work/trimtabd" 2>&1 & pids+=($!)
line_of "$work/trimtabd" "trimtabd runs" "${pids[-1]}" >/dev/null
metrics=$(sed -n 's/.*metrics="\([^"]*\)".*/\1/p' "$work/trimtabd")
export TRIMTAB_ADDRESS="unix:$work/api"

echo "The demo is under load; metrics for Prometheus: http://$metrics/metrics"
if ! $bin/trimtabctl watch --until-holding --for-seconds 235; then
  echo "Tuning was not over in time; the newest of the daemon's log:" >&2
  tail -5 "$work/trimtabd" >&2
fi
echo
$bin/trimtabctl report
if [ "$keep" = 1 ]; then
  echo "Still running; TRIMTAB_ADDRESS=$TRIMTAB_ADDRESS $bin/trimtabctl status; Ctrl-C ends it."
  wait "${pids[-1]}"
fi
