// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "daemon/model/metric.h"

namespace trimtab {

// A share of the requests that failed this much higher is not held against a
// configuration.
inline constexpr double kToleratedFailureRatio = 0.01;

// Whether a configuration fails more of its requests than another one, errors
// and timeouts together: by more than kToleratedFailureRatio, and beyond
// chance. What fails fast has fine latencies; no objective is to be won that
// way.
//
// The chance is judged by the one-sided z-test of two proportions at 99 %, with
// pooled variance; it assumes that requests fail independently of each other.
// False when a rate is missing or there are no requests.
bool FailsMore(const MetricValues& candidate, std::int64_t candidate_requests,
               const MetricValues& reference, std::int64_t reference_requests);

}  // namespace trimtab
