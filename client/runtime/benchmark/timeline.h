// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "client/runtime/benchmark/histogram.h"
#include "daemon/base/clock.h"

namespace trimtab::benchmark {

// How a request ended.
enum class Ended {
  kOk,
  kError,
  kTimeout,
  // Due, but not sent before the end.
  kMissed,
};

// One request that was measured.
struct Sample {
  MonotonicTime intended;
  MonotonicTime ended;
  Ended how = Ended::kOk;
  std::int64_t bytes = 0;
};

// What ended in a stretch of time.
//
// `latency` holds those that succeeded, and timeouts and missed ones with the
// time that they had waited, which is less than they would have needed. Errors
// are left out: a target that fails at once must not look fast.
struct Slice {
  Duration begin{};
  Duration length{};
  std::int64_t ok = 0;
  std::int64_t errors = 0;
  std::int64_t timeouts = 0;
  std::int64_t missed = 0;
  std::int64_t bytes = 0;
  Histogram latency;

  void Add(const Sample& sample);
  // Takes in the slice that follows.
  void Append(const Slice& next);
};

// A run cut into equal slices by the moment at which requests ended, of a run
// whose length isn't known beforehand: there are never more than kMaxSlices,
// since two become one, and slices twice as long, whenever the run outgrows
// them. At most 2 MB. Not thread-safe.
class Timeline {
 public:
  static constexpr std::size_t kMaxSlices = 64;
  static constexpr Duration kFirstWidth = std::chrono::milliseconds(1);

  explicit Timeline(MonotonicTime start) : start_(start) {}

  void Add(const Sample& sample);
  // The slices of a run of this length, at most `limit` of them, all of one
  // length but the last, which is between half and one and a half of it.
  std::vector<Slice> Take(Duration length, std::size_t limit) &&;

 private:
  void Halve();

  const MonotonicTime start_;
  Duration width_ = kFirstWidth;
  std::vector<Slice> slices_;
};

}  // namespace trimtab::benchmark
