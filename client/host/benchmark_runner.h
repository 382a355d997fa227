// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>

#include <stop_token>

#include "client/host/config_controller.h"
#include "client/host/window_log.h"
#include "client/host/window_maker.h"
#include "daemon/base/mutex.h"

namespace trimtab::host {

// Runs the host's own benchmark, one at a time, and makes one window of it.
// Thread-safe.
class BenchmarkRunner {
 public:
  // The references must outlive this. `longest` is how much the log can hold.
  BenchmarkRunner(TunableHost::Benchmark benchmark, ConfigController& controller,
                  WindowMaker& windows, const WindowLog& log, Duration longest)
      : benchmark_(std::move(benchmark)),
        controller_(controller),
        windows_(windows),
        log_(log),
        longest_(longest) {}

  bool available() const { return static_cast<bool>(benchmark_); }

  // UNIMPLEMENTED without a benchmark; ABORTED when another generation is or
  // comes into force, at once; RESOURCE_EXHAUSTED while another run is going on;
  // UNAVAILABLE once stopped; else what the benchmark returned. A longer duration
  // than the log can hold is cut.
  absl::StatusOr<Window> Run(std::int64_t generation, Duration warm_up, Duration duration);
  // A new generation comes into force: a run on another one is asked to end.
  void OnGeneration(std::int64_t generation);
  // Asks the run to end, and later ones at once.
  void Stop();

 private:
  absl::StatusOr<Window> Measure(std::int64_t generation, Duration warm_up, Duration duration,
                                 const std::stop_token& stop);
  absl::Status CheckGeneration(std::int64_t generation) const;
  // Drives the load; ABORTED when the generation changed meanwhile.
  absl::Status Drive(std::int64_t generation, Duration duration, const std::stop_token& stop) const;

  const TunableHost::Benchmark benchmark_;
  ConfigController& controller_;
  WindowMaker& windows_;
  const WindowLog& log_;
  const Duration longest_;
  mutable Mutex mutex_;
  bool running_ TRIMTAB_GUARDED_BY(mutex_) = false;
  bool stopped_ TRIMTAB_GUARDED_BY(mutex_) = false;
  // Of the run that is going on.
  std::int64_t generation_ TRIMTAB_GUARDED_BY(mutex_) = 0;
  std::stop_source stop_ TRIMTAB_GUARDED_BY(mutex_);
  // The newest one told of; the controller's view follows a moment later.
  std::int64_t newest_ TRIMTAB_GUARDED_BY(mutex_) = 0;
};

}  // namespace trimtab::host
