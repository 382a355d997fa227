// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/benchmark/host/host_benchmark.h"

#include <atomic>
#include <utility>

#include "client/runtime/benchmark/runner.h"

namespace trimtab::benchmark {
namespace {

host::Outcome OutcomeOf(const absl::Status& status) {
  if (status.ok()) return host::Outcome::kOk;
  return absl::IsDeadlineExceeded(status) ? host::Outcome::kTimeout : host::Outcome::kError;
}

}  // namespace

host::TunableHost::Benchmark ForHost(host::MetricsRecorder metrics, Benchmark benchmark, Load load,
                                     Clock& clock) {
  return [metrics, benchmark = std::move(benchmark), load, &clock](
             std::chrono::nanoseconds duration, const std::stop_token& stop) mutable {
    std::atomic<bool> recorded = false;
    Benchmark recording = benchmark;
    recording.run = [&](const Call& call) {
      host::RequestTimer timer = metrics.Begin(call.intended);
      recorded = true;
      absl::StatusOr<std::int64_t> bytes = benchmark.run(call);
      timer.Finish(OutcomeOf(bytes.status()), bytes.value_or(0));
      return bytes;
    };
    recording.missed = [&](const Call& call) {
      recorded = true;
      metrics.Begin(call.intended).Finish(host::Outcome::kTimeout);
      if (benchmark.missed) benchmark.missed(call);
    };
    RunOptions options;
    options.load = load;
    options.duration = duration;
    options.stop = stop;
    const absl::Status status = RunBenchmark(recording, options, clock).status();
    if (recorded && absl::IsFailedPrecondition(status)) return absl::OkStatus();
    return status;
  };
}

}  // namespace trimtab::benchmark
