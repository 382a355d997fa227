// SPDX-License-Identifier: Apache-2.0
#include "client/host/recorder.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <utility>

namespace trimtab::host {
namespace {

using google::protobuf::util::TimeUtil;

double Seconds(Duration length) { return std::chrono::duration<double>(length).count(); }

// Each thread keeps to one shard.
std::size_t ShardOfThread(std::size_t count) {
  static std::atomic<std::size_t> next{0};
  thread_local const std::size_t mine = next.fetch_add(1, std::memory_order_relaxed);
  return mine % count;
}

double QuantileMs(const std::map<std::uint32_t, std::uint64_t>& buckets, std::int64_t count,
                  double q, std::uint64_t min_ns, std::uint64_t max_ns) {
  const auto rank = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(q * count + 0.999999));
  std::uint64_t seen = 0;
  for (const auto& [index, number] : buckets) {
    seen += number;
    if (seen < rank) continue;
    const double middle = (static_cast<double>(LogLinearBuckets::LowerBound(index)) +
                           static_cast<double>(LogLinearBuckets::UpperBound(index))) /
                          2;
    return std::clamp(middle, static_cast<double>(min_ns), static_cast<double>(max_ns)) / 1e6;
  }
  return static_cast<double>(max_ns) / 1e6;
}

}  // namespace

void Recorder::Tally::Merge(const Tally& other) {
  if (other.requests == 0) return;
  min_ns = requests == 0 ? other.min_ns : std::min(min_ns, other.min_ns);
  max_ns = std::max(max_ns, other.max_ns);
  requests += other.requests;
  errors += other.errors;
  timeouts += other.timeouts;
  payload_bytes += other.payload_bytes;
  sum_ns += other.sum_ns;
  for (const auto& [index, count] : other.buckets) buckets[index] += count;
}

Recorder::Recorder(Clock& clock, std::string boot_id)
    : clock_(clock),
      boot_id_(std::move(boot_id)),
      started_(clock.Now()),
      window_start_(started_),
      stats_(ReadProcessStats()),
      available_since_(started_) {}

void Recorder::Record(std::int64_t generation, Duration latency, Outcome outcome,
                      std::int64_t payload_bytes) {
  const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(0, latency.count()));
  Shard& shard = shards_[ShardOfThread(kShards)];
  const MutexLock lock(shard.mutex);
  Tally& tally = shard.tallies[generation];
  tally.min_ns = tally.requests == 0 ? ns : std::min(tally.min_ns, ns);
  tally.max_ns = std::max(tally.max_ns, ns);
  ++tally.requests;
  tally.sum_ns += ns;
  ++tally.buckets[LogLinearBuckets::Index(ns)];
  if (outcome == Outcome::kOk) tally.payload_bytes += payload_bytes;
  if (outcome == Outcome::kError) ++tally.errors;
  if (outcome == Outcome::kTimeout) ++tally.timeouts;
}

void Recorder::SetAvailable(bool available) {
  const MutexLock lock(mutex_);
  const MonotonicTime now = clock_.Now();
  if (available_) available_time_ += now - available_since_;
  available_ = available;
  available_since_ = now;
}

void Recorder::CloseWindow() {
  const MutexLock lock(mutex_);
  CloseLocked();
}

void Recorder::SetGeneration(std::int64_t generation) {
  const MutexLock lock(mutex_);
  CloseLocked();
  generation_.store(generation, std::memory_order_release);
}

void Recorder::CloseLocked() {
  const MonotonicTime now = clock_.Now();
  const Duration length = now - window_start_;
  // Two changes at one moment: there is no window between them.
  if (length <= Duration::zero()) return;
  std::map<std::int64_t, Tally> tallies;
  for (Shard& shard : shards_) {
    std::map<std::int64_t, Tally> taken;
    {
      const MutexLock lock(shard.mutex);
      taken.swap(shard.tallies);
    }
    for (const auto& [generation, tally] : taken) tallies[generation].Merge(tally);
  }
  tallies[generation()];
  if (available_) available_time_ += now - std::max(available_since_, window_start_);
  available_since_ = now;
  const ProcessStats stats = ReadProcessStats();
  for (const auto& [generation, tally] : tallies) {
    windows_.push_back(MakeSnapshot(generation, tally, length, stats));
    if (windows_.size() > kRetainedWindows) windows_.pop_front();
  }
  stats_ = stats;
  window_start_ = now;
  available_time_ = Duration::zero();
}

