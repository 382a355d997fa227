// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "daemon/base/clock.h"
#include "daemon/model/metric.h"

namespace trimtab {

// What the operator demands of the host; what isn't set demands nothing.
struct SlaRequirements {
  std::optional<double> max_latency_p99_ms;
  std::optional<double> min_throughput_ops_per_second;
  std::optional<double> min_availability_percent;
  std::optional<double> max_error_rate_percent;

  bool empty() const {
    return !max_latency_p99_ms && !min_throughput_ops_per_second && !min_availability_percent &&
           !max_error_rate_percent;
  }
  friend bool operator==(const SlaRequirements&, const SlaRequirements&) = default;
};

// Which requirements were met. Nothing where nothing is demanded or the metric
// was missing.
struct SlaCompliance {
  std::optional<bool> latency_p99;
  std::optional<bool> throughput;
  std::optional<bool> availability;
  std::optional<bool> error_rate;

  // Every requirement met; false once one is broken; nothing when none is
  // broken but a demanded metric was missing. Set by scoring/sla.
  std::optional<bool> compliant;

  friend bool operator==(const SlaCompliance&, const SlaCompliance&) = default;
};

// How much of the time allowed in breach is left.
struct ErrorBudget {
  // Share of the observed time that may be in breach, 0 to 1.
  double allowed_ratio = 0;
  Duration in_breach{};
  Duration observed{};

  // Share of the allowed time that is left, 0 to 1; 1 before anything was seen.
  double RemainingRatio() const;
};

}  // namespace trimtab
