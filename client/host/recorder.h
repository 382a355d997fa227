// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>

#include "client/host/asymmetric_fence.h"
#include "client/host/recorder_lanes.h"
#include "client/host/totals.h"
#include "daemon/base/clock.h"
#include "daemon/base/mutex.h"

namespace trimtab::host {

// Counts requests by the generation that they began under. Every thread counts
// in a place of its own without a lock or an atomic read-modify-write, and a
// reading still has each request whole and exactly once. Thread-safe.
//
// Cost: some nanoseconds a request; now and then, at a thread's first request
// after a reading or after a change of generation, a microsecond. 30 KB for
// each thread that counted since the last reading.
class Recorder {
 public:
  using Stats = RecorderLanes::Stats;

  // `clock` must outlive this.
  Recorder(Clock& clock, std::int64_t generation,
           AsymmetricFence fence = AsymmetricFence::OfThisMachine());
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  MonotonicTime Now() const { return clock_.Now(); }
  // The generation that was in force at `start`; the oldest one remembered for
  // a moment long past.
  std::int64_t GenerationAt(MonotonicTime start) const;
  std::int64_t generation() const { return generation_.load(std::memory_order_acquire); }
  // From now on requests begin under `generation`, which ascends.
  void SetGeneration(std::int64_t generation);

  // Counts a request that ends now. A start in the future counts as now.
  void Record(std::int64_t generation, MonotonicTime start, Outcome outcome, std::int64_t bytes);
  // Counts a request that took `nanos`.
  void RecordLatency(std::int64_t generation, std::uint64_t nanos, Outcome outcome,
                     std::int64_t bytes);

  // Takes out what was counted for generations up to `generation`.
  std::map<std::int64_t, Totals> Take(std::int64_t generation) { return lanes_->Take(generation); }

  Stats stats() const { return lanes_->stats(); }

 private:
  static constexpr std::size_t kRemembered = 64;
  struct Change {
    MonotonicTime since;
    std::int64_t generation;
  };

  // Where the thread's lane has no block of this generation, or isn't known. Of
  // its own, so that the quick path saves no registers.
  [[gnu::noinline, gnu::cold]] void RecordSlowly(std::int64_t generation, std::uint64_t nanos,
                                                 Outcome outcome, std::int64_t bytes);

  Clock& clock_;
  // Never the same for two recorders of a process; never 0.
  const std::uint64_t id_;
  const AsymmetricFence fence_;
  // Shared with the threads that have a lane, which may outlive this.
  const std::shared_ptr<RecorderLanes> lanes_;
  std::atomic<std::int64_t> generation_;
  // When the present generation came into force, in the clock's own ticks.
  std::atomic<MonotonicTime::rep> since_;
  mutable Mutex mutex_;
  // Oldest first; the last one is the present.
  std::deque<Change> changes_ TRIMTAB_GUARDED_BY(mutex_);
};

}  // namespace trimtab::host
