// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/benchmark/histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace trimtab::benchmark {

void Histogram::Record(std::uint64_t value_ns, std::uint64_t count) {
  if (count == 0) return;
  const std::size_t index = LogLinearBuckets::Index(value_ns);
  if (index >= counts_.size()) counts_.resize(index + 1);
  counts_[index] += count;
  count_ += count;
  sum_ns_ += static_cast<double>(value_ns) * static_cast<double>(count);
  min_ns_ = std::min(min_ns_, value_ns);
  max_ns_ = std::max(max_ns_, value_ns);
}

void Histogram::Merge(const Histogram& other) {
  if (other.counts_.size() > counts_.size()) counts_.resize(other.counts_.size());
  for (std::size_t i = 0; i < other.counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  sum_ns_ += other.sum_ns_;
  min_ns_ = std::min(min_ns_, other.min_ns_);
  max_ns_ = std::max(max_ns_, other.max_ns_);
}

bool Histogram::Restore(std::vector<std::uint64_t> counts, double sum_ns, std::uint64_t min_ns,
                        std::uint64_t max_ns) {
  if (counts.size() > LogLinearBuckets::Count()) return false;
  while (!counts.empty() && counts.back() == 0) counts.pop_back();
  std::uint64_t total = 0;
  for (const std::uint64_t count : counts) {
    if (count > std::numeric_limits<std::int64_t>::max() - total) return false;
    total += count;
  }
  if (total == 0) {
    *this = Histogram();
    return true;
  }
  const auto first =
      std::find_if(counts.begin(), counts.end(), [](auto count) { return count > 0; });
  const bool ends =
      LogLinearBuckets::Index(min_ns) == static_cast<std::uint32_t>(first - counts.begin()) &&
      LogLinearBuckets::Index(max_ns) + 1 == counts.size() && min_ns <= max_ns;
  // The mean lies between the ends, but for rounding.
  const double mean = sum_ns / static_cast<double>(total);
  const bool sum =
      mean >= static_cast<double>(min_ns) * 0.999 && mean <= static_cast<double>(max_ns) * 1.001;
  if (!ends || !sum) return false;
  counts_ = std::move(counts);
  count_ = total;
  sum_ns_ = sum_ns;
  min_ns_ = min_ns;
  max_ns_ = max_ns;
  return true;
}

std::optional<double> Histogram::MeanNs() const {
  if (count_ == 0) return std::nullopt;
  return sum_ns_ / static_cast<double>(count_);
}

std::optional<std::uint64_t> Histogram::MinNs() const {
  return count_ == 0 ? std::nullopt : std::optional(min_ns_);
}

std::optional<std::uint64_t> Histogram::MaxNs() const {
  return count_ == 0 ? std::nullopt : std::optional(max_ns_);
}

std::optional<double> Histogram::QuantileNs(double q) const {
  if (count_ == 0) return std::nullopt;
  const double wanted = std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(count_));
  const auto rank = static_cast<std::uint64_t>(std::max(1.0, wanted));
  if (rank >= count_) return static_cast<double>(max_ns_);
  if (q <= 0) return static_cast<double>(min_ns_);
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    below += counts_[i];
    if (below < rank) continue;
    const auto index = static_cast<std::uint32_t>(i);
    const double middle = (static_cast<double>(LogLinearBuckets::LowerBound(index)) +
                           static_cast<double>(LogLinearBuckets::UpperBound(index))) /
                          2;
    return std::clamp(middle, static_cast<double>(min_ns_), static_cast<double>(max_ns_));
  }
  return static_cast<double>(max_ns_);
}

}  // namespace trimtab::benchmark
