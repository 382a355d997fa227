// SPDX-License-Identifier: Apache-2.0
#include "daemon/measure/merge.h"

#include <array>
#include <chrono>
#include <optional>
#include <utility>

namespace trimtab {
namespace {

constexpr std::array kTimeWeighted = {Metric::kCpuPercent, Metric::kMemoryBytes,
                                      Metric::kNetworkBytesPerSecond, Metric::kAvailabilityPercent};

double Seconds(Duration length) { return std::chrono::duration<double>(length).count(); }

struct Counts {
  std::int64_t requests = 0;
  std::int64_t errors = 0;
  std::int64_t timeouts = 0;
  std::int64_t payload_bytes = 0;
  // Positive.
  double seconds = 0;
};

// Sets what counts and histogram tell of a stretch; what they can't tell is
// missing.
void SetCounted(const Counts& counts, const LatencyHistogram& latency, MetricValues& metrics) {
  const auto rate = [&](std::int64_t count) { return static_cast<double>(count) / counts.seconds; };
  metrics.Set(Metric::kThroughputOpsPerSecond,
              rate(counts.requests - counts.errors - counts.timeouts));
  metrics.Set(Metric::kThroughputBytesPerSecond, rate(counts.payload_bytes));
  const auto percent = [&](std::int64_t count) -> std::optional<double> {
    if (counts.requests == 0) return std::nullopt;
    return 100 * static_cast<double>(count) / static_cast<double>(counts.requests);
  };
  metrics.Set(Metric::kErrorRatePercent, percent(counts.errors));
  metrics.Set(Metric::kTimeoutRatePercent, percent(counts.timeouts));
  constexpr std::array<std::pair<Metric, double>, 4> kQuantiles = {{
      {Metric::kLatencyP50Ms, 0.5},
      {Metric::kLatencyP95Ms, 0.95},
      {Metric::kLatencyP99Ms, 0.99},
      {Metric::kLatencyP999Ms, 0.999},
  }};
  for (const auto& [metric, q] : kQuantiles) {
    std::optional<double> value = latency.QuantileNs(q);
    if (value) *value /= 1e6;
    metrics.Set(metric, value);
  }
}

}  // namespace

void WindowMerger::AddTimeWeighted(Metric metric, std::optional<double> value_seconds) {
  const std::optional<double> sum = measurement_.metrics[metric];
  const bool first = measurement_.windows == 0;
  if (!value_seconds || (!first && !sum)) {
    measurement_.metrics.Set(metric, std::nullopt);
    return;
  }
  measurement_.metrics.Set(metric, sum.value_or(0) + *value_seconds);
}

absl::Status WindowMerger::Add(const HostWindow& window) {
  WindowMerger one;
  one.measurement_.latency = window.latency;
  for (const Metric metric : kTimeWeighted) {
    if (const std::optional<double> value = window.metrics[metric]) {
      one.measurement_.metrics.Set(metric, *value * Seconds(window.length));
    }
  }
  one.measurement_.metrics.Set(Metric::kUptimeSeconds, window.metrics[Metric::kUptimeSeconds]);
  one.measurement_.requests = window.requests;
  one.measurement_.length = window.length;
  one.measurement_.windows = 1;
  one.errors_ = window.errors;
  one.timeouts_ = window.timeouts;
  one.payload_bytes_ = window.payload_bytes;
  return Add(one);
}

absl::Status WindowMerger::Add(const WindowMerger& other) {
  const Measurement& added = other.measurement_;
  if (absl::Status status = measurement_.latency.Merge(added.latency); !status.ok()) return status;
  for (const Metric metric : kTimeWeighted) AddTimeWeighted(metric, added.metrics[metric]);
  measurement_.metrics.Set(Metric::kUptimeSeconds, added.metrics[Metric::kUptimeSeconds]);
  measurement_.requests += added.requests;
  measurement_.length += added.length;
  measurement_.windows += added.windows;
  errors_ += other.errors_;
  timeouts_ += other.timeouts_;
  payload_bytes_ += other.payload_bytes_;
  return absl::OkStatus();
}

Measurement WindowMerger::Result() const {
  Measurement result = measurement_;
  const double seconds = Seconds(measurement_.length);
  if (seconds <= 0) return result;
  for (const Metric metric : kTimeWeighted) {
    if (const std::optional<double> sum = measurement_.metrics[metric]) {
      result.metrics.Set(metric, *sum / seconds);
    }
  }
  SetCounted({.requests = measurement_.requests,
              .errors = errors_,
              .timeouts = timeouts_,
              .payload_bytes = payload_bytes_,
              .seconds = seconds},
             measurement_.latency, result.metrics);
  return result;
}

MetricValues MetricsOf(const HostWindow& window) {
  MetricValues metrics = window.metrics;
  SetCounted({.requests = window.requests,
              .errors = window.errors,
              .timeouts = window.timeouts,
              .payload_bytes = window.payload_bytes,
              .seconds = Seconds(window.length)},
             window.latency, metrics);
  return metrics;
}

}  // namespace trimtab
