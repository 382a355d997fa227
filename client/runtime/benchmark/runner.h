// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>

#include "client/runtime/benchmark/benchmark.h"
#include "client/runtime/benchmark/progress.h"
#include "client/runtime/benchmark/result.h"

namespace trimtab::benchmark {

// How a benchmark is run.
struct RunOptions {
  Load load = {};
  // Load before anything is measured; its results are thrown away.
  Duration warm_up{};
  // Measure for so long, or so many requests, whichever is first; one of them
  // must be given.
  std::optional<Duration> duration = {};
  std::optional<std::int64_t> count = {};
  // Requests of an open loop that were due before the end are still sent for so
  // long after it; those left then are missed.
  Duration drain = std::chrono::seconds(1);
  // Ends the run early; what was measured until then is the result.
  std::stop_token stop = {};
  // Whose memory is measured; 0 is this process, which is right when the
  // benchmark runs in the process that it measures.
  int memory_pid = 0;
  // Called about every 50 ms by a worker; must be quick. May be empty.
  std::function<void(const Progress&)> on_progress = {};
};

// Sets up, warms up, measures, cleans up; returns when all that is done and no
// request is under way any more, so a request must end by itself.
//
// Errors: INVALID_ARGUMENT lists all that is wrong with the options;
// what the setup returned (INTERNAL when it threw); FAILED_PRECONDITION when no
// request succeeded, with the most frequent error; RESOURCE_EXHAUSTED when the
// system has no more threads. The cleanup is done in all cases but the first; an
// error of its own is added to the message, or else is a warning of the result.
absl::StatusOr<Result> RunBenchmark(const Benchmark& benchmark, const RunOptions& options,
                                    Clock& clock);

}  // namespace trimtab::benchmark
