// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/benchmark/latency.h"

#include "daemon/base/error.h"
#include "daemon/base/random.h"

namespace trimtab::benchmark {

std::string RandomPayload(std::int64_t bytes, std::uint64_t seed) {
  std::string payload(static_cast<std::size_t>(bytes), '\0');
  Random random(seed);
  for (char& each : payload) each = static_cast<char>(random.Next());
  return payload;
}

absl::StatusOr<Result> RunLatency(const LatencyBenchmark& benchmark, const RunOptions& options,
                                  Clock& clock) {
  if (benchmark.request_bytes < 0 || benchmark.request_bytes > LatencyBenchmark::kMaxRequestBytes) {
    return Error(absl::StatusCode::kInvalidArgument, "request_bytes is {}; allowed are 0 to {}",
                 benchmark.request_bytes, LatencyBenchmark::kMaxRequestBytes);
  }
  if (!benchmark.send) return absl::InvalidArgumentError("the benchmark has nothing to send with");
  const std::string payload = RandomPayload(benchmark.request_bytes, benchmark.seed);
  Benchmark plain;
  plain.name = benchmark.name;
  plain.setup = benchmark.setup;
  plain.run = [&](const Call& call) { return benchmark.send(call, payload); };
  plain.cleanup = benchmark.cleanup;
  absl::StatusOr<Result> result = RunBenchmark(plain, options, clock);
  if (result.ok()) result->request_bytes = benchmark.request_bytes;
  return result;
}

}  // namespace trimtab::benchmark
