// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/base/log_linear_buckets.h"

namespace trimtab::benchmark {

// Latencies in nanoseconds, in the buckets of LogLinearBuckets: any quantile
// within 1.6 % from memory that doesn't grow with their number (30 KB at most).
// A value type; not thread-safe.
class Histogram {
 public:
  void Record(std::uint64_t value_ns, std::uint64_t count = 1);
  void Merge(const Histogram& other);
  // Takes over what was saved: counts by bucket, and the summary. False, and
  // unchanged, when they contradict each other.
  bool Restore(std::vector<std::uint64_t> counts, double sum_ns, std::uint64_t min_ns,
               std::uint64_t max_ns);

  std::uint64_t count() const { return count_; }
  double sum_ns() const { return sum_ns_; }
  // Nothing when empty.
  std::optional<double> MeanNs() const;
  std::optional<std::uint64_t> MinNs() const;
  std::optional<std::uint64_t> MaxNs() const;
  // The value that a share `q` of all lie at or below, by the nearest rank, as
  // the middle of its bucket; `q` in [0, 1].
  std::optional<double> QuantileNs(double q) const;
  // By bucket; as long as the highest bucket used.
  const std::vector<std::uint64_t>& counts() const { return counts_; }

  friend bool operator==(const Histogram&, const Histogram&) = default;

 private:
  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  // A double can't overflow, and its error is far below that of a bucket.
  double sum_ns_ = 0;
  std::uint64_t min_ns_ = ~std::uint64_t{0};
  std::uint64_t max_ns_ = 0;
};

}  // namespace trimtab::benchmark
