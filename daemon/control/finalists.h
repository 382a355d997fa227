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
};

// The configurations of the round that are better than the incumbent on paper,
// best first: by the model's expectation where there is an appraisal, else by
// the mean of the observed scores, corrected for drift. Left out are those that
// were judged already, that broke the SLA or failed more than the incumbent in
// any of their trials, that the guards forbid, and `committed` itself.
std::vector<Finalist> Finalists(const std::vector<Trial>& round_trials, const Checkpoint& study,
                                const Configuration& committed, const TuningPolicy& policy,
                                const std::optional<Appraisal>& appraisal);

}  // namespace trimtab::control
