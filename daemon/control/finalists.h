// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/model/policy.h"
#include "daemon/model/trial.h"
#include "daemon/ports/trial_store.h"
#include "daemon/search/strategy.h"

namespace trimtab::control {

// A configuration that deserves a validation.
struct Finalist {
  // With the figures of its newest trial.
  ScoredConfiguration scored;
  std::vector<std::int64_t> trial_ids;
  // What speaks for it, in words.
  std::string why;
  // Over the incumbent, by the same reckoning; nothing where that is unknown.
  std::optional<Gain> expected_gain;
};

// The configurations of the round that are better than the incumbent on paper,
// in the order of RankTried() (evidence.h), which leaves out what is bad. Left
// out besides are those that were judged already, that the guards forbid, and
// `committed` itself.
std::vector<Finalist> Finalists(const std::vector<Trial>& round_trials, const Checkpoint& study,
                                const Configuration& committed, const TuningPolicy& policy,
                                const std::optional<Appraisal>& appraisal);

}  // namespace trimtab::control
