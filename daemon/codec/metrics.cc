// SPDX-License-Identifier: Apache-2.0
#include "daemon/codec/metrics.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cmath>

#include "daemon/base/error.h"
#include "daemon/codec/time.h"

namespace trimtab::codec {
namespace {

using Proto = v1::PerformanceMetrics;

// A metric and its field; uptime, a Duration, is the odd one out.
struct Field {
  Metric metric;
  bool (Proto::*has)() const;
  double (Proto::*get)() const;
  void (Proto::*set)(double);
};

constexpr std::array<Field, kMetricCount - 1> kFields = {{
    {Metric::kLatencyP50Ms, &Proto::has_latency_p50_ms, &Proto::latency_p50_ms,
     &Proto::set_latency_p50_ms},
    {Metric::kLatencyP95Ms, &Proto::has_latency_p95_ms, &Proto::latency_p95_ms,
     &Proto::set_latency_p95_ms},
    {Metric::kLatencyP99Ms, &Proto::has_latency_p99_ms, &Proto::latency_p99_ms,
     &Proto::set_latency_p99_ms},
    {Metric::kLatencyP999Ms, &Proto::has_latency_p999_ms, &Proto::latency_p999_ms,
     &Proto::set_latency_p999_ms},
    {Metric::kThroughputOpsPerSecond, &Proto::has_throughput_ops_per_second,
     &Proto::throughput_ops_per_second, &Proto::set_throughput_ops_per_second},
    {Metric::kThroughputBytesPerSecond, &Proto::has_throughput_bytes_per_second,
     &Proto::throughput_bytes_per_second, &Proto::set_throughput_bytes_per_second},
    {Metric::kCpuPercent, &Proto::has_cpu_percent, &Proto::cpu_percent, &Proto::set_cpu_percent},
    {Metric::kMemoryBytes, &Proto::has_memory_bytes, &Proto::memory_bytes,
     &Proto::set_memory_bytes},
    {Metric::kNetworkBytesPerSecond, &Proto::has_network_bytes_per_second,
     &Proto::network_bytes_per_second, &Proto::set_network_bytes_per_second},
    {Metric::kErrorRatePercent, &Proto::has_error_rate_percent, &Proto::error_rate_percent,
     &Proto::set_error_rate_percent},
    {Metric::kTimeoutRatePercent, &Proto::has_timeout_rate_percent, &Proto::timeout_rate_percent,
     &Proto::set_timeout_rate_percent},
    {Metric::kAvailabilityPercent, &Proto::has_availability_percent, &Proto::availability_percent,
     &Proto::set_availability_percent},
}};

bool IsShare(Metric metric) {
  return metric == Metric::kErrorRatePercent || metric == Metric::kTimeoutRatePercent ||
         metric == Metric::kAvailabilityPercent;
}

std::optional<Defect> CheckValue(Metric metric, double value) {
  const std::string_view name = Info(metric).name;
  if (!std::isfinite(value)) return Defect{"nan", fmt::format("{} is not finite", name)};
  if (value < 0) return Defect{"negative", fmt::format("{} is negative: {}", name, value)};
  // Shares are computed by the host in floating point; a hair above is 100.
  if (IsShare(metric) && value > 100.000001) {
    return Defect{"percent", fmt::format("{} is above 100: {}", name, value)};
  }
  return std::nullopt;
}

std::optional<Defect> CheckPercentiles(const MetricValues& metrics) {
  std::optional<double> before;
  for (const Metric metric : {Metric::kLatencyP50Ms, Metric::kLatencyP95Ms, Metric::kLatencyP99Ms,
                              Metric::kLatencyP999Ms}) {
    const auto value = metrics[metric];
    if (!value) continue;
    if (before && *before > *value) {
      return Defect{"quantiles", fmt::format("{} is {}, less than the percentile below it, {}",
                                             Info(metric).name, *value, *before)};
    }
    before = value;
  }
  return std::nullopt;
}

}  // namespace

v1::PerformanceMetrics EncodeMetrics(const MetricValues& metrics) {
  v1::PerformanceMetrics message;
  for (const Field& field : kFields) {
    if (const auto value = metrics[field.metric]) (message.*field.set)(*value);
  }
  if (const auto uptime = metrics[Metric::kUptimeSeconds]) {
    *message.mutable_uptime() =
        EncodeDuration(std::chrono::round<Duration>(std::chrono::duration<double>(*uptime)));
  }
  return message;
}

std::optional<Defect> DecodeMetrics(const v1::PerformanceMetrics& message, MetricValues* metrics) {
  *metrics = MetricValues();
  for (const Field& field : kFields) {
    if (!(message.*field.has)()) continue;
    const double value = (message.*field.get)();
    if (auto defect = CheckValue(field.metric, value)) return defect;
    metrics->Set(field.metric, IsShare(field.metric) ? std::fmin(value, 100) : value);
  }
  if (message.has_uptime()) {
    const auto uptime = DecodeDuration(message.uptime());
    if (!uptime.ok()) return Defect{"time", "uptime: " + Message(uptime.status())};
    const double seconds = std::chrono::duration<double>(*uptime).count();
    if (auto defect = CheckValue(Metric::kUptimeSeconds, seconds)) return defect;
    metrics->Set(Metric::kUptimeSeconds, seconds);
  }
  return CheckPercentiles(*metrics);
}

v1::SlaRequirements EncodeRequirements(const SlaRequirements& requirements) {
  v1::SlaRequirements message;
  if (const auto& value = requirements.max_latency_p99_ms) message.set_max_latency_p99_ms(*value);
  if (const auto& value = requirements.min_throughput_ops_per_second) {
    message.set_min_throughput_ops_per_second(*value);
  }
  if (const auto& value = requirements.min_availability_percent) {
    message.set_min_availability_percent(*value);
  }
  if (const auto& value = requirements.max_error_rate_percent) {
    message.set_max_error_rate_percent(*value);
  }
  return message;
}

v1::SlaCompliance EncodeCompliance(const SlaCompliance& compliance) {
  v1::SlaCompliance message;
  if (compliance.latency_p99) message.set_latency_p99_met(*compliance.latency_p99);
  if (compliance.throughput) message.set_throughput_met(*compliance.throughput);
  if (compliance.availability) message.set_availability_met(*compliance.availability);
  if (compliance.error_rate) message.set_error_rate_met(*compliance.error_rate);
  if (compliance.compliant) message.set_compliant(*compliance.compliant);
  return message;
}

SlaCompliance DecodeCompliance(const v1::SlaCompliance& message) {
  SlaCompliance compliance;
  if (message.has_latency_p99_met()) compliance.latency_p99 = message.latency_p99_met();
  if (message.has_throughput_met()) compliance.throughput = message.throughput_met();
  if (message.has_availability_met()) compliance.availability = message.availability_met();
  if (message.has_error_rate_met()) compliance.error_rate = message.error_rate_met();
  if (message.has_compliant()) compliance.compliant = message.compliant();
  return compliance;
}

}  // namespace trimtab::codec
