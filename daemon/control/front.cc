// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/front.h"

#include <map>

#include "daemon/control/evidence.h"

namespace trimtab::control {

std::vector<Further> FurtherOf(const ObjectiveSpec& objective) {
  std::vector<Further> further;
  for (const Metric metric : objective.front) {
    further.push_back({std::string(Info(metric).name), !Info(metric).higher_is_better});
  }
  return further;
}

std::vector<ScoredConfiguration> FrontOf(const ObjectiveSpec& objective, const State& state) {
  std::vector<ScoredConfiguration> front;
  if (objective.front.empty() || !state.appraisal) return front;
  const std::vector<Evidence> tried =
      RankTried(state.round_trials, state.study.incumbent, state.appraisal, Imports::kLeftOut);
  std::vector<Incumbent> points;
  for (const FrontPoint& point : state.appraisal->front) points.push_back(point.incumbent);
  const Places places(points);
  std::map<std::size_t, ScoredConfiguration> sorted;
  for (const Evidence& each : tried) {
    const std::optional<std::size_t> place = places.Of(each.newest->config);
    if (place) sorted.emplace(*place, each.scored());
  }
  for (auto& [place, scored] : sorted) front.push_back(std::move(scored));
  return front;
}

}  // namespace trimtab::control
