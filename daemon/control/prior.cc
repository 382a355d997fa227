// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/prior.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "daemon/control/history.h"
#include "daemon/control/space_check.h"
#include "daemon/scoring/objective.h"

namespace trimtab::control {
namespace {

// Trials read from the store at once.
constexpr int kPage = 500;

// Adds the study's trials of rounds before `round`, a group a round, until
// `left` is used up.
absl::Status AddStudy(TrialStore& store, const Study& study, std::int64_t round, std::size_t& left,
                      std::vector<TrialGroup>& groups) {
  std::map<std::int64_t, std::vector<Trial>> rounds;
  for (std::int64_t before = 0; left > 0;) {
    absl::StatusOr<std::vector<Trial>> page = store.ListTrials(study.id, before, kPage);
    if (!page.ok()) return page.status();
    for (Trial& trial : *page) {
      before = trial.id;
      if (left == 0 || trial.round >= round || trial.purpose == TrialPurpose::kImported) continue;
      --left;
      rounds[trial.round].push_back(std::move(trial));
    }
    if (page->size() < kPage) break;
  }
  for (auto each = rounds.rbegin(); each != rounds.rend(); ++each) {
    std::reverse(each->second.begin(), each->second.end());
    groups.push_back({study.key.objective, std::move(each->second)});
  }
  return absl::OkStatus();
}

// By what the present objective makes of the stored metrics. Weights are of the
// ratio to a baseline: the group's own.
void ScoreAnew(const ObjectiveSpec& objective, std::vector<Trial>& trials) {
  const auto baseline = std::find_if(trials.begin(), trials.end(), [](const Trial& trial) {
    return trial.purpose == TrialPurpose::kBaseline || trial.purpose == TrialPurpose::kIncumbent;
  });
  std::optional<MetricValues> reference;
  if (baseline != trials.end()) reference = baseline->measurement.metrics;
  for (Trial& trial : trials) {
    if (!trial.score) continue;
    const absl::StatusOr<double> score =
        ComputeScore(objective, trial.measurement.metrics, reference);
    trial.score.reset();
    if (score.ok()) trial.score = Score{*score, std::nullopt};
    if (!score.ok() && trial.verdict == Verdict::kSuccess) trial.verdict = Verdict::kInconclusive;
  }
}

using Scores = std::map<std::uint64_t, std::vector<double>>;

double Median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// What brings scores to another load.
struct Correction {
  double factor = 1;
  double shift = 0;

  void Apply(Score& score) const {
    score.value = score.value * factor + shift;
    if (score.standard_error) *score.standard_error *= factor;
  }
};

Correction Bring(const std::vector<double>& from, const std::vector<double>& to) {
  std::vector<double> ratios;
  std::vector<double> shifts;
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (from[i] * to[i] > 0) ratios.push_back(to[i] / from[i]);
    shifts.push_back(to[i] - from[i]);
  }
  if (ratios.size() == from.size()) return {.factor = Median(std::move(ratios))};
  return {.shift = Median(std::move(shifts))};
}

// `known` are the scores of the groups before, by configuration.
Correction CorrectionOf(const Scores& group, const Scores& known) {
  std::vector<double> from;
  std::vector<double> to;
  for (const auto& [config, scores] : group) {
    const auto same = known.find(config);
    if (same == known.end()) continue;
    from.push_back(Median(scores));
    to.push_back(Median(same->second));
  }
  if (from.empty() && !group.empty() && !known.empty()) {
    const auto all = [](const Scores& of) {
      std::vector<double> medians;
      for (const auto& [config, scores] : of) medians.push_back(Median(scores));
      return Median(std::move(medians));
    };
    from.push_back(all(group));
    to.push_back(all(known));
  }
  return from.empty() ? Correction{} : Bring(from, to);
}

}  // namespace

absl::StatusOr<std::vector<TrialGroup>> EarlierTrials(TrialStore& store, const Study& study,
                                                      std::int64_t round, WarmStart warm_start) {
  std::vector<TrialGroup> groups;
  if (warm_start == WarmStart::kNone) return groups;
  std::size_t left = kMostEarlier;
  absl::Status status = AddStudy(store, study, round, left, groups);
  if (!status.ok()) return status;
  const absl::StatusOr<std::vector<Study>> studies =
      store.ListStudies(study.key.host_service, kMostStudies + 1);
  if (!studies.ok()) return studies.status();
  for (const Study& other : *studies) {
    const bool foreign = other.key.host_instance != study.key.host_instance;
    if (other.id == study.id || (foreign && warm_start == WarmStart::kInstance)) continue;
    status = AddStudy(store, other, std::numeric_limits<std::int64_t>::max(), left, groups);
    if (!status.ok()) return status;
  }
  return groups;
}

std::vector<Observation> ToPrior(const std::vector<TrialGroup>& groups,
                                 const TuningPolicy& policy) {
  const std::string objective = policy.objective.ToString();
  std::vector<Observation> prior;
  Scores known;
  std::set<std::pair<std::uint64_t, WallTime>> taken;
  for (const TrialGroup& group : groups) {
    std::vector<Trial> trials = group.trials;
    std::erase_if(trials, [&taken](const Trial& trial) {
      return !taken.emplace(trial.config.Fingerprint(), trial.started_at).second;
    });
    if (group.objective != objective) ScoreAnew(policy.objective, trials);
    std::vector<Observation> history = ToHistory(trials);
    std::erase_if(history, [&policy](const Observation& each) {
      return !InSpace(each.config, policy.space);
    });
    Scores scores;
    for (const Observation& each : history) {
      if (each.score) scores[each.config.Fingerprint()].push_back(each.score->value);
    }
    const Correction correction = CorrectionOf(scores, known);
    for (Observation& each : history) {
      if (each.score) correction.Apply(*each.score);
      if (each.score) known[each.config.Fingerprint()].push_back(each.score->value);
      prior.push_back(std::move(each));
    }
  }
  return prior;
}

std::vector<Trial> Imported(const std::vector<Trial>& trials) {
  std::vector<Trial> result;
  std::copy_if(trials.begin(), trials.end(), std::back_inserter(result),
               [](const Trial& trial) { return trial.purpose == TrialPurpose::kImported; });
  return result;
}

std::vector<Trial> Own(const std::vector<Trial>& trials) {
  std::vector<Trial> result;
  std::copy_if(trials.begin(), trials.end(), std::back_inserter(result),
               [](const Trial& trial) { return trial.purpose != TrialPurpose::kImported; });
  return result;
}

}  // namespace trimtab::control
