// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/model/policy.h"
#include "daemon/model/trial.h"
#include "daemon/ports/trial_store.h"
#include "daemon/search/strategy.h"

namespace trimtab::control {

// Trials that were measured under one load: those of one round, or what was
// imported. In the order in which they began.
struct TrialGroup {
  // What they are scored by, ObjectiveSpec::ToString().
  std::string objective;
  std::vector<Trial> trials;
};

// What the store holds of earlier trials, the newest round first: of the study's
// rounds before `round`, then of other studies of the service, as `warm_start`
// says. At most kMostEarlier trials of kMostStudies other studies, so that it is
// bounded however long a daemon runs. Depends on the store alone: a restarted
// daemon finds the same. Imported trials are left out: where they count, they
// are the present round's.
inline constexpr std::size_t kMostEarlier = 300;
inline constexpr int kMostStudies = 10;
absl::StatusOr<std::vector<TrialGroup>> EarlierTrials(TrialStore& store, const Study& study,
                                                      std::int64_t round, WarmStart warm_start);

// The groups as prior trials of a search: those that the space contains, each once
// however it came here (a study's own export may be imported again), scored
// by the policy's objective, anew where they were scored by another. Each group
// is brought to the load of the ones before it: divided by the median ratio of
// the scores of what both measured; where both measured nothing, by the ratio of
// the groups' medians. Scores of different signs are shifted instead.
std::vector<Observation> ToPrior(const std::vector<TrialGroup>& groups, const TuningPolicy& policy);

// The trials that were imported; those that were made here.
std::vector<Trial> Imported(const std::vector<Trial>& trials);
std::vector<Trial> Own(const std::vector<Trial>& trials);

}  // namespace trimtab::control
