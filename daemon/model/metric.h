// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace trimtab {

// What is measured of a host; the units are in the names.
enum class Metric {
  kLatencyP50Ms,
  kLatencyP95Ms,
  kLatencyP99Ms,
  kLatencyP999Ms,
  kThroughputOpsPerSecond,
  kThroughputBytesPerSecond,
  kCpuPercent,
  kMemoryBytes,
  kNetworkBytesPerSecond,
  kErrorRatePercent,
  kTimeoutRatePercent,
  kAvailabilityPercent,
  kUptimeSeconds,
};
inline constexpr std::size_t kMetricCount = 13;

// What is known of a metric.
struct MetricInfo {
  Metric metric;
  // As in YAML, Prometheus and the command line: "latency_p99_ms".
  std::string_view name;
  // Whether more is better.
  bool higher_is_better;
};

const std::array<MetricInfo, kMetricCount>& AllMetrics();
const MetricInfo& Info(Metric metric);
std::optional<Metric> MetricByName(std::string_view name);

// A value for each metric, or nothing where the host doesn't have it. Values
// are finite and not negative once they are past the collector.
class MetricValues {
 public:
  std::optional<double> operator[](Metric metric) const {
    return values_[static_cast<std::size_t>(metric)];
  }
  void Set(Metric metric, std::optional<double> value) {
    values_[static_cast<std::size_t>(metric)] = value;
  }
  friend bool operator==(const MetricValues&, const MetricValues&) = default;

 private:
  std::array<std::optional<double>, kMetricCount> values_;
};

}  // namespace trimtab
