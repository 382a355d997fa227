// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/history.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "daemon/base/fingerprint.h"
#include "daemon/scoring/objective.h"
#include "daemon/scoring/statistics.h"

namespace trimtab::control {
namespace {

// Errors and timeouts together, which no single metric tells.
constexpr std::string_view kFailurePercent = "failure_percent";

bool IsReference(const Trial& trial) {
  return trial.score &&
         (trial.purpose == TrialPurpose::kBaseline || trial.purpose == TrialPurpose::kIncumbent);
}

// Whether the incumbent's score has moved beyond the noise of its measurements.
// To correct for less would put that noise into every score.
bool Moved(const Score& first, const Score& last) {
  if (!first.standard_error || !last.standard_error) return true;
  constexpr double kErrors = 2;
  return std::abs(last.value - first.value) >
         kErrors * std::hypot(*first.standard_error, *last.standard_error);
}

Score Corrected(Score score, const Score& first, const Score& last) {
  if (!Moved(first, last)) return score;
  if (first.value > 0 && last.value > 0) {
    score.value *= first.value / last.value;
    if (score.standard_error) *score.standard_error *= first.value / last.value;
  } else {
    score.value -= last.value - first.value;
  }
  return score;
}

}  // namespace

std::vector<Observation> ToHistory(const std::vector<Trial>& trials) {
  std::vector<Observation> history;
  history.reserve(trials.size());
  std::optional<Score> first;
  Score last;
  for (const Trial& trial : trials) {
    if (IsReference(trial)) {
      last = *trial.score;
      if (!first) first = last;
    }
    Observation observation;
    observation.config = trial.config;
    observation.verdict = trial.verdict;
    observation.score = trial.score;
    if (first && observation.score) observation.score = Corrected(*trial.score, *first, last);
    if (trial.measurement.requests > 0) {
      for (const MetricInfo& info : AllMetrics()) {
        const std::optional<double> value = trial.measurement.metrics[info.metric];
        if (value) observation.metrics.emplace(std::string(info.name), *value);
      }
      const std::optional<double> failures = FailurePercent(trial.measurement.metrics);
      if (failures) observation.metrics.emplace(std::string(kFailurePercent), *failures);
    }
    history.push_back(std::move(observation));
  }
  return history;
}

std::optional<Score> NewestReference(const std::vector<Trial>& trials) {
  const auto newest = std::find_if(trials.rbegin(), trials.rend(), IsReference);
  return newest == trials.rend() ? std::nullopt : newest->score;
}

std::optional<double> CorrectedReference(const std::vector<Trial>& trials) {
  const std::vector<Observation> history = ToHistory(trials);
  RunningStats scores;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    if (IsReference(trials[i])) scores.Add(history[i].score->value);
  }
  if (scores.count() == 0) return std::nullopt;
  return scores.mean();
}

std::uint64_t SeedOf(const TuningPolicy& policy, const std::string& instance) {
  Fnv1a hash;
  hash.Add(std::to_string(policy.seed));
  hash.Add(instance);
  return hash.value();
}

std::vector<Bound> BoundsOf(const SlaRequirements& sla) {
  std::vector<Bound> bounds;
  const auto add = [&](std::string_view metric, std::optional<double> min,
                       std::optional<double> max) {
    if (min || max) bounds.push_back({std::string(metric), min, max});
  };
  add(Info(Metric::kLatencyP99Ms).name, std::nullopt, sla.max_latency_p99_ms);
  add(Info(Metric::kThroughputOpsPerSecond).name, sla.min_throughput_ops_per_second, std::nullopt);
  add(Info(Metric::kAvailabilityPercent).name, sla.min_availability_percent, std::nullopt);
  add(kFailurePercent, std::nullopt, sla.max_error_rate_percent);
  return bounds;
}

}  // namespace trimtab::control