v1::MetricsSnapshot Recorder::MakeSnapshot(std::int64_t generation, const Tally& tally,
                                           Duration length, const ProcessStats& now) {
  v1::MetricsSnapshot snapshot;
  snapshot.set_boot_id(boot_id_);
  snapshot.set_generation(generation);
  snapshot.set_sequence(++sequence_);
  const auto end = std::chrono::duration_cast<Duration>(clock_.WallNow().time_since_epoch());
  *snapshot.mutable_window_end() = TimeUtil::NanosecondsToTimestamp(end.count());
  *snapshot.mutable_window_start() = TimeUtil::NanosecondsToTimestamp((end - length).count());
  *snapshot.mutable_window_length() = TimeUtil::NanosecondsToDuration(length.count());
  snapshot.set_request_count(tally.requests);
  snapshot.set_error_count(tally.errors);
  snapshot.set_timeout_count(tally.timeouts);
  snapshot.set_payload_bytes(tally.payload_bytes);
  snapshot.set_superseded(generation != this->generation());

  v1::LatencyHistogram& latency = *snapshot.mutable_latency();
  latency.set_precision_bits(LogLinearBuckets::kDefaultPrecisionBits);
  for (const auto& [index, count] : tally.buckets) {
    latency.add_bucket_indices(index);
    latency.add_bucket_counts(count);
  }
  latency.set_sum_nanos(tally.sum_ns);
  latency.set_min_nanos(tally.min_ns);
  latency.set_max_nanos(tally.max_ns);

  v1::PerformanceMetrics& metrics = *snapshot.mutable_metrics();
  const double seconds = Seconds(length);
  if (tally.requests > 0) {
    const auto quantile = [&](double q) {
      return QuantileMs(tally.buckets, tally.requests, q, tally.min_ns, tally.max_ns);
    };
    metrics.set_latency_p50_ms(quantile(0.5));
    metrics.set_latency_p95_ms(quantile(0.95));
    metrics.set_latency_p99_ms(quantile(0.99));
    metrics.set_latency_p999_ms(quantile(0.999));
    const auto requests = static_cast<double>(tally.requests);
    metrics.set_error_rate_percent(100 * static_cast<double>(tally.errors) / requests);
    metrics.set_timeout_rate_percent(100 * static_cast<double>(tally.timeouts) / requests);
  }
  const std::int64_t succeeded = tally.requests - tally.errors - tally.timeouts;
  metrics.set_throughput_ops_per_second(static_cast<double>(succeeded) / seconds);
  metrics.set_throughput_bytes_per_second(static_cast<double>(tally.payload_bytes) / seconds);
  if (now.cpu_seconds && stats_.cpu_seconds) {
    metrics.set_cpu_percent(
        std::max(0.0, 100 * (*now.cpu_seconds - *stats_.cpu_seconds) / seconds));
  }
  if (now.resident_bytes) metrics.set_memory_bytes(*now.resident_bytes);
  if (now.network_bytes && stats_.network_bytes) {
    metrics.set_network_bytes_per_second(
        std::max(0.0, (*now.network_bytes - *stats_.network_bytes) / seconds));
  }
  metrics.set_availability_percent(
      std::clamp(100 * Seconds(available_time_) / seconds, 0.0, 100.0));
  const Duration uptime = clock_.Now() - started_;
  *metrics.mutable_uptime() = TimeUtil::NanosecondsToDuration(uptime.count());
  return snapshot;
}

std::vector<v1::MetricsSnapshot> Recorder::After(std::int64_t sequence) const {
  const MutexLock lock(mutex_);
  std::vector<v1::MetricsSnapshot> result;
  for (const v1::MetricsSnapshot& window : windows_) {
    if (window.sequence() > sequence) result.push_back(window);
  }
  return result;
}

std::int64_t Recorder::last_sequence() const {
  const MutexLock lock(mutex_);
  return sequence_;
}

RequestTimer::RequestTimer(RequestTimer&& other) noexcept
    : recorder_(std::exchange(other.recorder_, nullptr)),
      generation_(other.generation_),
      start_(other.start_) {}

RequestTimer::~RequestTimer() { Finish(Outcome::kError); }

void RequestTimer::Finish(Outcome outcome, std::int64_t payload_bytes) {
  if (recorder_ == nullptr) return;
  std::exchange(recorder_, nullptr)
      ->Record(generation_, std::chrono::steady_clock::now() - start_, outcome, payload_bytes);
}

RequestTimer Metrics::Begin() { return Begin(std::chrono::steady_clock::now()); }

RequestTimer Metrics::Begin(std::chrono::steady_clock::time_point intended_start) {
  return RequestTimer(recorder_, recorder_->generation(), intended_start);
}

}  // namespace trimtab::host
