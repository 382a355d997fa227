// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "daemon/model/objective.h"
#include "daemon/model/trial.h"
#include "daemon/search/strategy.h"

namespace trimtab::control {

// The metrics of ObjectiveSpec::front as the search takes them.
std::vector<Further> FurtherOf(const ObjectiveSpec& objective);

// The round's candidates of which no other was measured better in score and
// front metrics alike, the highest score first. Of a configuration measured
// more than once the newest trial counts. Left out: what broke the SLA and what
// lacks one of the metrics. Empty without front metrics.
std::vector<ScoredConfiguration> FrontOf(const ObjectiveSpec& objective,
                                         const std::vector<Trial>& round_trials);

}  // namespace trimtab::control
