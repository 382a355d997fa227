// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>

#include <atomic>
#include <optional>
#include <stop_token>

#include "client/runtime/benchmark/arrivals.h"
#include "client/runtime/benchmark/benchmark.h"
#include "client/runtime/benchmark/tally.h"
#include "daemon/base/clock.h"
#include "daemon/base/mutex.h"

namespace trimtab::benchmark {

// One stretch of load, the warm-up or the measurement, on threads of its own.
class Phase {
 public:
  struct Options {
    Load load;
    std::optional<Duration> duration;
    std::optional<std::int64_t> count;
    Duration drain{};
    std::stop_token stop;
  };

  // All must outlive this. `start` is the first moment of the load.
  Phase(const Benchmark& benchmark, Options options, Clock& clock, MonotonicTime start,
        Tally& tally);

  // Returns when every worker is done. RESOURCE_EXHAUSTED when threads are
  // lacking; those that began have ended then.
  absl::Status Run();

 private:
  void Work(int worker);
  void WorkClosed(int worker, Tally::Worker& out);
  void WorkOpen(int worker, Tally::Worker& out);
  void Perform(const Call& call, Tally::Worker& out);
  void Miss(const Call& call, MonotonicTime now, Tally::Worker& out);
  // The next request that is due in time; nothing at the end.
  std::optional<Call> NextDue(int worker);
  // False when the load is ended before `moment`.
  bool WaitUntil(MonotonicTime moment);
  bool Ending() const { return options_.stop.stop_requested() || failed_; }

  const Benchmark& benchmark_;
  const Options options_;
  Clock& clock_;
  const MonotonicTime start_;
  Tally& tally_;

  // A thread could not be begun.
  std::atomic<bool> failed_ = false;
  std::atomic<std::int64_t> next_ = 0;
  Mutex schedule_mutex_;
  Arrivals arrivals_ TRIMTAB_GUARDED_BY(schedule_mutex_);
  Mutex wait_mutex_;
  CondVar wake_;
};

}  // namespace trimtab::benchmark
