// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/benchmark/result.h"

namespace trimtab::benchmark {
namespace {

double PerSecond(std::int64_t count, Duration length) {
  const double seconds = std::chrono::duration<double>(length).count();
  return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

}  // namespace

double Result::ThroughputOps() const { return PerSecond(succeeded, length); }

double Result::ThroughputBytes() const { return PerSecond(payload_bytes, length); }

double Result::FailedPercent() const {
  if (iterations() == 0) return 0;
  return 100 * static_cast<double>(failed()) / static_cast<double>(iterations());
}

}  // namespace trimtab::benchmark
