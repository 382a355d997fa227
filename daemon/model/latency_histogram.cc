// SPDX-License-Identifier: Apache-2.0
#include "daemon/model/latency_histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "daemon/base/error.h"

namespace trimtab {
namespace {

bool Overflows(std::uint64_t a, std::uint64_t b) {
  return a > std::numeric_limits<std::uint64_t>::max() - b;
}

}  // namespace

void LatencyHistogram::Record(std::uint64_t value_ns, std::uint64_t count) {
  if (count == 0) return;
  buckets_[LogLinearBuckets::Index(value_ns, precision_bits_)] += count;
  min_ns_ = count_ == 0 ? value_ns : std::min(min_ns_, value_ns);
  max_ns_ = std::max(max_ns_, value_ns);
  count_ += count;
  sum_ns_ += value_ns * count;
}

absl::Status LatencyHistogram::AddBucket(std::uint32_t index, std::uint64_t count) {
  if (index >= LogLinearBuckets::Count(precision_bits_)) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "histogram bucket {} is outside the layout of {} buckets", index,
                 LogLinearBuckets::Count(precision_bits_));
  }
  if (Overflows(count_, count)) {
    return Error(absl::StatusCode::kInvalidArgument, "histogram counts overflow at bucket {}",
                 index);
  }
  if (count == 0) return absl::OkStatus();
  buckets_[index] += count;
  count_ += count;
  return absl::OkStatus();
}

void LatencyHistogram::SetSummary(std::uint64_t sum_ns, std::uint64_t min_ns,
                                  std::uint64_t max_ns) {
  sum_ns_ = sum_ns;
  min_ns_ = min_ns;
  max_ns_ = max_ns;
}

absl::Status LatencyHistogram::Merge(const LatencyHistogram& other) {
  if (other.count_ == 0) return absl::OkStatus();
  if (count_ == 0) {
    *this = other;
    return absl::OkStatus();
  }
  if (other.precision_bits_ != precision_bits_) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "histograms of {} and of {} precision bits can't be merged", precision_bits_,
                 other.precision_bits_);
  }
  if (Overflows(count_, other.count_) || Overflows(sum_ns_, other.sum_ns_)) {
    return Error(absl::StatusCode::kInvalidArgument, "merged histogram counts overflow");
  }
  for (const auto& [index, count] : other.buckets_) buckets_[index] += count;
  count_ += other.count_;
  sum_ns_ += other.sum_ns_;
  min_ns_ = std::min(min_ns_, other.min_ns_);
  max_ns_ = std::max(max_ns_, other.max_ns_);
  return absl::OkStatus();
}

std::optional<double> LatencyHistogram::QuantileNs(double q) const {
  if (count_ == 0) return std::nullopt;
  // The smallest rank that covers the share; the first request at least.
  const double wanted = std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(count_));
  const std::uint64_t rank = wanted >= static_cast<double>(count_)
                                 ? count_
                                 : std::max<std::uint64_t>(1, static_cast<std::uint64_t>(wanted));
  std::uint64_t seen = 0;
  for (const auto& [index, count] : buckets_) {
    seen += count;
    if (seen < rank) continue;
    const double low = static_cast<double>(LogLinearBuckets::LowerBound(index, precision_bits_));
    const double high = static_cast<double>(LogLinearBuckets::UpperBound(index, precision_bits_));
    const double middle = (low + high) / 2;
    // The ends are known exactly.
    if (max_ns_ < min_ns_) return middle;
    return std::clamp(middle, static_cast<double>(min_ns_), static_cast<double>(max_ns_));
  }
  return static_cast<double>(max_ns_);
}

}  // namespace trimtab
