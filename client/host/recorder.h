// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <trimtab/host.h>
#include <trimtab/v1/metrics.pb.h>

#include <array>
#include <atomic>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "client/host/process_stats.h"
#include "daemon/base/clock.h"
#include "daemon/base/log_linear_buckets.h"
#include "daemon/base/mutex.h"

namespace trimtab::host {

// Counts requests into windows, apart by the generation that they began under.
// Thread-safe: a request touches one shard, which a thread has mostly for
// itself.
class Recorder {
 public:
  // Windows kept for GetMetrics and for streams that resume.
  static constexpr std::size_t kRetainedWindows = 240;

  Recorder(Clock& clock, std::string boot_id);

  std::int64_t generation() const { return generation_.load(std::memory_order_acquire); }
  void Record(std::int64_t generation, Duration latency, Outcome outcome,
              std::int64_t payload_bytes);
  void SetAvailable(bool available);

  // Closes the open window.
  void CloseWindow();
  // Closes the open window; later requests count under `generation`.
  void SetGeneration(std::int64_t generation);

  // Windows with a greater sequence, oldest first.
  std::vector<v1::MetricsSnapshot> After(std::int64_t sequence) const;
  std::int64_t last_sequence() const;

 private:
  struct Tally {
    std::int64_t requests = 0;
    std::int64_t errors = 0;
    std::int64_t timeouts = 0;
    std::int64_t payload_bytes = 0;
    std::uint64_t sum_ns = 0;
    std::uint64_t min_ns = 0;
    std::uint64_t max_ns = 0;
    std::map<std::uint32_t, std::uint64_t> buckets;

    void Merge(const Tally& other);
  };
  struct alignas(64) Shard {
    Mutex mutex;
    std::map<std::int64_t, Tally> tallies TRIMTAB_GUARDED_BY(mutex);
  };
  static constexpr std::size_t kShards = 16;

  void CloseLocked() TRIMTAB_REQUIRES(mutex_);
  v1::MetricsSnapshot MakeSnapshot(std::int64_t generation, const Tally& tally, Duration length,
                                   const ProcessStats& now) TRIMTAB_REQUIRES(mutex_);

  Clock& clock_;
  const std::string boot_id_;
  const MonotonicTime started_;
  std::atomic<std::int64_t> generation_{1};
  std::array<Shard, kShards> shards_;

  mutable Mutex mutex_;
  MonotonicTime window_start_ TRIMTAB_GUARDED_BY(mutex_);
  ProcessStats stats_ TRIMTAB_GUARDED_BY(mutex_);
  bool available_ TRIMTAB_GUARDED_BY(mutex_) = true;
  MonotonicTime available_since_ TRIMTAB_GUARDED_BY(mutex_);
  Duration available_time_ TRIMTAB_GUARDED_BY(mutex_){};
  std::int64_t sequence_ TRIMTAB_GUARDED_BY(mutex_) = 0;
  std::deque<v1::MetricsSnapshot> windows_ TRIMTAB_GUARDED_BY(mutex_);
};

}  // namespace trimtab::host
