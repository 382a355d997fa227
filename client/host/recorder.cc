// SPDX-License-Identifier: Apache-2.0
#include "client/host/recorder.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "daemon/base/log_linear_buckets.h"

namespace trimtab::host {
namespace {

// Spreads threads over the shards in the order in which they first record.
std::size_t ThreadNumber() {
  static std::atomic<std::size_t> next{0};
  thread_local const std::size_t number = next.fetch_add(1, std::memory_order_relaxed);
  return number;
}

std::uint64_t AddSaturated(std::uint64_t a, std::uint64_t b) {
  return a > std::numeric_limits<std::uint64_t>::max() - b
             ? std::numeric_limits<std::uint64_t>::max()
             : a + b;
}

}  // namespace

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
  if (other.count_ == 0) return;
  if (other.buckets_.size() > buckets_.size()) buckets_.resize(other.buckets_.size());
  for (std::size_t i = 0; i < other.buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  min_ = count_ == 0 ? other.min_ : std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  count_ += other.count_;
  sum_ = AddSaturated(sum_, other.sum_);
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

void Totals::Record(std::uint64_t nanos, Outcome outcome, std::int64_t bytes) {
  ++requests;
  if (outcome == Outcome::kError) ++errors;
  if (outcome == Outcome::kTimeout) ++timeouts;
  if (outcome == Outcome::kOk) payload_bytes += std::max<std::int64_t>(0, bytes);
  latency.Record(nanos);
}

void Totals::Merge(const Totals& other) {
  requests += other.requests;
  errors += other.errors;
  timeouts += other.timeouts;
  payload_bytes += other.payload_bytes;
  latency.Merge(other.latency);
}

Recorder::Recorder(Clock& clock, std::int64_t generation)
    : clock_(clock),
      generation_(generation),
      since_(MonotonicTime::min().time_since_epoch().count()) {
  MutexLock lock(mutex_);
  changes_.push_back({MonotonicTime::min(), generation});
}

std::int64_t Recorder::GenerationAt(MonotonicTime start) const {
  // Nearly every request starts under the present generation. A change between
  // the two loads gives a request that starts at that very moment either one.
  if (start.time_since_epoch().count() >= since_.load(std::memory_order_acquire)) {
    return generation();
  }
  MutexLock lock(mutex_);
  for (auto change = changes_.rbegin(); change != changes_.rend(); ++change) {
    if (change->since <= start) return change->generation;
  }
  return changes_.front().generation;
}

void Recorder::SetGeneration(std::int64_t generation) {
  MutexLock lock(mutex_);
  const MonotonicTime now = clock_.Now();
  changes_.push_back({now, generation});
  if (changes_.size() > kRemembered) changes_.pop_front();
  generation_.store(generation, std::memory_order_release);
  since_.store(now.time_since_epoch().count(), std::memory_order_release);
}

void Recorder::Record(std::int64_t generation, MonotonicTime start, Outcome outcome,
                      std::int64_t bytes) {
  const auto latency = std::max(Duration::zero(), Duration(clock_.Now() - start));
  Shard& shard = shards_[ThreadNumber() % kShards];
  MutexLock lock(shard.mutex);
  shard.totals[generation].Record(static_cast<std::uint64_t>(latency.count()), outcome, bytes);
}

std::map<std::int64_t, Totals> Recorder::Take(std::int64_t generation) {
  std::map<std::int64_t, Totals> taken;
  for (Shard& shard : shards_) {
    std::map<std::int64_t, Totals> mine;
    {
      MutexLock lock(shard.mutex);
      const auto end = shard.totals.upper_bound(generation);
      while (shard.totals.begin() != end) mine.insert(shard.totals.extract(shard.totals.begin()));
    }
    for (const auto& [number, totals] : mine) taken[number].Merge(totals);
  }
  return taken;
}

}  // namespace trimtab::host
