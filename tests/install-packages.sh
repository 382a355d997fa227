#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages that building and testing need, where missing.
set -euo pipefail
packages=(
  build-essential ccache cmake file ninja-build lld pkg-config
  libabsl-dev libboost-dev libcli11-dev libeigen3-dev libfmt-dev libgrpc++-dev liblz4-dev
  libprotobuf-dev libzstd-dev
  libspdlog-dev libsqlite3-dev libsqlitecpp-dev libyaml-cpp-dev nlohmann-json3-dev
  libcurl4-openssl-dev libssl-dev prometheus-cpp-dev protobuf-compiler protobuf-compiler-grpc
  libbenchmark-dev libgmock-dev libgtest-dev librapidcheck-dev python3
)
[ "${1:-}" != --all ] || packages+=(clang clang-format clang-tidy python3-grpcio python3-jsonschema python3-protobuf python3-yaml python3-numpy python3-optuna prometheus)
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q "ok installed" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0
[ "$(id -u)" = 0 ] || { echo "needs root to install: ${missing[*]}" >&2; exit 1; }
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
