// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/model/metric.h"

namespace trimtab {

// What "better" means. The score computed from it (scoring/objective.h) is
// always better when higher.
struct ObjectiveSpec {
  enum class Kind {
    // (1 / p99 in seconds + throughput / 1000 + (1 - error rate)) / 3.
    kReference,
    // One metric, as high as possible.
    kMaximize,
    // One metric, as low as possible.
    kMinimize,
    // A weighted mean of each metric's ratio to the baseline.
    kWeighted,
  };

  Kind kind = Kind::kReference;
  // For kMaximize and kMinimize.
  Metric metric = Metric::kThroughputOpsPerSecond;
  // For kWeighted; positive.
  std::map<Metric, double> weights;
  // Up to kMostFront metrics that are to be good beside the score with no
  // exchange rate, each in its own direction: the search looks for the Pareto
  // front. What is promoted is judged by the score.
  static constexpr std::size_t kMostFront = 2;
  std::vector<Metric> front;

  // "minimize latency_p99_ms", "reference with memory_bytes".
  std::string ToString() const;
  friend bool operator==(const ObjectiveSpec&, const ObjectiveSpec&) = default;
};

// A score with its uncertainty. Higher is better.
struct Score {
  double value = 0;
  // Of the mean over the windows; nothing with fewer than two windows.
  std::optional<double> standard_error;
};

// A relative gain of one configuration over another, with its confidence
// interval; 0.25 is a quarter better.
struct Gain {
  double ratio = 0;
  double lower_ratio = 0;
  double upper_ratio = 0;
  // Confidence level of the interval, in (0, 1).
  double confidence = 0;
};

}  // namespace trimtab
