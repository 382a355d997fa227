// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/model/policy.h"
#include "daemon/model/trial.h"
#include "daemon/search/strategy.h"

namespace trimtab::control {

// The trials of a round as the search sees them: each score divided by the
// drift of the incumbent's own score since the round began, as last measured
// before the trial, so that a change of load isn't credited to a candidate.
// Scores of the incumbent at or below zero can't be divided by; there the
// difference is taken off instead. A drift within twice the standard error of
// the two measurements is taken for noise, and for none. `trials` in the order
// in which they began. The measured metrics go along, for the bounds; those of
// a trial that broke the SLA say where the limit is.
std::vector<Observation> ToHistory(const std::vector<Trial>& trials);

// The incumbent's score as last measured in the round, uncorrected; nothing
// before the first time.
std::optional<Score> NewestReference(const std::vector<Trial>& trials);
// The incumbent's mean score in the round as ToHistory() corrects it: what a
// candidate's corrected score compares with.
std::optional<double> CorrectedReference(const std::vector<Trial>& trials);

// The seed of the strategy on an instance of a host: replicas with the same
// settings don't explore in lockstep.
std::uint64_t SeedOf(const TuningPolicy& policy, const std::string& instance);

// The SLA as bounds for the search, by the names of the metrics; that of the
// error rate counts timeouts too, as the SLA does.
std::vector<Bound> BoundsOf(const SlaRequirements& sla);

}  // namespace trimtab::control
