// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

#include "client/host/saturated.h"
#include "client/host/totals.h"
#include "daemon/base/log_linear_buckets.h"

namespace trimtab::host {

// What one thread counts of one generation between two readings: Totals in the
// shape that is quickest to add to. 30 KB, of which a service touches the few
// buckets around its latencies. Not thread-safe: Recorder hands it from one
// thread to the other.
class alignas(64) RecorderBlock {
 public:
  std::int64_t generation = 0;

  void Record(std::uint64_t nanos, Outcome outcome, std::int64_t bytes) {
    const std::uint32_t index = LogLinearBuckets::Index(nanos);
    ++buckets_[index];
    ++ended_[static_cast<std::size_t>(outcome)];
    sum_ = AddSaturated(sum_, nanos);
    if (nanos < min_) min_ = nanos;
    if (nanos > max_) max_ = nanos;
    if (outcome == Outcome::kOk && bytes > 0) payload_bytes_ = AddSaturated(payload_bytes_, bytes);
  }

  // Adds what was counted to `totals`, and forgets it.
  void Empty(Totals* totals) {
    const auto end = max_ == 0 ? 1 : LogLinearBuckets::Index(max_) + 1;
    totals->requests += ended_[0] + ended_[1] + ended_[2];
    totals->errors += ended_[static_cast<std::size_t>(Outcome::kError)];
    totals->timeouts += ended_[static_cast<std::size_t>(Outcome::kTimeout)];
    totals->payload_bytes = AddSaturated(totals->payload_bytes, payload_bytes_);
    totals->latency.Merge({buckets_.data(), end}, sum_, min_, max_);
    std::fill_n(buckets_.begin(), end, 0);
    ended_ = {};
    payload_bytes_ = 0;
    sum_ = 0;
    min_ = std::numeric_limits<std::uint64_t>::max();
    max_ = 0;
  }

 private:
  std::uint64_t sum_ = 0;
  std::uint64_t min_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t max_ = 0;
  std::int64_t payload_bytes_ = 0;
  // By Outcome.
  std::array<std::int64_t, 3> ended_{};
  std::array<std::uint64_t, LogLinearBuckets::Count()> buckets_{};
};

}  // namespace trimtab::host
