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
  // comes into force; RESOURCE_EXHAUSTED while another run is going on; else
  // what the benchmark returned. A longer duration than the log can hold is cut.
  absl::StatusOr<Window> Run(std::int64_t generation, Duration warm_up, Duration duration);
  // Asks the run to end, and later ones at once.
  void Stop() { stop_.request_stop(); }

 private:
  absl::StatusOr<Window> Measure(std::int64_t generation, Duration warm_up, Duration duration);
  absl::Status CheckGeneration(std::int64_t generation) const;
  absl::Status Drive(Duration duration) const;

  const TunableHost::Benchmark benchmark_;
  ConfigController& controller_;
  WindowMaker& windows_;
  const WindowLog& log_;
  const Duration longest_;
  std::stop_source stop_;
  Mutex mutex_;
  bool running_ TRIMTAB_GUARDED_BY(mutex_) = false;
};

}  // namespace trimtab::host
