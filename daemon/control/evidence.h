// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "daemon/model/trial.h"
#include "daemon/search/strategy.h"

namespace trimtab::control {

// All that the trials of a round say of one configuration.
struct Evidence {
  // The newest with a score; of the vector that RankTried was given.
  const Trial* newest = nullptr;
  std::vector<std::int64_t> trial_ids;
  // Mean of the scores, corrected for drift.
  Score score;
  // What the model makes of it, where there is a model.
  std::optional<Prediction> expected;

  // By the model, else by the mean.
  double value() const { return expected ? expected->value : score.value; }
  // With the mean for a score, the rest as the newest trial has it.
  ScoredConfiguration scored() const;
};

// Trials that were imported are no evidence beside a model, which has them as
// prior trials; without one they are taken for measured here, or left out.
enum class Imports { kTaken, kLeftOut };

// The candidates that were tried in the round, best first: by the model's
// expectation, a cautious one, where there is an appraisal, so that a lucky draw
// is not called best; else by the mean of their scores, which repeats alone make
// surer. Left out is what broke the SLA, was refused or failed more requests
// than the incumbent in any of its trials, and what the model does not trust to
// keep the bounds.
std::vector<Evidence> RankTried(const std::vector<Trial>& round_trials,
                                const std::optional<ScoredConfiguration>& incumbent,
                                const std::optional<Appraisal>& appraisal, Imports imports);

// Finds configurations, which may hold more than the space does, among those
// that a model names.
class Places {
 public:
  explicit Places(const std::vector<Incumbent>& ranking);
  std::optional<std::size_t> Of(const Configuration& config) const;

 private:
  Configuration names_;
  std::unordered_map<std::uint64_t, std::size_t> places_;
};

}  // namespace trimtab::control
