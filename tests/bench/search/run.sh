#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Regret of trimtab-search, and of the peers that Debian packages, on the open
# tables of the search bench, which is no part of this tree:
#   tests/bench/search/run.sh [BUILD] [OUT]
# The bench is taken from $TRIMTAB_SEARCH_BENCH or ../shared/search-bench beside
# the checkout. Writes CSV files to OUT and prints the tables.
set -euo pipefail
top=$(cd "$(dirname "$0")/../../.." && pwd)
build=${1:-$top/build}
out=${2:-$build/search-results}
bench=${TRIMTAB_SEARCH_BENCH:-$top/../shared/search-bench}
if [ ! -f "$bench/bench_search.py" ]; then
  echo "SKIPPED: no search bench at $bench (set TRIMTAB_SEARCH_BENCH)" >&2
  exit 0
fi
mkdir -p "$out"
run() { /usr/bin/python3 "$bench/bench_search.py" run --split open --seeds 10 --jobs "${JOBS:-1}" "$@"; }
report() { /usr/bin/python3 "$bench/bench_search.py" report --split open "$@"; }

rm -f "$out"/trimtab-open*.csv
run --cmd "$build/bin/trimtab-search" --label trimtab --trials 50 --out "$out/trimtab-open.csv"
run --cmd "$build/bin/trimtab-search" --label trimtab --constraint-quantile 0.3 --trials 50 \
  --out "$out/trimtab-open-constrained.csv"
if /usr/bin/python3 -c 'import optuna' 2>/dev/null; then
  run --peer optuna31_tpe --trials 50 --out "$out/optuna31-open.csv"
  run --peer optuna31_tpe --constraint-quantile 0.3 --trials 50 --out "$out/optuna31-open-constrained.csv"
else
  echo "SKIPPED: the peer Optuna (apt-get install --no-install-recommends python3-optuna)" >&2
fi
report "$out"/*-open.csv
report "$out"/*-open-constrained.csv
