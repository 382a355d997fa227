// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>

#include <optional>

#include "daemon/model/metric.h"
#include "daemon/model/objective.h"

namespace trimtab {

// Share of the requests that failed in whatever way, errors and timeouts, 0 to
// 1; nothing when either rate is missing. What fails fast must not look good:
// score and SLA both take this for the error rate.
std::optional<double> FailureRatio(const MetricValues& metrics);
// The same in percent, as an SLA bounds it.
std::optional<double> FailurePercent(const MetricValues& metrics);

// The score of a measurement; higher is better.
//
// kReference: (1 / p99 in seconds + throughput / 1000 + (1 - error rate)) / 3,
// p99 in full resolution. kMaximize: the metric. kMinimize: the metric,
// negated. kWeighted: the weighted mean of each metric's ratio to the baseline,
// turned so that more is better; a rate in percent of requests enters as the
// share that is left of 100; the baseline itself scores 1.
//
// INVALID_ARGUMENT, naming the metric, when a metric is missing, not finite or
// where a ratio is needed not positive; FAILED_PRECONDITION for kWeighted
// without a baseline.
absl::StatusOr<double> ComputeScore(const ObjectiveSpec& objective, const MetricValues& metrics,
                                    const std::optional<MetricValues>& baseline);

}  // namespace trimtab
