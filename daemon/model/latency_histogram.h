// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <map>
#include <optional>

#include "daemon/base/log_linear_buckets.h"

namespace trimtab {

// A sparse, mergeable histogram of latencies in nanoseconds, in the layout of
// LogLinearBuckets. A value type; not thread-safe.
class LatencyHistogram {
 public:
  explicit LatencyHistogram(int precision_bits = LogLinearBuckets::kDefaultPrecisionBits)
      : precision_bits_(precision_bits) {}

  int precision_bits() const { return precision_bits_; }
  std::uint64_t count() const { return count_; }
  std::uint64_t sum_ns() const { return sum_ns_; }
  std::uint64_t min_ns() const { return min_ns_; }
  std::uint64_t max_ns() const { return max_ns_; }
  const std::map<std::uint32_t, std::uint64_t>& buckets() const { return buckets_; }

  void Record(std::uint64_t value_ns, std::uint64_t count = 1);

  // Adds `count` to a bucket as received from outside; the sums are given by
  // SetSummary. INVALID_ARGUMENT when the index is outside the layout or a sum
  // would overflow; the histogram is unchanged then.
  absl::Status AddBucket(std::uint32_t index, std::uint64_t count);
  void SetSummary(std::uint64_t sum_ns, std::uint64_t min_ns, std::uint64_t max_ns);

  // Adds another histogram. INVALID_ARGUMENT when the precisions differ; this
  // one is unchanged then.
  absl::Status Merge(const LatencyHistogram& other);

  // The value below which a share `q` of the requests lie, in nanoseconds,
  // within the width of a bucket (1.6 % at the default precision). `q` in
  // [0, 1]. Nothing when empty.
  std::optional<double> QuantileNs(double q) const;

  friend bool operator==(const LatencyHistogram&, const LatencyHistogram&) = default;

 private:
  int precision_bits_;
  std::map<std::uint32_t, std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  std::uint64_t sum_ns_ = 0;
  std::uint64_t min_ns_ = 0;
  std::uint64_t max_ns_ = 0;
};

}  // namespace trimtab
