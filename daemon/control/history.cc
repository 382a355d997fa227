// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/history.h"

#include <cmath>

namespace trimtab::control {
namespace {

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
    history.push_back(std::move(observation));
  }
  return history;
}

}  // namespace trimtab::control
