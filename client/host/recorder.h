// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/base/mutex.h"
#include "trimtab/host.h"

namespace trimtab::host {

// Latencies in log-linear buckets (daemon/base/log_linear_buckets.h, precision
// 6). Grows to the largest bucket seen. Not thread-safe.
class Histogram {
 public:
  void Record(std::uint64_t nanos);
  void Merge(const Histogram& other);

  // By index of the bucket.
  const std::vector<std::uint64_t>& buckets() const { return buckets_; }
  std::uint64_t count() const { return count_; }
  std::uint64_t sum_nanos() const { return sum_; }
  // 0 when empty.
  std::uint64_t min_nanos() const { return min_; }
  std::uint64_t max_nanos() const { return max_; }
  // The latency that a share `q` (0 to 1) of the requests didn't exceed: the
  // middle of its bucket, within min and max. 0 when empty.
  double QuantileNanos(double q) const;

 private:
  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t min_ = 0;
  std::uint64_t max_ = 0;
};

// What was counted of the requests of one generation over some stretch.
struct Totals {
  std::int64_t requests = 0;
  std::int64_t errors = 0;
  std::int64_t timeouts = 0;
  std::int64_t payload_bytes = 0;
  Histogram latency;

  void Record(std::uint64_t nanos, Outcome outcome, std::int64_t bytes);
  void Merge(const Totals& other);
};

// Counts requests by the generation that they began under. Threads count into
// shards of their own, so that they seldom wait for each other. Thread-safe.
class Recorder {
 public:
  // `clock` must outlive this.
  Recorder(Clock& clock, std::int64_t generation);

  MonotonicTime Now() const { return clock_.Now(); }
  // The generation that was in force at `start`; the oldest one remembered for
  // a moment long past.
  std::int64_t GenerationAt(MonotonicTime start) const;
  std::int64_t generation() const { return generation_.load(std::memory_order_acquire); }
  // From now on requests begin under `generation`, which ascends.
  void SetGeneration(std::int64_t generation);

  // Counts a request that ends now.
  void Record(std::int64_t generation, MonotonicTime start, Outcome outcome, std::int64_t bytes);

  // Takes out what was counted for generations up to `generation`.
  std::map<std::int64_t, Totals> Take(std::int64_t generation);

 private:
  static constexpr std::size_t kShards = 32;
  static constexpr std::size_t kRemembered = 64;
  struct alignas(64) Shard {
    Mutex mutex;
    std::map<std::int64_t, Totals> totals TRIMTAB_GUARDED_BY(mutex);
  };
  struct Change {
    MonotonicTime since;
    std::int64_t generation;
  };

  Clock& clock_;
  std::atomic<std::int64_t> generation_;
  // When the present generation came into force, in the clock's own ticks.
  std::atomic<MonotonicTime::rep> since_;
  mutable Mutex mutex_;
  // Oldest first; the last one is the present.
  std::deque<Change> changes_ TRIMTAB_GUARDED_BY(mutex_);
  std::array<Shard, kShards> shards_;
};

}  // namespace trimtab::host
