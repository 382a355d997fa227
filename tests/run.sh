#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every job of the project by name, the same for people and CI:
#   tests/run.sh [test]               build (build/) and run every test
#   tests/run.sh asan|tsan [LABEL..]  the same under sanitizers, of the labels named
#   tests/run.sh tidy                 clang-tidy and clang's thread safety analysis
#   tests/run.sh format               clang-format
#   tests/run.sh lint                 buf lint, promtool check metrics
#   tests/run.sh fuzz [SECONDS] [NAME..]  every fuzzer of tests/fuzz, or those named, 60 s each
#   tests/run.sh bench [PATTERN]      every benchmark whose name matches; "stress":
#                                     sizes changed under a million requests a part
#   tests/run.sh packages             Debian packages: install, run and purge on a bare root
#   tests/run.sh container            the images, built and run with buildah
#   tests/run.sh kubernetes           the manifests against Kubernetes' schemas
#   tests/run.sh compose              the compose file against the Compose Specification's schema
set -euo pipefail
cd "$(dirname "$0")/.."

build() {  # DIRECTORY TARGETS CMAKE-OPTION...
  local directory=$1 targets=$2
  shift 2
  cmake -G Ninja -S . -B "$directory" -DTRIMTAB_BUILD_TESTS=ON "$@" >/dev/null
  # shellcheck disable=SC2086
  ninja -C "$directory" -j2 --quiet $targets
}
check() {  # DIRECTORY CTEST-OPTION...
  local directory=$1
  shift
  local code=0
  ctest --test-dir "$directory" -j2 --output-on-failure --timeout 300 "$@" \
    >"$directory/ctest.log" 2>&1 || code=$?
  [ $code = 0 ] || grep -E -A8 "Failure$|^(ERROR|FAIL):|Sanitizer" "$directory/ctest.log" | head -80
  tail -20 "$directory/ctest.log"
  return $code
}
sanitize() {  # NAME SANITIZERS LABEL...
  local name=$1 sanitizers=$2 labels=("${@:3}")
  local pattern=""
  [ ${#labels[@]} = 0 ] || pattern="^($(IFS='|'; echo "${labels[*]}"))\$"
  build "build-$name" "${labels[*]/#/tests-}" -DCMAKE_BUILD_TYPE=Debug "-DTRIMTAB_SANITIZE=$sanitizers"
  # Undefined behaviour is only printed unless told otherwise.
  export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
  # A library that isn't built for it knows better what it does with its memory.
  export TSAN_OPTIONS=ignore_noninstrumented_modules=1:suppressions=$PWD/tests/tsan.supp
  check "build-$name" ${pattern:+-L "$pattern"}
}

job=${1:-test}
[ $# = 0 ] || shift
case "$job" in
  test)
    tests/install-packages.sh --all
    build build "" -DCMAKE_BUILD_TYPE=Release
    check build
    ;;
  asan)
    tests/install-packages.sh
    sanitize asan address,undefined "$@"
    ;;
  tsan)
    tests/install-packages.sh
    sanitize tsan thread "$@"
    ;;
  tidy)
    tests/install-packages.sh --all
    # clang doesn't read what gcc has precompiled.
    build build-tidy "trimtab_proto trimtab_bench_proto" -DCMAKE_BUILD_TYPE=Release -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON
    git ls-files 'daemon/*.cc' 'client/*.cc' | xargs -P2 -n4 clang-tidy -p build-tidy --quiet
    ;;
  format)
    tests/install-packages.sh --all
    git ls-files '*.h' '*.cc' | xargs clang-format --dry-run --Werror
    ;;
  lint)
    if command -v npx >/dev/null; then
      (cd proto && npx --yes @bufbuild/buf@1.75.0 lint) && echo "buf lint: nothing to say"
    else
      echo "SKIPPED: buf lint (npm is not installed)"
    fi
    if command -v promtool >/dev/null; then
      tests/install-packages.sh
      build build "trimtabd trimtab-demo-backend trimtab-demo-host trimtab-demo-load" \
        -DCMAKE_BUILD_TYPE=Release
      tests/check-metrics.sh
    else
      echo "SKIPPED: promtool check metrics (Debian's package prometheus is not installed)"
    fi
    ;;
  fuzz)
    tests/install-packages.sh --all
    seconds=${1:-60}
    [ $# = 0 ] || shift
    build build-fuzz tests-fuzz -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_BUILD_TYPE=Debug \
      -DTRIMTAB_SANITIZE=fuzzer-no-link,address,undefined
    export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
    for program in build-fuzz/fuzz/fuzz_*; do
      name=${program##*/fuzz_}
      [ $# = 0 ] || [[ " $* " == *" $name "* ]] || continue
      mkdir -p "build-fuzz/corpus/$name" "build-fuzz/findings/$name"
      more=()
      [ "$name" != settings ] || more=(config config/profiles)
      # What is new goes to the first folder.
      "$program" -max_total_time="$seconds" -timeout=30 -rss_limit_mb=4096 -print_final_stats=1 \
        -artifact_prefix="build-fuzz/findings/$name/" "build-fuzz/corpus/$name" \
        "tests/fuzz/corpus/$name" "${more[@]}" >"build-fuzz/$name.log" 2>&1 ||
        { tail -40 "build-fuzz/$name.log"; echo "fuzz $name: a finding in build-fuzz/findings/$name"; exit 1; }
      echo "fuzz $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "build-fuzz/$name.log") inputs, no finding"
    done
    ;;
  bench)
    tests/install-packages.sh
    build build "" -DCMAKE_BUILD_TYPE=Release
    if [[ stress =~ ${1:-} ]]; then
      echo "== stress"
      TRIMTAB_STRESS_REQUESTS=1000000 ctest --test-dir build -R 'runtime_(batch|cache|concurrency|network_stress)_test' \
        --verbose --timeout 1500 | grep -E "OK.*Stress|FAILED|tests passed"
    fi
    for program in build/bench/*; do
      # Below build/bench/tools is what scripts start.
      [[ -f $program && -x $program && $program =~ ${1:-} ]] || continue
      echo "== ${program##*/}"
      "$program"
    done
    for script in overhead idle; do
      [[ api_$script =~ ${1:-} ]] || continue
      echo "== api_$script"
      "tests/bench/api/$script.py"
    done
    if [ $# = 0 ]; then
      echo "By hand, for they take minutes to hours: tests/bench/api/overload.py," \
        "tests/bench/demo/search_against_grid.py, tests/bench/search/run.sh"
    fi
    ;;
  packages)
    tests/install-packages.sh
    build build packages -DCMAKE_BUILD_TYPE=Release
    tests/deploy/packages.sh
    ;;
  container)
    tests/deploy/container.sh
    ;;
  kubernetes)
    if ! command -v npm >/dev/null || ! command -v kubectl >/dev/null; then
      echo "SKIPPED: kubernetes (npm or kubectl is not installed)"
      exit 0
    fi
    mkdir -p build/kubernetes
    cp tests/deploy/kubernetes/* build/kubernetes/
    (cd build/kubernetes && npm install --silent --no-audit --no-fund --no-package-lock)
    for folder in base overlays/dev overlays/production; do
      kubectl kustomize "deploy/kubernetes/$folder" | node build/kubernetes/validate.mjs -
    done
    ;;
  compose)
    if ! command -v npm >/dev/null; then
      echo "SKIPPED: compose (npm is not installed)"
      exit 0
    fi
    mkdir -p build/compose
    cp tests/deploy/compose/* build/compose/
    (cd build/compose && npm install --silent --no-audit --no-fund --no-package-lock)
    node build/compose/validate.mjs deploy/compose.yaml
    ;;
  *)
    sed -n '3,15p' "$0" >&2
    exit 2
    ;;
esac
