// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "client/runtime/benchmark/benchmark.h"
#include "client/runtime/benchmark/runner.h"

namespace trimtab::benchmark {

// Bytes for a request that no compression makes smaller; the same for the same
// seed.
std::string RandomPayload(std::int64_t bytes, std::uint64_t seed);

// How long a request of a given size takes.
struct LatencyBenchmark {
  static constexpr std::int64_t kMaxRequestBytes = 64LL << 20;

  std::string name;
  // 0 to kMaxRequestBytes.
  std::int64_t request_bytes = 1000;
  std::uint64_t seed = 1;
  // Sends the payload and waits for the answer; the bytes of both that count.
  // Called by the load's workers at once.
  std::function<absl::StatusOr<std::int64_t>(const Call&, std::string_view payload)> send;
  std::function<absl::Status()> setup = {};
  std::function<absl::Status()> cleanup = {};
};

// Runs it; the result knows the size of its requests. Errors as for RunBenchmark(), and
// INVALID_ARGUMENT for a size out of range.
absl::StatusOr<Result> RunLatency(const LatencyBenchmark& benchmark, const RunOptions& options,
                                  Clock& clock);

}  // namespace trimtab::benchmark
