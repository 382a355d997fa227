// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/history.h"

namespace trimtab::control {
namespace {

bool IsReference(const Trial& trial) {
  return trial.score &&
         (trial.purpose == TrialPurpose::kBaseline || trial.purpose == TrialPurpose::kIncumbent);
}

Score Corrected(Score score, double first, double last) {
  if (first > 0 && last > 0) {
    score.value *= first / last;
    if (score.standard_error) *score.standard_error *= first / last;
  } else {
    score.value -= last - first;
  }
  return score;
}

}  // namespace

std::vector<Observation> ToHistory(const std::vector<Trial>& trials) {
  std::vector<Observation> history;
  history.reserve(trials.size());
  std::optional<double> first;
  double last = 0;
  for (const Trial& trial : trials) {
    if (IsReference(trial)) {
      last = trial.score->value;
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
