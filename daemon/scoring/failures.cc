// SPDX-License-Identifier: Apache-2.0
#include "daemon/scoring/failures.h"

#include <cmath>

#include "daemon/scoring/objective.h"

namespace trimtab {
namespace {

// Of the standard normal distribution, at 0.99.
constexpr double kQuantile = 2.3263478740408408;

}  // namespace

bool FailsMore(const MetricValues& candidate, std::int64_t candidate_requests,
               const MetricValues& reference, std::int64_t reference_requests) {
  const std::optional<double> share = FailureRatio(candidate);
  const std::optional<double> usual = FailureRatio(reference);
  if (!share || !usual || candidate_requests <= 0 || reference_requests <= 0) return false;
  const double excess = *share - *usual;
  if (excess <= kToleratedFailureRatio) return false;
  const auto n = static_cast<double>(candidate_requests);
  const auto m = static_cast<double>(reference_requests);
  const double pooled = (*share * n + *usual * m) / (n + m);
  return excess > kQuantile * std::sqrt(pooled * (1 - pooled) * (1 / n + 1 / m));
}

}  // namespace trimtab
