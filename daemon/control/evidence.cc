// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/evidence.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "daemon/control/history.h"
#include "daemon/scoring/failures.h"

namespace trimtab::control {
namespace {

struct Group {
  Evidence evidence;
  double sum = 0;
  // Of the scores' standard errors; nothing once one is unknown.
  std::optional<double> variance = 0;
  bool bad = false;
  // Lowest first, then the highest value.
  std::size_t place = 0;
};

bool IsBad(const Trial& trial, const std::optional<ScoredConfiguration>& incumbent) {
  if (trial.verdict == Verdict::kFailed || trial.compliance.compliant == false) return true;
  const std::int64_t requests = trial.measurement.requests;
  return incumbent && FailsMore(trial.measurement.metrics, requests, incumbent->metrics, requests);
}

void Add(const Trial& trial, const std::optional<Score>& score, Group& group) {
  if (!score) return;
  group.evidence.newest = &trial;
  group.evidence.trial_ids.push_back(trial.id);
  group.sum += score->value;
  if (!score->standard_error) group.variance.reset();
  if (group.variance) *group.variance += *score->standard_error * *score->standard_error;
}

// By configuration, in the order of their first trials.
std::vector<Group> GroupTrials(const std::vector<Trial>& trials,
                               const std::optional<ScoredConfiguration>& incumbent, bool imports) {
  const std::vector<Observation> history = ToHistory(trials);
  std::vector<Group> groups;
  std::map<std::uint64_t, std::size_t> known;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    const Trial& trial = trials[i];
    const bool imported = trial.purpose == TrialPurpose::kImported;
    if (trial.purpose != TrialPurpose::kCandidate && !(imported && imports)) continue;
    const auto [place, fresh] = known.emplace(trial.config.Fingerprint(), groups.size());
    if (fresh) groups.emplace_back();
    Group& group = groups[place->second];
    group.bad = group.bad || IsBad(trial, incumbent);
    Add(trial, history[i].score, group);
  }
  std::erase_if(groups, [](const Group& each) { return each.bad || !each.evidence.newest; });
  for (Group& group : groups) {
    const auto count = static_cast<double>(group.evidence.trial_ids.size());
    group.evidence.score.value = group.sum / count;
    if (group.variance) group.evidence.score.standard_error = std::sqrt(*group.variance) / count;
  }
  return groups;
}

}  // namespace

ScoredConfiguration Evidence::scored() const {
  return {newest->config, score, newest->measurement.metrics, newest->compliance};
}

std::vector<Evidence> RankTried(const std::vector<Trial>& round_trials,
                                const std::optional<ScoredConfiguration>& incumbent,
                                const std::optional<Appraisal>& appraisal, Imports imports) {
  std::vector<Group> groups =
      GroupTrials(round_trials, incumbent, !appraisal && imports == Imports::kTaken);
  if (appraisal) {
    const Places places(appraisal->ranking);
    for (Group& group : groups) {
      const std::optional<std::size_t> place = places.Of(group.evidence.newest->config);
      if (!place) continue;
      group.place = *place;
      group.evidence.expected = appraisal->ranking[*place].prediction;
    }
    std::erase_if(groups, [](const Group& each) { return !each.evidence.expected; });
  }
  std::stable_sort(groups.begin(), groups.end(), [](const Group& a, const Group& b) {
    return a.place != b.place ? a.place < b.place : a.evidence.value() > b.evidence.value();
  });
  std::vector<Evidence> result;
  for (Group& group : groups) result.push_back(std::move(group.evidence));
  return result;
}

Places::Places(const std::vector<Incumbent>& ranking) {
  if (!ranking.empty()) names_ = ranking.front().config;
  for (std::size_t i = 0; i < ranking.size(); ++i) {
    places_.emplace(ranking[i].config.Fingerprint(), i);
  }
}

std::optional<std::size_t> Places::Of(const Configuration& config) const {
  const auto found = places_.find(config.RestrictedTo(names_).Fingerprint());
  if (found == places_.end()) return std::nullopt;
  return found->second;
}

}  // namespace trimtab::control
