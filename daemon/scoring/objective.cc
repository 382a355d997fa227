// SPDX-License-Identifier: Apache-2.0
#include "daemon/scoring/objective.h"

#include <cmath>

#include "daemon/base/error.h"

namespace trimtab {
namespace {

absl::StatusOr<double> Need(const MetricValues& metrics, Metric metric) {
  const std::optional<double> value = metrics[metric];
  if (!value || !std::isfinite(*value)) {
    return Error(absl::StatusCode::kInvalidArgument, "{} is missing",
                 std::string(Info(metric).name));
  }
  return *value;
}

absl::StatusOr<double> NeedPositive(const MetricValues& metrics, Metric metric) {
  absl::StatusOr<double> value = Need(metrics, metric);
  if (value.ok() && *value <= 0) {
    return Error(absl::StatusCode::kInvalidArgument, "{} is {}, but must be positive",
                 std::string(Info(metric).name), *value);
  }
  return value;
}

absl::StatusOr<double> ReferenceScore(const MetricValues& metrics) {
  const absl::StatusOr<double> p99_ms = NeedPositive(metrics, Metric::kLatencyP99Ms);
  if (!p99_ms.ok()) return p99_ms.status();
  const absl::StatusOr<double> throughput = Need(metrics, Metric::kThroughputOpsPerSecond);
  if (!throughput.ok()) return throughput.status();
  const std::optional<double> failures = FailureRatio(metrics);
  if (!failures) return absl::InvalidArgumentError("error_rate_percent is missing");
  return (1000 / *p99_ms + *throughput / 1000 + (1 - *failures)) / 3;
}

// A metric as the weighted score sees it: positive, and turned so that more is
// better.
absl::StatusOr<double> Merit(const MetricValues& metrics, Metric metric) {
  if (metric == Metric::kErrorRatePercent || metric == Metric::kTimeoutRatePercent) {
    const absl::StatusOr<double> rate = Need(metrics, metric);
    if (!rate.ok()) return rate.status();
    if (*rate >= 100) return absl::InvalidArgumentError("every request failed");
    return 100 - *rate;
  }
  const absl::StatusOr<double> value = NeedPositive(metrics, metric);
  if (!value.ok()) return value.status();
  return Info(metric).higher_is_better ? *value : 1 / *value;
}

absl::StatusOr<double> WeightedScore(const ObjectiveSpec& objective, const MetricValues& metrics,
                                     const MetricValues& baseline) {
  double sum = 0;
  double weights = 0;
  for (const auto& [metric, weight] : objective.weights) {
    const absl::StatusOr<double> merit = Merit(metrics, metric);
    if (!merit.ok()) return merit.status();
    const absl::StatusOr<double> reference = Merit(baseline, metric);
    if (!reference.ok()) return reference.status();
    sum += weight * *merit / *reference;
    weights += weight;
  }
  if (weights <= 0) return absl::InvalidArgumentError("the weighted objective has no weights");
  return sum / weights;
}

}  // namespace

std::optional<double> FailureRatio(const MetricValues& metrics) {
  const std::optional<double> errors = metrics[Metric::kErrorRatePercent];
  const std::optional<double> timeouts = metrics[Metric::kTimeoutRatePercent];
  if (!errors || !timeouts) return std::nullopt;
  return (*errors + *timeouts) / 100;
}

std::optional<double> FailurePercent(const MetricValues& metrics) {
  const std::optional<double> ratio = FailureRatio(metrics);
  if (!ratio) return std::nullopt;
  return *ratio * 100;
}

absl::StatusOr<double> ComputeScore(const ObjectiveSpec& objective, const MetricValues& metrics,
                                    const std::optional<MetricValues>& baseline) {
  switch (objective.kind) {
    case ObjectiveSpec::Kind::kReference:
      return ReferenceScore(metrics);
    case ObjectiveSpec::Kind::kMaximize:
      return Need(metrics, objective.metric);
    case ObjectiveSpec::Kind::kMinimize: {
      absl::StatusOr<double> value = Need(metrics, objective.metric);
      if (!value.ok()) return value;
      return -*value;
    }
    case ObjectiveSpec::Kind::kWeighted:
      if (!baseline) {
        return absl::FailedPreconditionError("a weighted score needs the baseline's metrics");
      }
      return WeightedScore(objective, metrics, *baseline);
  }
  return absl::InternalError("unknown kind of objective");
}

}  // namespace trimtab
