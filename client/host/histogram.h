// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace trimtab::host {

// Latencies in log-linear buckets (daemon/base/log_linear_buckets.h, precision
// 6). Grows to the largest bucket seen. Sums stop at the largest value instead
// of wrapping. Not thread-safe.
class Histogram {
 public:
  void Record(std::uint64_t nanos);
  void Merge(const Histogram& other);
  // Merges what was counted elsewhere. `buckets` are by index; `sum`, `min` and
  // `max` are of the same latencies.
  void Merge(std::span<const std::uint64_t> buckets, std::uint64_t sum, std::uint64_t min,
             std::uint64_t max);

  // By index of the bucket.
  const std::vector<std::uint64_t>& buckets() const { return buckets_; }
  std::uint64_t count() const { return count_; }
  std::uint64_t sum_nanos() const { return sum_; }
  // 0 when empty.
  std::uint64_t min_nanos() const { return min_; }
  std::uint64_t max_nanos() const { return max_; }
  // The latency that a share `q` (0 to 1) of the requests didn't exceed: the
  // middle of its bucket, within min and max, so at most 0.8 % off. 0 when
  // empty. Walks the buckets: a microsecond.
  double QuantileNanos(double q) const;

 private:
  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t min_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace trimtab::host
