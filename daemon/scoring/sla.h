// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "daemon/model/metric.h"
#include "daemon/model/sla.h"

namespace trimtab {

// Which requirements `metrics` meets. The error rate counts timeouts too, see
// FailureRatio.
SlaCompliance EvaluateSla(const SlaRequirements& requirements, const MetricValues& metrics);

// The broken requirements with their numbers, such as "latency_p99_ms 312.4 is
// above 200"; empty when none is broken.
std::string DescribeBreach(const SlaRequirements& requirements, const MetricValues& metrics);

// Adds a stretch of time to a budget.
void Spend(ErrorBudget& budget, Duration length, bool in_breach);

}  // namespace trimtab
