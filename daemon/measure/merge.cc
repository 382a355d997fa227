// SPDX-License-Identifier: Apache-2.0
#include "daemon/measure/merge.h"

#include <array>
#include <chrono>

namespace trimtab {
namespace {

constexpr std::array kTimeWeighted = {Metric::kCpuPercent, Metric::kMemoryBytes,
                                      Metric::kNetworkBytesPerSecond, Metric::kAvailabilityPercent};

double Seconds(Duration length) { return std::chrono::duration<double>(length).count(); }

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
  const auto requests = static_cast<double>(measurement_.requests);
  const auto succeeded = static_cast<double>(measurement_.requests - errors_ - timeouts_);
  result.metrics.Set(Metric::kThroughputOpsPerSecond, succeeded / seconds);
  result.metrics.Set(Metric::kThroughputBytesPerSecond,
                     static_cast<double>(payload_bytes_) / seconds);
  if (measurement_.requests > 0) {
    result.metrics.Set(Metric::kErrorRatePercent, 100 * static_cast<double>(errors_) / requests);
    result.metrics.Set(Metric::kTimeoutRatePercent,
                       100 * static_cast<double>(timeouts_) / requests);
  }
  constexpr std::array<std::pair<Metric, double>, 4> kQuantiles = {{
      {Metric::kLatencyP50Ms, 0.5},
      {Metric::kLatencyP95Ms, 0.95},
      {Metric::kLatencyP99Ms, 0.99},
      {Metric::kLatencyP999Ms, 0.999},
  }};
  for (const auto& [metric, q] : kQuantiles) {
    if (const std::optional<double> ns = measurement_.latency.QuantileNs(q)) {
      result.metrics.Set(metric, *ns / 1e6);
    }
  }
  return result;
}

}  // namespace trimtab
