#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every job of the project by name, the same for people and CI:
#   tests/run.sh [test|asan|tsan|tidy|format|lint]
set -euo pipefail
cd "$(dirname "$0")/.."

build() {  # DIRECTORY CMAKE-OPTION...
  local directory=$1
  shift
  cmake -G Ninja -S . -B "$directory" "$@" >/dev/null
  ninja -C "$directory" -j2 --quiet
}
check() { ctest --test-dir "$1" --output-on-failure --timeout 300 2>&1 | tail -60; }

job=${1:-test}
case "$job" in
  test)
    tests/install-packages.sh --all
    build build -DCMAKE_BUILD_TYPE=Release
    check build
    ;;
  asan)
    tests/install-packages.sh
    build build-asan -DCMAKE_BUILD_TYPE=Debug -DTRIMTAB_SANITIZE=address,undefined
    check build-asan
    ;;
  tsan)
    tests/install-packages.sh
    build build-tsan -DCMAKE_BUILD_TYPE=Debug -DTRIMTAB_SANITIZE=thread
    check build-tsan
    ;;
  tidy)
    tests/install-packages.sh --all
    cmake -G Ninja -S . -B build >/dev/null
    ninja -C build -j2 --quiet trimtab_proto
    git ls-files 'daemon/*.cc' 'client/*.cc' | xargs -P2 -n4 clang-tidy -p build --quiet
    ;;
  format)
    tests/install-packages.sh --all
    git ls-files '*.h' '*.cc' | xargs clang-format --dry-run --Werror
    ;;
  lint)
    if command -v npx >/dev/null; then
      (cd proto && npx --yes @bufbuild/buf@1.75.0 lint)
    else
      echo "SKIPPED: buf lint (npm is not installed)"
    fi
    ;;
  *)
    sed -n '3,4p' "$0" >&2
    exit 2
    ;;
esac
