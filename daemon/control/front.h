// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "daemon/control/state.h"
#include "daemon/model/objective.h"
#include "daemon/search/strategy.h"

namespace trimtab::control {

// The metrics of ObjectiveSpec::front as the search takes them.
std::vector<Further> FurtherOf(const ObjectiveSpec& objective);

// The round's candidates that make the Pareto front of score and front metrics by
// the model's appraisal, the highest score first, each with what was measured of
// it: one lucky trial puts nothing on the front. Left out is what RankTried()
// leaves out. Empty without front metrics and before there is an appraisal.
std::vector<ScoredConfiguration> FrontOf(const ObjectiveSpec& objective, const State& state);

}  // namespace trimtab::control
