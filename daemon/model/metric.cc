// SPDX-License-Identifier: Apache-2.0
#include "daemon/model/metric.h"

namespace trimtab {

const std::array<MetricInfo, kMetricCount>& AllMetrics() {
  static constexpr std::array<MetricInfo, kMetricCount> kMetrics = {{
      {Metric::kLatencyP50Ms, "latency_p50_ms", false},
      {Metric::kLatencyP95Ms, "latency_p95_ms", false},
      {Metric::kLatencyP99Ms, "latency_p99_ms", false},
      {Metric::kLatencyP999Ms, "latency_p999_ms", false},
      {Metric::kThroughputOpsPerSecond, "throughput_ops_per_second", true},
      {Metric::kThroughputBytesPerSecond, "throughput_bytes_per_second", true},
      {Metric::kCpuPercent, "cpu_percent", false},
      {Metric::kMemoryBytes, "memory_bytes", false},
      {Metric::kNetworkBytesPerSecond, "network_bytes_per_second", false},
      {Metric::kErrorRatePercent, "error_rate_percent", false},
      {Metric::kTimeoutRatePercent, "timeout_rate_percent", false},
      {Metric::kAvailabilityPercent, "availability_percent", true},
      {Metric::kUptimeSeconds, "uptime_seconds", true},
  }};
  return kMetrics;
}

const MetricInfo& Info(Metric metric) { return AllMetrics()[static_cast<std::size_t>(metric)]; }

std::optional<Metric> MetricByName(std::string_view name) {
  for (const MetricInfo& info : AllMetrics()) {
    if (info.name == name) return info.metric;
  }
  return std::nullopt;
}

}  // namespace trimtab
