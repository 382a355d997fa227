// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/finalists.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "daemon/control/guard.h"
#include "daemon/control/history.h"
#include "daemon/scoring/failures.h"

namespace trimtab::control {
namespace {

// All trials of one configuration.
struct Group {
  const Trial* newest = nullptr;
  std::vector<std::int64_t> trial_ids;
  double sum = 0;
  bool bad = false;

  double mean() const { return sum / static_cast<double>(trial_ids.size()); }
};

struct Ranked {
  // Lowest first, then the highest value.
  std::size_t place = 0;
  double value = 0;
  Finalist finalist;
};

bool Tried(const Trial& trial) {
  return trial.purpose == TrialPurpose::kCandidate || trial.purpose == TrialPurpose::kImported;
}

bool IsBad(const Trial& trial, const std::optional<ScoredConfiguration>& incumbent) {
  if (trial.verdict == Verdict::kFailed || trial.compliance.compliant == false) return true;
  const std::int64_t requests = trial.measurement.requests;
  return incumbent && FailsMore(trial.measurement.metrics, requests, incumbent->metrics, requests);
}

// By configuration, in the order of their first trials.
std::vector<Group> GroupTrials(const std::vector<Trial>& trials, const Checkpoint& study,
                               const Configuration& committed) {
  const std::vector<Observation> history = ToHistory(trials);
  std::vector<Group> groups;
  std::map<std::uint64_t, std::size_t> known;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    const Trial& trial = trials[i];
    if (!Tried(trial) || trial.config == committed) continue;
    if (std::find(study.judged.begin(), study.judged.end(), trial.config) != study.judged.end()) {
      continue;
    }
    const auto [place, fresh] = known.emplace(trial.config.Fingerprint(), groups.size());
    if (fresh) groups.emplace_back();
    Group& group = groups[place->second];
    group.bad = group.bad || IsBad(trial, study.incumbent);
    if (!history[i].score) continue;
    group.newest = &trial;
    group.trial_ids.push_back(trial.id);
    group.sum += history[i].score->value;
  }
  std::erase_if(groups, [](const Group& group) { return group.bad || group.newest == nullptr; });
  return groups;
}

// The place of a configuration in the ranking; its end when it isn't there.
std::size_t PlaceIn(const std::vector<Incumbent>& ranking, const Configuration& config) {
  const auto found = std::find_if(ranking.begin(), ranking.end(), [&config](const Incumbent& each) {
    return config.RestrictedTo(each.config) == each.config;
  });
  return static_cast<std::size_t>(found - ranking.begin());
}

}  // namespace

std::vector<Finalist> Finalists(const std::vector<Trial>& round_trials, const Checkpoint& study,
                                const Configuration& committed, const TuningPolicy& policy,
                                const std::optional<Appraisal>& appraisal) {
  std::optional<double> to_beat = CorrectedReference(round_trials);
  if (!to_beat && study.incumbent && study.incumbent->score) {
    to_beat = study.incumbent->score->value;
  }
  const std::vector<Incumbent> ranking = appraisal ? appraisal->ranking : std::vector<Incumbent>{};
  if (const std::size_t place = PlaceIn(ranking, committed); place < ranking.size()) {
    to_beat = ranking[place].prediction.value;
  }
  std::vector<Ranked> ranked;
  for (const Group& group : GroupTrials(round_trials, study, committed)) {
    const Trial& trial = *group.newest;
    Ranked each;
    each.value = group.mean();
    each.finalist.why = fmt::format("it scored {:.4g} in {} trial{}", group.mean(),
                                    group.trial_ids.size(), group.trial_ids.size() == 1 ? "" : "s");
    if (appraisal) {
      each.place = PlaceIn(ranking, trial.config);
      // It likely breaks a bound.
      if (each.place == ranking.size()) continue;
      const Prediction& predicted = ranking[each.place].prediction;
      each.value = predicted.value;
      each.finalist.why += fmt::format(", the model expects {:.4g} [{:.4g}, {:.4g}]",
                                       predicted.value, predicted.lower, predicted.upper);
    }
    if (to_beat && each.value <= *to_beat) continue;
    if (!CheckCandidate(trial.config, committed, policy).ok()) continue;
    each.finalist.scored = {trial.config, trial.score, trial.measurement.metrics, trial.compliance};
    each.finalist.trial_ids = group.trial_ids;
    ranked.push_back(std::move(each));
  }
  std::stable_sort(ranked.begin(), ranked.end(), [](const Ranked& a, const Ranked& b) {
    return a.place != b.place ? a.place < b.place : a.value > b.value;
  });
  std::vector<Finalist> finalists;
  for (Ranked& each : ranked) finalists.push_back(std::move(each.finalist));
  return finalists;
}

}  // namespace trimtab::control
