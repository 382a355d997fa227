// SPDX-License-Identifier: Apache-2.0
#include "client/host/histogram.h"

#include <algorithm>
#include <cmath>

#include "client/host/saturated.h"
#include "daemon/base/log_linear_buckets.h"

namespace trimtab::host {

void Histogram::Record(std::uint64_t nanos) {
  const std::uint32_t index = LogLinearBuckets::Index(nanos);
  if (index >= buckets_.size()) buckets_.resize(index + 1);
  ++buckets_[index];
  min_ = count_ == 0 ? nanos : std::min(min_, nanos);
  max_ = std::max(max_, nanos);
  ++count_;
  sum_ = AddSaturated(sum_, nanos);
}

void Histogram::Merge(const Histogram& other) {
  Merge(other.buckets_, other.sum_, other.min_, other.max_);
}

void Histogram::Merge(std::span<const std::uint64_t> buckets, std::uint64_t sum, std::uint64_t min,
                      std::uint64_t max) {
  std::uint64_t added = 0;
  if (buckets.size() > buckets_.size()) buckets_.resize(buckets.size());
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    buckets_[i] += buckets[i];
    added += buckets[i];
  }
  if (added == 0) return;
  min_ = count_ == 0 ? min : std::min(min_, min);
  max_ = std::max(max_, max);
  count_ += added;
  sum_ = AddSaturated(sum_, sum);
}

double Histogram::QuantileNanos(double q) const {
  const double wanted = std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(count_));
  const auto rank = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(wanted));
  std::uint64_t seen = 0;
  for (std::uint32_t index = 0; index < buckets_.size(); ++index) {
    seen += buckets_[index];
    if (seen < rank) continue;
    const double middle = (static_cast<double>(LogLinearBuckets::LowerBound(index)) +
                           static_cast<double>(LogLinearBuckets::UpperBound(index))) /
                          2;
    return std::clamp(middle, static_cast<double>(min_), static_cast<double>(max_));
  }
  return static_cast<double>(max_);
}

}  // namespace trimtab::host
