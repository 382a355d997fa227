// SPDX-License-Identifier: Apache-2.0
#include "daemon/scoring/sla.h"

#include <fmt/format.h>

#include <optional>

#include "daemon/scoring/objective.h"

namespace trimtab {
namespace {

std::optional<bool> AtMost(std::optional<double> value, std::optional<double> limit) {
  if (!limit || !value) return std::nullopt;
  return *value <= *limit;
}

std::optional<bool> AtLeast(std::optional<double> value, std::optional<double> limit) {
  if (!limit || !value) return std::nullopt;
  return *value >= *limit;
}

}  // namespace

SlaCompliance EvaluateSla(const SlaRequirements& requirements, const MetricValues& metrics) {
  SlaCompliance result;
  result.latency_p99 = AtMost(metrics[Metric::kLatencyP99Ms], requirements.max_latency_p99_ms);
  result.throughput =
      AtLeast(metrics[Metric::kThroughputOpsPerSecond], requirements.min_throughput_ops_per_second);
  result.availability =
      AtLeast(metrics[Metric::kAvailabilityPercent], requirements.min_availability_percent);
  result.error_rate = AtMost(FailurePercent(metrics), requirements.max_error_rate_percent);

  bool broken = false;
  bool unknown = false;
  const auto consider = [&](bool demanded, std::optional<bool> met) {
    if (!demanded) return;
    if (!met) unknown = true;
    if (met && !*met) broken = true;
  };
  consider(requirements.max_latency_p99_ms.has_value(), result.latency_p99);
  consider(requirements.min_throughput_ops_per_second.has_value(), result.throughput);
  consider(requirements.min_availability_percent.has_value(), result.availability);
  consider(requirements.max_error_rate_percent.has_value(), result.error_rate);
  if (broken) {
    result.compliant = false;
  } else if (!unknown) {
    result.compliant = true;
  }
  return result;
}

std::string DescribeBreach(const SlaRequirements& requirements, const MetricValues& metrics) {
  const SlaCompliance compliance = EvaluateSla(requirements, metrics);
  std::string text;
  const auto add = [&text](std::optional<bool> met, const char* name, std::optional<double> value,
                           const char* relation, std::optional<double> limit) {
    if (!met || *met) return;
    if (!text.empty()) text += ", ";
    text += fmt::format("{} {:.4g} is {} {:.4g}", name, *value, relation, *limit);
  };
  add(compliance.latency_p99, "latency_p99_ms", metrics[Metric::kLatencyP99Ms], "above",
      requirements.max_latency_p99_ms);
  add(compliance.throughput, "throughput_ops_per_second", metrics[Metric::kThroughputOpsPerSecond],
      "below", requirements.min_throughput_ops_per_second);
  add(compliance.availability, "availability_percent", metrics[Metric::kAvailabilityPercent],
      "below", requirements.min_availability_percent);
  add(compliance.error_rate, "error rate with timeouts in percent", FailurePercent(metrics),
      "above", requirements.max_error_rate_percent);
  return text;
}

void Spend(ErrorBudget& budget, Duration length, bool in_breach) {
  budget.observed += length;
  if (in_breach) budget.in_breach += length;
}

}  // namespace trimtab
