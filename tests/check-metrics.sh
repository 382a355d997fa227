#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What promtool says of trimtabd's metrics, from build/bin: of a daemon without a
# host, and of one that has tried some configurations of the demo under load.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
pids=()
finish() {
  for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
    kill -TERM "${pids[i]}" 2>/dev/null || continue
    wait "${pids[i]}" || true
  done
  rm -rf "$work"
}
trap finish EXIT

start() {  # NAME WORD PROGRAM ARGUMENT...: returns once it has said the word
  local log=$work/$1 word=$2 program=$3
  shift 3
  "build/bin/$program" "$@" >"$log" 2>&1 &
  pids+=($!)
  until grep -q "$word" "$log"; do
    kill -0 "${pids[-1]}" 2>/dev/null || { cat "$log" >&2; return 1; }
    read -rt 0.05 <> <(:) || :
  done
}
said() { sed -n "s/^$2 //p" "$work/$1"; }  # NAME WORD: what followed it in its line
start_daemon() {  # NAME HOST
  start "$1" 'metrics="' trimtabd --config config/profiles/quickstart.yaml --host "$2" \
    --store "$work/$1.db" --api "unix:$work/$1.api" --metrics 127.0.0.1:0
}
scrape() {  # NAME
  local address
  address=$(sed -n 's/.*metrics="\([^"]*\)".*/\1/p' "$work/$1")
  python3 -c 'import sys, urllib.request as u; sys.stdout.buffer.write(u.urlopen(sys.argv[1]).read())' \
    "http://$address/metrics" >"$work/$1.scrape"
}
check() {  # NAME
  promtool check metrics <"$work/$1.scrape"
  echo "promtool check metrics, $(grep -c '^# TYPE' "$work/$1.scrape") metrics of a daemon $1: nothing to say"
}

start_daemon without-host "unix:$work/none"
scrape without-host
check without-host

start backend listening trimtab-demo-backend
start host data trimtab-demo-host --backend "$(sed -n 's/.*listening.* //p' "$work/backend")"
build/bin/trimtab-demo-load --target "$(said host data)" >/dev/null & pids+=($!)
start_daemon with-host "$(said host tuner)"
until scrape with-host && grep -qE '^trimtab_trials_total\{verdict="SUCCESS"\} [3-9]' "$work/with-host.scrape" &&
  grep -q '^trimtab_score{of="candidate"}' "$work/with-host.scrape"; do
  if [ $SECONDS -ge 120 ] || ! kill -0 "${pids[-1]}"; then
    cat "$work/with-host" >&2
    exit 1
  fi
  read -rt 0.2 <> <(:) || :
done
check with-host
