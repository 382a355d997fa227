// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/control/prior.h"
#include "daemon/model/policy.h"
#include "daemon/ports/trial_store.h"
#include "daemon/search/strategy.h"

namespace trimtab::control {

// Asks the strategy: of the round's trials, with what the store holds of earlier
// ones as prior trials. What it answers depends on policy, study, round, the
// round's trials and the store alone, so that a restarted daemon goes on alike.
// What was read and made is kept while these stay the same. Not thread-safe.
class Advisor {
 public:
  // The store must outlive this.
  explicit Advisor(TrialStore& store) : store_(store) {}

  // Replaces what the strategy is made from.
  void SetPolicy(const TuningPolicy& policy);

  // Nothing when the space is exhausted. `start` is what the round began with,
  // empty when there is nothing yet. An error of the store or of the strategy's
  // making is the answer.
  absl::StatusOr<std::optional<Suggestion>> Suggest(const Study& study, std::int64_t round,
                                                    const std::vector<Trial>& round_trials,
                                                    const Configuration& start);
  // Nothing from a strategy without a model.
  absl::StatusOr<std::optional<Appraisal>> Appraise(const Study& study, std::int64_t round,
                                                    const std::vector<Trial>& round_trials);

 private:
  absl::Status ReadEarlier(const Study& study, std::int64_t round);
  absl::Status Prepare(const Study& study, std::int64_t round,
                       const std::vector<Trial>& round_trials, const Configuration& start);
  std::vector<Observation> History(const std::vector<Trial>& round_trials) const;

  TrialStore& store_;
  TuningPolicy policy_;
  // Whose earlier trials they are.
  std::string study_;
  std::int64_t round_ = -1;
  std::vector<TrialGroup> earlier_;
  // What the strategy was made with beside them.
  Configuration start_;
  std::size_t imported_ = 0;
  std::unique_ptr<Strategy> strategy_;
};

}  // namespace trimtab::control
