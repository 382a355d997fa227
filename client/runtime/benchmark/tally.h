// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "client/runtime/benchmark/progress.h"
#include "client/runtime/benchmark/result.h"
#include "client/runtime/benchmark/timeline.h"
#include "daemon/base/clock.h"
#include "daemon/base/mutex.h"

namespace trimtab::benchmark {

// Sums up what the workers measured. Each worker keeps its samples until
// Worker::kBatch of them or Worker::kLongest have gathered, so that the workers
// meet at its lock rarely, and outside of what is timed. Thread-safe.
class Tally {
 public:
  // One worker's samples on their way. Not thread-safe; the tally must outlive
  // it. Its destructor hands over what is left.
  class Worker {
   public:
    static constexpr std::size_t kBatch = 256;
    static constexpr Duration kLongest = std::chrono::milliseconds(50);

    Worker(Tally& tally, MonotonicTime now) : tally_(tally), handed_(now) {
      samples_.reserve(kBatch);
    }
    ~Worker() { tally_.Take(samples_, handed_); }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    void Add(const Sample& sample);

   private:
    Tally& tally_;
    std::vector<Sample> samples_;
    MonotonicTime handed_;
  };

  struct Options {
    // Whose memory is read; 0 is this process.
    int pid = 0;
    // Called by any worker, one at a time; may be empty.
    std::function<void(const Progress&)> on_progress = {};
    // What of it is known beforehand.
    Progress progress = {};
  };

  Tally(MonotonicTime start, Options options);

  // Counts the text of a failure; the request itself comes as a sample.
  void CountError(const absl::Status& error);

  // Fills in what was measured, once the workers are gone. `asked` is the
  // duration to be measured, unless the run was ended early.
  void Finish(std::optional<Duration> asked, Result* result) &&;

 private:
  void Take(std::vector<Sample>& samples, MonotonicTime now);
  void ReadMemory() TRIMTAB_REQUIRES(mutex_);

  const MonotonicTime start_;
  const Options options_;
  Mutex mutex_;
  Slice total_ TRIMTAB_GUARDED_BY(mutex_);
  Timeline timeline_ TRIMTAB_GUARDED_BY(mutex_);
  MonotonicTime last_end_ TRIMTAB_GUARDED_BY(mutex_);
  MonotonicTime told_ TRIMTAB_GUARDED_BY(mutex_);
  MemoryUse memory_ TRIMTAB_GUARDED_BY(mutex_);
  std::map<std::string, std::int64_t> errors_ TRIMTAB_GUARDED_BY(mutex_);
};

}  // namespace trimtab::benchmark
